"""Numbers, times, names and scopes in plain words."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from bot.model import ALL, ALL_ACCOUNTS, Actor, Identity, Order, PositionSide, Scope, Side, Target, TriggerKind

_MEANINGS: Final = {
    (Side.BUY, PositionSide.LONG): "orders that open longs",
    (Side.SELL, PositionSide.SHORT): "orders that open shorts",
    (Side.SELL, PositionSide.LONG): "orders that close longs",
    (Side.BUY, PositionSide.SHORT): "orders that close shorts",
    (Side.BUY, PositionSide.BOTH): "every buy in one-way mode",
    (Side.SELL, PositionSide.BOTH): "every sell in one-way mode",
    (Side.BUY, PositionSide.ANY): "every buy: opens longs, closes shorts",
    (Side.SELL, PositionSide.ANY): "every sell: opens shorts, closes longs",
    (Side.ANY, PositionSide.LONG): "orders that open or close longs",
    (Side.ANY, PositionSide.SHORT): "orders that open or close shorts",
    (Side.ANY, PositionSide.BOTH): "every order in one-way mode",
    (Side.ANY, PositionSide.ANY): "every order: buys and sells",
}

_LONGEST_NAME: Final = 64
"""Characters of a name that are repeated."""

_ODD: Final = 3
"""Fields of one order that are shown as they came, at most."""

_WIDEST: Final = 48
"""Characters that a contract code may take on a line."""

_AS_THEY_ARE: Final = (
    ("\u4e00", "\u9fff"),
    ("\u3400", "\u4dbf"),
    ("\U00020000", "\U0003fffd"),
    ("\uac00", "\ud7a3"),
    ("\u3041", "\u3096"),
    ("\u30a1", "\u30fa"),
)
"""Scripts of which no letter but those below looks like one of ours: ideographs, Hangul, kana. First and last."""

_LOOK_ALIKE: Final = frozenset(
    "l\u4e00\u4e28\u4e36\u4e3f\u4e85\u4e5b\u3078\u3079\u307a"
    "\u30a8\u30ab\u30bf\u30c1\u30c8\u30cb\u30cf\u30d8\u30d9\u30da\u30df\u30ed"
)
"""Letters that look like a dash or a digit of ours, or like a letter of the next script."""

_OURS: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz0123456789-_.$")


def code(text: str) -> str:
    """A contract code as it may be shown: whole, on one line, and like no other code.

    HTX's list and orders may hold anything. What cannot be seen, turns the line around, is markup or only looks
    like a letter of ours stands there by its number: `<U+0412>TC-USDT`. What is too long is cut, with its length
    and a sum over all of it in place of the rest.
    """
    shown = [_code_character(char) for char in text]
    if text.upper() == ALL:  # HTX's word for a contract, ours for every one
        shown[0] = _by_number(text[0])
    if sum(map(len, shown)) <= _WIDEST:
        return "".join(shown)
    kept = 0
    while sum(map(len, shown[: kept + 1])) <= _WIDEST // 2:
        kept += 1
    return f"{''.join(shown[:kept])}… [{len(text)} characters, {_sum(text)}]"


def _code_character(char: str) -> str:
    ours = char in _OURS
    known = any(first <= char <= last for first, last in _AS_THEY_ARE) and char.isprintable()
    return char if ours or (known and char not in _LOOK_ALIKE) else _by_number(char)


def _by_number(char: str) -> str:
    return f"<U+{ord(char):04X}>"


def _sum(text: str) -> str:
    """Eight hex digits that differ where texts differ (FNV-1a)."""
    value = 0xCBF29CE484222325
    for byte in text.encode("utf-8", "backslashreplace"):
        value = (value ^ byte) * 0x100000001B3 % 2**64
    return f"{value:016x}"[:8]


def number(value: Decimal | int) -> str:
    """`1,240`, `61,200`, `0.05`: thousands separated, no trailing zeros, no exponent."""
    text = f"{value:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def count(n: Decimal | int, noun: str) -> str:
    """`1 order`, `14 orders`, `0.5 contracts`."""
    return f"{number(n)} {noun}" if n == 1 else f"{number(n)} {noun}s"


def clock(moment: datetime) -> str:
    """`03:14:07` (UTC)."""
    return f"{moment:%H:%M:%S}"


def age(span: timedelta) -> str:
    """`45 s`, `6 min`, `2 h`, `3 days`."""
    seconds = max(0, int(span.total_seconds()))
    for size, unit in ((86_400, "day"), (3600, "h"), (60, "min")):
        if seconds >= size:
            n = seconds // size
            return f"{n} {unit}" + ("s" if unit == "day" and n > 1 else "")
    return f"{seconds} s"


def span(seconds: float) -> str:
    """`0.9 s`; `0.04 s` where a tenth would round to nothing."""
    return f"{seconds:.1f} s" if seconds >= 0.1 else f"{max(seconds, 0.01):.2f} s"  # noqa: PLR2004 where .1f says 0.0


def name(actor: Actor) -> str:
    """`Ann` for the member `ann`; a shell on the host and a bare id stay as they are."""
    text = actor.name
    return text if ":" in text else text[:1].upper() + text[1:]


def quoted(text: str) -> str:
    """`"Ann Lee"`: what somebody calls themselves; it can neither turn the line around nor look like an id."""
    kept = text if len(text) <= _LONGEST_NAME else text[:_LONGEST_NAME] + "…"
    shown = (char if char.isprintable() else f"<U+{ord(char):04X}>" for char in kept)
    return '"' + "".join(f"\\{char}" if char in '"\\' else char for char in shown) + '"'


def id_of(who: Identity) -> str:
    """An id as the configuration wants it: `123456789`, `U11 (team T1)`."""
    team, slash, user = who.user.partition("/")
    return f"{user} (team {team})" if slash else team


def names(people: Sequence[str], last: str = "or") -> str:
    """`Ann`, `Ann or Bo`, `Ann, Bo or Cy`."""
    shown = [text if ":" in text else text[:1].upper() + text[1:] for text in people]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} {last} {shown[-1]}"


def account(name: str) -> str:
    """An account's name; of the word for all of them, what it means."""
    return "your accounts" if name == ALL_ACCOUNTS else name


