"""One conversation between a shell and the service: card, question, verdict. No step of it waits for a screen."""

import asyncio
import os
import shlex
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum, auto
from functools import partial
from pathlib import Path
from typing import Final, NoReturn

import typer

from bot import app
from bot.cli.exits import BROKEN, EXITS, USAGE, exit_code
from bot.cli.outcome import outcome
from bot.cli.question import answer, shown, typed
from bot.command import parse, spelled
from bot.config import Config
from bot.errors import BadCommand, StoreUnavailable
from bot.model import (
    Attachment,
    ButtonKind,
    Command,
    Conversation,
    Incoming,
    IncomingTap,
    Message,
    Platform,
    State,
    Verb,
)
from bot.runtime import standard
from bot.runtime.signals import Ending
from bot.service.tasks import end
from bot.words import cards, drills, refusals, results
from bot.words.terminal import at_terminal
from handlers.console import ConsoleChat, Printed

_SETTLE: Final = 2.0
"""Seconds the last messages have to be printed, and copies to be noted."""

_LIST: Final = 1.0
"""Seconds HTX's list of contracts may take before a code goes unchecked."""

_ANSWER: Final = 15.0
"""Seconds that a card may take to be printed, once it is there."""

_EXPIRY: Final = 0.8
"""Seconds after a card's time in which it is noted as expired."""

_NOTHING: Final = "nothing was sent."
_UNPROVED: Final = "sent, no verdict yet. Assume orders are still OPEN. Use the HTX app."
_DRILLED: Final = "a drill, nothing was sent and nothing is proved."


class _Stage(Enum):
    """How far it has come: what a person hears who ends it now."""

    OPEN = auto()
    """Nothing is confirmed."""
    CONFIRMED = auto()
    """From now on it may have been sent."""
    KNOWN = auto()
    """The exit code is known."""


_DRAIN: Final = {_Stage.OPEN: 1.0, _Stage.CONFIRMED: 25.0, _Stage.KNOWN: 2.0}
"""Seconds that work under way has to end: an execution to come to its verdict."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What was asked for on the command line."""

    words: str
    """Scope and account, as in a chat."""
    drill: bool
    yes: bool
    unlisted: bool

    @property
    def verb(self) -> Verb:
        """The command it would be in a chat."""
        return Verb.DRILL if self.drill else Verb.CANCELALL


