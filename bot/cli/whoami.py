"""`cancelall whoami`: whose ids are these? Needs nothing but the chats' tokens."""

import asyncio
import logging
import os
from collections.abc import Callable, Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, Final, TypeVar

import typer
from aiohttp import ClientError
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from telegram import Bot, Update
from telegram.error import Conflict, InvalidToken, NetworkError, TelegramError

from bot import app
from bot.cli.addresses import addresses
from bot.cli.common import keys, no_answer
from bot.cli.options import ConfigPath, KeystorePath
from bot.cli.refusal import Refusal
from bot.config import Slack, Telegram
from bot.errors import ChatUnusable, ConfigFaults
from bot.words import plain
from handlers.slack import close, identify, make_client, reroute
from handlers.telegram import RawUpdates, make_bot

_POLL: Final = 5
_PAUSE: Final = 1.0
_T = TypeVar("_T")


class _LostError(Exception):
    """A chat that cannot be listened to: one sentence."""


def whoami(
    *,
    config: ConfigPath = None,
    keystore: KeystorePath = None,
    seconds: Annotated[int, typer.Option("--for", min=1, help="How long to listen, in seconds.")] = 300,
) -> None:
    """Print the ids of everybody who writes to the bot, so that you can list them. Ctrl-C ends it.

    Telegram: nobody is answered, and the bot still sees these messages when it starts later.
    Slack: each person is told the ids. Nothing else happens. A chat that is down does not end the other.
    """
    listening = _listeners(config, keystore)
    if not listening:
        raise Refusal("The keystore has no chat yet: run `cancelall keys add telegram --kind telegram`, or slack.")
    typer.echo("Ctrl-C ends this.", err=True)
    try:
        asyncio.run(_for(seconds, listening))
    except KeyboardInterrupt:
        return


def _listeners(config: Path | None, keystore: Path | None) -> list[Coroutine[Any, Any, None]]:
    opened = keys(keystore, urgent=False)
    known = addresses(config, os.environ)
    listening: list[Coroutine[Any, Any, None]] = []
    if (token := _stored(opened.telegram_token)) is not None:
        typer.echo("Telegram: send /whoami to the bot, from each phone and in each group.", err=True)
        listening.append(_hear_telegram(token, known.telegram))
    if (secrets := _stored(opened.slack_secrets)) is not None:
        typer.echo("Slack: let each person type /cancelall whoami, in each channel.", err=True)
        listening.append(_hear_slack(secrets.bot_token, secrets.app_token, known.slack))
    return listening


def _stored(get: Callable[[], _T]) -> _T | None:
    try:
        return get()
    except ConfigFaults:
        return None


async def _for(seconds: int, listening: list[Coroutine[Any, Any, None]]) -> None:
    """Listen on every chat for so long. One that does not work says so; the others go on.

    Raises:
        Refusal: none is left.
    """
    last = ""
    left = {asyncio.ensure_future(work) for work in listening}
    try:
        async with asyncio.timeout(seconds):
            while left:
                done, left = await asyncio.wait(left, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    last = _trouble(task.exception())
                    if left:
                        typer.echo(f"{last} The other chat is listened to all the same.", err=True)
    except TimeoutError:
        return
    finally:
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
    raise Refusal(last)


def _trouble(error: BaseException | None) -> str:
    """What ended a chat, in one sentence. What is no chat's trouble is ours, and goes on as it is."""
    match error:
        case _LostError():
            return str(error)
        case ChatUnusable():
            return error.why
        case None:
            return "A chat ended by itself."
        case _:
            raise error


async def _hear_telegram(token: str, telegram: Telegram) -> None:
    way = app.telegram_way(telegram.base_url, telegram.proxy, os.environ)
    request = RawUpdates(way)
    bot = make_bot(token, telegram.base_url, request, way)
    try:
        typer.echo(f"Listening as @{(await bot.get_me()).username}.", err=True)
        await _listen(bot, request)
    except Conflict:
        raise _LostError(
            "Another process polls with this token, or a webhook is set: stop the other process first."
        ) from None
    except InvalidToken:
        raise _LostError("Telegram does not accept the bot token: check it at BotFather.") from None
    except TelegramError as error:
        raise _LostError(f"{no_answer('Telegram', error)}.") from None
    finally:
        await request.shutdown()
        await bot.request.shutdown()


async def _listen(bot: Bot, request: RawUpdates) -> None:
    """Poll for ever; a poll that fails on its way is made again: the first call has shown that all is well."""
    seen: set[int] = set()
    while True:
        request.taken = []
        with suppress(NetworkError):
            # No offset: reading must not take a command away from the bot that will run later.
            await bot.get_updates(timeout=_POLL, allowed_updates=("message",))
        for raw in request.taken:
            update = Update.de_json(dict(raw), bot)
            if update.update_id not in seen:
                seen.add(update.update_id)
                _print(update)
        await asyncio.sleep(_PAUSE)


def _print(update: Update) -> None:
    message = update.message
    if message is None or message.from_user is None or message.sender_chat is not None:
        return
    name = plain.quoted(message.from_user.full_name)
    typer.echo(f"{name} · telegram = {message.from_user.id} · chat {message.chat.id}")


async def _hear_slack(bot_token: str, app_token: str, slack: Slack) -> None:
    way = app.slack_way(slack.base_url, slack.proxy, os.environ)
    web = make_client(bot_token, slack.base_url, way)
    quiet = logging.getLogger("slack_sdk.quiet")
    quiet.setLevel(logging.CRITICAL)  # it would print a traceback every few seconds of an outage
    client: Any = SocketModeClient(app_token=app_token, web_client=web, logger=quiet)  # the SDK leaves it untyped
    try:
        await reroute(client, way)
        me = await web.auth_test()
        typer.echo(f"Listening as @{me.get('user')} in {me.get('team')}.", err=True)
        client.socket_mode_request_listeners.append(_print_slack)
        await client.connect()
        await asyncio.Event().wait()
    except SlackApiError as error:
        raise _LostError(f"Slack does not accept a token: {error.response.get('error')}.") from None
    except (SlackClientError, ClientError, OSError, TimeoutError, ValueError) as error:
        raise _LostError(f"{no_answer('Slack', error)}.") from None
    finally:
        await client.close()
        await close(web)


async def _print_slack(client: Any, request: SocketModeRequest) -> None:  # noqa: ANN401 as above
    ids = identify(request.payload)
    answer = {"text": ids} if ids is not None and request.type == "slash_commands" else None
    await client.send_socket_mode_response(SocketModeResponse(envelope_id=request.envelope_id, payload=answer))
    if ids is not None:
        typer.echo(ids)
