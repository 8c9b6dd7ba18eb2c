"""Several accounts on one card: one line each, and a first line that works alone."""

from collections.abc import Mapping, Sequence
from typing import Final

from bot.model import ALL, AccountName, MassCancel, PositionMode, PositionSide, State
from bot.words import cards, drills, plain, reasons, results

_WORST_FIRST: Final = (State.UNKNOWN, State.STILL_OPEN, State.NOT_RUN, State.EXPIRED, State.KEPT)
_NAMED: Final = 2
"""So many accounts that are not empty are named in the first line of a result."""

_NARROW: Final = 38
"""Characters of a line on a phone."""

_ROWS: Final = 3
"""Lines that the accounts may take on a card, unless there are too many of them."""


def title(records: Sequence[MassCancel]) -> str:
    """`🛑 Cancel 30 in 3 accounts? BTC-USDT BUY LONG`."""
    scope, where = records[0].scope, f"{len(records)} accounts"
    known = [len(record.preview.orders) for record in records if record.preview]
    unread = len(records) - len(known)
    if known and not unread and not sum(known):
        return f"🛑 0 open in {where}. {plain.scope_title(scope)}"
    if scope.contract == ALL:
        said = cards.every(scope, sum(known) if known else None, at_least=unread > 0)
        return f"🛑 Cancel {said} in EVERY contract of {where}?"
    n = f"{plain.number(sum(known))}{'+' if unread else ''}" if known else "orders (count unknown)"
    return f"🛑 Cancel {n} in {where}? {plain.scope_title(scope)}"


def confirm_label(records: Sequence[MassCancel]) -> str:
    """The red button: verb, count and how many accounts."""
    where = f"in {len(records)} accounts"
    if any(record.preview is None for record in records):
        return f"Cancel orders {where} (count unknown)"
    total = sum(len(record.preview.orders) for record in records if record.preview)
    return f"Cancel {plain.count(total, 'order')} {where}" if total else f"{cards.CANCEL_ANYWAY} {where}"


def accounts(records: Sequence[MassCancel], tails: Mapping[AccountName, str]) -> tuple[str, ...]:
    """`REAL · main …9f2c: 14 · hedge …77ab: 10`, over as few lines as it takes."""
    parts = [f"{one.scope.account} …{tails[one.scope.account]}: {_count(one)}" for one in records]
    first = drills.NOT_REAL if records[0].drill else cards.REAL
    width = _NARROW
    while len(lines := _packed([first, *parts], width)) > _ROWS and width < 2 * _NARROW:
        width += 2
    return lines


def _count(record: MassCancel) -> str:
    if record.preview:
        return plain.number(len(record.preview.orders))
    return "not read" if record.unread or record.state is not State.PENDING else "reading…"


def reading(records: Sequence[MassCancel]) -> tuple[str, ...]:
    """How the reads went, and until when a tap counts."""
    expires_at = records[0].expires_at
    failed: dict[str, list[str]] = {}
    for one in records:
        if one.preview is None and one.unread is not None:
            failed.setdefault(reasons.unread(one.unread), []).append(one.scope.account)
    lines = tuple(f"Not read: {', '.join(names)} ({why})." for why, names in failed.items())
    if any(one.preview is None and one.unread is None for one in records):
        return (*lines, cards.reading(expires_at))
    if all(one.unread is not None and one.unread.hopeless for one in records):
        return (*lines, cards.NOTHING_CAN_BE_SENT)
    if lines:
        return (*lines, f"{cards.MAY_WORK} Tap before {plain.clock(expires_at)} UTC")
    oldest = min((one.preview for one in records if one.preview), key=lambda preview: preview.read_at)
    return (cards.times(oldest, expires_at),)


def _packed(parts: Sequence[str], width: int) -> tuple[str, ...]:
    lines: list[str] = []
    for part in parts:
        if lines and len(lines[-1]) + 3 + len(part) <= width:
            lines[-1] += f" · {part}"
        else:
            lines.append(part)
    return tuple(lines)


def mismatch(records: Sequence[MassCancel]) -> str | None:
    """Accounts in whose mode the position side matches nothing."""
    held = records[0].scope.position_side
    wrong = PositionMode.HEDGE if held is PositionSide.BOTH else PositionMode.ONE_WAY
    if held is PositionSide.ANY:
        return None
    odd = [str(one.scope.account) for one in records if one.preview and one.preview.mode is wrong]
    mode = "hedge" if wrong is PositionMode.HEDGE else "one-way"
    return f"`{held}` matches nothing in {', '.join(odd)} ({mode} mode)" if odd else None


def numbers(records: Sequence[MassCancel]) -> str:
    """`#K7Q2M #M3XQP`."""
    return " ".join(f"#{record.id}" for record in records)


def verdicts(records: Sequence[MassCancel]) -> str:
    """`hedge 2 STILL OPEN, 2 others ZERO LEFT`; `ZERO LEFT in all 3 accounts`."""
    worst = [one for state in _WORST_FIRST for one in records if one.state is state]
    good = [one for one in records if one.state is State.ZERO_LEFT]
    every = "both" if len(records) == 2 else f"all {len(records)}"  # noqa: PLR2004 a pair
    if not worst:
        return f"ZERO LEFT in {every} accounts"
    alike = {_verdict(one) for one in worst}
    if not good and len(alike) == 1 and worst[0].state is not State.STILL_OPEN:
        return f"{alike.pop()} in {every} accounts"
    parts = [f"{one.scope.account} {_verdict(one)}" for one in worst[:_NAMED]]
    if more := len(worst) - _NAMED:
        parts += [f"{more} more not empty"] if more > 0 else []
    if good:
        others = str(good[0].scope.account) if len(good) == 1 else f"{len(good)} others"
        parts.append(f"{others} ZERO LEFT")
    return ", ".join(parts)


def _verdict(record: MassCancel) -> str:
    return results.verdict_words(record) if record.verdict else "NOT SENT"


def result_title(records: Sequence[MassCancel]) -> str:
    """The worst verdict first, then the scope."""
    worst = next((one for state in _WORST_FIRST for one in records if one.state is state), records[0])
    mark = results.mark(worst) if worst.verdict else "⛔"
    return f"{mark} {verdicts(records)} · {plain.scope_title(records[0].scope)}"


def result_lines(records: Sequence[MassCancel]) -> tuple[str, ...]:
    """One line an account, the worst first, and under those that are not empty what people need to know."""
    return tuple(line for record in worst_first(records) for line in _lines_of(record))


def worst_first(records: Sequence[MassCancel]) -> list[MassCancel]:
    """A chat cuts what is too long, and shows few buttons: what is cut off must be what matters least."""
    rank = {state: number for number, state in enumerate(_WORST_FIRST)}
    return sorted(records, key=lambda record: rank.get(record.state, len(rank)))


def _lines_of(record: MassCancel) -> tuple[str, ...]:
    if record.verdict is None:
        return (
            f"⛔ NOT SENT · {record.scope.account} · this card ended before it was sent. Nothing was cancelled.",
        )
    first, *rest = results.facts(record)
    head = f"{results.mark(record)} {results.verdict_words(record)} · {first}"
    return (head, *(f"   {line}" for line in rest))


def footer(records: Sequence[MassCancel], log_head: str) -> str:
    """The ids, and the log's head as a witness."""
    return f"{numbers(records)} · log {log_head}"


def of_account(label: str, name: AccountName) -> str:
    """A button that is about one of the accounts."""
    return f"{name}: {label}"
