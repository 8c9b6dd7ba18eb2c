"""Before the tap: what a card and a picker say."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from bot.model import (
    ALL,
    ALL_ACCOUNTS,
    Actor,
    MassCancelId,
    Order,
    PositionMode,
    PositionSide,
    Preview,
    Scope,
    ScopeWords,
    Target,
)
from bot.words import plain

KEEP: Final = "Keep orders"
CANCEL_ANYWAY: Final = "Send cancel-all anyway"
CANCEL_UNKNOWN: Final = "Cancel orders (count unknown)"
PREVIEW_AGAIN: Final = "Preview again"
PREVIEW_NOW: Final = "Preview now"
ALL_CONTRACTS: Final = "All contracts"


def title(scope: Scope, preview: Preview | None) -> str:
    """The first line, which works alone on a lock screen: count and full scope."""
    if preview is not None and not preview.orders:
        return f"🛑 0 open. {plain.scope_title(scope)}"
    n = _how_many(scope, preview)
    if scope.contract != ALL:
        return f"🛑 Cancel {n}? {plain.place(scope)}"
    said = plain.filters(scope)
    kind = "" if said == "ALL SIDES" else f" {said}"
    return f"🛑 Cancel ALL {n}{kind}, EVERY contract? {scope.account}"


def _how_many(scope: Scope, preview: Preview | None) -> str:
    if preview is None:
        return "orders (count unknown)"
    n = len(preview.orders)
    return plain.count(n, "TRIGGER order") if scope.target is Target.TRIGGERS else plain.number(n)


def confirm_label(scope: Scope, preview: Preview | None) -> str:
    """The red button: verb and count, never "Yes" and never "OK"."""
    if preview is None:
        return CANCEL_UNKNOWN
    noun = "trigger order" if scope.target is Target.TRIGGERS else "order"
    return f"Cancel {plain.count(len(preview.orders), noun)}" if preview.orders else CANCEL_ANYWAY


def account(name: str, key_tail: str) -> str:
    """Which account, by name and key."""
    return f"LIVE · {name} (key …{key_tail})"


def closing(orders: Sequence[Order]) -> str | None:
    """How many of them close positions, where some do."""
    closes = sum(order.closes for order in orders)
    return f"{plain.number(closes)} of {plain.number(len(orders))} close positions" if closes else None


def size(scope: Scope, orders: Sequence[Order]) -> str | None:
    """How much rests there, and at which prices; for every contract: which ones."""
    if not orders:
        return None
    if scope.target is Target.TRIGGERS:
        return _waiting(scope, orders)
    if scope.contract == ALL:
        return contracts(Counter(order.contract for order in orders).most_common())
    volume = f"{plain.number(sum((order.remaining for order in orders), start=orders[0].remaining * 0))} cont"
    prices = plain.price_range(orders)
    return f"{volume} · {prices}" if prices else volume


def _waiting(scope: Scope, orders: Sequence[Order]) -> str:
    """`tp 1, trailing_stop 2 @ 70,000 – 71,500`; for every contract: which ones."""
    kinds = plain.kinds(orders)
    if scope.contract == ALL:
        return f"{kinds} · {contracts(Counter(order.contract for order in orders).most_common())}"
    prices = plain.price_range(orders)
    return f"{kinds} @ {prices}" if prices else kinds


def contracts(counts: Sequence[tuple[str, int]]) -> str:
    """`BTC-USDT 120 · ETH-USDT 93 · 2 more`."""
    shown = [f"{plain.code(code)} {plain.number(n)}" for code, n in counts[:3]]
    rest = len(counts) - len(shown)
    return " · ".join([*shown, *([f"{plain.count(rest, 'more contract')}"] if rest else [])])


def elsewhere(preview: Preview) -> str | None:
    """What is open outside the scope."""
    return f"Open elsewhere: {contracts(preview.elsewhere)}" if preview.elsewhere else None


def mode_mismatch(scope: Scope, preview: Preview | None) -> str | None:
    """Why the position side cannot match in the account's mode."""
    held = scope.position_side
    match preview.mode if preview else None:
        case PositionMode.HEDGE if held is PositionSide.BOTH:
            return f"{scope.account} is in hedge mode: `both` matches nothing there."
        case PositionMode.ONE_WAY if held in (PositionSide.LONG, PositionSide.SHORT):
            return f"{scope.account} is in one-way mode: `{held}` matches nothing there."
        case _:
            return None


def mode_unknown(preview: Preview | None) -> str | None:
    """A warning, never a block."""
    return "Position mode could not be read." if preview is not None and preview.mode is None else None


def right_scope(scope: Scope, mode: PositionMode | None) -> ScopeWords | None:
    """The scope that was probably meant where the position side cannot match."""
    if mode is PositionMode.HEDGE and scope.position_side is PositionSide.BOTH:
        held = PositionSide.ANY
    elif mode is PositionMode.ONE_WAY and scope.position_side in (PositionSide.LONG, PositionSide.SHORT):
        held = PositionSide.BOTH
    else:
        return None
    return ScopeWords(account=scope.account, contract=scope.contract, side=scope.side, position_side=held)


