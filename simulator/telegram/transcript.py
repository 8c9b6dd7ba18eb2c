"""A chat as a person sees it, in plain text."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from simulator.telegram.chat import Message, Room

WIDTH = 46
"""Columns of the frame: about what a phone shows."""
QUOTED = 32
"""Characters of the answered message that are repeated above an answer."""


def transcript(room: Room) -> str:
    """All messages on screen, oldest first: time (UTC), name, text, one button a row."""
    head = f"── {room.chat.name} ".ljust(WIDTH, "─")
    shown = ["\n".join(_bubble(room, message)) for message in room.messages()]
    return "\n\n".join([head, *shown]) + "\n"


def _bubble(room: Room, message: Message) -> Iterator[str]:
    yield " · ".join(_heading(room, message))
    if message.reply_to is not None:
        yield f"│ ┃ {_quote(room.find(message.reply_to))}"
    if "photo" in message.media:
        yield "│ [photo]"
    for document in message.documents:
        yield f"│ 📎 {document.file_name} ({len(document.content)} bytes)"
    for line in message.text.splitlines():
        yield f"│ {line}"
    for row in message.rows:
        yield "  " + " ".join(f"[ {button.label} ]" for button in row)
    if message.reactions:
        yield "  " + " ".join(message.reactions)


def _heading(room: Room, message: Message) -> Sequence[str]:
    at = datetime.fromtimestamp(message.date, UTC)
    parts = [f"{at:%H:%M:%S}", _name(message)]
    if message.thread is not None:
        parts.append(f"#{room.topics.get(message.thread, message.thread)}")
    if "forward_origin" in message.extra:
        parts.append("forwarded")
    if message.edit_date:
        parts.append("edited")
    if message.silent:
        parts.append("silent")
    return parts


def _name(message: Message) -> str:
    title = message.extra.get("sender_chat", {}).get("title")
    return str(title) if title else message.sender.name


def _quote(answered: Message | None) -> str:
    if answered is None:
        return "deleted message"
    lines = answered.text.splitlines()
    line = lines[0] if lines else "…"
    short = line if len(line) <= QUOTED else line[: QUOTED - 1].rstrip() + "…"
    return f"{_name(answered)}: {short}"
