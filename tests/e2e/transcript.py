"""Plays whole conversations from plain files (tests/data/transcripts; its README.md tells the format).

Nothing in this file knows the platform: a `Screen` does.
"""

import re
from collections.abc import Callable
from typing import Any, Final

from tests.command_files import unescaped
from tests.e2e.exchange import ExchangeLines
from tests.e2e.screen import Screen, Shown, Tap, quiet
from tests.e2e.setting import PATIENCE
from tests.e2e.transcript_file import Transcript
from tests.e2e.world import World

_SAID: Final = re.compile(r"(ann|bo|vic|cy|eve|robot)(?:@(desk|lobby|topic|private))?(?: ([a-z]+|-\d+s))?> (.+)")
_BOT: Final = re.compile(r"bot(?:@(desk|lobby|topic|private \w+))?< (.+)")
_PLACED: Final = re.compile(r"orders (\w+) ([A-Z0-9-]+) (buy|sell) (long|short|both) (\d+)(?: (\w+)=(\S+))?")
_WAITING: Final = re.compile(r"triggers (\w+) ([A-Z0-9-]+) (buy|sell) (long|short|both) ([a-z_]+) (\d+)")
_HOLE: Final = re.compile(r"(…|\{[a-z]+\})")
_ID: Final = "[2-9A-Z]{5}"
_TIME: Final = r"\d\d:\d\d:\d\d"
_LOG: Final = re.compile(r"^(?:DRILL · )?#\w+ · log ([0-9a-f]{4})$")