def filters(scope: Scope) -> str:
    """`BUY LONG`, `BUY ALL POSITION SIDES`, `ALL SIDES`."""
    if scope.side is Side.ANY and scope.position_side is PositionSide.ANY:
        return "ALL SIDES"
    side = "ALL SIDES" if scope.side is Side.ANY else scope.side.upper()
    held = "ALL POSITION SIDES" if scope.position_side is PositionSide.ANY else scope.position_side.upper()
    return f"{side} {held}"


def narrowed(scope: Scope) -> bool:
    """Whether the scope leaves any side out."""
    return scope.side is not Side.ANY or scope.position_side is not PositionSide.ANY


def of_kind(scope: Scope, noun: str) -> str:
    """The filters around a noun: `BUY LONG orders`, `BUY orders`, `BUY orders (BOTH)`: never "BOTH orders"."""
    side = "" if scope.side is Side.ANY else f"{scope.side.upper()} "
    match scope.position_side:
        case PositionSide.ANY:
            return f"{side}{noun}"
        case PositionSide.BOTH:
            return f"{side}{noun} (BOTH)"
        case held:
            return f"{side}{held.upper()} {noun}"


def scope_title(scope: Scope) -> str:
    """The full scope on one line, without the account: `BTC-USDT-241115 BUY LONG`, `triggers of …`."""
    if scope.contract == ALL and narrowed(scope):
        return place(scope)
    return f"triggers of {place(scope)}" if scope.target is Target.TRIGGERS else place(scope)


def place(scope: Scope) -> str:
    """Contract and filters: `BTC-USDT-241115 BUY LONG`, `BUY orders in EVERY contract`."""
    if scope.contract != ALL:
        return f"{code(scope.contract)} {filters(scope)}"
    noun = "triggers" if scope.target is Target.TRIGGERS else "orders"
    return f"{of_kind(scope, noun)} in EVERY contract" if narrowed(scope) else f"EVERY contract {filters(scope)}"


def meaning(scope: Scope) -> str:
    """What the filters mean: `buy · long: orders that open longs`."""
    said = _MEANINGS[scope.side, scope.position_side]
    if Side.ANY is scope.side or PositionSide.ANY is scope.position_side:
        return said
    return f"{scope.side} · {scope.position_side}: {said}"


def order(row: Order, *, with_contract: bool) -> str:
    """`buy 50 @ 61,900`, `tp sell 50 @ 70,000`; the contract in front where the scope is every contract."""
    market = row.trigger is None and not row.is_odd("price")
    price = number(row.price) if row.price is not None else "market" if market else "?"
    rest = row.remaining
    size = " ?" if rest is None else f" {number(rest)}" if rest or row.trigger is None else ""
    text = f"{row.trigger + ' ' if row.trigger else ''}{row.side or '?'}{size} @ {price}{_odd(row)}"
    return f"{code(row.contract) if row.contract else '?'} {text}" if with_contract else text


def _odd(row: Order) -> str:
    """What could not be read, as it came: ` (side null, volume "NaN")`."""
    shown = [f"{name} {value}" for name, value in row.odd[:_ODD]]
    more = [f"{len(row.odd) - _ODD} more"] if len(row.odd) > _ODD else []
    return f" ({', '.join([*shown, *more])})" if shown else ""


def every(parts: Iterable[tuple[Order, ...] | None]) -> tuple[Order, ...] | None:
    """All of them in one; None where one of them is not known."""
    found = tuple(parts)
    known = tuple(part for part in found if part is not None)
    return tuple(row for part in known for row in part) if len(known) == len(found) else None


def kinds(rows: Sequence[Order]) -> str:
    """Which orders wait for a price, in HTX's words: `tp 1, trailing_stop 2`."""
    counts = Counter(row.trigger for row in rows)
    return ", ".join(f"{kind} {number(counts[kind])}" for kind in TriggerKind if counts[kind])


def price_range(orders: Sequence[Order]) -> str | None:
    """`61,200 – 64,850`; one price alone; None where no order has one."""
    prices = sorted({row.price for row in orders if row.price is not None})
    if not prices:
        return None
    low, high = number(prices[0]), number(prices[-1])
    return low if low == high else f"{low} – {high}"
