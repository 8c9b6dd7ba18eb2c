"""From words to a command: what is understood, and what is answered to everything else."""

import asyncio
from dataclasses import dataclass, replace
from typing import Final

from bot import card, command
from bot.errors import BadCommand, BadWord, KeyUnusable, ReadFailed
from bot.model import (
    ALL,
    ALL_ACCOUNTS,
    AccountName,
    Button,
    Command,
    ContractCode,
    Incoming,
    PositionSide,
    ScopeWords,
    Side,
    Verb,
)
from bot.service.desk import Desk
from bot.words import heard, refusals

_PATIENCE: Final = 3.0
"""Seconds that the open orders may take in which an unusual code is looked for."""

_ABOUT_CODES: Final = frozenset({BadWord.NOT_ASCII, BadWord.BAD_CONTRACT, BadWord.UNKNOWN})


@dataclass(frozen=True, slots=True, kw_only=True)
class Puzzle:
    """What somebody hears whose words make no command."""

    lines: tuple[str, ...]
    buttons: tuple[Button, ...] = ()
    why: str
    """For the audit."""


class Understanding:
    """Reads commands, by the codes that there are."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def of(self, incoming: Incoming, accounts: tuple[AccountName, ...]) -> Command | Puzzle:
        """The command, or what to answer.

        Args:
            incoming: what was said, by somebody who may ask.
            accounts: those this person may touch: their open orders are looked into for a code.
        """
        if incoming.command is not None:
            return incoming.command
        if self.is_alarm(incoming):
            return self._alarm()
        text = incoming.text
        known = self._desk.contracts.known()
        checked = bool(known)
        scoped = text.lower().split(maxsplit=1)[:1] not in ([verb] for verb in _UNSCOPED)
        if (
            incoming.doubt is None
            and scoped
            and command.may_be_codes(text, known)
            and (known or not text.isascii())
        ):
            checked, known = await self._look_for_codes(accounts)
        if incoming.doubt is not None:
            lines = heard.doubted(incoming.doubt, incoming.called)
            return self._puzzle(lines, text, known, incoming.doubt.value)
        try:
            asked = command.parse(text, known)
            code = asked.words.contract if asked.words else None
            # What has open orders is never questioned, though the list lacks it.
            return replace(asked, unlisted=code in known and code not in self._desk.contracts.known())
        except BadCommand as error:
            lines = refusals.bad_command(error)
            if error.kind in _ABOUT_CODES and not text.isascii() and command.may_be_codes(error.word, known):
                lines = (*lines, heard.no_such_code(checked=checked))
            return self._puzzle(lines, text, known, error.kind.value)

    def is_alarm(self, incoming: Incoming) -> bool:
        """Whether somebody shouts `STOP`, and does not ask for anything that is understood."""
        if incoming.command is not None or not command.is_alarm(incoming.text):
            return False
        try:
            command.parse(incoming.text)
        except BadCommand:
            return True
        return False

    def offers(self, text: str) -> tuple[Button, ...]:
        """A button for the command that was probably meant; none where nothing is near."""
        return self._offers(text, self._desk.contracts.known())

    @staticmethod
    def _offers(text: str, known: frozenset[ContractCode]) -> tuple[Button, ...]:
        meant = command.suggestion(text, known)
        return () if meant is None else (card.ask_for(heard.label(meant), meant),)

    def _puzzle(self, lines: tuple[str, ...], text: str, known: frozenset[ContractCode], why: str) -> Puzzle:
        buttons = self._offers(text, known)
        return Puzzle(lines=(*lines, heard.below()) if buttons else lines, buttons=buttons, why=why)

    @staticmethod
    def _alarm() -> Puzzle:
        everything = ScopeWords(account=ALL_ACCOUNTS, contract=ALL, side=Side.ANY, position_side=PositionSide.ANY)
        buttons = (
            card.ask(heard.PREVIEW_ALL, everything),
            card.ask_for(heard.CHOOSE, Command(verb=Verb.CANCELALL, words=_EMPTY)),
        )
        return Puzzle(lines=heard.alarm(), buttons=buttons, why="alarm")

    async def _look_for_codes(self, accounts: tuple[AccountName, ...]) -> tuple[bool, frozenset[ContractCode]]:
        """Every code there is, on the list and among the open orders; and whether all of that could be read."""
        reading = asyncio.gather(*(self._open_codes(account) for account in accounts))
        listed, found = await asyncio.gather(self._desk.contracts.first(_PATIENCE), reading)
        codes = frozenset(code for codes in found for code in codes or ())
        return bool(listed) and None not in found, listed | codes

    async def _open_codes(self, account: AccountName) -> frozenset[ContractCode] | None:
        try:
            async with asyncio.timeout(_PATIENCE):
                rows = await self._desk.exchange.open_orders(account, ALL)
        except (ReadFailed, KeyUnusable, TimeoutError):
            return None
        return frozenset(ContractCode(row.contract) for row in rows)


_EMPTY: Final = ScopeWords(account=None, contract=None, side=Side.ANY, position_side=PositionSide.ANY)
_UNSCOPED: Final = tuple(verb.value for verb in Verb if verb not in (Verb.CANCELALL, Verb.DRILL, Verb.ORDERS))