class Player:
    """Plays one transcript on one screen."""

    def __init__(self, world: World, screen: Screen) -> None:
        self._world = world
        self._screen = screen
        self._exchange = ExchangeLines(world)
        self._place = "desk"
        self._current: Shown | None = None
        """The message that `bot|`, `bot[` and `bot:` are about."""
        self._just_seen = False
        """Nothing has happened since: how it looked then is what counts."""
        self._tapped: Tap | None = None
        self._seen: dict[str, list[Shown]] = {}
        """What a person has seen in each place, old looks of messages included."""
        self._names: dict[str, str] = dict(screen.names)
        """Ids by the letter that stands for them, and what the platform calls people and places."""

    async def play(self, transcript: Transcript) -> None:
        """Every line, and then that nothing was said that no line expected.

        Raises:
            AssertionError: something else happened; the line is named, and the chat is shown.
        """
        number, line = 0, "the end"
        try:
            for number, line in transcript.lines:  # noqa: B007 named where it fails
                await self._line(line)
            line = "the end"
            await self._end()
        except (AssertionError, LookupError, ValueError) as error:
            raise AssertionError(f"{transcript.name}:{number}: {line}\n{error}\n{self._chat()}") from error

    async def _line(self, line: str) -> None:
        self._just_seen = self._just_seen and line.startswith(("bot|", "bot[", "bot:"))
        if found := _SAID.fullmatch(line):
            self._said(*found.groups(default=""))
        elif found := _BOT.fullmatch(line):
            self._place = found[1] or self._place
            await self._next(found[2])
        elif found := _PLACED.fullmatch(line):
            self._placed(found)
        elif found := _WAITING.fullmatch(line):
            self._waiting(found)
        elif line.startswith("htx "):
            await self._exchange.line(line.removeprefix("htx "))
        else:
            await self._short(line)

    async def _short(self, line: str) -> None:
        match line.split(" ", maxsplit=1):
            case ["bot|", text]:
                await self._look(lambda m: self._has_line(m, text), f"a line like {text!r}")
            case ["bot[", *labels]:
                wanted = tuple(labels[0].split(" | ")) if labels else ()
                await self._look(lambda m: m.labels == wanted, f"just the buttons {wanted}")
            case ["bot:", fact]:
                self._fact(fact)
            case ["edit<", text]:
                await self._edited(text)
            case ["popup<", text]:
                await self._popup(text)
            case ["nothing<"]:
                assert await quiet(self._screen), "the bot said something"
                assert self._tapped is None or await self._tapped.answer(0) is None, "a tap was answered"
                self._no_more()
            case _:
                await self._life(line)

    def _said(self, who: str, where: str, how: str, text: str) -> None:
        place = f"private {who}" if where == "private" else where or "desk"
        self._place = place
        if not text.startswith("["):
            self._screen.say(who, place, unescaped(text), how)
            return
        label = text.strip("[]")
        looks = [m for at in (place, *self._seen) for m in self._seen.get(at, []) if label in m.labels]
        assert looks, f"nobody has seen a button {label!r}"
        newest = looks[-1] if how else [m for m in self._seen.get(place, []) if label in m.labels][-1]
        self._tapped = self._screen.tap(who, place, newest, label, how)

    def _placed(self, found: re.Match[str]) -> None:
        """`orders ACCOUNT CONTRACT SIDE POSITION-SIDE N [field=value]`."""
        account, contract, side, held, n, name, value = found.groups()
        where: dict[str, Any] = {"contract": contract, "side": side, "position_side": held}
        if name:
            where[name] = value == "yes" if value in {"yes", "no"} else value
        self._world.place(int(n), account=account, **where)

    def _waiting(self, found: re.Match[str]) -> None:
        """`triggers ACCOUNT CONTRACT SIDE POSITION-SIDE KIND N`."""
        account, contract, side, held, kind, n = found.groups()
        where: dict[str, Any] = {"contract": contract, "side": side, "position_side": held, "type": kind}
        self._world.place_triggers(int(n), account=account, **where)

    async def _next(self, title: str) -> None:
        """The next message in the place, with this title."""
        seen = self._seen.setdefault(self._place, [])
        keys = {message.key for message in seen}
        fresh: list[Shown] = []

        def come() -> bool:
            fresh[:] = [m for m in self._screen.shown(self._place) if m.key not in keys]
            return bool(fresh)

        await self._world.until(come, f"a message in {self._place}")
        self._see(fresh[0])
        self._just_seen = True
        assert self._fits(title, fresh[0].lines[0]), f"the title is {fresh[0].lines[0]!r}"

    async def _look(self, holds: Callable[[Shown], bool], what: str) -> None:
        """Something about the message at hand, now or soon."""
        at_hand = self._current
        assert at_hand is not None, "no message is at hand"
        if self._just_seen and holds(at_hand):
            return
        key, found = at_hand.key, [at_hand]

        def now() -> bool:
            found[:] = [m for m in self._screen.shown(self._place) if m.key == key] or found
            return holds(found[0])

        try:
            await self._world.until(now, what, seconds=6)
        finally:
            self._see(found[0])

    async def _edited(self, text: str) -> None:
        """A message that was seen has changed, and has such a line now."""
        seen = {message.key: message.version for message in self._seen.get(self._place, [])}
        found: list[Shown] = []

        def come() -> bool:
            shown = [m for m in self._screen.shown(self._place) if m.version > seen.get(m.key, m.version)]
            found[:] = [m for m in shown if self._has_line(m, text)]
            return bool(found)

        await self._world.until(come, f"an edit with a line like {text!r}")
        self._see(found[-1])
        self._just_seen = True

    async def _popup(self, text: str) -> None:
        assert self._tapped is not None, "nobody has tapped"
        answer = await self._tapped.answer(PATIENCE)
        assert answer is not None and self._fits(text, answer), f"what popped up is {answer!r}"  # noqa: PT018
        self._tapped = None

    def _fact(self, fact: str) -> None:
        message = self._current
        assert message is not None, "no message is at hand"
        match fact.split(" ", maxsplit=1):
            case ["loud"]:
                assert message.loud is not False, "it came silently"
            case ["silent"]:
                assert message.loud is not True, "it notified"
            case ["answers", text]:
                assert any(self._fits(text, said) for said in message.answers), f"it answers {message.answers!r}"
            case _:
                raise ValueError("no such fact")

    async def _life(self, line: str) -> None:
        """What happens to the bot, the time and the book."""
        match line.split():
            case ["clock", span] if re.fullmatch(r"\+\d+s", span):
                await self._world.move(int(span[1:-1]))
            case ["gone", n]:
                for id_ in self._world.account.open_ids()[: int(n)]:
                    self._world.account.cancel(id_)
            case ["gone-part", n, volume]:
                for id_ in self._world.account.open_ids()[: int(n)]:
                    self._world.account.fill(id_, volume)
                    self._world.account.cancel(id_)
            case ["stop"]:
                await self._world.stop()
            case ["start"]:
                await self._world.start()
            case ["restart"]:
                await self._world.stop()
                await self._world.start()
            case ["crash"]:
                await self._world.noted()
                await self._world.crash()
            case _:
                raise ValueError("no such line")

    async def _end(self) -> None:
        """Nothing was said or sent that no line expected, and the log bears every result out."""
        self._no_more()
        await self._world.stop()
        self._no_more()
        self._exchange.check()
        assert not (amiss := self._screen.amiss()), f"on the screen: {amiss}"
        heads = {found[1] for place in self._screen.places for found in self._logs(place)}
        for head in sorted(heads) or [None]:
            report = self._world.audit(head)
            assert report.ok, f"the audit chain: {report.why}"
        written = self._world.written()
        assert not [secret for secret in self._world.secrets() if secret.encode() in written], (
            "a secret is on disk"
        )

    def _logs(self, place: str) -> list[re.Match[str]]:
        lines = [line for message in self._screen.shown(place) for line in message.lines]
        return [found for line in lines if (found := _LOG.match(line))]

    def _no_more(self) -> None:
        for place in self._screen.places:
            keys = {message.key for message in self._seen.get(place, [])}
            extra = [m.lines for m in self._screen.shown(place) if m.key not in keys]
            assert not extra, f"not expected in {place}: {extra}"

    def _see(self, message: Shown) -> None:
        self._current = message
        self._seen.setdefault(self._place, []).append(message)

    def _has_line(self, message: Shown, text: str) -> bool:
        return any(self._fits(text, line) for line in message.lines)

    def _fits(self, pattern: str, text: str) -> bool:
        """Whether a text is as the pattern has it; a letter in braces learns the id it stands for."""
        known = dict(self._names)
        parts = [self._part(part, known) for part in _HOLE.split(self._screen.written(pattern))]
        found = re.fullmatch("".join(parts), text)
        if found:
            self._names |= found.groupdict()
        return found is not None

    @staticmethod
    def _part(part: str, known: dict[str, str]) -> str:
        if part == "…":
            return ".*"
        if part == "{time}":
            return _TIME
        if _HOLE.fullmatch(part):
            name = part.strip("{}")
            return re.escape(known[name]) if name in known else f"(?P<{name}>{_ID})"
        return re.escape(part)

    def _chat(self) -> str:
        """Everything the bot said, for whoever has to find out."""
        rows: list[str] = []
        for place in self._screen.places:
            for message in self._screen.shown(place):
                rows += [f"--- {place}", *message.lines, f"[ {' | '.join(message.labels)}"]
        return "\n".join(rows)
