"""The plain text of a Slack message, as it was typed: without bold, lists, quotations and code. Pure.

`blocks` hold what was typed as a tree, `text` holds it with marks in it (`*bold*`, `• item`). Both become one text
that is escaped as Slack escapes it, so that only a mention looks like `<@U…>`. (Slack docs: rich text block,
formatting message text.)
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

_DEEPEST: Final = 8
"""Levels of a tree that are looked into."""

_LEAVES: Final = 500
"""Pieces that are looked at."""

_MARKS: Final = re.compile(r"(?<![A-Za-z0-9*_~`])[*_~`]++|[*_~`]++(?![A-Za-z0-9])", re.ASCII)
"""Marks at the edges of words; linear in the length of the text."""


def plain_text(event: Mapping[str, Any], mention: str) -> str:
    """What somebody typed, still escaped.

    Args:
        event: a message, or a mention.
        mention: `<@U…>` where it must hold one: blocks that lack it are not what was typed; empty: it need not.
    """
    text = str(event.get("text") or "")
    blocks = event.get("blocks")
    if isinstance(blocks, list):
        typed = "".join(_pieces({"elements": blocks}, [_LEAVES], 0)).strip("\n")
        if typed.strip() and mention in typed:
            return typed
    return _MARKS.sub("", text)


def unescaped(text: str) -> str:
    """Text as typed: Slack escapes three characters."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _pieces(node: Mapping[str, Any], left: list[int], depth: int) -> Iterator[str]:
    """The texts of a tree, in order; every section ends a line."""
    children = node.get("elements")
    if depth > _DEEPEST or not isinstance(children, list):
        return
    for child in children:
        left[0] -= 1
        if left[0] < 0 or not isinstance(child, Mapping):
            return
        if isinstance(child.get("elements"), list):
            yield from _pieces(child, left, depth + 1)
            yield "\n"
        else:
            yield _leaf(child)


def _leaf(piece: Mapping[str, Any]) -> str:
    match piece.get("type"):
        case "user":
            return f"<@{piece.get('user_id')}>"
        case "text":
            return _escaped(str(piece.get("text") or ""))
        case "link":
            return _escaped(str(piece.get("text") or piece.get("url") or ""))
        case "emoji":
            return _escaped(f":{piece.get('name')}:")
        case "usergroup" | "channel" | "broadcast" | "team" as kind:
            return f"&lt;{kind}&gt;"
        case _:
            return ""
