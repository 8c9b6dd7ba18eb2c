"""What a transcript needs of a chat platform, and Telegram as such a platform."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from simulator.telegram import How, Message, Person, TapResult, User
from tests.e2e.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A message of the bot's as it looked at some moment."""

    key: str
    """Names the message, however it looks."""
    lines: tuple[str, ...]
    """A file is a message of its own: `📎 name`, then its lines."""
    labels: tuple[str, ...]
    version: int
    """Rises with each edit."""
    loud: bool | None
    """It notified; None where the platform leaves that to each reader."""
    answers: tuple[str, ...]
    """The first lines of what it replies to: one message, or all that stands above it in a thread."""
    raw: Any = field(repr=False)
    """The platform's own, for a tap on it."""


class Tap(Protocol):
    """A press on a button."""

    async def answer(self, seconds: float) -> str | None:
        """What popped up for the person who tapped; None if nothing did."""
        ...


class Screen(Protocol):
    """One chat platform with its people, seen from outside the bot.

    Places are `desk` (the listed group), `topic` (a forum topic in it), `lobby` (a group that is not listed) and
    `private NAME`.
    """

    @property
    def platform(self) -> str:
        """Its name, as `only` has it."""
        ...

    @property
    def places(self) -> tuple[str, ...]:
        """Every place."""
        ...

    @property
    def names(self) -> Mapping[str, str]:
        """What the platform calls the people and places that stand in braces: `{eve}` is her id."""
        ...

    def written(self, pattern: str) -> str:
        """What the bot says in words that are the same on each platform, as it must stand here."""
        ...

    def amiss(self) -> list[str]:
        """What the bot showed, at any time, that this platform's users must not see."""
        ...

    def say(self, who: str, place: str, text: str, how: str) -> None:
        """Somebody says something; `how` is empty, an age as `-360s`, or a word the platform knows."""
        ...

    def tap(self, who: str, place: str, shown: Shown, label: str, how: str) -> Tap:
        """Somebody presses a button on a message as it looked to them."""
        ...

    def shown(self, place: str) -> tuple[Shown, ...]:
        """The bot's messages in a place, oldest first."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class TelegramTap:
    """A press on Telegram."""

    result: TapResult

    async def answer(self, seconds: float) -> str | None:
        try:
            return await self.result.answer(seconds)
        except TimeoutError:
            return None


class TelegramScreen:
    """The simulated Telegram of a world."""

    platform: Final = "telegram"

    def __init__(self, world: World) -> None:
        self._world = world
        self._people: dict[str, Person] = {
            person.user.first_name.lower(): person
            for person in (world.ann, world.bo, world.vic, world.cy, world.eve, world.robot)
        }
        self._topic = world.desk.topic("Orders") if world.setting.forum else None
        self._channel = world.telegram.channel(id=-1007777777777)
        self._said: dict[tuple[str, str], Message] = {}

    @property
    def places(self) -> tuple[str, ...]:
        groups = ("desk", "lobby", *(("topic",) if self._topic else ()))
        return (*groups, *(f"private {name}" for name in self._people))

    @property
    def names(self) -> Mapping[str, str]:
        people = {name: str(person.id) for name, person in self._people.items()}
        chats = {"desk": str(self._world.desk.id), "lobby": str(self._world.lobby.id)}
        return {**people, **chats, "platform": self.platform}

    def written(self, pattern: str) -> str:
        return pattern

    def amiss(self) -> list[str]:
        return []

    def say(self, who: str, place: str, text: str, how: str) -> None:
        given = self._how(who, place, how)
        if place == "topic":
            given["thread"] = self._topic
        said = self._people[who].says(self._chat(place), text, **given)
        self._said[who, place] = said.message

    def _how(self, who: str, place: str, how: str) -> How:
        stranger = User(id=99, first_name="Somebody")
        match how:
            case "":
                return {}
            case "edits":
                return {"edits": self._said[who, place].id}
            case "forwards":
                return {"forwarded_from": stranger}
            case "via":
                return {"via_bot": User(id=98, first_name="Gif", username="gif", is_bot=True)}
            case "anonymous":
                return {"anonymous": True}
            case "channel":
                return {"as_channel": self._channel}
            case _ if how.startswith("-") and how.endswith("s"):
                return {"date": self._world.now() + float(how[:-1])}
        raise ValueError(f"nobody can say something like that: {how}")

    def tap(self, who: str, place: str, shown: Shown, label: str, how: str) -> TelegramTap:
        person, message = self._people[who], shown.raw
        data = next(str(button.data) for button in message.buttons if button.label == label)
        if how == "inline":
            return TelegramTap(result=person.taps_inline("AAAA", data))
        if how == "forges":  # a client of one's own can send what another message's button carries
            other = self._said[who, place]
            return TelegramTap(result=person.taps(other, data, made_up=True))
        return TelegramTap(result=person.taps(message, label))

    def shown(self, place: str) -> tuple[Shown, ...]:
        every = self._world.telegram.messages(self._chat(place))
        by_id = {message.id: message for message in every}
        thread = self._topic if place == "topic" else None
        mine = (message for message in every if message.by_bot and message.thread == thread)
        return tuple(_shown(message, by_id) for message in mine)

    def _chat(self, place: str) -> int:
        if place.startswith("private "):
            return self._people[place.removeprefix("private ")].id
        return self._world.lobby.id if place == "lobby" else self._world.desk.id


def _shown(message: Message, by_id: dict[int, Message]) -> Shown:
    lines = message.text.splitlines()
    for document in message.documents:
        lines += [f"📎 {document.file_name}", *document.content.decode().splitlines()]
    answered = by_id.get(message.reply_to or 0)
    return Shown(
        key=f"{message.chat.id}/{message.id}",
        lines=tuple(lines),
        labels=message.labels,
        version=message.edits,
        loud=not message.silent,
        answers=(answered.text.partition("\n")[0],) if answered else (),
        raw=message,
    )


async def quiet(screen: Screen, seconds: float = 0.3) -> bool:
    """Whether the bot posts and edits nothing anywhere for a while."""
    before = [screen.shown(place) for place in screen.places]
    await asyncio.sleep(seconds)
    return before == [screen.shown(place) for place in screen.places]
