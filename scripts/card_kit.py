"""Values for the card kit and the tests of the core: one trader's night on 15 November 2024, around 03:14 UTC."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final

from bot.command import spelled
from bot.mass_cancel import step
from bot.model import (
    AccountName,
    Actor,
    Button,
    ButtonKind,
    ContractCode,
    Conversation,
    Event,
    EventKind,
    Identity,
    MassCancel,
    MassCancelId,
    Message,
    Order,
    Platform,
    PositionMode,
    PositionSide,
    Preview,
    Proof,
    Scope,
    Side,
    State,
    Style,
    Target,
    TriggerKind,
    Verdict,
)

TAIL: Final = "9f2c"
HEAD: Final = "a91f"
DATED: Final = "BTC-USDT-241115"
READ: Final = datetime(2024, 11, 15, 3, 14, 7, tzinfo=UTC)
EXPIRES: Final = READ + timedelta(seconds=60)
TAPPED: Final = READ + timedelta(seconds=24)
SENT: Final = TAPPED + timedelta(seconds=1)
PROVED: Final = TAPPED + timedelta(seconds=5)
LATER: Final = TAPPED + timedelta(seconds=30)
FIRST_ID: Final = 1305882100010000000

ANN: Final = Actor(identity=Identity(platform=Platform.TELEGRAM, user="123456789"), name="ann")
BO: Final = Actor(identity=Identity(platform=Platform.TELEGRAM, user="987654321"), name="bo")
HOST: Final = Actor(identity=Identity(platform=Platform.HOST, user="root"), name="host:root")
GROUP: Final = Conversation(platform=Platform.TELEGRAM, chat="-1001234567890", thread=None, private=False)
PRIVATE: Final = Conversation(platform=Platform.TELEGRAM, chat="123456789", thread=None, private=True)


def scope(
    contract: str = DATED,
    side: Side = Side.BUY,
    held: PositionSide = PositionSide.LONG,
    account: str = "main",
) -> Scope:
    """A scope, by default that of the examples: `BTC-USDT-241115 BUY LONG`."""
    return Scope(account=AccountName(account), contract=ContractCode(contract), side=side, position_side=held)


EVERYTHING: Final = scope("ALL", Side.ANY, PositionSide.ANY)
"""All of an account."""


def order(
    number: int, like: Scope, *, price: str | None = "61900", size: str = "50", closes: bool = False
) -> Order:
    """One open order in a scope; what the scope leaves open is a perpetual, a buy, a long."""
    return Order(
        order_id=str(FIRST_ID + number),
        client_order_id=None if number % 3 else f"{7000 + number}",
        contract="BTC-USDT" if like.contract == "ALL" else like.contract,
        side=Side.BUY if like.side is Side.ANY else like.side,
        position_side=PositionSide.LONG if like.position_side is PositionSide.ANY else like.position_side,
        price=Decimal(price) if price is not None else None,
        volume=Decimal(size),
        filled=Decimal(0),
        reduce_only=closes,
        state="3",
    )


def orders(count: int, like: Scope, *, closing: int = 0) -> tuple[Order, ...]:
    """Some open orders: 61,200 to 64,850, the first few of them reduce-only."""
    top = max(count - 1, 1)
    prices = [Decimal(61200) + (Decimal(3650) * n / top).quantize(Decimal("0.1")) for n in range(count)]
    sizes = ["85"] * (count - 1) + ["135"]
    return tuple(order(n, like, price=str(prices[n]), size=sizes[n], closes=n < closing) for n in range(count))


def triggers(count: int, like: Scope) -> tuple[Order, ...]:
    """Some orders that wait for a price: 70,000 upward, each of another kind than the one before."""
    kinds = tuple(TriggerKind)
    return tuple(
        replace(order(100 + n, like, price=str(70000 + 500 * n)), trigger=kinds[n % len(kinds)])
        for n in range(count)
    )


def preview(
    rows: tuple[Order, ...] = (),
    *,
    waiting: tuple[Order, ...] | None = None,
    elsewhere: tuple[tuple[str, int], ...] = (),
    mode: PositionMode | None = PositionMode.HEDGE,
) -> Preview:
    """A look at the book, at 03:14:07."""
    return Preview(orders=rows, elsewhere=elsewhere, mode=mode, triggers=waiting, read_at=READ)


def proof(left: tuple[Order, ...] = (), reads: int = 1, waiting: tuple[Order, ...] | None = None) -> Proof:
    """A complete read after the request, at 03:14:36."""
    return Proof(left=left, reads=reads, read_at=PROVED, triggers=waiting)


def pending(of: Scope | None = None, seen: Preview | None = None, asker: Actor = ANN) -> MassCancel:
    """A card that nobody has tapped."""
    return MassCancel(
        id=MassCancelId("K7Q2M"),
        state=State.PENDING,
        version=0,
        scope=of or scope(),
        asked_by=asker,
        conversation=GROUP,
        origin="telegram:4711",
        created_at=READ,
        expires_at=EXPIRES,
        preview=seen,
    )


def moved(record: MassCancel, kind: EventKind, **facts: object) -> MassCancel:
    """The record after one event, taken through the one table."""
    now = TAPPED if kind in (EventKind.CONFIRM, EventKind.KEEP) else PROVED
    return step(record, replace(Event(kind=kind), **facts), now).after  # type: ignore[arg-type]


def executing(record: MassCancel, by: Actor = BO) -> MassCancel:
    """Confirmed at 03:14:31."""
    return moved(record, EventKind.CONFIRM, by=by)


def concluded(record: MassCancel, event: Event, by: Actor = BO) -> MassCancel:
    """Confirmed, and with an outcome."""
    return step(executing(record, by), event, PROVED).after


def cut_off(record: MassCancel, verdict: Verdict) -> MassCancel:
    """Confirmed, the process gone, and a check afterwards."""
    kinds = {True: EventKind.OPEN, False: EventKind.ZERO}
    kind = kinds[bool(verdict.proof.left)] if verdict.proof else EventKind.NO_PROOF
    return moved(moved(executing(record), EventKind.RESTART), kind, verdict=verdict)


def text(message: Message) -> str:
    """A message as a plain file shows it: title, lines, buttons with what they do, attachment."""
    said = [message.title, *message.lines, *(_button(button) for button in message.buttons)]
    if message.attachment is not None:
        said += [f"--- {message.attachment.name}", message.attachment.content.rstrip("\n")]
    return "\n".join(said) + "\n"


def _button(button: Button) -> str:
    action = button.action
    what = spelled(action.command) if action.command else " ".join(action.mass_cancels)
    words = action.command.words if action.command else None
    what += ", triggers" if words and words.target is Target.TRIGGERS else ""
    loud = ", red" if button.style is Style.DANGER else ""
    confirms = "drills" if action.drill else "fires"
    kind = confirms if action.kind is ButtonKind.CONFIRM else action.kind.value
    return f"[ {button.label} ] ({kind} {what}{loud})"


FOURTEEN: Final = orders(14, scope(), closing=5)
SEEN: Final = preview(FOURTEEN)
"""What most samples' cards show."""
