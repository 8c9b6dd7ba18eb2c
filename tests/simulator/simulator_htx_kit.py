"""A small client for the HTX simulator's own tests; its signer shares no code with anybody."""

import base64
import hashlib
import hmac
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote

import httpx

from simulator.htx import Account, HtxSimulator

CANCEL_ALL = "/v5/trade/cancel_all_orders"
CANCEL_ORDER = "/v5/trade/cancel_order"
CANCEL_BATCH = "/v5/trade/cancel_batch_orders"
OPENS = "/v5/trade/order/opens"
ORDER = "/v5/trade/order"
ALGO_OPENS = "/v5/algo/order/opens"
ALGO_CANCEL = "/v5/algo/cancel_orders"
BALANCE = "/v5/account/balance"
MODE = "/v5/position/mode"
TIMESTAMP = "/api/v1/timestamp"
HEARTBEAT = "/heartbeat/"
CONTRACTS = "/linear-swap-api/v1/swap_contract_info"

NOON = datetime(2024, 11, 15, 8, 5, 9, tzinfo=UTC).timestamp()
"""The simulated time of these tests, unix seconds; nobody's real clock matters."""


class Hands:
    """A clock that moves by hand."""

    def __init__(self, now: float = NOON) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """A running simulator with one account and a client that signs for it."""

    sim: HtxSimulator
    account: Account
    http: httpx.AsyncClient
    clock: Hands

    def url(self, method: str, path: str, params: Mapping[str, str] | None = None) -> str:
        """A signed URL."""
        stamp = datetime.fromtimestamp(self.clock.now, UTC).strftime("%Y-%m-%dT%H:%M:%S")
        query = canonical(
            {
                "AccessKeyId": self.account.access_key,
                "SignatureMethod": "HmacSHA256",
                "SignatureVersion": "2",
                "Timestamp": stamp,
                **(params or {}),
            }
        )
        signature = sign(self.account.secret, f"{method}\n{self.sim.host}\n{path}\n{query}")
        return f"{self.sim.url}{path}?{query}&Signature={signature}"

    async def get(self, path: str, params: Mapping[str, str] | None = None) -> httpx.Response:
        """A signed GET."""
        return await self.http.get(self.url("GET", path, params))

    async def post(self, path: str, body: object = None) -> httpx.Response:
        """A signed POST with a JSON body, `{}` unless given."""
        return await self.http.post(self.url("POST", path), json={} if body is None else body)

    async def code(self, path: str, body: object = None) -> object:
        """The envelope code of a signed POST."""
        return (await self.post(path, body)).json()["code"]


def canonical(params: Mapping[str, str]) -> str:
    """Sorted, percent-encoded pairs."""
    return "&".join(f"{name}={quote(value, safe='-_.~')}" for name, value in sorted(params.items()))


def sign(secret: str, text: str) -> str:
    """The percent-encoded base64 of the HMAC-SHA256."""
    digest = hmac.new(secret.encode(), text.encode(), hashlib.sha256).digest()
    return quote(base64.b64encode(digest).decode(), safe="")


@asynccontextmanager
async def open_desk(*, position_mode: str = "dual_side") -> AsyncIterator[Desk]:
    """Starts a simulator whose clock stands at NOON, and a client for its only account."""
    clock = Hands()
    # Loopback speaks plain HTTP: an empty TLS context spares loading the certificate store.
    no_tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    async with (
        HtxSimulator(clock=clock) as sim,
        httpx.AsyncClient(timeout=5, trust_env=False, verify=no_tls) as http,
    ):
        one_way = position_mode == "single_side"
        account = sim.add_account(position_mode="single_side" if one_way else "dual_side")
        yield Desk(sim=sim, account=account, http=http, clock=clock)
