"""ccxt's way to send the same request: by the implicit method of the endpoint, and by the unified one.

ccxt is nobody's dependency but the bench's. Its market list is given to it, so that it asks nobody for one.
"""

from typing import Any, Final

import ccxt.async_support as ccxt

from benchmarks.contenders import Target
from benchmarks.wire import ACCESS_KEY, SECRET, contract, request_body

IMPLICIT: Final = "ccxt implicit"
UNIFIED: Final = "ccxt unified"
LIMITED: Final = "ccxt implicit, limiter on"

_SIDES: Final = {"side": "buy", "position_side": "long"}


class Ccxt:
    """One exchange object of ccxt's, pointed at the stub.

    Args:
        target: where to send.
        name: `IMPLICIT`, `UNIFIED` or `LIMITED`: the last one has ccxt's rate limiter on, as is its default.
        sizes: the numbers of orders there will be calls for.
    """

    def __init__(self, target: Target, name: str, sizes: tuple[int, ...]) -> None:
        self.name = name
        self._exchange: Any = ccxt.htx(
            {
                "apiKey": ACCESS_KEY,
                "secret": SECRET,
                "enableRateLimit": name == LIMITED,
                "options": {"defaultType": "swap", "defaultSubType": "linear"},
            }
        )
        scheme = target.url.partition("://")[0]
        self._exchange.urls["api"]["contract"] = f"{scheme}://{{hostname}}"
        self._exchange.urls["hostnames"]["contract"] = target.host
        if target.trusted is not None:
            self._exchange.cafile = str(target.trusted)
        self._exchange.set_markets([_market(self._exchange, orders) for orders in sizes])

    async def call(self, orders: int) -> int:
        """See `benchmarks.contenders.Contender`."""
        if self.name == UNIFIED:
            return len(await self._exchange.cancel_all_orders(f"N{orders}/USDT:USDT", dict(_SIDES)))
        said = await self._exchange.contractPrivatePostV5TradeCancelAllOrders(request_body(orders))
        return len(said["data"])

    async def close(self) -> None:
        """See `benchmarks.contenders.Contender`."""
        await self._exchange.close()


def _market(exchange: Any, orders: int) -> dict[str, Any]:  # noqa: ANN401  ccxt has no types to speak of
    """A linear perpetual of ccxt's."""
    base = f"N{orders}"
    return exchange.safe_market_structure(  # type: ignore[no-any-return]
        {
            "id": contract(orders),
            "symbol": f"{base}/USDT:USDT",
            "base": base,
            "quote": "USDT",
            "settle": "USDT",
            "baseId": base,
            "quoteId": "USDT",
            "settleId": "USDT",
            "type": "swap",
            "spot": False,
            "swap": True,
            "future": False,
            "contract": True,
            "linear": True,
            "inverse": False,
            "active": True,
        }
    )
