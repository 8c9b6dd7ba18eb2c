"""A channel as a person sees it, in plain text."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from simulator.slack.channel import Channel, order
from simulator.slack.message import Message

WIDTH = 46
"""Columns of the frame: about what a phone shows."""


def transcript(channel: Channel, private: Sequence[Message] = ()) -> str:
    """All messages on screen, oldest first: time (UTC), name, text, buttons; replies are indented.

    `private` are ephemeral messages to show among them.
    """
    head = f"── #{channel.name} ".ljust(WIDTH, "─")
    every = sorted((*channel.messages(), *private), key=lambda message: order(message.ts))
    return "\n\n".join([head, *("\n".join(_bubble(message)) for message in every)]) + "\n"


def _bubble(message: Message) -> Iterator[str]:
    margin = "  ↳ " if message.thread_ts not in ("", message.ts) else ""
    indent = " " * len(margin)
    yield margin + " · ".join(_heading(message))
    for line in message.text.splitlines():
        yield f"{indent}│ {line}"
    for file in message.files:
        yield f"{indent}│ 📎 {file.file_name} ({len(file.content)} bytes)"
    for button in message.buttons:
        yield f"{indent}  [ {button.label} ]"


def _heading(message: Message) -> Iterator[str]:
    yield f"{datetime.fromtimestamp(order(message.ts)[0], UTC):%H:%M:%S}"
    yield message.sender.name
    if message.only_for:
        yield f"only {message.only_for} sees this"
    if message.broadcast:
        yield "also in the channel"
    if message.edited_ts:
        yield "edited"
