"""One mass cancel of a story, with all that belongs to it."""

from dataclasses import dataclass, field

from tests.crash.truth import Deed
from tests.truth.history import History, Post
from tests.truth.plan import Asked
from tests.truth.process import Read
from tests.truth.story import Story
from tests.truth.told import Told


@dataclass(slots=True, kw_only=True)
class Case:
    """One mass cancel, with all that belongs to it."""

    story: Story
    true: History
    deed: Deed
    asked: Asked
    tapped: float | None
    """When somebody first confirmed it."""
    until: float
    """When the next one of the same scope was confirmed."""
    posts: list[Post] = field(default_factory=list)
    batches: list[Post] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)

    @property
    def shown_ids(self) -> set[str]:
        """The orders on its card."""
        preview = self.deed.document["preview"]
        return {row["order_id"] for row in preview["orders"]} if preview else set()

    @property
    def ended(self) -> float:
        """When its last request ended, as the bot saw it."""
        over = self.story.over_at
        return max((over if p.traffic.ended is None else p.traffic.ended for p in self.posts), default=0.0)

    def cleaned(self, by: float) -> float | None:
        """When the last of its requests by id begun by then ended, as the bot saw it; None without one."""
        begun = [post.traffic for post in self.batches if post.left_the_bot and post.traffic.begun < by]
        return max((by if one.ended is None else min(one.ended, by) for one in begun), default=None)

    @property
    def effects(self) -> bool:
        """Whether any of its requests changed anything at the exchange."""
        return any(post.record is not None and post.record.effects for post in (*self.posts, *self.batches))

    def inside(self, read: Read) -> set[str]:
        """The orders that are in the scope, or may be, by what a reading shows."""
        return {id_ for id_ in read.found or () if self._may_be_inside(id_)}

    def _may_be_inside(self, id_: str) -> bool:
        if is_stray(id_):
            return True
        order = self.true.lives[id_].order
        facts: dict[str, object] = {"contract_code": order.contract, "side": order.side}
        return self.asked.may_hold(
            self.story.account.printed(id_, {**facts, "position_side": order.position_side})
        )


def is_stray(id_: str) -> bool:
    """Whether an id of the bot's stands for a row that is no order."""
    return id_.startswith("row:")
