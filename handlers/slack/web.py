"""The way to Slack: the SDK's client and the sessions below it, through a proxy where there is one.

The SDK reads proxies from the environment where it is given none; here it is given what counts, or nothing.
"""

from typing import Any, Final

import aiohttp
from aiohttp_socks import ProxyConnectionError, ProxyConnector, ProxyError, ProxyTimeoutError
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.web.async_client import AsyncWebClient

from bot.ports import Way
from handlers.slack import outgoing

TIMEOUT: Final = 10
"""Seconds a call may take."""


class Client(AsyncWebClient):
    """A Web API client that knows its way."""

    way: Way = Way()


class _Socks(ProxyConnector):
    """What a SOCKS proxy refuses is told in aiohttp's own words: its package's errors are of no family we know."""

    async def connect(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 as aiohttp has it
        """Connect through the proxy.

        Raises:
            aiohttp.ClientConnectionError: it refused, or did not answer.
        """
        try:
            return await super().connect(*args, **kwargs)
        except (ProxyError, ProxyConnectionError, ProxyTimeoutError) as error:
            raise aiohttp.ClientOSError(f"the SOCKS proxy did not connect ({type(error).__name__})") from error


def make_client(token: str, base_url: str, way: Way | None = None) -> Client:
    """A Web API client, to be closed with `close`; needs a running loop.

    It never repeats a call by itself: a message must not be posted twice behind our back.
    """
    client = Client(token=token, base_url=base_url, timeout=TIMEOUT, retry_handlers=[])
    client.way = way or Way()
    client.ssl = client.way.trust
    client.proxy = _http_proxy(client.way)
    client.session = session(client.way)
    return client


async def close(client: Client) -> None:
    """Close what it holds open."""
    if client.session is not None:
        await client.session.close()


def session(way: Way) -> aiohttp.ClientSession:
    """A session of one's own; pass `**through(way)` with each request."""
    timeout = aiohttp.ClientTimeout(total=TIMEOUT)
    # A connection that was idle may break under a message, and nobody would know whether it was taken.
    connector = _connector(way) or aiohttp.TCPConnector(force_close=True)
    return aiohttp.ClientSession(timeout=timeout, connector=connector, trace_configs=[outgoing.trace()])


def through(way: Way) -> dict[str, Any]:
    """What each request of a session is to be told."""
    return {"proxy": _http_proxy(way)} | ({} if way.trust is None else {"ssl": way.trust})


async def reroute(client: SocketModeClient, way: Way) -> None:
    """Send a Socket Mode client the same way."""
    client.proxy = _http_proxy(way)
    if way.socks:
        await client.aiohttp_client_session.close()
        client.aiohttp_client_session = aiohttp.ClientSession(connector=_connector(way))


def _http_proxy(way: Way) -> str | None:
    return None if way.socks else way.proxy


def _connector(way: Way) -> aiohttp.BaseConnector | None:
    return _Socks.from_url(way.proxy, rdns=True) if way.socks and way.proxy else None
