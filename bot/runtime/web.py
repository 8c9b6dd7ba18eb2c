"""A door for webhooks: a few routes on one address, small bodies only."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Final

from aiohttp import web

from bot.ports import Reply

Route = Callable[[Mapping[str, str], bytes], Awaitable[Reply]]
"""From headers (any case) and body to an answer."""

MAX_BODY: Final = 1024 * 1024
"""Bytes of a request body that are read; more is answered 413."""


@asynccontextmanager
async def serving(listen: str, routes: Mapping[str, Route]) -> AsyncIterator[None]:
    """Serve POST routes on `host:port` while the context lasts.

    Raises:
        OSError: the address cannot be listened on.
    """
    app = web.Application(client_max_size=MAX_BODY)
    for path, route in routes.items():
        app.router.add_post(path, _handler(route))
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    host, _, port = listen.rpartition(":")
    try:
        await web.TCPSite(runner, host.strip("[]"), int(port)).start()
        yield
    finally:
        await runner.cleanup()


def _handler(route: Route) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def handle(request: web.Request) -> web.Response:
        """Hand one request to its route, and the route's reply back."""
        reply = await route(request.headers, await request.read())
        media, _, charset = reply.content_type.partition(";")
        return web.Response(
            status=reply.status,
            body=reply.body,
            content_type=media.strip(),
            charset=charset.partition("=")[2].strip() or None,
        )

    return handle
