"""`cancelall now`: the same core and store at a terminal, for when every chat is down.

Exit codes: 0 zero left, 10 still open, 11 not run, 12 unknown, 13 kept or expired, 14 drilled the whole
way (a drill that would not have run: 11, one without a proof: 12), 2 not understood, 1 broken.
"""

import asyncio
import os
import shlex
import signal
import sys
import termios
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Final

import typer

from bot import app
from bot.cli.common import configuration, data_dir, keys, logs, store_refusal
from bot.cli.options import ConfigPath, DataDir, KeystorePath
from bot.cli.refusal import Refusal
from bot.command import parse, spelled
from bot.config import Config
from bot.errors import BadCommand, StoreUnavailable
from bot.mass_cancel import FINAL
from bot.model import (
    Attachment,
    ButtonKind,
    Command,
    Conversation,
    Incoming,
    IncomingTap,
    MassCancel,
    MassCancelId,
    Platform,
    State,
    Verb,
)
from handlers.console import ConsoleChat, Printed

_EXITS: Final = {
    State.ZERO_LEFT: 0,
    State.STILL_OPEN: 10,
    State.NOT_RUN: 11,
    State.UNKNOWN: 12,
    State.KEPT: 13,
    State.EXPIRED: 13,
    State.DRILLED: 14,
}
_WORST_FIRST: Final = (
    State.UNKNOWN,
    State.STILL_OPEN,
    State.NOT_RUN,
    State.KEPT,
    State.EXPIRED,
    State.DRILLED,
    State.ZERO_LEFT,
)
"""Of several accounts the worst outcome is the exit code."""

_USAGE: Final = 2
_DRAIN: Final = 25.0
"""Seconds an interrupted execution has to come to its verdict."""

_SETTLE: Final = 2.0
"""Seconds the last messages have to be printed, and copies to be noted."""

_LIST: Final = 1.0
"""Seconds HTX's list of contracts may take before a code goes unchecked."""

_UNREADABLE: Final = 60.0
"""Seconds the store may stay unreadable after the tap before the person is told that nobody knows."""


def now(  # noqa: PLR0913 one argument an option
    scope: Annotated[
        list[str], typer.Argument(help="CONTRACT or ALL, buy or sell, long, short or both, in any order.")
    ],
    *,
    account: Annotated[str | None, typer.Option("--account", help="Which account, if you have several.")] = None,
    unlisted: Annotated[
        bool, typer.Option("--unlisted", help="Go on although HTX's list has no such contract.")
    ] = False,
    drill: Annotated[
        bool, typer.Option("--drill", help="Go the whole way with the write left out: nothing is sent.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Confirm without asking. The audit names you.")] = False,
    config: ConfigPath = None,
    data: DataDir = None,
    keystore: KeystorePath = None,
) -> None:
    """Cancel resting orders from this terminal: shows what would go, asks, cancels, proves."""
    if not yes and not sys.stdin.isatty():
        raise Refusal("There is no terminal to confirm at: say --yes, or run this at one. Nothing was sent.")
    logs("ERROR")
    settings = configuration(config)
    opened = keys(keystore)
    words = [*scope, *([f"@{account.removeprefix('@')}"] if account else [])]
    terminal = _Terminal(
        verb=Verb.DRILL if drill else Verb.CANCELALL, yes=yes, unlisted=unlisted, folder=data_dir(data) / "files"
    )
    try:
        code = asyncio.run(terminal.carry_out(settings, data_dir(data), opened, " ".join(words)))
    except StoreUnavailable as error:
        if terminal.tapped and not drill:
            typer.echo("The outcome cannot be read. Assume orders are LIVE. Use the HTX app.", err=True)
            raise typer.Exit(_EXITS[State.UNKNOWN]) from None
        raise store_refusal(error) from None
    raise typer.Exit(code)


