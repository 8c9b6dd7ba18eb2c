"""Which path is which endpoint, and which rate limit it counts against."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from simulator.htx.call import PrivateEndpoint, PublicEndpoint
from simulator.htx.endpoints_algo import algo_cancel_orders, algo_opens
from simulator.htx.endpoints_public import contract_info, heartbeat, timestamp
from simulator.htx.endpoints_read import account_balance, order_info, order_opens, position_mode
from simulator.htx.endpoints_trade import cancel_all_orders, cancel_batch_orders, cancel_order
from simulator.htx.limits import Kind

HEARTBEAT = "/heartbeat/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A signed endpoint. HTX V5 docs: Trade permission for POST, Read for GET."""

    method: Literal["GET", "POST"]
    endpoint: PrivateEndpoint

    @property
    def kind(self) -> Kind:
        """The budget it counts against."""
        return "trade" if self.method == "POST" else "read"


PRIVATE: Mapping[str, Route] = MappingProxyType(
    {
        "/v5/trade/cancel_all_orders": Route(method="POST", endpoint=cancel_all_orders),
        "/v5/trade/cancel_order": Route(method="POST", endpoint=cancel_order),
        "/v5/trade/cancel_batch_orders": Route(method="POST", endpoint=cancel_batch_orders),
        "/v5/trade/order/opens": Route(method="GET", endpoint=order_opens),
        "/v5/trade/order": Route(method="GET", endpoint=order_info),
        "/v5/algo/order/opens": Route(method="GET", endpoint=algo_opens),
        "/v5/algo/cancel_orders": Route(method="POST", endpoint=algo_cancel_orders),
        "/v5/account/balance": Route(method="GET", endpoint=account_balance),
        "/v5/position/mode": Route(method="GET", endpoint=position_mode),
    }
)

PUBLIC: Mapping[str, PublicEndpoint] = MappingProxyType(
    {
        "/api/v1/timestamp": timestamp,
        HEARTBEAT: heartbeat,
        "/linear-swap-api/v1/swap_contract_info": contract_info,
    }
)
