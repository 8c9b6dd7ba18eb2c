"""What can go wrong, as frozen values to add to `sim.faults`; all of them combine.

Four families: time and silence (`Delay`, `Hang`, `Drop`), what a cancellation really does
(`ItemCodes` to `Refill`), what the answer looks like (`Words` to `Cut`), and another answer
altogether (`replacements`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Base of all faults."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delay(Fault):
    """Seconds to wait `before` acting and `after` acting, that is before answering."""

    before: float = 0.0
    after: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Hang(Fault):
    """Takes the request and never answers; closes after `seconds`.

    With `seconds` None the connection stays frozen until the fault is cleared or the simulator
    stops. With `acts` the request takes effect first.
    """

    seconds: float | None = None
    acts: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Drop(Fault):
    """Closes the connection instead of answering, before or (`acts`) after taking effect.

    `reset` sends a TCP RST, which clients report as another error than a plain close.
    """

    acts: bool = False
    reset: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemCodes(Fault):
    """Items with codes of their own inside a successful envelope.

    `codes` names orders; of the others a `share` (0 to 1, picked by `seed`, the same orders
    each time) gets `code`. What happens to such an order follows from its code, or is `deed`:
    1063 fills it; 1017, 1061 and 1071 find it cancelled already; any other code leaves it.
    """

    codes: Mapping[str, int] = field(default_factory=dict)
    share: float = 0.0
    code: int = 1062
    seed: int = 0
    deed: Literal["cancel", "fill", "leave"] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FillDuring(Fault):
    """Orders trade in the instant before they are cancelled.

    Of `order_ids` (all in the scope, if None) the first `count`; the whole rest, or `volume`
    contracts, after which the remainder is cancelled. Whole fills are absent from the answer,
    or with `reported` are items with code 1063.
    """

    order_ids: frozenset[str] | None = None
    count: int | None = None
    volume: str | None = None
    reported: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Late(Fault):
    """Says 200 at once; the orders vanish `seconds` later."""

    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Lie(Fault):
    """Says 200 with items and cancels nothing. For the opposite see `Refuse(acts=True)`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Half(Fault):
    """Cancels only the first `share` of the orders (rounded up); `claims_all` lists the rest too."""

    share: float = 0.5
    claims_all: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Refill(Fault):
    """Right after a cancellation places copies of the cancelled orders, at most `count`."""

    count: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Words(Fault):
    """Other messages in envelope and items: Chinese, bilingual, or null."""

    text: str | None = "成功"


MangleKind = Literal[
    "garbage",
    "empty",
    "array",
    "duplicate_keys",
    "wrong_types",
    "string_codes",
    "numeric_ids",
    "rounded_ids",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mangle(Fault):
    """Damages the JSON of the answer.

    `garbage` is no JSON; `empty` no bytes; `array` wraps the answer in a list;
    `duplicate_keys` repeats `code` and `data` with other values in front; `wrong_types` turns
    `data` into a string and `code` into true; `string_codes` sends codes as strings, as some
    captures show; `numeric_ids` sends ids as numbers, `rounded_ids` as the rounded numbers of
    some docs samples.
    """

    kind: MangleKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Patch(Fault):
    """Replaces top-level fields of the answer, `{"code": 1005}` for instance."""

    changes: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Oversized(Fault):
    """Pads the JSON with blanks, which change nothing in it, to at least `size` bytes."""

    size: int = 8 * 1024 * 1024 + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentType(Fault):
    """Another Content-Type; legacy endpoints were seen to send text/plain."""

    value: str = "text/plain"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut(Fault):
    """Announces the full Content-Length, sends `at` bytes of the body and closes."""

    at: int