def untouched(scope: Scope, previews: Sequence[Preview | None]) -> str:
    """What a card leaves alone; a count only where it is known of each account."""
    if scope.target is Target.TRIGGERS:
        return "Positions and plain orders stay."
    triggers = plain.every(preview.triggers if preview else None for preview in previews)
    if triggers is None:
        return "Positions stay. Triggers, TP/SL not covered."
    if not triggers:
        return "Positions stay. No triggers live."
    return f"Positions stay. {plain.count(len(triggers), 'trigger')} not covered."


def times(preview: Preview | None, expires_at: datetime) -> str:
    """When it was read, and until when a tap counts."""
    if preview is None:
        return f"Not read yet · tap before {plain.clock(expires_at)} UTC"
    return f"Read {plain.clock(preview.read_at)} UTC · tap before {plain.clock(expires_at)}"


def number(id_: MassCancelId) -> str:
    """`#K7Q2M`."""
    return f"#{id_}"


def asked(by: Actor) -> str:
    """`Asked by Ann`."""
    return f"Asked by {plain.name(by)}"


def tapped(by: Actor, at: datetime) -> str:
    """The card's last line once it was confirmed."""
    return f"Cancelling… tapped by {plain.name(by)} {plain.clock(at)}"


def settled(by: Actor, at: datetime, verdict: str) -> str:
    """The card's last line once the outcome is known."""
    return f"Tapped by {plain.name(by)} {plain.clock(at)}: {verdict}"


def kept(by: Actor, at: datetime) -> str:
    """The card's last line once it was kept."""
    return f"Kept by {plain.name(by)} {plain.clock(at)}. Nothing was cancelled."


def expired() -> str:
    """The card's last line once its time is up."""
    return "Expired. Nothing was cancelled."


def replaced(by: MassCancelId) -> str:
    """The card's last line once a newer card took its place."""
    return f"Replaced by #{by}. Nothing was cancelled."


def still_pending(id_: MassCancelId, expires_at: datetime) -> tuple[str, ...]:
    """The same scope was asked for again: the open card stands."""
    return (f"#{id_} asks this already: tap it before {plain.clock(expires_at)} UTC.",)


def still_executing(id_: MassCancelId, by: Actor, at: datetime) -> tuple[str, ...]:
    """The same scope was asked for again while it is being cancelled."""
    return (f"#{id_} is doing this: tapped by {plain.name(by)} {plain.clock(at)}. The result follows here.",)


def all_accounts(n: int) -> str:
    """The picker's button for every account of the person."""
    return f"All {n} accounts"


def no_triggers(scope: Scope) -> tuple[str, ...]:
    """A card for triggers was asked for, and there are none."""
    return (f"0 trigger orders open. {plain.place(scope)}", "Nothing was sent.")


def triggers_unread(scope: Scope) -> tuple[str, ...]:
    """A card for triggers was asked for, and nobody knows which there are."""
    return (
        f"The {plain.scope_title(scope)} cannot be read now.",
        "They are cancelled by id: without a list there is no card.",
        "Nothing was sent. Urgent? Use the HTX app.",
    )


def pick_account() -> tuple[str, ...]:
    """The picker of accounts."""
    return ("Which account?", "Nothing was sent.")


def pick_contract(
    scope: Scope, counts: Sequence[tuple[str, int]], offered: int, odd: Sequence[tuple[str, int]] = ()
) -> tuple[str, ...]:
    """The picker of contracts, for a scope that covers all of them; `odd` are those that cannot be offered."""
    total = plain.count(sum(n for _, n in counts), "open order")
    said = plain.filters(scope)
    kind = "" if said == "ALL SIDES" else f" {said}"
    rest = len(counts) - offered - len(odd)
    more = (f"{plain.count(rest, 'more contract')} not shown: type the code.",) if rest > 0 else ()
    more = (*more, not_offered(odd)) if odd else more
    who = "Your accounts have" if scope.account == ALL_ACCOUNTS else f"{scope.account} has"
    return (f"Which contract? {who} {total}{kind}.", *more, "Nothing was sent.")


def pick_blind(account_name: str) -> tuple[str, ...]:
    """The picker of contracts where open orders could not be read."""
    return (
        f"Which contract? Open orders of {plain.account(account_name)} cannot be read now.",
        "Nothing was sent. Type it: /cancelall BTC-USDT-241115 …, or take all contracts.",
    )


def contract_label(code: str, n: int) -> str:
    """`BTC-USDT-241115 · 14`, whatever the code is made of."""
    return picked_label(plain.code(code), n)


def not_offered(counts: Sequence[tuple[str, int]]) -> str:
    """Contracts whose codes HTX might take for others: they cannot be asked for one by one."""
    what = plain.count(len(counts), "contract")
    return f"{what} ({contracts(counts)}) can go by All contracts only: the code cannot be sent safely."


def picked_label(what: str, n: int) -> str:
    """`BTC-USDT-241115 · 14`."""
    return f"{what} · {plain.number(n)}"
