"""What people do: write, tap, block, invite. Synchronous, so it reads like a script."""

from dataclasses import dataclass, field
from typing import Any, Unpack

from simulator.telegram.chat import Message, Room
from simulator.telegram.compose import How, Place, Where, chat_id, compose, hears
from simulator.telegram.people import User, private_chat
from simulator.telegram.text import found_in
from simulator.telegram.world import NEVER_STARTED, Answer, Query, World

BLOCKED = "bot was blocked by the user"
"""Text of the 403 for a message to somebody who blocked the bot."""
TO_BOTS = "bot can't send messages to bots"
"""Text of the 403 for a private message to another bot."""
FIRST_QUERY_ID = 4_382_000_000_000_000_000
"""Callback query ids are long numbers that come as text; they go through no 32-bit integer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What became of something said."""

    message: Message
    """As it was put on screen."""
    update_id: int | None
    """None when Telegram did not tell the bot: privacy mode, or a kind it did not ask for."""

    @property
    def id(self) -> int:
        """The `message_id`."""
        return self.message.id


@dataclass(frozen=True, slots=True, kw_only=True)
class TapResult:
    """A press on a button, waiting for its answer."""

    world: World = field(repr=False)
    query: Query
    update_id: int | None
    """None when the bot did not ask for callback queries."""

    @property
    def answered(self) -> Answer | None:
        """The answer so far, with its `alert` flag; None while the spinner turns."""
        return self.query.answer

    async def answer(self, timeout: float = 5.0) -> str:  # noqa: ASYNC109 - a person's patience
        """The text the bot showed to the one who tapped; empty when it only stopped the spinner.

        Raises:
            TimeoutError: no answer within `timeout` real seconds.
        """
        found = await self.world.pulse.until(lambda: self.query.answer, timeout)
        if found is None:
            raise TimeoutError(f"tap {self.query.id} was not answered within {timeout} s")
        return found.text


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody with a phone. As a place, their private chat with the bot."""

    user: User
    world: World = field(repr=False)

    @property
    def id(self) -> int:
        """The user id, which is also the id of the private chat."""
        return self.user.id

    def says(self, chat: Where, text: str = "", **how: Unpack[How]) -> Said:
        """Write into a chat; to the bot in private when `chat` is this person.

        Raises:
            LookupError: no such chat, topic, or message to edit.
        """
        room = self._enter(chat_id(chat))
        if "edits" in how:
            return self._edits(room, text, how["edits"])
        message = self.world.show(room, compose(self.world, room, self.user, text, how))
        kind = "channel_post" if room.chat.type == "channel" else "message"
        return Said(message=message, update_id=self._tell(kind, room, message))

    def taps(self, message: Message, button: str, *, made_up: bool = False) -> TapResult:
        """Press a button, named by its exact label or its callback data.

        `message` is what this person sees: an outdated one taps a button that is no longer there,
        as a phone that lost its connection does. `made_up` sends `button` as data nobody was offered.

        Raises:
            LookupError: no such button on `message`.
        """
        data = button if made_up else _data(message, button)
        room = self.world.rooms[message.chat.id]
        shown = room.find(message.id)
        return self._tap(data, {"message": room.as_json(shown) if shown else _bare(message)})

    def taps_inaccessible(self, message: Message, button: str) -> TapResult:
        """Press a button on a message the bot can no longer read. Bot API: InaccessibleMessage."""
        return self._tap(_data(message, button), {"message": _bare(message)})

    def taps_inline(self, inline_message_id: str, data: str) -> TapResult:
        """Press a button on a message sent via inline mode: there is no `message`."""
        return self._tap(data, {"inline_message_id": inline_message_id})

    def blocks_bot(self) -> None:
        """From now on the bot gets 403 when it writes to this person."""
        self._standing(self._private(), BLOCKED, "kicked")

    def unblocks_bot(self) -> None:
        """Let the bot write again."""
        self._standing(self._private(), "", "member")

    def kicks_bot(self, group: Place) -> None:
        """Throw the bot out of a group: 403 for its messages, and it hears nothing."""
        room = self.world.rooms[group.id]
        self._standing(room, f"bot was kicked from the {room.chat.type} chat", "kicked")

    def invites_bot(self, group: Place) -> None:
        """Take the bot back into a group."""
        self._standing(self.world.rooms[group.id], "", "member")

    def _private(self) -> Room:
        return self.world.rooms[self.id]

    def _enter(self, where: int) -> Room:
        room = self.world.rooms[where]
        if room.refusal == NEVER_STARTED:
            room.refusal = ""
        return room

    def _edits(self, room: Room, text: str, message_id: int) -> Said:
        old = room.find(message_id)
        if old is None or old.sender.id != self.id:
            raise LookupError(f"{self.user.name} has no message {message_id} in chat {room.id}")
        changes = {"text": text, "html": text, "entities": found_in(text)}
        message = self.world.edit(room, old, edit_date=self.world.now(), **changes)
        return Said(message=message, update_id=self._tell("edited_message", room, message))

    def _tell(self, kind: str, room: Room, message: Message) -> int | None:
        heard = hears(self.world, room, message)
        return self.world.deliver(kind, room, message) if heard else None

    def _tap(self, data: str, place: dict[str, Any]) -> TapResult:
        number = FIRST_QUERY_ID + self.world.serial()
        query = Query(id=str(number), asked_at=self.world.clock())
        self.world.queries[query.id] = query
        payload = {"id": query.id, "from": self.user.json(), "chat_instance": "1", "data": data}
        update_id = self.world.updates.add("callback_query", {**payload, **place})
        return TapResult(world=self.world, query=query, update_id=update_id)

    def _standing(self, room: Room, refusal: str, status: str) -> None:
        before = "kicked" if room.refusal else "member"
        room.refusal = refusal
        bot = self.world.bot.json()
        change = {
            "chat": room.chat.json(),
            "from": self.user.json(),
            "date": self.world.now(),
            "old_chat_member": _member(bot, before),
            "new_chat_member": _member(bot, status),
        }
        self.world.updates.add("my_chat_member", change)


def meet(world: World, user: User) -> Person:
    """Let somebody exist. The bot may not write first; `NEVER_STARTED` holds until they do.

    Raises:
        ValueError: somebody has this id already.
    """
    world.add_room(private_chat(user), refusal=TO_BOTS if user.is_bot else NEVER_STARTED)
    return Person(user=user, world=world)


def _member(user: dict[str, Any], status: str) -> dict[str, Any]:
    body = {"user": user, "status": status}
    return {**body, "until_date": 0} if status == "kicked" else body


def _data(message: Message, button: str) -> str:
    for label, data, _ in message.buttons:
        if data is not None and button in (label, data):
            return data
    raise LookupError(f"no button {button!r} on message {message.id}, only {message.labels}")


def _bare(message: Message) -> dict[str, Any]:
    return {"message_id": message.id, "chat": message.chat.json(), "date": 0}
