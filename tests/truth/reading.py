"""Readings of the open orders: what they must have shown, and when none was possible."""

from collections.abc import Iterator
from typing import Final
from urllib.parse import parse_qs

from simulator.htx import Answer, Record
from simulator.htx.limits import LIMIT
from tests.truth.case import Case, is_stray
from tests.truth.history import History, Life, parsed
from tests.truth.plan import OPENS
from tests.truth.process import Read
from tests.truth.story import Story

LAST: Final = 19.0
"""Seconds after the tap in which one is waited for."""
FIRST: Final = 3.0
"""Seconds a start waits for its first reading."""
GAP: Final = 1.5
"""Seconds that may pass between two failing readings: the bot pauses up to one."""
TOO_MANY: Final = 429
"""HTTP."""
RESET: Final = 3.0
"""Seconds a reading that came too often may have to wait."""
SLOW: Final = 1.0
"""Seconds over which a single request is slow."""


def looked(story: Story, true: History) -> Iterator[str]:
    """Every complete reading shows what was open all the while, and nothing that was never open in it."""
    records = story.exchange.log.records()
    for read in story.reads:
        if read.found is None or read.ended is None:
            continue
        moments = sorted(_moments(story, read, records))
        if not moments:
            yield f"reading: complete at {read.ended:.3f} without a request"
            continue
        begin, end = moments[0], moments[-1]
        inside = [life for life in true.lives.values() if read.contract in ("ALL", life.order.contract)]
        shown = {id_ for id_ in read.found if not is_stray(id_)}
        if missed := [
            life.order.order_id
            for life in inside
            if life.open_all(begin, end) and life.order.order_id not in shown
        ]:
            yield f"reading: complete at {read.ended:.3f}, and {len(missed)} open orders are missing: {missed[:3]}"
        known = {life.order.order_id for life in inside if life.open_some(begin, end)}
        if strange := shown - known:
            yield f"reading: at {read.ended:.3f} shows {sorted(strange)[:3]}, not open then"
        if story.plan.behaviour["opens_margin"] == "both" and not read.found:
            yield from _one_moment(read, inside, moments)


def _one_moment(read: Read, inside: list[Life], moments: list[float]) -> Iterator[str]:
    """A reading that shows nothing: there was a moment at which nothing was open."""
    if not any(not any(life.opened < at < life.closed for life in inside) for at in moments):
        yield f"reading: zero at {read.ended:.3f}, and there was no moment without an open order"


def _moments(story: Story, read: Read, records: tuple[Record, ...]) -> Iterator[float]:
    """When the exchange looked for this reading."""
    for one in story.network.traffic:
        if one.path != OPENS or one.handled is None or read.ended is None:
            continue
        asked = parse_qs(one.target.partition("?")[2]).get("contract_code", ["ALL"])[0]
        if read.begun <= one.handled <= read.ended and asked == read.contract:
            record = records[one.record or 0]
            # A delay at the exchange moves the look: it lies between receipt and answer.
            yield record.received
            if record.answer is not None:
                yield record.answer.at


def unreadable(case: Case, told: float) -> Iterator[str]:
    """UNKNOWN only where readings failed or hung all through the time there was, and not before its end."""
    story, tapped, cleaned = case.story, case.tapped or 0.0, case.cleaned(told)
    bad = sorted((*_bad(story), *_failed(story)))
    died = [at for at in story.starts if tapped < at <= told]
    if died:
        if not any(begin <= told and end >= tapped for begin, end in bad) and not _took_the_start(story, told):
            yield "UNKNOWN after a restart, and every reading went well"
        return
    if told < tapped + LAST - GAP:
        yield f"UNKNOWN already {told - tapped:.1f} s after the tap"
    # One is owed after the request, and another after a clean-up, for as long as one is waited for at all.
    at, limit = case.ended if cleaned is None else cleaned, min(tapped + LAST, told)
    for begin, end in bad:
        if begin > at + _gap(story, at):
            break
        at = max(at, end)
    if at + _gap(story, at) < limit:
        yield f"UNKNOWN, and readings went well from {at:.3f} to {limit:.3f}"


def _gap(story: Story, at: float) -> float:
    """Seconds without a reading that say nothing: where HTX takes no more requests the bot waits for room."""
    reads = [one.begun for one in story.network.traffic if one.method == "GET" and one.path.startswith("/v5/")]
    lately = sum(at - RESET <= begun <= at for begun in reads)
    crowded = story.plan.rate_limit != LIMIT or lately > LIMIT / 2
    return GAP + RESET if crowded else GAP


def _bad(story: Story) -> Iterator[tuple[float, float]]:
    """When a request for open orders, or a connection for one, was in trouble; or HTX wanted no more reads."""
    records = story.exchange.log.records()
    for one in story.network.traffic:
        end = story.over_at if one.ended is None else one.ended
        answer = records[one.record].answer if one.record is not None else None
        busy = answer is not None and _throttles(answer)
        if one.path not in ("", OPENS) and not busy:
            continue
        if answer is None or not one.whole or end - one.begun > SLOW or not _fine(answer.body):
            yield one.begun, end + (RESET if busy else 0.0)


def _failed(story: Story) -> Iterator[tuple[float, float]]:
    """Readings that met trouble have failed as a whole: until their end, where that followed soon."""
    bad = list(_bad(story))
    for read in story.reads:
        end = story.over_at if read.ended is None else read.ended
        met = [over for begin, over in bad if begin <= end and read.begun <= over]
        if read.found is None and met:
            yield read.begun, min(end, max(met) + SLOW)


def _took_the_start(story: Story, told: float) -> bool:
    """Whether a reading, slow page by slow page, waited for HTX all the time that a start has."""
    for read in story.reads:
        end = told if read.ended is None else min(read.ended, told)
        long = end - read.begun
        if read.found is None and long > 0.9 * FIRST and _waiting(story, read.begun, end) > 0.75 * long:
            return True
    return False


def _waiting(story: Story, begin: float, end: float) -> float:
    """Seconds in which at least one request for open orders was under way."""
    total, at = 0.0, begin
    for one in sorted(story.network.traffic, key=lambda one: one.begun):
        if one.path == OPENS and begin <= one.begun < end:
            over = end if one.ended is None else min(one.ended, end)
            total += max(over - max(one.begun, at), 0.0)
            at = max(at, over)
    return total


def _throttles(answer: Answer) -> bool:
    """Whether the bot has to wait after it: it says too many, or that nothing is left."""
    said = parsed(answer.body)
    if answer.status == TOO_MANY or ("ratelimit-remaining", "0") in answer.headers:
        return True
    return isinstance(said, dict) and "1032" in (str(said.get(name)) for name in ("code", "err_code", "err-code"))


def _fine(body: bytes) -> bool:
    """Whether an answer is one that any client could read."""
    said = parsed(body)
    if not isinstance(said, dict) or str(said.get("code")) != "200":
        return False
    if {"err_code", "err-code"} & said.keys() or said.get("status", "ok") != "ok" or said.get("success") is False:
        return False  # it says that it went well, and that it did not
    rows = said.get("data")
    return rows is None or (isinstance(rows, list) and all(isinstance(row, dict) for row in rows))