class Terminal:
    """One wish, from its words to an exit code."""

    def __init__(self, wish: Wish, data: Path, ending: Ending) -> None:
        self._wish = wish
        self._data = data
        self._ending = ending
        self._stage = _Stage.OPEN
        self._known = (13, _NOTHING)
        """The exit code so far, and what it means."""
        self._stopped = False
        self._stop: Callable[[], object] = lambda: None
        self._chat = ConsoleChat(_say, self._save)
        self._who = app.host_identity()
        self._where = Conversation(platform=Platform.HOST, chat=uuid.uuid4().hex, thread=None, private=True)
        ending.at_once = self.end_now

    @property
    def may_be_sent(self) -> bool:
        """Whether a request may be under way whose outcome nobody knows."""
        return self._stage is _Stage.CONFIRMED and not self._wish.drill

    def end_now(self) -> NoReturn:
        """Somebody asked twice: say what is known, and end with its code."""
        code, said = self._known
        if self._stage is _Stage.CONFIRMED:
            code, said = EXITS[State.UNKNOWN], _DRILLED if self._wish.drill else _UNPROVED
        typer.echo(f"\nEnded: {said}")
        standard.flush()
        os._exit(code)

    def settled(self, code: int) -> None:
        """Nothing is under way any more: whoever still asks for the end gets this exit code."""
        self._known = (code, f"exit code {code}.") if self._stage is not _Stage.KNOWN else self._known
        self._stage = _Stage.KNOWN

    async def carry_out(self, config: Config, opened: app.OpenKeys) -> int:
        """Ask, confirm, wait for the verdict; returns the exit code.

        Raises:
            CancelledError: somebody asked for the end before anything was confirmed.
            StoreUnavailable: the store cannot be used; `may_be_sent` says what that means.
        """
        task = asyncio.current_task()
        self._stop = task.cancel if task else self._stop
        self._ending.within(asyncio.get_running_loop(), self._asked_to_end)
        async with app.put_together(config, self._data, opened) as parts:
            parts.courier.attach(self._chat, only=self._where.chat)
            # What an earlier crash left behind is looked after beside this: it must not hold up an emergency.
            running = (
                parts.courier.run(),
                parts.service.upkeep.sweep(self._where),
                parts.service.upkeep.recover(self._where),
                parts.heartbeat.run(),  # whoever reads the card for a minute still finds a warm connection
                parts.contracts.run(),  # beside the preview: its list is waited for, but not long
            )
            parts.contracts.wait_for_first(_LIST)
            work = [asyncio.ensure_future(one) for one in running]
            try:
                return await self._converse(parts)
            finally:
                await parts.tasks.drain(_DRAIN[self._stage])
                await parts.courier.settle(_SETTLE)
                await end(work)

    def _asked_to_end(self) -> None:
        """Once: what is confirmed is not cut off."""
        if self._stage is _Stage.CONFIRMED:
            typer.echo("\nConfirmed already, so the verdict is waited for. Once more ends this without one.")
        elif self._stage is _Stage.OPEN:
            self._stopped = True
            self._stop()

    async def _converse(self, parts: app.Parts) -> int:
        await parts.service.hear(self._incoming(parts))
        shown_ = await self._answer()
        token = shown_.token(ButtonKind.CONFIRM)
        if token is None:
            return self._no_card(shown_.message)
        ids = shown_.message.buttons[0].action.mass_cancels
        confirms = self._wish.yes or await self._confirmed(parts, shown_)
        if confirms and not self._stopped:
            self._stage = _Stage.CONFIRMED
            kind = ButtonKind.CONFIRM
        else:
            kind = ButtonKind.KEEP
        answered = (await parts.service.tap(self._tap(parts, shown_.token(kind) or token))).text
        if answered == self._marked(
            " ".join(refusals.store_down())
        ):  # it was printed, as a message past the store
            self._stage = _Stage.OPEN
            self._known = (EXITS[State.NOT_RUN], _NOTHING)
            return EXITS[State.NOT_RUN]
        _say(answered)
        records = [one for one in [await outcome(parts, self._chat, id_) for id_ in ids] if one is not None]
        code = exit_code(records)
        self._known = (code, "; ".join(f"#{one.id} {results.verdict_words(one)}" for one in records))
        self._stage = _Stage.KNOWN
        return code

    async def _answer(self) -> Printed:
        """What the command was answered with.

        Raises:
            StoreUnavailable: it cannot be noted, so it is not shown.
        """
        try:
            async with asyncio.timeout(_ANSWER):
                return await self._chat.printed.get()
        except TimeoutError:
            raise StoreUnavailable(why="no card can be written into it") from None

    def _no_card(self, message: Message) -> int:
        """Nothing can be confirmed: what the exit code is, and what to type instead."""
        if refusals.store_down()[0] in message.title:
            return EXITS[State.NOT_RUN]
        if cards.NO_KEY in message.title:  # nothing was sent, as a yes would have ended
            return EXITS[State.NOT_RUN]
        for button in message.buttons:
            command = button.action.command
            if command is not None and command.verb in (Verb.CANCELALL, Verb.DRILL):
                drill = ["--drill"] if self._wish.drill or command.verb is Verb.DRILL else []
                options = [*drill, *(["--unlisted"] if command.unlisted else [])]
                typer.echo("  " + shlex.join(["cancelall", "now", *options, *spelled(command).split()[1:]]))
        return BROKEN if refusals.failed("")[0] in message.title else USAGE

    async def _confirmed(self, parts: app.Parts, shown_: Printed) -> bool:
        """Ask at the terminal. Anything but `yes` keeps the orders: Ctrl-C, or no answer in time, too."""
        loop, button = asyncio.get_running_loop(), shown_.message.buttons[0]
        record = await parts.store.mass_cancel(button.action.mass_cancels[0])
        left = (record.expires_at - parts.clock.now()).total_seconds() + _EXPIRY if record else 0.0
        until = loop.time() + left
        if not await shown(left):
            typer.echo("The question could not be shown here, so nobody could answer it.", err=True)
            return False
        with typed() as line:  # heard before it is asked for: a quick Ctrl-C is an answer, too
            self._stop = partial(answer, line, "")
            late = loop.call_at(until, self._stop)
            typer.echo(f"\n{button.label}? Type yes and Enter; anything else keeps the orders: ", nl=False)
            said = await line
            late.cancel()
            if not said.endswith("\n"):
                typer.echo("")
            return said.strip().lower() == "yes"

    def _save(self, attachment: Attachment) -> str:
        """Keep a result's file beside the store; where it is, or why it is not."""
        path = self._data / "files" / attachment.name
        try:
            path.parent.mkdir(mode=0o700, exist_ok=True)
            path.write_text(attachment.content, encoding="utf-8")
        except OSError as error:
            return f"not written ({error.strerror})"
        return str(path)

    def _marked(self, text: str) -> str:
        return drills.marked(text) if self._wish.drill else text

    def _incoming(self, parts: app.Parts) -> Incoming:
        text = f"{self._wish.verb} {self._wish.words}"
        return Incoming(
            origin=f"{Platform.HOST}:{self._where.chat}",
            identity=self._who,
            conversation=self._where,
            message=None,
            text=text,
            sent_at=parts.clock.now(),
            shown_name=self._who.user,
            command=_insisting(text) if self._wish.unlisted else None,
        )

    def _tap(self, parts: app.Parts, token: str) -> IncomingTap:
        return IncomingTap(
            origin=f"{Platform.HOST}:{self._where.chat}:tap",
            identity=self._who,
            conversation=self._where,
            token=token,
            received_at=parts.clock.now(),
            shown_name=self._who.user,
        )


def _insisting(text: str) -> Command | None:
    """The command, whatever the list says of its contract; None where it is not understood: that is told."""
    try:
        return replace(parse(text), unlisted=True)
    except BadCommand:
        return None


def _say(text: str) -> None:
    typer.echo(at_terminal(text))
