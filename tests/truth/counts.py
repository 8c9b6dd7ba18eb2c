"""The numbers in a result, against what really became of each order."""

from collections.abc import Iterator
from typing import Final

from tests.truth.case import Case
from tests.truth.history import Life, Post
from tests.truth.told import Told

_LIARS: Final = ("Lie", "Half", "ItemCodes", "Late", "FillDuring")
"""Faults by which HTX says of an order that it was cancelled, and it was not, or not yet."""


_FILLED: Final = 1063
"""HTX's code on an order that was filled first: it names that one, too."""


def counted(case: Case, told: Told, left: set[str]) -> Iterator[str]:
    """What is wrong with the numbers of one result.

    Args:
        case: the mass cancel.
        told: the result.
        left: what the reading behind it shows.
    """
    posts = [p for p in (*case.posts, *case.batches) if p.traffic.ended is not None and p.traffic.ended <= told.at]
    said = {id_ for post in posts for id_, code in post.items.items() if code in (200, None)} - left
    ours = {id_ for id_ in said if (life := case.true.lives.get(id_)) and _by(life, posts)}
    lied = any(fault.startswith(_LIARS) for post in posts if post.record for fault in post.record.faults)
    for id_ in said - ours:
        life = case.true.lives.get(id_)
        if life is None or not lied or life.closed > told.at:
            yield f"counts: HTX told no lie of {id_}, and it is {_fate(life)}"
    if told.cancelled is not None and not len(ours) <= told.cancelled <= len(said):
        yield f"counts: told {told.cancelled} cancelled, we cancelled {len(ours)}, HTX says {len(said)}"
    yield from _others(case, told, posts, said, left)


def _others(case: Case, told: Told, posts: list[Post], said: set[str], left: set[str]) -> Iterator[str]:
    """Filled, partly filled, gone, placed since: never more than there really are."""
    named = case.shown_ids | {id_ for post in posts for id_ in post.items}
    lives = [life for id_, life in case.true.lives.items() if id_ in named and life.closed <= told.at]
    filled = sum(life.order.state == "filled" for life in lives)
    partly = sum(life.order.state == "partially_canceled" for life in lives)
    cancelled = sum(life.order.state in ("canceled", "partially_canceled") for life in lives)
    by_id = {id_ for post in posts if post in case.batches for id_ in (post.body or {}).get("order_id", ())}
    yield from (
        f"counts: told {number} {what}, there are {most}"
        for what, number, most in (
            ("filled", told.filled, filled),
            ("partly filled", told.partly, partly),
            ("cancelled by HTX's records", told.by_records, cancelled),
            ("gone", told.gone, len(lives)),
            ("by id", told.by_id, len(by_id & said)),
        )
        if number > most
    )
    if told.verdict == "STILL OPEN" and told.placed and told.placed != len(left - case.shown_ids):
        yield f"counts: told {told.placed} placed since, there are {len(left - case.shown_ids)}"
    came = {id_ for post in posts for id_, code in post.items.items() if code in (200, None, _FILLED)}
    came -= left | case.shown_ids
    if told.verdict == "ZERO LEFT" and told.placed > len(came):
        yield f"counts: told {told.placed} placed since and gone, there are {len(came)}"


def _by(life: Life, posts: list[Post]) -> bool:
    """Whether one of these requests cancelled it."""
    return life.by is not None and any(post.traffic.record == life.by for post in posts)


def _fate(life: Life | None) -> str:
    return "unknown" if life is None else f"{life.order.state}, closed {life.closed:.3f} by {life.by}"
