"""The truth: which orders were open when, and who ended them; from the exchange's log and what others did."""

import json
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from simulator.htx import Order, Record
from tests.truth.network import Traffic
from tests.truth.plan import BATCH, CANCEL
from tests.truth.story import Story

_FOREVER: Final = float("inf")


@dataclass(slots=True, kw_only=True)
class Life:
    """One order, from its placing to its end."""

    order: Order
    opened: float
    closed: float = _FOREVER
    by: int | None = None
    """The number of the request that cancelled it."""

    def open_all(self, begin: float, end: float) -> bool:
        """Whether it was open the whole time."""
        return self.opened < begin and self.closed > end

    def open_some(self, begin: float, end: float) -> bool:
        """Whether it was open at some moment of it."""
        return self.opened <= end and self.closed >= begin


@dataclass(slots=True, kw_only=True)
class Post:
    """One request to cancel, as it was on the wire."""

    traffic: Traffic
    body: Any
    """What was posted, parsed; None where the bot did not get as far as the body."""
    record: Record | None
    said: Any = None
    """The whole reply the bot has, parsed; None where it has none that can be read."""
    status: int = 0

    @property
    def left_the_bot(self) -> bool:
        """Whether the network took any byte of it."""
        return self.traffic.accepted > 0

    @property
    def throttled(self) -> bool:
        """Whether the bot has a whole, clear reply that says "too many requests"."""
        if self.status == 429:
            return True
        said = self.said
        if not isinstance(said, dict) or said.get("data") not in (None, "", [], {}):
            return False
        codes = {str(said[name]) for name in ("code", "err_code", "err-code") if said.get(name) is not None}
        fine = said.get("status") == "ok" or said.get("success") is True
        return codes == {"1032"} and not fine and self.status // 100 in (2, 4)

    @property
    def items(self) -> Mapping[str, int | None]:
        """The orders a clear reply names, with their codes."""
        said = self.said
        if not isinstance(said, dict) or str(said.get("code")) != "200" or self.status != 200:
            return {}
        rows = said.get("data")
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            return {}
        return {str(row["order_id"]): None if row.get("code") is None else int(row["code"]) for row in rows}


@dataclass(slots=True, kw_only=True)
class History:
    """Everything that is true about one story."""

    lives: Mapping[str, Life]
    posts: list[Post] = field(default_factory=list)
    """Requests to cancel everything in a scope, in their order."""
    batches: list[Post] = field(default_factory=list)
    """Requests to cancel by id."""

    def open_at(self, moment: float) -> Iterable[Life]:
        """Every order open at a moment."""
        return (life for life in self.lives.values() if life.opened <= moment < life.closed)


def history(story: Story) -> History:
    """What happened."""
    records = story.exchange.log.records()
    effects = [(record.number, effect) for record in records for effect in record.effects]
    opened = [(each.order_id, each.at) for each in story.changes if each.what == "place"]
    opened += [(effect.order_id, effect.at) for _, effect in effects if effect.kind == "placed"]
    lives = {id_: Life(order=story.account.order(id_), opened=at) for id_, at in opened}
    for change in story.changes:
        if change.what != "place":
            _end(lives[change.order_id], change.at, None)
    for number, effect in effects:
        if effect.kind in ("filled", "cancelled"):
            _end(lives[effect.order_id], effect.at, number if effect.kind == "cancelled" else None)
    made = [_post(one, records) for one in story.network.traffic if one.method == "POST"]
    return History(
        lives=lives,
        posts=[post for post in made if post.traffic.path == CANCEL],
        batches=[post for post in made if post.traffic.path == BATCH],
    )


def _end(life: Life, at: float, by: int | None) -> None:
    """A trade may leave a rest: the last change of an order that is not open is its end."""
    if life.order.is_open:
        return
    cancelled = life.order.state in ("canceled", "partially_canceled")
    if life.closed == _FOREVER or (at >= life.closed and life.by is None) or (cancelled and by is not None):
        life.closed, life.by = at, by


def _post(traffic: Traffic, records: tuple[Record, ...]) -> Post:
    record = None if traffic.record is None else records[traffic.record]
    post = Post(traffic=traffic, body=parsed(bytes(traffic.wrote).partition(b"\r\n\r\n")[2]), record=record)
    if traffic.whole and traffic.reply is not None:
        head, _, body = traffic.reply.partition(b"\r\n\r\n")
        post.status = int(head.split(b" ", 2)[1])
        if b"content-encoding: gzip" in head.lower():
            body = zlib.decompress(body, 16 + zlib.MAX_WBITS)
        post.said = parsed(body)
    return post


def parsed(body: bytes) -> Any:  # noqa: ANN401 any JSON
    """What some bytes say; None where a careful reader would not know."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len({name for name, _ in pairs}) < len(pairs):
            raise ValueError("two values for one name")
        return dict(pairs)

    try:
        return json.loads(body, object_pairs_hook=once)
    except ValueError:
        return None
