"""One schedule: everything that will happen, drawn from a seed before anything happens."""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from simulator.htx import Fault
from tests.truth.network import Trouble

CANCEL: Final = "/v5/trade/cancel_all_orders"
BATCH: Final = "/v5/trade/cancel_batch_orders"
OPENS: Final = "/v5/trade/order/opens"
MODE: Final = "/v5/position/mode"
TIMESTAMP: Final = "/api/v1/timestamp"
HOSTS: Final = ("one.test", "two.test")
CONTRACTS: Final = ("BTC-USDT-241115", "BTC-USDT", "ETH-USDT")

WORDS: Final[Mapping[str, frozenset[str]]] = {
    "contract_code": frozenset(code.lower() for code in CONTRACTS),
    "side": frozenset({"buy", "sell"}),
    "position_side": frozenset({"long", "short", "both"}),
}
"""What HTX says in these fields."""

Anchor = Literal["asked", "shown", "tapped"]
"""What a time is counted from: the command, the first card, the first tap that confirms."""

Person = Literal["ann", "bo"]
Moment = Literal["time", "store before", "store after", "wire"]
"""When a process dies: at a time, or at the n-th transaction or event of the network."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resting:
    """One order to be placed."""

    contract: str
    side: Literal["buy", "sell"]
    position_side: Literal["long", "short", "both"]
    margin_mode: Literal["cross", "isolated"]
    reduce_only: bool = False
    misprint: tuple[tuple[str, object], ...] = ()
    """Fields that HTX lists otherwise, and how: nothing that anybody could read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A scope, as it is typed and as HTX must be told."""

    contract: str | None
    """None: every one."""
    side: str | None
    position_side: str | None

    @property
    def text(self) -> str:
        """What is typed."""
        return " ".join(filter(None, ("cancelall", self.contract or "ALL", self.side, self.position_side)))

    @property
    def body(self) -> dict[str, str]:
        """What the request must hold, no more and no less."""
        said = {"contract_code": self.contract, "side": self.side, "position_side": self.position_side}
        return {name: value for name, value in said.items() if value is not None}

    def may_hold(self, row: Mapping[str, object]) -> bool:
        """Whether a row may be in the scope, by what it says: a word of HTX's own that differs excludes it."""
        said = {"contract_code": self.contract, "side": self.side, "position_side": self.position_side}
        return all(
            wanted is None or str(row.get(name)).lower() not in WORDS[name] - {wanted.lower()}
            for name, wanted in said.items()
        )

    def holds(self, order: Any) -> bool:  # noqa: ANN401 whatever has these three fields
        """Whether an order is in the scope."""
        return (
            self.contract in (None, order.contract)
            and self.side in (None, order.side)
            and self.position_side in (None, order.position_side)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Ill:
    """A fault of the exchange."""

    fault: Fault
    path: str
    times: int | None = 1
    skip: int = 0
    since: Anchor = "asked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bad:
    """A trouble of the network."""

    trouble: Trouble
    since: Anchor = "asked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """What somebody else does at the exchange."""

    since: Anchor
    after: float
    what: Literal["place", "fill", "part", "cancel"]
    inside: bool
    """In the scope, or anywhere."""
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Tap:
    """A tap on the newest card, so long after it was shown."""

    after: float
    who: Person
    keep: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Kill:
    """The end of a process: after so many seconds, or in the middle of the n-th thing of a kind."""

    since: Anchor
    after: float = 0.0
    event: Moment = "time"
    count: int = 0
    down: float = 0.3
    """Seconds until the next one starts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One schedule."""

    seed: int
    asked: Asked
    one_way: bool
    book: tuple[Resting, ...]
    card_seconds: int
    behaviour: Mapping[str, Any]
    rate_limit: int
    hosts: int
    pace: float
    zipped: bool
    skew: float
    key_breaks: bool
    """Whether the stored key cannot be opened from the tap on."""
    ills: tuple[Ill, ...]
    bads: tuple[Bad, ...]
    deeds: tuple[Deed, ...]
    taps: tuple[Tap, ...]
    kills: tuple[Kill, ...]
    calm: float
    """Seconds after the tap (or the card) when everything is well again."""
    strays: tuple[object, ...]
    """Rows in every list that are no orders."""
    second: Literal["again", "other"] | None
    """Another mass cancel: of the same scope after the first, or of another beside it."""

    def lines(self) -> list[str]:
        """The plan to be read."""
        listed = ("ills", "bads", "deeds", "taps", "kills")
        single = [f"{name}: {getattr(self, name)}" for name in self.__slots__ if name not in (*listed, "book")]
        book = f"book: {len(self.book)} orders, {sum(map(self.asked.holds, self.book))} in scope"
        odd = [f"misprinted: {one}" for one in self.book if one.misprint]
        return [*single, book, *odd, *(f"{name}: {one}" for name in listed for one in getattr(self, name))]


def chance_of(seed: int, what: str) -> random.Random:
    """A stream of chance of its own, the same on every machine."""
    return random.Random(f"{seed}/{what}")  # noqa: S311 a plan, not a secret
