"""What is on screen in one channel now: edits applied, deleted messages gone."""

from dataclasses import dataclass, field
from typing import Any

from simulator.slack.message import Message


def order(ts: str) -> tuple[int, int]:
    """A `ts` as something that sorts, however short the clock's seconds are."""
    seconds, _, micros = ts.partition(".")
    return int(seconds), int(micros or 0)


@dataclass(slots=True, kw_only=True)
class Channel:
    """A channel, private channel (`is_private`) or direct message (`D…`)."""

    id: str
    name: str
    members: set[str] = field(default_factory=set)
    """User ids; people type commands only where they are members, bots only post there."""
    ext_shared: bool = False
    """Slack Connect: people of other workspaces are in it."""
    is_private: bool = False
    is_archived: bool = False
    _messages: dict[str, Message] = field(default_factory=dict)

    @property
    def is_im(self) -> bool:
        """A direct message between one person and the bot."""
        return self.id.startswith("D")

    @property
    def spoken_name(self) -> str:
        """`channel_name` of payloads. Slack docs, slash commands: directmessage, privategroup, or the name."""
        if self.is_im:
            return "directmessage"
        return "privategroup" if self.is_private else self.name

    def put(self, message: Message) -> Message:
        """Show a new message, or a new version of one."""
        self._messages[message.ts] = message
        return message

    def find(self, ts: str) -> Message | None:
        """The message as it stands, or None when it never was or is deleted."""
        return self._messages.get(ts)

    def remove(self, ts: str) -> None:
        """Take a message off the screen."""
        self._messages.pop(ts, None)

    def messages(self) -> tuple[Message, ...]:
        """Everything said here, replies in threads included, oldest first."""
        return tuple(self._messages[ts] for ts in sorted(self._messages, key=order))

    def thread(self, ts: str) -> tuple[Message, ...]:
        """The first message of a thread and its replies, oldest first."""
        return tuple(m for m in self.messages() if ts in (m.ts, m.thread_ts))

    def json(self, bot: str) -> dict[str, Any]:
        """The Web API conversation object as the bot user `bot` gets it."""
        body: dict[str, Any] = {
            "id": self.id,
            "is_im": self.is_im,
            "is_private": self.is_private or self.is_im,
            "is_archived": self.is_archived,
            "is_ext_shared": self.ext_shared,
            "is_shared": self.ext_shared,
        }
        if self.is_im:
            return {**body, "user": next(iter(self.members - {bot}), "")}
        return {**body, "name": self.name, "is_channel": True, "is_member": bot in self.members}
