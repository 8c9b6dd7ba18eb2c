"""Block Kit: what Slack refuses, with its reasons. Stricter in one thing: only the types below exist."""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

MOST_BLOCKS = 50
"""Blocks in a message. Slack docs, blocks: up to 50 in messages."""
LONGEST_ID = 255
"""Characters of a `block_id` or an `action_id`."""
LONGEST_TEXT = 3000
"""Characters of a text object. Slack docs, text object and section block."""
MOST_FIELDS, LONGEST_FIELD = 10, 2000
"""Slack docs, section block: 10 fields of at most 2000 characters."""
LONGEST_HEADER = 150
"""Slack docs, header block."""
MOST_CONTEXT = 10
"""Slack docs, context block: elements."""
MOST_ELEMENTS = 25
"""Slack docs, actions block: elements."""
LONGEST_LABEL, LONGEST_VALUE, LONGEST_URL = 75, 2000, 3000
"""Slack docs, button element: text, value and url."""
STYLES = frozenset({"primary", "danger"})
"""Slack docs, button element: style. There is no disabled button."""
CONFIRM = MappingProxyType({"title": 100, "text": 300, "confirm": 30, "deny": 30})
"""Slack docs, confirmation dialog: longest text of each part."""
TEXT_KEYS = frozenset({"type", "text", "emoji", "verbatim"})
BUTTON_KEYS = frozenset({"type", "text", "action_id", "value", "style", "url", "confirm", "accessibility_label"})
SECTION_KEYS = frozenset({"text", "fields", "accessory", "expand"})
"""What may stand in each object, besides `type` and `block_id`; anything else is refused."""

Problems = Iterator[str]
"""Slack's sentences, each with a JSON pointer to the culprit."""


def problems(blocks: object) -> list[str]:
    """Why Slack answers `invalid_blocks`; empty when it does not."""
    if not isinstance(blocks, list):
        return ["must be an array [json-pointer:/blocks]"]
    if len(blocks) > MOST_BLOCKS:
        return [f"no more than {MOST_BLOCKS} items allowed [json-pointer:/blocks]"]
    found = [each for at, block in enumerate(blocks) for each in _block(block, f"/blocks/{at}")]
    ids = [block.get("block_id") for block in blocks if isinstance(block, Mapping)]
    for at, name in enumerate(ids):
        if name is not None and name in ids[:at]:
            found.append(f"block_id already exists [json-pointer:/blocks/{at}/block_id]")
    return found


def _block(block: object, at: str) -> Problems:
    if not isinstance(block, Mapping):
        yield f"must be an object [json-pointer:{at}]"
        return
    kind = block.get("type")
    if kind not in CHECKS:
        yield f"unsupported type: {kind} [json-pointer:{at}/type]"
        return
    if "block_id" in block:
        yield from _string(block["block_id"], LONGEST_ID, f"{at}/block_id")
    yield from CHECKS[kind](block, at)


def _section(block: Mapping[str, Any], at: str) -> Problems:
    yield from _unknown(block, SECTION_KEYS, at)
    if "text" not in block and not block.get("fields"):
        yield f"must define either `text` or `fields` [json-pointer:{at}]"
    if "text" in block:
        yield from _text(block["text"], LONGEST_TEXT, f"{at}/text")
    yield from _many(block.get("fields", []), MOST_FIELDS, f"{at}/fields")
    for index, each in enumerate(_list(block.get("fields", []))):
        yield from _text(each, LONGEST_FIELD, f"{at}/fields/{index}")
    if "accessory" in block:
        yield from _button(block["accessory"], f"{at}/accessory")


def _header(block: Mapping[str, Any], at: str) -> Problems:
    yield from _unknown(block, frozenset({"text"}), at)
    yield from _text(block.get("text"), LONGEST_HEADER, f"{at}/text", plain=True)


def _context(block: Mapping[str, Any], at: str) -> Problems:
    yield from _unknown(block, frozenset({"elements"}), at)
    yield from _many(block.get("elements"), MOST_CONTEXT, f"{at}/elements", least=1)
    for index, each in enumerate(_list(block.get("elements"))):
        yield from _text(each, LONGEST_TEXT, f"{at}/elements/{index}")


