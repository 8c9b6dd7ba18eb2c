"""The chat platforms: each serves while its context lasts."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.app.parts import Parts
from bot.config import Telegram
from bot.runtime.web import serving
from bot.service import World
from handlers.telegram import Inlet, Poller, RawUpdates, TelegramChat, Webhook, make_bot


@asynccontextmanager
async def serving_telegram(parts: Parts, config: Telegram, token: str) -> "AsyncIterator[asyncio.Future[None]]":
    """Take updates by polling or webhook while the context lasts; yields the task that does."""
    request = RawUpdates()
    bot = make_bot(token, config.base_url, request)
    world = World(inbox=parts.store, clock=parts.clock, tasks=parts.tasks)
    await bot.request.initialize()
    await request.initialize()
    try:
        if config.mode == "webhook":
            hook = Webhook(bot, parts.clock, config.public_url or "")
            inlet = _inlet(parts, TelegramChat(bot, hook.health), world)
            await inlet.resume()
            route = {hook.path: lambda headers, body: hook.receive(headers, body, inlet)}
            async with serving(config.listen or "", route):
                yield asyncio.ensure_future(hook.run())
        else:
            poller = Poller(bot, request, parts.clock)
            inlet = _inlet(parts, TelegramChat(bot, poller.health), world)
            await inlet.resume()
            yield asyncio.ensure_future(poller.run(inlet))
    finally:
        await bot.request.shutdown()
        await request.shutdown()


def _inlet(parts: Parts, chat: TelegramChat, world: World) -> Inlet:
    parts.courier.attach(chat)
    return Inlet(chat, parts.service, world)
