"""What people do: type commands, mention the bot, tap. Synchronous, so it reads like a script."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, TypedDict, Unpack

from simulator.slack import payloads
from simulator.slack.channel import Channel
from simulator.slack.courier import Courier
from simulator.slack.delivery import Delivery
from simulator.slack.message import Button, Message
from simulator.slack.mrkdwn import escape
from simulator.slack.people import User
from simulator.slack.responses import Responses
from simulator.slack.world import Words, World

COMMANDS = ("/cancelall", "/drill")
"""The slash commands of the app, as its manifest lists them."""


class How(TypedDict, total=False):
    """How something is said."""

    thread: str
    """The `ts` of the thread's first message."""
    ago_s: float
    """Seconds in the past: `ts` and `event_ts` are back-dated, as after an outage."""
    via_app: str
    """The app that posted it in this person's name: `app_id` and `bot_id` are set."""
    marks: dict[str, Any]
    """Fields set over those of the event, e.g. `{"subtype": "file_share"}`."""
    envelope: dict[str, Any]
    """Fields set over those around the event, e.g. `{"team_id": "T9"}`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What became of something said."""

    message: Message
    """As it was put on screen."""
    delivery: Delivery | None
    """None when Slack does not tell the bot: not mentioned, or not a member."""

    @property
    def ts(self) -> str:
        """The message's id; the one of a thread that hangs on it."""
        return self.message.ts


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody with Slack open. As a place, their direct message with the bot."""

    user: User
    world: World = field(repr=False)
    courier: Courier = field(repr=False)
    responses: Responses = field(repr=False)
    base_url: Callable[[], str] = field(repr=False)

    @property
    def id(self) -> str:
        """The user id."""
        return self.user.id

    def slash(
        self,
        channel: "Channel | Person",
        typed: str,
        *,
        thread: str = "",
        made_up: bool = False,
        **fields: Any,  # noqa: ANN401 - of the payload
    ) -> Delivery:
        """Type a slash command, e.g. `/cancelall BTC-USDT buy`. It stays on nobody's screen.

        `made_up` sends what Slack would not let this person send; `fields` overrides the payload.

        Raises:
            ValueError: in a thread. Slack docs, slash commands: they cannot be used in threads.
            PermissionError: Slack would say that this is not a valid command, or not let them in.
        """
        if thread:
            raise ValueError("slash commands cannot be used in threads")
        room = self._place(channel)
        if not made_up:
            self._permit(room, typed)
        url = self.base_url() + self.responses.issue(room.id, self.id)
        payload = payloads.slash(self.world, self.user, room, typed, url)
        return self.courier.hand_over(Delivery(kind="slash_commands", payload={**payload, **fields}))

    def says(self, channel: "Channel | Person", text: str, **how: Unpack[How]) -> Said:
        """Write a message. The bot hears it where it is a member: mentions everywhere, all in private.

        `@bot` becomes a mention; everything else is escaped as Slack escapes it.

        Raises:
            PermissionError: this person is not in the channel.
        """
        room = self._place(channel)
        self._enter(room)
        thread = how.get("thread", "")
        written = escape(text).replace("@bot", f"<@{self.world.bot.id}>")
        message = Message(
            ts=self.world.stamp(how.get("ago_s", 0.0)),
            channel=room.id,
            sender=self.user,
            thread_ts=thread,
            extra={**self._marks(how.get("via_app", "")), **how.get("marks", {})},
            **self.world.faces(Words(text=written)),
        )
        self.world.show(room, message)
        return Said(message=message, delivery=self._tell(room, message, how.get("envelope", {})))

    def mentions(self, channel: Channel, text: str, **how: Unpack[How]) -> Said:
        """Write a message that mentions the bot as `@bot`.

        Raises:
            ValueError: it does not.
        """
        if "@bot" not in text:
            raise ValueError("the text does not mention @bot")
        return self.says(channel, text, **how)

    def edits(self, said: Said, text: str, **how: Unpack[How]) -> Said:
        """Change a message. Slack tells of a mention again, with `edited`, and with the old `ts`.

        Raises:
            LookupError: it is gone, or somebody else's.
        """
        written = escape(text).replace("@bot", f"<@{self.world.bot.id}>")
        room = self.world.channels[said.message.channel]
        old = room.find(said.ts)
        if old is None or old.sender.id != self.id:
            raise LookupError(f"{self.user.name} has no message {said.ts} in {room.name}")
        changes = self.world.faces(Words(text=written))
        message = self.world.edit(old, edited_ts=self.world.stamp(), **changes)
        return Said(message=message, delivery=self._tell(room, message, how.get("envelope", {}), old))

    def taps(
        self,
        message: Message,
        button: str,
        *,
        value: str | None = None,
        action_id: str | None = None,
        made_up: bool = False,
        **fields: Any,  # noqa: ANN401 - of the payload
    ) -> Delivery:
        """Press a button, named by its exact label or its value.

        `message` is what this person sees: an outdated one taps a button that is no longer there.
        `value` and `action_id` are sent instead of the button's own; `fields` overrides the payload.
        `made_up` presses what this person cannot see, or what is not there.

        Raises:
            LookupError: no such button on `message`.
            PermissionError: this person cannot see `message`.
        """
        if not made_up:
            self._enter(self.world.channels[message.channel])
            if message.only_for not in ("", self.id):
                raise PermissionError(f"{self.user.name} cannot see {message.ts}")
        pressed = _button(message, button, made_up=made_up)
        pressed = replace(
            pressed,
            value=pressed.value if value is None else value,
            action_id=pressed.action_id if action_id is None else action_id,
        )
        url = self.base_url() + self.responses.issue(message.channel, self.id, message.ts)
        payload = payloads.tap(self.world, self.user, message, pressed, url)
        return self.courier.hand_over(Delivery(kind="interactive", payload={**payload, **fields}))

    def kicks_bot(self, channel: Channel) -> None:
        """Remove the bot: `not_in_channel` for its messages, and it hears nothing."""
        channel.members.discard(self.world.bot.id)

    def invites_bot(self, channel: Channel) -> None:
        """Take the bot into a channel."""
        channel.members.add(self.world.bot.id)

    def _place(self, where: "Channel | Person") -> Channel:
        return self.world.direct(where.id) if isinstance(where, Person) else where

    def _permit(self, room: Channel, typed: str) -> None:
        command = typed.strip().partition(" ")[0]
        if command not in COMMANDS or self.user.team != self.world.team or self.user.is_bot:
            raise PermissionError(f"{command} is not a valid command")
        self._enter(room)

    def _enter(self, room: Channel) -> None:
        if self.id not in room.members:
            raise PermissionError(f"{self.user.name} is not in {room.name}")

    def _marks(self, app: str) -> dict[str, Any]:
        return {"app_id": app, "bot_id": f"B{app[1:]}"} if app else self.user.marks()

    def _tell(
        self, room: Channel, message: Message, around: dict[str, Any], before: Message | None = None
    ) -> Delivery | None:
        bot = self.world.bot.id
        if bot not in room.members or not (room.is_im or bot in message.mentions):
            return None
        kind = "message" if room.is_im else "app_mention"
        told = payloads.event(self.world, kind, room, message)
        if room.is_im and before is not None:
            told["event"] = payloads.changed(told["event"], before)
        payload = {**told, **around}
        return self.courier.hand_over(Delivery(kind="events_api", payload=payload))


def _button(message: Message, wanted: str, *, made_up: bool) -> Button:
    for button in message.buttons:
        if wanted in (button.label, button.value):
            return button
    if made_up:
        return Button(label=wanted, value=wanted, action_id="made_up", block_id="made_up")
    raise LookupError(f"no button {wanted!r} on message {message.ts}, only {message.labels}")