def _actions(block: Mapping[str, Any], at: str) -> Problems:
    yield from _unknown(block, frozenset({"elements"}), at)
    yield from _many(block.get("elements"), MOST_ELEMENTS, f"{at}/elements", least=1)
    seen: set[object] = set()
    for index, each in enumerate(_list(block.get("elements"))):
        pointer = f"{at}/elements/{index}"
        yield from _button(each, pointer)
        name = each.get("action_id") if isinstance(each, Mapping) else None
        if name is not None and name in seen:
            yield f"`action_id` {name} already exists [json-pointer:{pointer}/action_id]"
        seen.add(name)


def _divider(block: Mapping[str, Any], at: str) -> Problems:
    yield from _unknown(block, frozenset(), at)


def _button(button: object, at: str) -> Problems:
    if not isinstance(button, Mapping) or button.get("type") != "button":
        kind = button.get("type") if isinstance(button, Mapping) else button
        yield f"unsupported type: {kind} [json-pointer:{at}/type]"
        return
    yield from _unknown(button, BUTTON_KEYS, at)
    yield from _text(button.get("text"), LONGEST_LABEL, f"{at}/text", plain=True)
    limits = {
        "action_id": LONGEST_ID,
        "value": LONGEST_VALUE,
        "url": LONGEST_URL,
        "accessibility_label": LONGEST_LABEL,
    }
    for name, most in limits.items():
        if name in button:
            yield from _string(button[name], most, f"{at}/{name}")
    if "style" in button and button["style"] not in STYLES:
        yield f"must be a valid enum value [json-pointer:{at}/style]"
    if "confirm" in button:
        yield from _confirm(button["confirm"], f"{at}/confirm")


def _confirm(dialog: object, at: str) -> Problems:
    if not isinstance(dialog, Mapping):
        yield f"must be an object [json-pointer:{at}]"
        return
    yield from _unknown(dialog, frozenset({*CONFIRM, "style"}), at)
    for name, most in CONFIRM.items():
        yield from _text(dialog.get(name), most, f"{at}/{name}")


def _text(text: object, most: int, at: str, *, plain: bool = False) -> Problems:
    """A text object. Slack tells first that no schema fits, then why."""
    if not isinstance(text, Mapping):
        yield f"missing required field: {at.rpartition('/')[2]} [json-pointer:{at.rpartition('/')[0]}]"
        return
    found = list(_unknown(text, TEXT_KEYS, at))
    kind = text.get("type")
    if kind not in ("plain_text", "mrkdwn") or (plain and kind != "plain_text"):
        found.append(f"unsupported type: {kind} [json-pointer:{at}/type]")
    if kind == "mrkdwn" and "emoji" in text:
        found.append(f"invalid additional property: emoji [json-pointer:{at}]")
    found += _string(text.get("text"), most, f"{at}/text")
    if found:
        yield f"failed to match all allowed schemas [json-pointer:{at}]"
    yield from found


def _string(value: object, most: int, at: str) -> Problems:
    if not isinstance(value, str):
        yield f"must be a string [json-pointer:{at}]"
    elif not value:
        yield f"must be more than 0 characters [json-pointer:{at}]"
    elif len(value) > most:
        yield f"must be less than {most + 1} characters [json-pointer:{at}]"


def _many(items: object, most: int, at: str, *, least: int = 0) -> Problems:
    if not isinstance(items, list):
        yield f"must be an array [json-pointer:{at}]"
    elif len(items) > most:
        yield f"no more than {most} items allowed [json-pointer:{at}]"
    elif len(items) < least:
        yield f"no less than {least} items allowed [json-pointer:{at}]"


def _list(items: object) -> list[Any]:
    return items if isinstance(items, list) else []


def _unknown(given: Mapping[str, Any], known: frozenset[str], at: str) -> Problems:
    for name in given:
        if name not in known and name not in ("type", "block_id"):
            yield f"invalid additional property: {name} [json-pointer:{at}]"


CHECKS: Mapping[object, Callable[[Mapping[str, Any], str], Problems]] = MappingProxyType(
    {"section": _section, "header": _header, "context": _context, "actions": _actions, "divider": _divider}
)
"""The block types of this workspace. Slack has more; none of them suits a card on a phone."""
