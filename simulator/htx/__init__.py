"""A stateful fake of HTX's USDT-M futures V5 REST API, for loopback only.

    async with HtxSimulator() as sim:
        account = sim.add_account()
        order_id = account.place(contract="BTC-USDT-241115", side="buy", position_side="long")
        ...                                      # point a client at sim.url
        assert account.open_orders() == ()
        assert len(sim.posts("/v5/trade/cancel_all_orders")) == 1

Where the documentation is silent the answer is a switch in `Behaviour`; what can go
wrong on the way is a `Fault`, added to `sim.faults` while it runs.
"""

from simulator.htx.behaviour import Behaviour
from simulator.htx.book import LEFT_OUT, Account
from simulator.htx.contracts import LISTED, Contract
from simulator.htx.exchange import Exchange, Incoming, Outgoing
from simulator.htx.faults import (
    ContentType,
    Cut,
    Delay,
    Drop,
    Fault,
    FillDuring,
    Half,
    Hang,
    ItemCodes,
    Late,
    Lie,
    Mangle,
    Oversized,
    Patch,
    Refill,
    Words,
)
from simulator.htx.orders import AlgoOrder, Order
from simulator.htx.record import Answer, Effect, Record
from simulator.htx.replacements import (
    Html,
    Maintain,
    RateLimited,
    RawBody,
    Redirect,
    Refuse,
    Replacement,
)
from simulator.htx.server import HtxSimulator
from simulator.htx.signature import Verdict
from simulator.htx.switchboard import Faults, Switch

__all__ = [
    "LEFT_OUT",
    "LISTED",
    "Account",
    "AlgoOrder",
    "Answer",
    "Behaviour",
    "ContentType",
    "Contract",
    "Cut",
    "Delay",
    "Drop",
    "Effect",
    "Exchange",
    "Fault",
    "Faults",
    "FillDuring",
    "Half",
    "Hang",
    "Html",
    "HtxSimulator",
    "Incoming",
    "ItemCodes",
    "Late",
    "Lie",
    "Maintain",
    "Mangle",
    "Order",
    "Outgoing",
    "Oversized",
    "Patch",
    "RateLimited",
    "RawBody",
    "Record",
    "Redirect",
    "Refill",
    "Refuse",
    "Replacement",
    "Switch",
    "Verdict",
    "Words",
]
