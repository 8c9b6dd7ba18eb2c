"""Before the tap: what a card and a picker say."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final

from bot.model import (
    ALL,
    ALL_ACCOUNTS,
    AccountName,
    Actor,
    MassCancelId,
    Order,
    PositionMode,
    PositionSide,
    Preview,
    Scope,
    ScopeWords,
    Target,
    Unread,
)
from bot.words import plain, reasons, refusals

KEEP: Final = "Keep orders"
CANCEL_ANYWAY: Final = "Send cancel-all anyway"
NO_KEY: Final = "No card: the API key of"
MAY_WORK: Final = "A tap may still work; if not, use the HTX app."
NOTHING_CAN_BE_SENT: Final = "Nothing can be sent: use the HTX app."
CANCEL_UNKNOWN: Final = "Cancel orders (count unknown)"
PREVIEW_AGAIN: Final = "Preview again"
PREVIEW_NOW: Final = "Preview now"
ALL_CONTRACTS: Final = "All contracts"
REAL: Final = "REAL"
"""What a card says that is no drill."""


def title(scope: Scope, preview: Preview | None) -> str:
    """The first line, which works alone on a lock screen: count and full scope."""
    if preview is not None and not preview.orders:
        return f"🛑 0 open. {plain.scope_title(scope)}"
    if scope.contract == ALL:
        n = None if preview is None else len(preview.orders)
        return f"🛑 Cancel {every(scope, n)} in EVERY contract? {scope.account}"
    return f"🛑 Cancel {_how_many(scope, preview)}? {plain.place(scope)}"


def every(scope: Scope, n: int | None, *, at_least: bool = False) -> str:
    """What would go in every contract: `ALL 213 orders`, `4 BUY orders`, `BUY orders (count unknown)`."""
    one = n == 1 and not at_least
    noun = f"{'TRIGGER ' if scope.target is Target.TRIGGERS else ''}{'order' if one else 'orders'}"
    said = plain.of_kind(scope, noun)
    whole = "" if plain.narrowed(scope) or one else "ALL "
    if n is None:
        return f"{whole}{said} (count unknown)"
    return f"{whole}{plain.number(n)}{'+' if at_least else ''} {said}"


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
    return f"{REAL} · {name} (key …{key_tail})"


def closing(orders: Sequence[Order]) -> str | None:
    """How many of them close positions, where some do."""
    closes = sum(order.closes for order in orders)
    if not closes:
        return None
    does = "only closes a position" if closes == 1 else "only close positions"
    return f"{plain.number(closes)} of {plain.number(len(orders))} {does}"


def odd(scope: Scope, orders: Sequence[Order]) -> str | None:
    """How many of them nobody can read fully, and the first of them as it came; None: none."""
    found = sorted((order for order in orders if order.odd), key=scope.is_sure_of)
    if not found:
        return None
    n = sum(not scope.is_sure_of(order) for order in found)
    left = " and stay" if scope.target is Target.TRIGGERS else ""
    may = f", {plain.number(n)} may be outside{left}" if n else ""
    first = plain.order(found[0], with_contract=scope.contract == ALL)
    return f"{plain.number(len(found))} of {plain.number(len(orders))} unclear{may}: {first}"


def size(scope: Scope, orders: Sequence[Order]) -> str | None:
    """How much rests there, and at which prices; for every contract: which ones."""
    if not orders:
        return None
    if scope.target is Target.TRIGGERS:
        return _waiting(scope, orders)
    if scope.contract == ALL:
        return contracts(Counter(order.contract for order in orders).most_common())
    known = [rest for order in orders if (rest := order.remaining) is not None]
    volume = plain.count(sum(known, start=Decimal(0)), "contract")
    if len(known) < len(orders):
        volume += f" and {plain.count(len(orders) - len(known), 'unclear size')}"
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
    shown = [f"{plain.code(code) if code else 'unclear contract'} {plain.number(n)}" for code, n in counts[:3]]
    rest = len(counts) - len(shown)
    return " · ".join([*shown, *([f"{plain.count(rest, 'more contract')}"] if rest else [])])


def nothing(previews: Sequence[Preview | None]) -> str | None:
    """What the offer to send all the same is made beside; None where there is something, or nobody knows."""
    empty = all(preview is not None and not preview.orders for preview in previews)
    return "Nothing to cancel here." if empty else None


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
        return "Positions stay. Triggers and TP/SL stay (not counted)."
    if not triggers:
        return "Positions stay. No triggers open."
    return f"Positions stay. {plain.count(len(triggers), 'trigger')} will STAY."


def times(preview: Preview, expires_at: datetime) -> str:
    """When it was read, and until when a tap counts."""
    return f"Read {plain.clock(preview.read_at)} UTC · tap before {plain.clock(expires_at)}"


def reading(expires_at: datetime) -> str:
    """It is being read; a tap need not wait for that."""
    return f"Reading HTX… you can tap now · tap before {plain.clock(expires_at)} UTC"


def not_read(why: Unread, expires_at: datetime) -> tuple[str, ...]:
    """Why it was not read, and what a tap can do all the same."""
    first = f"Not read: {reasons.unread(why)}."
    if why.hopeless:
        return (first, NOTHING_CAN_BE_SENT)
    return (first, f"{MAY_WORK} Tap before {plain.clock(expires_at)} UTC")


def number(id_: MassCancelId) -> str:
    """`#K7Q2M`."""
    return f"#{id_}"


def asked(by: Actor) -> str:
    """`Asked by Ann`."""
    return f"Asked by {plain.name(by)}"


def tapped(by: Actor, at: datetime) -> str:
    """The card's last line once it was confirmed."""
    return f"Cancelling… tapped by {plain.name(by)} {plain.clock(at)}. Result in {refusals.HOW_LONG}."


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
    return (f"Card #{id_} already asks this. Tap that one before {plain.clock(expires_at)} UTC.",)


