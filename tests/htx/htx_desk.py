"""A simulator and a client of it, and the few moves that all tests of the client make."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.htx import HtxClient
from bot.model import Answer, Scope
from simulator.htx import Account, HtxSimulator
from tests.htx.htx_kit import ACCESS, BTC, LONG_AFTER, SECRET, HandClock, client_of, scope_of

CANCEL = "/v5/trade/cancel_all_orders"
OPENS = "/v5/trade/order/opens"
MODE = "/v5/position/mode"
TIME = "/api/v1/timestamp"


@asynccontextmanager
async def desk(
    *more: str, clock: HandClock | None = None
) -> AsyncIterator[tuple[HtxClient, HtxSimulator, Account]]:
    """A simulator with one account, and a client of it, then of `more` addresses."""
    async with HtxSimulator() as sim:
        account = sim.add_account(access_key=ACCESS, secret=SECRET)
        async with client_of(sim.url, *more, clock=clock) as client:
            yield client, sim, account


async def cancel(client: HtxClient, scope: Scope | None = None, host: int = 0) -> Answer:
    return await client.cancel_all(scope or scope_of(), host=host, not_after=LONG_AFTER)


def place(account: Account, count: int, contract: str = BTC) -> set[str]:
    return {account.place(contract=contract, side="buy", position_side="long") for _ in range(count)}
