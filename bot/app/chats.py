"""The chat platforms: each serves while the context lasts, and none falls with another."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import structlog

from bot.app.keys import OpenKeys
from bot.app.names_file import RememberedNames
from bot.app.parts import Parts
from bot.config import Config, Slack, Telegram, uses_telegram
from bot.errors import ConfigFaults
from bot.ports import Reply
from bot.runtime.web import Route, serving
from bot.service import World
from handlers import slack, telegram


@dataclass(frozen=True, slots=True, kw_only=True)
class _End:
    """One platform, ready to serve."""

    name: str
    run: Callable[[], Awaitable[None]]
    listen: str | None = None
    routes: Mapping[str, Route] = field(default_factory=dict)


@asynccontextmanager
async def serving_chats(
    parts: Parts, config: Config, keys: OpenKeys, data_dir: Path
) -> "AsyncIterator[set[asyncio.Future[Any]]]":
    """Take updates from every configured platform; yields the tasks that do.

    Raises:
        ConfigFaults: a token is missing, or an address cannot be listened on.
    """
    async with AsyncExitStack() as stack:
        ends: list[_End] = []
        if uses_telegram(config):
            token = keys.telegram_token()
            ends.append(await stack.enter_async_context(_telegram(parts, config.telegram, token, data_dir)))
        if config.slack is not None:
            ends.append(await stack.enter_async_context(_slack(parts, config.slack, keys)))
        doors: dict[str, dict[str, Route]] = defaultdict(dict)
        for end in ends:
            if end.listen is not None:
                doors[end.listen].update(end.routes)
        for listen, routes in doors.items():
            await _open(stack, listen, routes)
        yield {asyncio.ensure_future(_for_ever(end)) for end in ends}


async def _open(stack: AsyncExitStack, listen: str, routes: Mapping[str, Route]) -> None:
    try:
        await stack.enter_async_context(serving(listen, routes))
    except OSError as error:
        fault = f"listen: {listen} cannot be listened on ({error.strerror or error})"
        raise ConfigFaults(faults=(fault,)) from None


async def _for_ever(end: _End) -> None:
    """Serve one platform. Whatever breaks in it is logged and it begins anew: the others must not fall with it."""
    pause = 1.0
    while True:
        try:
            await end.run()
        except Exception:  # noqa: BLE001 as the line above says
            structlog.get_logger().exception("chat broke, beginning anew", chat=end.name)
        await asyncio.sleep(pause)
        pause = min(pause * 2, 30.0)


@asynccontextmanager
async def _telegram(parts: Parts, config: Telegram, token: str, data_dir: Path) -> AsyncIterator[_End]:
    request = telegram.RawUpdates()
    bot = telegram.make_bot(token, config.base_url, request)
    await bot.request.initialize()
    await request.initialize()
    remembered = RememberedNames(data_dir, token.partition(":")[0])
    names = telegram.Names(bot, parts.clock, remembered.load(), remembered.save)
    try:
        if config.mode == "webhook":
            hook = telegram.Webhook(bot, parts.clock, config.public_url or "")
            inlet = await _telegram_inlet(parts, telegram.TelegramChat(bot, hook.health), names)
            routes: dict[str, Route] = {hook.path: lambda headers, body: hook.receive(headers, body, inlet)}
            yield _End(
                name="telegram", run=lambda: _beside(hook.run(), names.run()), listen=config.listen, routes=routes
            )
        else:
            poller = telegram.Poller(bot, request, parts.clock)
            inlet = await _telegram_inlet(parts, telegram.TelegramChat(bot, poller.health), names)
            yield _End(name="telegram", run=lambda: _beside(poller.run(inlet), names.run()))
    finally:
        await bot.request.shutdown()
        await request.shutdown()


async def _beside(*work: Coroutine[Any, Any, None]) -> None:
    """Work side by side; should one break, the others end: they must not go on beside their next selves."""
    async with asyncio.TaskGroup() as group:
        for one in work:
            group.create_task(one)


async def _telegram_inlet(parts: Parts, chat: telegram.TelegramChat, names: telegram.Names) -> telegram.Inlet:
    parts.courier.attach(chat)
    inlet = telegram.Inlet(chat, parts.service, _world(parts), names)
    await inlet.resume()
    return inlet


@asynccontextmanager
async def _slack(parts: Parts, config: Slack, keys: OpenKeys) -> AsyncIterator[_End]:
    secrets = keys.slack_secrets()
    client = slack.make_client(secrets.bot_token, config.base_url)
    whoami = slack.Whoami(client, parts.clock, config.team)
    if config.mode == "http":
        signed = slack.Signed(secrets.signing_secret, whoami, parts.clock)
        inlet = await _slack_inlet(parts, slack.SlackChat(client, signed.health, config.channels), whoami)
        app = inlet.app(client)

        async def receive(headers: Mapping[str, str], body: bytes) -> Reply:
            return await signed.receive(headers, body, app)

        paths = dict.fromkeys(slack.PATHS, receive)
        yield _End(name="slack", run=whoami.run, listen=config.listen, routes=paths)
    else:
        sockets = slack.Sockets(whoami, parts.clock)
        inlet = await _slack_inlet(parts, slack.SlackChat(client, sockets.health, config.channels), whoami)
        app = inlet.app(client)

        yield _End(name="slack", run=lambda: _beside(sockets.run(app, secrets.app_token), whoami.run()))


async def _slack_inlet(parts: Parts, chat: slack.SlackChat, whoami: slack.Whoami) -> slack.Inlet:
    parts.courier.attach(chat)
    inlet = slack.Inlet(chat, parts.service, _world(parts), lambda: whoami.us)
    await inlet.intake.resume()
    return inlet


def _world(parts: Parts) -> World:
    return World(inbox=parts.store, clock=parts.clock, tasks=parts.tasks, rush=parts.rush)
