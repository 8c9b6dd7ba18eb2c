"""The chat platforms: each serves while the context lasts, and none falls with another."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import structlog

from bot.app.closed_chat import ClosedChat
from bot.app.keys import OpenKeys, SlackSecrets
from bot.app.names_file import RememberedNames
from bot.app.parts import Parts
from bot.app.ways import slack_way, telegram_way
from bot.config import Config, Slack, Telegram, uses_telegram
from bot.errors import CancelallError, ChatUnusable, ConfigFaults
from bot.model import Platform
from bot.ports import Reply
from bot.runtime.web import Route, serving
from bot.service import World
from handlers import slack, telegram


@dataclass(frozen=True, slots=True, kw_only=True)
class _End:
    """One platform, ready to serve."""

    name: Platform
    run: Callable[[], Awaitable[None]]
    listen: str | None = None
    routes: Mapping[str, Route] = field(default_factory=dict)


@asynccontextmanager
async def serving_chats(
    parts: Parts, config: Config, keys: OpenKeys, environ: Mapping[str, str], data_dir: Path
) -> "AsyncIterator[set[asyncio.Future[Any]]]":
    """Take updates from every configured platform; yields the tasks that do.

    A platform that cannot be used is told in the log and in `/status`, and is no reason not to serve another.

    Raises:
        ConfigFaults: none of them can be used.
    """
    async with AsyncExitStack() as stack:
        building = list(_configured(parts, config, keys, environ, data_dir))
        ends: list[_End] = []
        closed: list[ChatUnusable] = []
        for platform, make in building:
            try:
                ends.append(await _built(stack, platform, make))
            except ChatUnusable as error:
                closed.append(_close(parts, platform, error))
        for listen in {end.listen for end in ends if end.listen is not None}:
            theirs = [end for end in ends if end.listen == listen]
            try:
                await _open(stack, listen, theirs)
            except ChatUnusable as error:
                closed += [_close(parts, end.name, error) for end in theirs]
                ends = [end for end in ends if end not in theirs]
        if building and not ends:
            raise ConfigFaults(faults=tuple(dict.fromkeys(error.why for error in closed)))
        yield {asyncio.ensure_future(_for_ever(end)) for end in ends}


_Making = AbstractAsyncContextManager[_End]


def _configured(
    parts: Parts, config: Config, keys: OpenKeys, environ: Mapping[str, str], data_dir: Path
) -> Iterator[tuple[Platform, Callable[[], _Making]]]:
    """Every platform that is in use, and what builds its end."""
    if uses_telegram(config):
        yield Platform.TELEGRAM, lambda: _telegram(parts, config.telegram, keys, environ, data_dir)
    if (wanted := config.slack) is not None:
        yield Platform.SLACK, lambda: _slack(parts, wanted, keys, environ)


async def _built(stack: AsyncExitStack, platform: Platform, make: Callable[[], _Making]) -> _End:
    """The end of one platform.

    Raises:
        ChatUnusable: whatever went wrong with it, but for the store, which is everybody's.
    """
    try:
        return await stack.enter_async_context(make())
    except ConfigFaults as error:  # the keystore has no token for it
        raise ChatUnusable(chat=platform, why=" ".join(error.faults)) from None
    except CancelallError:
        raise
    except Exception as error:  # noqa: BLE001 whatever a library makes of its surroundings: the others go on
        structlog.get_logger().exception("chat not built", chat=platform)
        why = f"{platform} cannot be used ({type(error).__name__}): the log says more."
        raise ChatUnusable(chat=platform, why=why) from None


def _close(parts: Parts, platform: Platform, error: ChatUnusable) -> ChatUnusable:
    """Put in a chat's place what says why it is not there."""
    structlog.get_logger().error("chat cannot be used", chat=platform, why=error.why)
    parts.courier.attach(ClosedChat(platform, error.why))
    return error


async def _open(stack: AsyncExitStack, listen: str, ends: Sequence[_End]) -> None:
    routes = {path: route for end in ends for path, route in end.routes.items()}
    try:
        await stack.enter_async_context(serving(listen, routes))
    except OSError as error:
        why = f"listen: the bot cannot listen on {listen} ({error.strerror or error})."
        raise ChatUnusable(chat=ends[0].name, why=why) from None


async def _for_ever(end: _End) -> None:
    """Serve one platform. Whatever breaks in it is logged and it begins anew: the others must not fall with it."""
    pause = 1.0
    while True:
        try:
            await end.run()
        except Exception:  # noqa: BLE001 as the line above says
            structlog.get_logger().exception("chat failed, starting it again", chat=end.name)
        await asyncio.sleep(pause)
        pause = min(pause * 2, 30.0)


@asynccontextmanager
async def _telegram(
    parts: Parts, config: Telegram, keys: OpenKeys, environ: Mapping[str, str], data_dir: Path
) -> AsyncIterator[_End]:
    token, way = keys.telegram_token(), telegram_way(config.base_url, config.proxy, environ)
    request = telegram.RawUpdates(way)
    bot = telegram.make_bot(token, config.base_url, request, way)
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
                name=Platform.TELEGRAM,
                run=lambda: _beside(hook.run(), names.run()),
                listen=config.listen,
                routes=routes,
            )
        else:
            poller = telegram.Poller(bot, request, parts.clock)
            inlet = await _telegram_inlet(parts, telegram.TelegramChat(bot, poller.health), names)
            yield _End(name=Platform.TELEGRAM, run=lambda: _beside(poller.run(inlet), names.run()))
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
async def _slack(parts: Parts, config: Slack, keys: OpenKeys, environ: Mapping[str, str]) -> AsyncIterator[_End]:
    secrets, way = keys.slack_secrets(), slack_way(config.base_url, config.proxy, environ)
    client = slack.make_client(secrets.bot_token, config.base_url, way)
    try:
        yield await _slack_end(parts, config, secrets, client)
    finally:
        await slack.close(client)


async def _slack_end(parts: Parts, config: Slack, secrets: SlackSecrets, client: slack.Client) -> _End:
    whoami = slack.Whoami(client, parts.clock, config.team)
    if config.mode == "http":
        signed = slack.Signed(secrets.signing_secret, whoami, parts.clock)
        inlet = await _slack_inlet(parts, slack.SlackChat(client, signed.health), whoami)
        app = inlet.app(client)

        async def receive(headers: Mapping[str, str], body: bytes) -> Reply:
            return await signed.receive(headers, body, app)

        paths = dict.fromkeys(slack.PATHS, receive)
        return _End(name=Platform.SLACK, run=whoami.run, listen=config.listen, routes=paths)
    sockets = slack.Sockets(whoami, parts.clock)
    inlet = await _slack_inlet(parts, slack.SlackChat(client, sockets.health), whoami)
    app = inlet.app(client)

    return _End(name=Platform.SLACK, run=lambda: _beside(sockets.run(app, secrets.app_token), whoami.run()))


async def _slack_inlet(parts: Parts, chat: slack.SlackChat, whoami: slack.Whoami) -> slack.Inlet:
    parts.courier.attach(chat)
    inlet = slack.Inlet(chat, parts.service, _world(parts), lambda: whoami.us)
    await inlet.intake.resume()
    return inlet


def _world(parts: Parts) -> World:
    return World(inbox=parts.store, clock=parts.clock, tasks=parts.tasks, rush=parts.rush)