def still_executing(id_: MassCancelId, by: Actor, at: datetime) -> tuple[str, ...]:
    """The same scope was asked for again while it is being cancelled."""
    tapped_by = f"{plain.name(by)} tapped it {plain.clock(at)}"
    return (f"Card #{id_} is already cancelling this: {tapped_by}. The result follows here.",)


def all_accounts(n: int) -> str:
    """The picker's button for every account of the person."""
    return f"All {n} accounts"


def no_triggers(scope: Scope) -> tuple[str, ...]:
    """A card for triggers was asked for, and there are none."""
    return (f"0 trigger orders open. {plain.place(scope)}", "Nothing was sent.")


def no_key(accounts: Sequence[str]) -> tuple[str, ...]:
    """A card was asked for, and a tap on it could send nothing."""
    cannot = "cannot be opened." if len(accounts) == 1 else "cannot be opened, each of them."
    return (
        f"{NO_KEY} {', '.join(accounts)} {cannot}",
        "Nothing was sent, and a tap could send nothing. Use the HTX app.",
        "Fix: run `cancelall keys list` and `keys verify` on the host.",
    )


def unclear_triggers(scope: Scope, orders: Sequence[Order]) -> tuple[str, ...]:
    """There are some, and of none can be read whether it is in the scope, or which one it is."""
    first = plain.order(orders[0], with_contract=scope.contract == ALL)
    return (
        f"{plain.count(len(orders), 'trigger order')} may be in {plain.place(scope)}, and cannot be read: {first}",
        "They are cancelled by id, and only those surely meant: there is no card.",
        "Nothing was sent. Urgent? Use the HTX app.",
    )


def triggers_unread(scope: Scope, why: Unread | None) -> tuple[str, ...]:
    """A card for triggers was asked for, and nobody knows which there are."""
    said = reasons.unread(why) if why else "HTX did not answer in time"
    return (
        f"The {plain.scope_title(scope)} cannot be read now.",
        f"Not read: {said}.",
        "Triggers are cancelled by id. Without a list of them I cannot make a card.",
        "Nothing was sent. Urgent? Use the HTX app.",
    )


def pick_account() -> tuple[str, ...]:
    """The picker of accounts."""
    return ("Which account?", "Nothing was sent.")


def not_counted(unread: Mapping[AccountName, Unread]) -> tuple[str, ...]:
    """The accounts that a picker's counts leave out, and why."""
    return tuple(f"{name} is not counted: {reasons.unread(why)}." for name, why in unread.items())


def pick_contract(
    scope: Scope, counts: Sequence[tuple[str, int]], offered: int, unnamed: Sequence[tuple[str, int]] = ()
) -> tuple[str, ...]:
    """The picker of contracts, for a scope that covers all of them; `unnamed` are those that cannot be offered."""
    n = sum(n for _, n in counts)
    total = f"{plain.number(n)} open {plain.of_kind(scope, 'order' if n == 1 else 'orders')}"
    rest = len(counts) - offered - len(unnamed)
    more = (f"{plain.count(rest, 'more contract')} not shown: type the code.",) if rest > 0 else ()
    more = (*more, not_offered(unnamed)) if unnamed else more
    who = "Your accounts have" if scope.account == ALL_ACCOUNTS else f"{scope.account} has"
    return (f"Which contract? {who} {total}.", *more, "Nothing was sent.")


def pick_blind(account_name: str) -> tuple[str, ...]:
    """The picker of contracts where open orders could not be read."""
    return (
        f"Which contract? Open orders of {plain.account(account_name)} cannot be read now.",
        "Nothing was sent. Type the contract: /cancelall BTC-USDT-241115 …, or take all contracts.",
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
