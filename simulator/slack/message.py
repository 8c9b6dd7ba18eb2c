"""One message as it stands, and what hangs on it: buttons and files."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from simulator.slack.mrkdwn import Link, Rendered, joined
from simulator.slack.people import User


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """A button of a Block Kit message."""

    label: str
    value: str
    """What the tap carries back; at most 2000 characters."""
    style: str = ""
    """`primary` (green), `danger` (red) or empty."""
    action_id: str
    block_id: str
    url: str = ""
    confirm: bool = False
    """A dialog is asked first, on the client only: the payload does not tell that it was shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """An uploaded file."""

    id: str
    file_name: str
    title: str
    content: bytes

    def json(self) -> dict[str, Any]:
        """The Web API file object, as far as it matters."""
        return {
            "id": self.id,
            "name": self.file_name,
            "title": self.title,
            "mimetype": "text/plain",
            "size": len(self.content),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message as it stands now. A later edit makes a new value; this one stays as it was seen."""

    ts: str
    """Its id within the channel, and its time: unix seconds with six decimals."""
    channel: str
    """Channel id."""
    sender: User
    raw: str = ""
    """The `text` as it was sent: the message itself, or what notifications show when there are blocks."""
    blocks: tuple[Mapping[str, Any], ...] = ()
    """Block Kit, with the `block_id` and `action_id` that Slack fills in."""
    screen: Rendered = field(default_factory=Rendered)
    """What a reader sees: the blocks if there are any, else the text."""
    fallback: Rendered = field(default_factory=Rendered)
    """The text; on screen only when there are no blocks, but it is what notifications show."""
    buttons: tuple[Button, ...] = ()
    """All buttons from top to bottom."""
    thread_ts: str = ""
    """The `ts` of the thread's first message; empty outside threads."""
    broadcast: bool = False
    """A reply that is shown in the channel too."""
    only_for: str = ""
    """The one user id that sees it; empty for everybody."""
    edits: int = 0
    """How often it was edited."""
    edited_ts: str = ""
    """When its text was edited last. Slack docs, chat.update: an edit with blocks shows no such flag."""
    files: tuple[File, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)
    """Further fields of the message object: `subtype`, `bot_id`, `app_id`."""

    @property
    def text(self) -> str:
        """What a reader sees, in plain text."""
        return self.screen.plain

    @property
    def labels(self) -> tuple[str, ...]:
        """The words on the buttons from top to bottom."""
        return tuple(button.label for button in self.buttons)

    @property
    def everything(self) -> Rendered:
        """Screen and notification together."""
        return joined([self.screen, self.fallback]) if self.blocks else self.screen

    @property
    def mentions(self) -> tuple[str, ...]:
        """User ids that are notified, by the blocks or by the text."""
        return self.everything.mentions

    @property
    def channel_calls(self) -> tuple[str, ...]:
        """`here`, `channel`, `everyone`, in the blocks or in the text."""
        return self.everything.channel_calls

    @property
    def links(self) -> tuple[Link, ...]:
        """Everything that can be clicked, in the blocks or in the text."""
        return self.everything.links

    def json(self) -> dict[str, Any]:
        """The message object of the Web API and of interaction payloads."""
        body: dict[str, Any] = {
            "type": "message",
            "user": self.sender.id,
            "text": self.raw,
            "ts": self.ts,
            "team": self.sender.team,
            **self.extra,
        }
        if self.blocks:
            body["blocks"] = [dict(block) for block in self.blocks]
        if self.thread_ts:
            body["thread_ts"] = self.thread_ts
        if self.broadcast:
            body["subtype"] = "thread_broadcast"
        if self.edited_ts:
            body["edited"] = {"user": self.sender.id, "ts": self.edited_ts}
        if self.files:
            body["files"] = [file.json() for file in self.files]
        return body
