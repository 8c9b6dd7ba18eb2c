"""What may be sent now: pure, over what waits in the outbox.

Rules of this file, chat by chat:
- Results and copies have a lane of their own and go before all else. A result waits for a message posted before it
  that was not tried yet, since it may answer it, but for a second at the most; it waits for no edit at all.
- All else goes in order, behind the first try of a result that was posted before; an edit behind that of any.
- What a chat has refused waits for its own next time and holds up nothing but what has the same name: its edits.
- A chat that does not answer at all (`Held`) gets nothing but results until its next time; one that told us to
  wait gets nothing.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Final

from bot.model import Matter, Platform, PostKind
from bot.ports import Queued

IN_TIME: Final = timedelta(seconds=3)
"""What was not taken so long after it was posted is told elsewhere."""

_AFTER_YOU: Final = timedelta(seconds=1)
"""How long a result waits for the first try of a message that was posted before it."""

_FIRST: Final = (Matter.RESULT, Matter.COPY)


@dataclass(frozen=True, slots=True)
class Lane:
    """One delivery at a time goes on in each."""

    platform: Platform
    chat: str
    first: bool
    """That of results and copies."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A chat that gets nothing, or nothing but results, until its time has come."""

    until: datetime
    results: bool
    """Whether results are held, too."""


Chat = tuple[Platform, str]


def lane_of(row: Queued) -> Lane:
    """Where a row is delivered."""
    return Lane(row.platform, row.chat, row.matter in _FIRST)


def may_go(
    rows: Sequence[Queued], now: datetime, busy: Collection[Lane], held: Mapping[Chat, Held]
) -> tuple[Queued, ...]:
    """The next row of each free lane.

    Args:
        rows: what waits, oldest first.
        now: UTC.
        busy: lanes in which a delivery goes on.
        held: by chat.
    """

    def chat(row: Queued) -> Chat:
        return row.platform, row.chat

    found: list[Queued] = []
    for key, group in groupby(sorted(rows, key=chat), chat):  # stable: their order stays
        hold = held.get(key)
        if hold is not None and hold.until <= now:
            hold = None
        found += _of_chat(list(group), now, busy, hold)
    return tuple(found)


def _of_chat(rows: list[Queued], now: datetime, busy: Collection[Lane], hold: Held | None) -> Iterator[Queued]:
    if hold is not None and hold.results:
        return
    first = next((row for row in rows if row.matter in _FIRST and row.not_before <= now), None)
    if first is not None and lane_of(first) not in busy and not _comes_after(first, rows, now):
        yield first
    if hold is not None:
        return
    unsent: set[str] = set()
    firsts = [row for row in rows if row.matter in _FIRST]
    untried = [row.id for row in firsts if not row.attempts and now < row.posted_at + IN_TIME]
    for row in rows:
        if row.matter in _FIRST:
            continue
        behind = bool(untried) and (row.kind is PostKind.EDIT or row.id > untried[0])
        if row.kind is PostKind.SEND and row.not_before > now:
            unsent |= {row.slot} if row.slot else set()
        elif row.not_before <= now and not behind and row.slot not in unsent:
            if lane_of(row) not in busy:
                yield row
            return


def _comes_after(result: Queued, rows: Iterable[Queued], now: datetime) -> bool:
    """Whether a message posted before it was not tried yet: its answer would not know it."""
    if now >= result.posted_at + _AFTER_YOU:
        return False
    return any(
        row.id < result.id and row.kind is PostKind.SEND and row.matter not in _FIRST and row.attempts == 0
        for row in rows
    )


def overdue(row: Queued, now: datetime, since: datetime) -> bool:
    """Whether it is to be told elsewhere now, since its place has not taken it in time.

    Args:
        row: what waits.
        now: UTC.
        since: when delivery began: what an earlier process left behind has its place's three seconds anew.
    """
    return row.matter is not Matter.NOTICE and not row.spread and now >= max(row.posted_at, since) + IN_TIME


def next_look(rows: Iterable[Queued], now: datetime, held: Mapping[Chat, Held], longest: float) -> float:
    """Seconds until something may have to be done that is not to be done now; `longest` at the most."""
    times = [row.not_before for row in rows]
    times += [row.posted_at + IN_TIME for row in rows if row.matter is not Matter.NOTICE and not row.spread]
    times += [row.posted_at + _AFTER_YOU for row in rows if row.matter in _FIRST and row.attempts == 0]
    times += [hold.until for hold in held.values()]
    ahead = [(at - now).total_seconds() for at in times if at > now]
    return min([longest, *ahead])
