"""Everything the simulated Slack knows: one workspace, one app, its people and channels."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from simulator.slack.blockview import Block, buttons, filled, on_screen
from simulator.slack.channel import Channel
from simulator.slack.errors import refused
from simulator.slack.message import File, Message
from simulator.slack.mrkdwn import Names, Rendered, plain, render
from simulator.slack.people import User
from simulator.telegram.pulse import Pulse

MICRO = 1_000_000
"""A `ts` counts microseconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Secrets:
    """What an app gets when it is installed."""

    bot_token: str
    """`xoxb-…`, for every Web API method but one."""
    app_token: str
    """`xapp-…`, for `apps.connections.open`."""
    signing_secret: str
    """Signs what is sent over HTTP."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The part of a message that its author chooses."""

    text: str = ""
    blocks: list[dict[str, Any]] = field(default_factory=list)
    mrkdwn: bool = True
    link_names: bool = False


@dataclass(slots=True, kw_only=True)
class World:
    """The state behind the methods. People change it directly, the bot through HTTP."""

    team: str
    app: str
    bot: User
    secrets: Secrets
    clock: Callable[[], float]
    pulse: Pulse
    people: dict[str, User] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    private: list[Message] = field(default_factory=list)
    """Ephemeral messages on screen now; they are in no channel's history."""
    uploads: dict[str, File] = field(default_factory=dict)
    """Files announced or uploaded, and not yet shared."""
    warnings: list[str] = field(default_factory=list)
    """What Slack lets pass and a careful author would not."""
    revoked: dict[str, str] = field(default_factory=dict)
    """Token to the error it gets now."""
    _serial: int = 0
    _last_ts: int = 0

    def serial(self) -> int:
        """A number never given out before, for ids of every kind."""
        self._serial += 1
        return self._serial

    def stamp(self, ago_s: float = 0.0) -> str:
        """A `ts` never given out before; `ago_s` seconds in the past, if asked."""
        micros = int((self.clock() - ago_s) * MICRO)
        if not ago_s:
            micros = self._last_ts = max(micros, self._last_ts + 1)
        else:
            micros += self.serial()
        return f"{micros // MICRO}.{micros % MICRO:06}"

    def check(self, given: str, wanted: str) -> None:
        """Let only the right token pass.

        Raises:
            SlackError: `not_authed`, `invalid_auth`, `not_allowed_token_type`, or what a revoked token gets.
        """
        if not given:
            raise refused("not_authed")
        if given in self.revoked:
            raise refused(self.revoked[given])
        if given != wanted:
            ours = given in (self.secrets.bot_token, self.secrets.app_token)
            raise refused("not_allowed_token_type" if ours else "invalid_auth")

    def writable(self, where: str) -> Channel:
        """The channel for a write by the bot; a user id stands for the direct message with that user.

        Raises:
            SlackError: `channel_not_found`, `not_in_channel` or `is_archived`.
        """
        channel = self.direct(where).id if where in self.people else where
        room = self.visible(channel)
        if room.is_archived:
            raise refused("is_archived")
        if self.bot.id not in room.members:
            raise refused("not_in_channel")
        return room

    def visible(self, where: str) -> Channel:
        """The channel for a read by the bot: private ones exist only for their members.

        Raises:
            SlackError: `channel_not_found`.
        """
        room = self.channels.get(where)
        if room is None or ((room.is_private or room.is_im) and self.bot.id not in room.members):
            raise refused("channel_not_found")
        return room

    def direct(self, user: str) -> Channel:
        """The direct message between a person and the bot; it is opened when first needed."""
        name = f"D0{user}"
        if name not in self.channels:
            members = {user, self.bot.id}
            self.channels[name] = Channel(id=name, name=f"dm with {self.people[user].name}", members=members)
        return self.channels[name]

    def names(self) -> Names:
        """Who is called what."""
        by_name = {user.username: user.id for user in self.people.values()}
        return Names(of=self._name, id_of=lambda name: by_name.get(name.lower()))

    def faces(self, words: Words) -> dict[str, Any]:
        """The fields of a message that follow from its words: raw, screen, fallback, blocks, buttons."""
        blocks: tuple[Block, ...] = filled(words.blocks, lambda: f"b{self.serial():05}")
        fallback = self._read(words)
        return {
            "raw": words.text,
            "blocks": blocks,
            "fallback": fallback,
            "screen": on_screen(blocks, self.names()) if blocks else fallback,
            "buttons": buttons(blocks),
        }

    def show(self, channel: Channel, message: Message) -> Message:
        """Put a new message or version on screen and wake whoever waits for it."""
        channel.put(message)
        self.pulse.beat()
        return message

    def show_privately(self, message: Message) -> Message:
        """Put an ephemeral message, or a new version of one, on one person's screen."""
        self.private = [each for each in self.private if each.ts != message.ts]
        self.private.append(message)
        self.pulse.beat()
        return message

    def edit(self, message: Message, **changes: Any) -> Message:  # noqa: ANN401 - fields
        """Put a new version on screen and count the edit."""
        newer = replace(message, edits=message.edits + 1, **changes)
        if newer.only_for:
            return self.show_privately(newer)
        return self.show(self.channels[newer.channel], newer)

    def erase(self, message: Message) -> None:
        """Take a message off the screen."""
        self.private = [each for each in self.private if each.ts != message.ts]
        self.channels[message.channel].remove(message.ts)
        self.pulse.beat()

    def find(self, channel: str, ts: str) -> Message | None:
        """The message as it stands, ephemeral or not."""
        hidden = (each for each in self.private if each.ts == ts)
        return self.channels[channel].find(ts) or next(hidden, None)

    def own(self) -> Mapping[str, str]:
        """What marks a message as the bot's."""
        return self.bot.marks()

    def _name(self, key: str) -> str | None:
        if key in self.people:
            return self.people[key].name
        return self.channels[key].name if key in self.channels else None

    def _read(self, words: Words) -> Rendered:
        if not words.mrkdwn:
            return plain(words.text)
        return render(words.text, self.names(), link_names=words.link_names)
