"""`cancelall whoami`: whose ids are these? Needs nothing but the chats' tokens."""

import asyncio
import os
from collections.abc import Callable, Coroutine
from typing import Annotated, Any, Final, TypeVar

import typer
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from telegram import Update
from telegram.error import Conflict, InvalidToken, TelegramError

from bot.cli.addresses import addresses
from bot.cli.common import keys
from bot.cli.options import ConfigPath, KeystorePath
from bot.cli.refusal import Refusal
from bot.errors import ConfigFaults
from handlers.slack import identify, make_client
from handlers.telegram import RawUpdates, make_bot

_POLL: Final = 5
_PAUSE: Final = 1.0
_T = TypeVar("_T")


def whoami(
    *,
    config: ConfigPath = None,
    keystore: KeystorePath = None,
    seconds: Annotated[int, typer.Option("--for", min=1, help="How long to listen, in seconds.")] = 300,
) -> None:
    """Print the ids of everybody who writes to the bot, so that you can list them. Ctrl-C ends it.

    Telegram: nobody is answered, and the bot still sees these messages when it starts later.
    Slack: each person is told the ids. Nothing else happens.
    """
    opened = keys(keystore, urgent=False)
    known = addresses(config, os.environ)
    listening: list[Coroutine[Any, Any, None]] = []
    if (token := _stored(opened.telegram_token)) is not None:
        typer.echo("Telegram: send /whoami to the bot, from each phone and in each group.", err=True)
        listening.append(_hear_telegram(token, known.telegram))
    if (secrets := _stored(opened.slack_secrets)) is not None:
        typer.echo("Slack: let each person type /cancelall whoami, in each channel.", err=True)
        listening.append(_hear_slack(secrets.bot_token, secrets.app_token, known.slack))
    if not listening:
        raise Refusal("The keystore has no chat yet: run `cancelall keys add telegram --kind telegram`, or slack.")
    typer.echo("Ctrl-C ends this.", err=True)
    try:
        asyncio.run(_for(seconds, listening))
    except KeyboardInterrupt:
        return


def _stored(get: Callable[[], _T]) -> _T | None:
    try:
        return get()
    except ConfigFaults:
        return None


async def _for(seconds: int, listening: list[Coroutine[Any, Any, None]]) -> None:
    """Listen on every chat for so long; a chat that does not work ends it with a sentence."""
    tasks = [asyncio.ensure_future(work) for work in listening]
    done, left = await asyncio.wait(tasks, timeout=seconds, return_when=asyncio.FIRST_EXCEPTION)
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)
    for task in done:
        task.result()


async def _hear_telegram(token: str, base_url: str) -> None:
    request = RawUpdates()
    bot = make_bot(token, base_url, request)
    seen: set[int] = set()
    try:
        typer.echo(f"Listening as @{(await bot.get_me()).username}.", err=True)
        while True:
            # No offset: reading must not take a command away from the bot that will run later.
            await bot.get_updates(timeout=_POLL, allowed_updates=("message",))
            for raw in request.taken:
                update = Update.de_json(dict(raw), bot)
                if update.update_id not in seen:
                    seen.add(update.update_id)
                    _print(update)
            await asyncio.sleep(_PAUSE)
    except Conflict:
        raise Refusal(
            "Another process polls with this token, or a webhook is set: stop the other process first."
        ) from None
    except InvalidToken:
        raise Refusal("Telegram does not accept the bot token: check it at BotFather.") from None
    except TelegramError as error:
        raise Refusal(f"Telegram does not answer ({type(error).__name__}): check the host's network.") from None
    finally:
        await request.shutdown()
        await bot.request.shutdown()


def _print(update: Update) -> None:
    message = update.message
    if message is None or message.from_user is None or message.sender_chat is not None:
        return
    typer.echo(f"{message.from_user.full_name} · telegram = {message.from_user.id} · chat {message.chat.id}")


async def _hear_slack(bot_token: str, app_token: str, base_url: str) -> None:
    web: Any = make_client(bot_token, base_url)
    client: Any = SocketModeClient(app_token=app_token, web_client=web)  # the SDK leaves these calls untyped
    try:
        me = await web.auth_test()
        typer.echo(f"Listening as @{me.get('user')} in {me.get('team')}.", err=True)
        client.socket_mode_request_listeners.append(_print_slack)
        await client.connect()
        await asyncio.Event().wait()
    except SlackApiError as error:
        raise Refusal(f"Slack does not accept a token: {error.response.get('error')}.") from None
    finally:
        await client.close()


async def _print_slack(client: Any, request: SocketModeRequest) -> None:  # noqa: ANN401 as above
    ids = identify(request.payload)
    answer = {"text": ids} if ids is not None and request.type == "slash_commands" else None
    await client.send_socket_mode_response(SocketModeResponse(envelope_id=request.envelope_id, payload=answer))
    if ids is not None:
        typer.echo(ids)
