"""Message -> Block Kit and fallback text. Pure.

Everything that is not ours goes into plain text or is escaped: `<!channel>`, `<@U…>` and links are made of `<`,
and nothing else in a message may wake a whole channel. The one mention there is comes from our own member list.
"""

import re
from collections.abc import Sequence
from typing import Any, Final

from bot.model import Identity, Message, Platform, Style, Verb

MAX_SECTION: Final = 3000
"""Slack docs: characters of a section's text."""

MAX_LABEL: Final = 75
"""Slack docs: characters of a button's label."""

_MAX_HEADER: Final = 150
_MAX_FALLBACK: Final = 3900
_CUT: Final = "… (cut: too long for one message)"
_SCHEME: Final = re.compile(r"(?i)(https?|ftp|slack)(?=://)|(mailto)(?=:)")
_OTHERS: Final = "|".join(verb.value for verb in Verb if verb is not Verb.CANCELALL)
_COMMAND: Final = re.compile(rf"(?<![\w/])/(?=(?:{_OTHERS})\b)")
"""Our other commands, which are sub-commands on Slack: `/status` there is Slack's own."""


def fallback(message: Message, mention: str | None) -> str:
    """What a notification shows: the same facts on plain lines."""
    text = "\n".join(_cut([escape(line) for line in (message.title, *message.lines)], _MAX_FALLBACK))
    return f"<@{mention}> {text}" if mention else text


def blocks(message: Message, tokens: Sequence[str], mention: str | None) -> list[dict[str, Any]]:
    """A bold title, the lines, the mention, one button a row; each button carries its token and nothing else."""
    found: list[dict[str, Any]] = []
    title, lines = _typed(message.title), [_typed(line) for line in message.lines]
    if len(title) <= _MAX_HEADER:
        found.append({"type": "header", "text": _plain(title)})
    else:  # a header would cut it
        lines = [title, *lines]
    if text := "\n".join(_cut(lines, MAX_SECTION)):
        found.append({"type": "section", "text": _plain(text)})
    if mention:
        found.append({"type": "context", "elements": [{"type": "mrkdwn", "text": f"<@{mention}>"}]})
    for number, (button, token) in enumerate(zip(message.buttons, tokens, strict=True)):
        element: dict[str, Any] = {
            "type": "button",
            "action_id": f"tap-{number}",
            "text": _plain(_typed(button.label)[:MAX_LABEL]),
            "value": token,
        }
        if button.style is Style.DANGER:
            element["style"] = "danger"
        found.append({"type": "actions", "elements": [element]})
    return found


def mentioned(message: Message) -> str | None:
    """The Slack user to wake: from our member list, never from input."""
    return next((_user(identity) for identity in message.notify if identity.platform is Platform.SLACK), None)


def escape(text: str) -> str:
    """Text in which nothing is markup, a mention or a link."""
    return _typed(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _typed(text: str) -> str:
    """Commands as they are typed on Slack, and no address that a client would make a link of."""
    return _SCHEME.sub(r"\1\2 ", _COMMAND.sub("/cancelall ", text))


def _user(identity: Identity) -> str:
    return identity.user.rpartition("/")[2]


def _plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text, "emoji": False}


def _cut(lines: list[str], room: int) -> list[str]:
    kept: list[str] = []
    room -= len(_CUT) + 1
    for line in lines:
        room -= len(line) + 1
        if room < 0:
            return [*kept, _CUT]
        kept.append(line)
    return kept
