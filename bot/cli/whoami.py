"""`cancelall whoami`: whose ids are these? Needs nothing but the Telegram token."""

import asyncio
import os
from typing import Annotated, Final

import typer
from telegram import Update
from telegram.error import Conflict, InvalidToken, TelegramError

from bot.cli.addresses import addresses
from bot.cli.common import keys
from bot.cli.options import ConfigPath, KeystorePath
from bot.cli.refusal import Refusal
from handlers.telegram import RawUpdates, make_bot

_POLL: Final = 5
_PAUSE: Final = 1.0


def whoami(
    *,
    config: ConfigPath = None,
    keystore: KeystorePath = None,
    seconds: Annotated[int, typer.Option("--for", min=1, help="How long to listen, in seconds.")] = 300,
) -> None:
    """Print the ids of whoever writes to the bot, so that you can list them. Ctrl-C ends it.

    Nothing is answered and nothing is taken away: the bot still sees these messages when it starts.
    """
    opened = keys(keystore)
    _, base_url = addresses(config, os.environ)
    typer.echo("Write /whoami to the bot now, from each phone and in each group. Ctrl-C ends this.", err=True)
    try:
        asyncio.run(_listen(opened.telegram_token(), base_url, seconds))
    except Conflict:
        raise Refusal("Another process polls with this token, or a webhook is set: stop it first.") from None
    except InvalidToken:
        raise Refusal("Telegram does not accept the bot token: check it at BotFather.") from None
    except TelegramError as error:
        raise Refusal(f"Telegram does not answer ({type(error).__name__}): check the host's network.") from None
    except KeyboardInterrupt:
        return


async def _listen(token: str, base_url: str, seconds: int) -> None:
    request = RawUpdates()
    bot = make_bot(token, base_url, request)
    seen: set[int] = set()
    end = asyncio.get_running_loop().time() + seconds
    name = (await bot.get_me()).username
    typer.echo(f"Listening as @{name}.", err=True)
    while asyncio.get_running_loop().time() < end:
        # No offset: reading must not take a command away from the bot that will run later.
        await bot.get_updates(timeout=_POLL, allowed_updates=("message",))
        for raw in request.taken:
            update = Update.de_json(dict(raw), bot)
            if update.update_id not in seen:
                seen.add(update.update_id)
                _print(update)
        await asyncio.sleep(_PAUSE)
    await request.shutdown()
    await bot.request.shutdown()


def _print(update: Update) -> None:
    message = update.message
    if message is None or message.from_user is None or message.sender_chat is not None:
        return
    typer.echo(f"{message.from_user.full_name} · telegram = {message.from_user.id} · chat {message.chat.id}")
