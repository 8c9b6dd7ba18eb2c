"""What a person would see, and beside it what the exchange received."""

import json
from collections.abc import Sequence
from itertools import groupby, zip_longest
from typing import Final, Protocol

from rich.cells import cell_len, chop_cells, set_cell_size

from simulator.htx import Record
from simulator.slack import Message as SlackMessage
from simulator.telegram import Message

WIDTH: Final = 80
"""Columns in all: what every terminal has."""
CHAT: Final = 43
"""Columns of the chat: about what a phone shows."""
GAP: Final = 1
EXCHANGE: Final = WIDTH - CHAT - GAP
"""Columns of what the exchange received."""

_WRITES: Final = frozenset({"/v5/trade/cancel_all_orders"})


class Shown(Protocol):
    """A message of either chat."""

    @property
    def text(self) -> str:
        """What a reader sees."""
        ...

    @property
    def labels(self) -> tuple[str, ...]:
        """The words on its buttons."""
        ...


def bubble(message: Message, *, bot: str) -> list[str]:
    """One message as a person sees it, buttons one a row."""
    mine = message.sender.name == bot
    who = "bot" if mine else message.sender.name
    marks = " (edited)" if message.edit_date else ""
    lines = [f"{who}{marks}"]
    lines += [f"│ {line}" for line in _wrapped(message.text)]
    lines += [f"│ 📎 {document.file_name}" for document in message.documents]
    return lines + _buttons([button.label for row in message.rows for button in row])


def slack_bubble(message: SlackMessage) -> list[str]:
    """The same of Slack."""
    marks = " ↳ in the thread" if message.thread_ts else ""
    marks += " and the channel" if message.broadcast else ""
    lines = [f"{'bot' if message.sender.is_bot else message.sender.name} (Slack){marks}"]
    lines += [f"│ {line}" for line in _wrapped(message.text)]
    lines += [f"│ 📎 {file.file_name}" for file in message.files]
    return lines + _buttons(message.labels)


def _buttons(labels: Sequence[str]) -> list[str]:
    """One a row; a long label goes on in the next."""
    return [f"│ {line}" for label in labels for line in _wrapped(f"[ {label} ]", hang=2)]


def aside(what: str) -> list[str]:
    """Something that is not a message: a tap, a crash."""
    first, *rest = _wrapped(what, CHAT - 4)
    return [f"  · {first}", *(f"    {line}" for line in rest)]


def changes(before: Shown, after: Shown) -> list[str]:
    """What an edit changed: new lines, and buttons that are there now."""
    old = set(before.text.splitlines())
    new = "\n".join(line for line in after.text.splitlines() if line not in old)
    lines = [f"│ {line}" for line in _wrapped(new)]
    gone = [] if after.labels else ["│ (no buttons)"]
    return ["bot edits the card", *lines, *gone, *_buttons(after.labels)]


def received(records: Sequence[Record]) -> list[str]:
    """Requests as the exchange saw them; reads of the same kind in a row stand on one line."""
    lines: list[str] = []
    for path, group in groupby(records, lambda record: record.path):
        same = list(group)
        if path in _WRITES:
            lines += [line for record in same for line in _write(record)]
        else:
            lines += _request(" ", f"{same[0].method} {path}" + (f" ×{len(same)}" if len(same) > 1 else ""))
    return lines


def _request(mark: str, text: str) -> list[str]:
    """Method, path and how often; what does not fit goes on in the next line."""
    first, *rest = _wrapped(text, EXCHANGE - 2)
    return [f"{mark} {first}", *(f"    {line}" for line in rest)]


def _write(record: Record) -> list[str]:
    head = f"{record.method} {record.path}"
    body = json.dumps(record.json) if record.json is not None else record.body.decode("utf-8", "replace")
    said = f"HTTP {record.answer.status}" if record.answer else "no answer"
    done = f"{len(record.cancelled)} cancelled, {said}"
    if refused := _refusal(record):
        done = f"refused: {refused}"
    return [
        *_request("▶", head),
        *(f"    {line}" for text in (body, f"→ {done}") for line in _wrapped(text, EXCHANGE - 4)),
    ]


def _refusal(record: Record) -> str | None:
    """HTX's code where the whole request was refused."""
    try:
        answer = json.loads(record.answer.body) if record.answer else {}
    except ValueError:
        return None
    code = answer.get("code") if isinstance(answer, dict) else None
    return f"code {code}" if code not in (None, 200) else None


def side_by_side(left: Sequence[str], right: Sequence[str]) -> list[str]:
    """Two columns."""
    return [f"{set_cell_size(a, CHAT)}{' ' * GAP}{b}".rstrip() for a, b in zip_longest(left, right, fillvalue="")]


def heading(number: int, title: str) -> list[str]:
    """The head of a scene, on as many lines as it takes."""
    *first, last = _wrapped(f"{number}. {title}", WIDTH - 4)
    text = f"── {last} "
    return ["", *(f"── {line}" for line in first), text + "─" * (WIDTH - cell_len(text))]


def _wrapped(text: str, width: int = CHAT - 2, hang: int = 0) -> list[str]:
    """Lines no wider than so many cells; a word that is wider is cut. From the second on they `hang` in."""
    return [part for line in text.splitlines() for part in _folded(line, width, hang)]


def _folded(line: str, width: int, hang: int) -> list[str]:
    """One line, folded at its blanks."""
    lines, current = list[str](), ""
    for word in line.split(" "):
        grown = f"{current} {word}" if current else word
        if cell_len(grown) <= width:
            current = grown
            continue
        if current:
            lines.append(current)
        *whole, current = chop_cells(" " * hang * bool(lines) + word, width)
        lines += whole
    return [*lines, current]
