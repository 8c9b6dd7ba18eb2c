"""Slack as a platform on which transcripts are played."""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from simulator.slack import Channel, Message, Person, Said
from simulator.slack.channel import order
from simulator.slack.mrkdwn import unescape
from tests import fair
from tests.e2e.screen import Shown
from tests.e2e.slack_side import SlackSide
from tests.e2e.world import World

By = Literal["slash", "mention"]
"""How commands are given."""

OTHERS: Final = re.compile(r"(?<![\w/])/(drill|orders|status|log|whoami|start|help)\b")
"""Commands that are sub-commands on Slack."""

CANCELLING: Final = "Cancelling… the result follows here, in up to 20 s."
ONE_MOMENT: Final = "One moment…"
DRILL: Final = "DRILL · "
DRILLING: Final = "DRILL · Nothing is sent. The result follows here."
"""What Slack does not pop up, since the card itself, or the message that follows, shows it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackTap:
    """A press on Slack. What a card shows by itself is not said twice."""

    screen: "SlackScreen"
    who: Person
    seen: Message
    """As it looked to the person."""
    before: Message | None
    """As it truly looked then."""
    moment: str
    decides: bool = False
    """Whether the button confirms or keeps: then the card itself says what came of it, sooner or later."""
    """The `ts` of the newest message anywhere when the button was pressed."""

    async def answer(self, seconds: float) -> str | None:
        end = fair.monotonic() + seconds
        said = self._now()
        while said is None and fair.monotonic() < end:
            await asyncio.sleep(0.004)
            said = self._now()
        return said

    def _now(self) -> str | None:
        whispered = self.screen.claim(self.who, self.moment)
        return whispered or self._on_card() or self._as_message()

    def _on_card(self) -> str | None:
        """What the card has come to say; a pick only loses its buttons."""
        now = self.screen.message(self.seen)
        if self.before is None or now is None or not self.before.labels or now.labels == self.before.labels:
            return None  # it had no buttons any more, or has them still
        old = self.before.text.splitlines()
        fresh = [line for line in now.text.splitlines() if line not in old]
        if any(line.startswith(("Cancelling…", "Tapped by")) for line in fresh):
            return CANCELLING
        if any(line.startswith((f"{DRILL}Nothing is sent…", f"{DRILL}Tapped by")) for line in fresh):
            return DRILLING
        if fresh:
            ends = ("Kept by", "Expired")
            return next((line for line in fresh if line.removeprefix(DRILL).startswith(ends)), None)
        return self._one_moment()

    def _as_message(self) -> str | None:
        """A button that only reads leaves its message as it is; what it read follows."""
        if self.decides or self.before is None or self.screen.message(self.seen) != self.before:
            return None
        return self._one_moment() if self.screen.posted_since(self.moment) else None

    def _one_moment(self) -> str:
        return f"{DRILL}{ONE_MOMENT}" if self.seen.text.startswith(DRILL) else ONE_MOMENT


class SlackScreen:
    """The simulated Slack of a world. What one person sees alone counts as shown in its place until claimed."""

    platform: Final = "slack"

    def __init__(self, world: World, by: By = "slash") -> None:
        self._world = world
        self._side: SlackSide = world.slack
        self._by = by
        self._typed: dict[str, str] = {}
        """By `ts` of a mention, or by place for slash commands, which leave no message."""
        self._claimed: set[str] = set()
        self._topic: Said | None = None
        if world.setting.forum:
            self._topic = self._side.ann.says(self._side.desk, "Orders")

    @property
    def places(self) -> tuple[str, ...]:
        groups = ("desk", "lobby", *(("topic",) if self._topic else ()))
        return (*groups, *(f"private {name}" for name in self._side.people))

    @property
    def names(self) -> Mapping[str, str]:
        people = {name: f"{person.id} (team {person.user.team})" for name, person in self._side.people.items()}
        return {**people, "desk": self._side.desk.id, "lobby": self._side.lobby.id, "platform": self.platform}

    def written(self, pattern: str) -> str:
        return OTHERS.sub(r"/cancelall \1", pattern)

    def say(self, who: str, place: str, text: str, how: str) -> None:
        person, aged = self._side.people[who], re.fullmatch(r"-(\d+)s", how)
        if how and not aged:
            raise ValueError(f"nobody can say something like that: {how}")
        if not text.startswith("/"):
            person.says(self._room(place), text)
        elif (self._by == "slash" or place.startswith("private")) and place != "topic" and not aged:
            self._typed[place] = text
            person.slash(self._room(place), _as_sub_command(text))
        else:
            thread = self._topic.ts if self._topic and place == "topic" else ""
            words = f"@bot {text.removeprefix('/')}"
            ago = float(aged[1]) if aged else 0.0
            self._typed[person.mentions(self._room(place), words, thread=thread, ago_s=ago).ts] = text

    def tap(self, who: str, place: str, shown: Shown, label: str, how: str) -> SlackTap:
        if how:
            raise ValueError(f"nobody can tap like that on Slack: {how}")
        person, message = self._side.people[who], shown.raw
        moment = self._world.slack.sim.world.stamp()
        before = self.message(message)
        person.taps(message, label)
        said = label.removeprefix(DRILL)
        decides = said.startswith(("Cancel ", "Send ", "Keep ", "Drill ")) and not said.endswith("…")
        return SlackTap(screen=self, who=person, seen=message, before=before, moment=moment, decides=decides)

    def shown(self, place: str) -> tuple[Shown, ...]:
        room, topic = self._room(place), self._topic.ts if self._topic else ""
        mine = [m for m in self._side.sim.messages(room) if m.sender.is_bot]
        alone = [m for m in self._side.sim.world.private if m.channel == room.id and m.ts not in self._claimed]
        here = [m for m in (*mine, *alone) if (place == "topic") == bool(topic and m.thread_ts == topic)]
        return tuple(self._shown(m, room, place) for m in sorted(here, key=lambda m: order(m.ts)))

    def amiss(self) -> list[str]:
        """Warnings of Slack's, many called at once, anything to click, anybody called whom we do not list."""
        sim, listed = self._side.sim, {person.id for person in self._side.people.values()}
        every = [m for room in sim.world.channels.values() for m in room.messages()] + list(sim.world.private)
        found = [*sim.warnings, *sim.sockets.oddities]
        for message in (m for m in every if m.sender.is_bot and not m.files):
            called = {*message.channel_calls, *(link.url for link in message.links), *message.mentions} - listed
            found += [f"{what} in {message.text!r}" for what in called]
            if _title(message) not in unescape(message.raw):
                found.append(f"a notification without {_title(message)!r}: {message.raw!r}")
        return found

    def message(self, seen: Message) -> Message | None:
        """A message as it stands now."""
        return self._side.sim.world.find(seen.channel, seen.ts)

    def claim(self, who: Person, after: str) -> str | None:
        """The first thing that a person was told alone after a moment, once."""
        for message in self._side.sim.ephemerals(who):
            if order(message.ts) > order(after) and message.ts not in self._claimed:
                self._claimed.add(message.ts)
                return " ".join(message.text.splitlines())
        return None

    def posted_since(self, moment: str) -> bool:
        """Whether the bot said something to everybody after a moment."""
        rooms = self._side.sim.world.channels.values()
        every = (message for room in rooms for message in room.messages() if message.sender.is_bot)
        return any(order(message.ts) > order(moment) for message in every)

    def _room(self, place: str) -> Channel:
        if place.startswith("private "):
            return self._side.sim.world.direct(self._side.people[place.removeprefix("private ")].id)
        return self._side.lobby if place == "lobby" else self._side.desk

    def _shown(self, message: Message, room: Channel, place: str) -> Shown:
        lines = message.text.splitlines()
        for file in message.files:
            lines += [f"📎 {file.file_name}", *file.content.decode().splitlines()]
        above = self._side.sim.thread(room, message.thread_ts) if message.thread_ts else ()
        answers = [self._typed.get(m.ts) or _title(m) for m in above if order(m.ts) < order(message.ts)]
        return Shown(
            key=f"{room.id}/{message.ts}/{message.only_for}",
            lines=tuple(lines),
            labels=message.labels,
            version=message.edits,
            loud=True if message.mentions or message.broadcast else False if message.thread_ts else None,
            answers=tuple(answers) if above else (self._typed.get(place, ""),),
            raw=message,
        )


def _as_sub_command(text: str) -> str:
    """`/orders ALL` as it is typed on Slack: `/cancelall orders ALL`; `/drill` is a command of its own."""
    verb = re.match(r"/(\w+)", text)
    if verb is not None and verb[1].lower() in {"cancelall", "drill"}:
        return f"/{verb[1].lower()}{text[verb.end() :]}"
    return f"/cancelall {text.removeprefix('/')}"


def _title(message: Message) -> str:
    if message.files:
        return f"📎 {message.files[0].file_name}"
    return message.text.partition("\n")[0]