class _Terminal:
    """One conversation between a shell and the service."""

    def __init__(self, *, verb: Verb, yes: bool, unlisted: bool, folder: Path) -> None:
        self._verb = verb
        self._yes = yes
        self._unlisted = unlisted
        self.tapped = False
        """From now on it may have been sent."""
        self._folder = folder
        self._chat = ConsoleChat(typer.echo, self._save)
        self._who = app.host_identity()
        self._where = Conversation(platform=Platform.HOST, chat=uuid.uuid4().hex, thread=None, private=True)

    def _save(self, attachment: Attachment) -> str:
        """Keep a result's file beside the store; where it is, or why it is not."""
        path = self._folder / attachment.name
        try:
            self._folder.mkdir(mode=0o700, exist_ok=True)
            path.write_text(attachment.content)
        except OSError as error:
            return f"not written ({error.strerror})"
        return str(path)

    async def carry_out(self, config: Config, data: Path, opened: app.OpenKeys, words: str) -> int:
        """Ask, confirm, wait for the verdict; returns the exit code."""
        async with app.put_together(config, data, opened) as parts:
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
                return await self._converse(parts, words)
            finally:
                await parts.tasks.drain(_DRAIN)
                await parts.courier.settle(_SETTLE)
                for task in work:
                    task.cancel()

    async def _converse(self, parts: app.Parts, words: str) -> int:
        await parts.service.hear(self._incoming(parts, words))
        shown = await self._chat.printed.get()
        token = shown.token(ButtonKind.CONFIRM)
        if token is None:
            self._explain_picker(shown)
            return _USAGE
        ids = shown.message.buttons[0].action.mass_cancels
        kind = ButtonKind.CONFIRM if self._yes or await self._confirmed(shown) else ButtonKind.KEEP
        self.tapped = True
        answer = await parts.service.tap(self._tap(parts, shown.token(kind) or token))
        typer.echo(answer.text)
        records = [await self._outcome(parts, id_) for id_ in ids]
        return _exit_code([record for record in records if record is not None])

    def _incoming(self, parts: app.Parts, words: str) -> Incoming:
        text = f"{self._verb} {words}"
        return Incoming(
            origin=f"{Platform.HOST}:{self._where.chat}",
            identity=self._who,
            conversation=self._where,
            message=None,
            text=text,
            sent_at=parts.clock.now(),
            shown_name=self._who.user,
            command=_insisting(text) if self._unlisted else None,
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

    async def _confirmed(self, shown: Printed) -> bool:
        """Ask at the terminal. Anything but `yes` keeps the orders, Ctrl-C too."""
        label = shown.message.buttons[0].label
        with _typed() as line:  # heard before it is asked for: a quick Ctrl-C is an answer, too
            typer.echo(f"\n{label}? Type yes and Enter; anything else keeps them: ", nl=False)
            return (await line).strip().lower() == "yes"

    def _explain_picker(self, shown: Printed) -> None:
        """A terminal has no buttons: say what to type instead."""
        asked = [button.action.command for button in shown.message.buttons]
        for command in asked:
            if command is not None and command.verb in (Verb.CANCELALL, Verb.DRILL):
                drill = ["--drill"] if Verb.DRILL in (self._verb, command.verb) else []
                options = [*drill, *(["--unlisted"] if command.unlisted else [])]
                words = spelled(command).split()[1:]
                typer.echo("  " + shlex.join(["cancelall", "now", *options, *words]))

    async def _outcome(self, parts: app.Parts, id_: MassCancelId) -> MassCancel | None:
        """Wait until the mass cancel has ended, or is known to be unknown.

        Raises:
            StoreUnavailable: the store could not be read for a minute on end.
        """
        read = parts.clock.monotonic()
        while True:
            try:
                record = await parts.store.mass_cancel(id_)
                read = parts.clock.monotonic()
            except StoreUnavailable:
                if parts.clock.monotonic() - read > _UNREADABLE:
                    raise
                await parts.clock.sleep(0.5)  # the tap is settled; only its outcome waits to be read
                continue
            if record is None or record.state in FINAL or record.state is State.UNKNOWN:
                return record
            await parts.clock.sleep(0.05)


def _exit_code(records: Sequence[MassCancel]) -> int:
    """That of the worst outcome. A drill that would not have run, or that proved nothing, is no success."""
    found = {_as_if_real(record) for record in records}
    return next((_EXITS[state] for state in _WORST_FIRST if state in found), 1)


def _as_if_real(record: MassCancel) -> State:
    """The state; of a drill that failed the one in which a real cancel would have ended."""
    drill = record.verdict.drill if record.verdict else None
    if drill is None:
        return record.state
    if drill.to_request is None and not drill.cut_off:
        return State.NOT_RUN
    return State.UNKNOWN if drill.to_proof is None else record.state


@contextmanager
def _typed() -> Iterator["asyncio.Future[str]"]:
    """The next line from the terminal; nothing after Ctrl-C or Ctrl-D."""
    loop = asyncio.get_running_loop()
    said: asyncio.Future[str] = loop.create_future()

    def hear(line: str) -> None:
        if not said.done():
            said.set_result(line)

    def read() -> None:
        try:  # not `readline`: half a line and Ctrl-D would hold up the loop until the other half comes
            line = os.read(sys.stdin.fileno(), 4096).decode(errors="replace")
        except OSError:
            line = ""
        hear(line)

    before = signal.getsignal(signal.SIGINT)
    termios.tcflush(
        sys.stdin.fileno(), termios.TCIFLUSH
    )  # what was typed before the card was shown confirms nothing
    loop.add_reader(sys.stdin.fileno(), read)
    loop.add_signal_handler(signal.SIGINT, hear, "")
    try:
        yield said
    finally:
        loop.remove_reader(sys.stdin.fileno())
        loop.remove_signal_handler(signal.SIGINT)
        signal.signal(signal.SIGINT, before)


def _insisting(text: str) -> Command | None:
    """The command, whatever the list says of its contract; None where it is not understood: that is told."""
    try:
        return replace(parse(text), unlisted=True)
    except BadCommand:
        return None
