"""Shown = stored = sent, for every scope there is, through the whole bot."""

import itertools
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import pytest_asyncio

from bot.model import MassCancelId
from tests.e2e.setting import PATIENCE
from tests.e2e.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

CONTRACTS = ("ALL", "BTC-USDT", "BTC-USDT-241115")
SIDES = (None, "buy", "sell")
POSITION_SIDES = (None, "long", "short", "both")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    async with World(folder=tmp_path_factory.mktemp("scope")) as world:
        yield world


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A scope as a person means it; None is any."""

    contract: str
    side: str | None
    held: str | None

    @property
    def words(self) -> str:
        return " ".join(word for word in (self.held, self.contract, self.side) if word)

    @property
    def body(self) -> dict[str, str]:
        contract = {} if self.contract == "ALL" else {"contract_code": self.contract}
        side = {"side": self.side} if self.side else {}
        return contract | side | ({"position_side": self.held} if self.held else {})

    @property
    def filters(self) -> str:
        if self.side is None and self.held is None:
            return "ALL SIDES"
        return f"{(self.side or 'all sides').upper()} {(self.held or 'all position sides').upper()}"

    def title(self, n: int) -> str:
        """The first line of the card for n orders."""
        if self.contract != "ALL":
            return f"🛑 0 open. {self.scope}" if n == 0 else f"🛑 Cancel {n}? {self.scope}"
        if n == 0:
            return f"🛑 0 open. {self.scope}"
        whole = "ALL " if self.filters == "ALL SIDES" else ""
        return f"🛑 Cancel {whole}{self.orders(n)} in EVERY contract? main"

    @property
    def scope(self) -> str:
        """The whole scope but the account, as results name it."""
        if self.contract != "ALL":
            return f"{self.contract} {self.filters}"
        return (
            f"EVERY contract {self.filters}"
            if self.filters == "ALL SIDES"
            else f"{self.orders()} in EVERY contract"
        )

    def orders(self, n: int | None = None) -> str:
        """`6 BUY LONG orders`, `BUY orders (BOTH)`."""
        held = self.held.upper() if self.held and self.held != "both" else ""
        words = ("" if n is None else str(n), (self.side or "").upper(), held, "order" if n == 1 else "orders")
        return " ".join(word for word in words if word) + (" (BOTH)" if self.held == "both" else "")

    def covers(self, contract: str, side: str, held: str) -> bool:
        return self.contract in {"ALL", contract} and self.side in {None, side} and self.held in {None, held}


WANTED = [
    Wanted(contract=contract, side=side, held=held)
    for contract, side, held in itertools.product(CONTRACTS, SIDES, POSITION_SIDES)
]


def fill_the_book(world: World) -> None:
    """One order of every kind."""
    for order in world.account.open_ids():
        world.account.cancel(order)
    for contract in (*CONTRACTS[1:], "ETH-USDT"):
        for side, held in itertools.product(("buy", "sell"), ("long", "short")):
            world.account.place(contract=contract, side=side, position_side=held)  # type: ignore[arg-type]


@pytest.mark.parametrize("wanted", WANTED, ids=lambda wanted: wanted.words)
async def test_shown_is_stored_is_sent(desk: World, wanted: Wanted) -> None:
    """The card's first line, the stored scope, the posted body and the cancelled orders are one scope."""
    fill_the_book(desk)
    hit = {o.order_id for o in desk.account.open_orders() if wanted.covers(o.contract, o.side, o.position_side)}
    before = len(desk.posts())
    card = await desk.ask(f"/cancelall {wanted.words}")
    assert card.text.splitlines()[0] == wanted.title(len(hit))
    id_ = MassCancelId(card.text.splitlines()[-1].removeprefix("#"))
    tap = desk.bo.taps(card, card.labels[0])
    assert "Cancelling" in await tap.answer(PATIENCE)
    result = await desk.shown("✅ ZERO LEFT", after=card.id)
    assert result.text.splitlines()[0].endswith(wanted.title(0).removeprefix("🛑 0 open. "))
    assert f"#{id_}" in result.text
    assert desk.parts is not None
    stored = await desk.parts.store.mass_cancel(id_)
    assert stored is not None
    scope = stored.scope
    assert (scope.account, scope.contract) == ("main", wanted.contract)
    assert (scope.side.value, scope.position_side.value) == (wanted.side or "any", wanted.held or "any")
    (post,) = desk.posts()[before:]
    assert post.json == wanted.body
    assert set(post.cancelled) == hit
