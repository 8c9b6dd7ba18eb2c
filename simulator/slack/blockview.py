"""Block Kit as a reader sees it: words, buttons, and the ids Slack fills in."""

import copy
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from simulator.slack.message import Button
from simulator.slack.mrkdwn import Names, Rendered, joined, plain, render

Block = Mapping[str, Any]
"""A block that passed `simulator.slack.blocks.problems`."""


def filled(blocks: list[dict[str, Any]], fresh: Callable[[], str]) -> tuple[Block, ...]:
    """A copy with every missing `block_id` and `action_id` made up, as Slack does."""
    own = copy.deepcopy(blocks)
    for block in own:
        block.setdefault("block_id", fresh())
        for element in _elements(block):
            element.setdefault("action_id", fresh())
    return tuple(own)


def on_screen(blocks: tuple[Block, ...], names: Names) -> Rendered:
    """All words outside buttons, block by block, field by field."""
    return joined(_rendered(text, names) for block in blocks for text in _texts(block))


def buttons(blocks: tuple[Block, ...]) -> tuple[Button, ...]:
    """All buttons from top to bottom."""
    return tuple(
        Button(
            label=plain(element["text"]["text"]).plain,
            value=element.get("value", ""),
            style=element.get("style", ""),
            action_id=element["action_id"],
            block_id=block["block_id"],
            url=element.get("url", ""),
            confirm="confirm" in element,
        )
        for block in blocks
        for element in _elements(block)
    )


def _elements(block: Block) -> Iterator[dict[str, Any]]:
    if block["type"] == "actions":
        yield from block["elements"]
    elif "accessory" in block:
        yield block["accessory"]


def _texts(block: Block) -> Iterator[Mapping[str, Any]]:
    if "text" in block:
        yield block["text"]
    yield from block.get("fields", [])
    if block["type"] == "context":
        yield from block["elements"]


def _rendered(text: Mapping[str, Any], names: Names) -> Rendered:
    if text["type"] == "plain_text":
        return plain(text["text"])
    return render(text["text"], names, verbatim=text.get("verbatim", False))
