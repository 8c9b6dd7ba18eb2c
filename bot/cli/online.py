"""`cancelall keys verify --online`: ask the platforms whether they accept what is stored. Reads only."""

import asyncio
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from aiohttp import ClientError
from slack_sdk.errors import SlackApiError
from telegram.error import InvalidToken, TelegramError

from bot import app
from bot.cli.addresses import addresses
from bot.cli.common import logs, no_answer
from bot.cli.keys import OnlineCheckError
from bot.config import Htx, Slack, Telegram
from bot.errors import ChatUnusable, ConfigFaults, KeyUnusable, ReadFailed
from bot.htx import HtxClient
from bot.model import ALL, AccountName
from bot.ports import HtxKey
from bot.runtime.clock import SystemClock
from bot.words import plain, reports
from handlers.slack import close, make_client
from handlers.telegram import RawUpdates, make_bot


class _OneKey:
    """`bot.ports.Keys` with one pair in it, already opened."""

    def __init__(self, secret: Any) -> None:  # noqa: ANN401 the keystore's type is not ours to import
        self._secret = secret

    @contextmanager
    def htx(self, account: AccountName) -> Iterator[HtxKey]:
        del account
        yield HtxKey(access_key=self._secret.access_key.decode(), secret=self._secret.secret)

    def tail(self, account: AccountName) -> str:
        return account[-4:]


def check_online(kind: str, name: str, secret: Any) -> str:  # noqa: ANN401 as above
    """What the platform says to one entry, in one sentence.

    Raises:
        OnlineCheckError: it does not accept it, or cannot be asked.
    """
    logs("ERROR")
    known = addresses(None, os.environ)
    try:
        if kind == "htx":
            return asyncio.run(_ask_htx(name, known.htx, _OneKey(secret)))
        if kind == "telegram":
            return asyncio.run(_ask_telegram(secret.token.decode(), known.telegram))
        return asyncio.run(_ask_slack(secret.bot_token.decode(), secret.app_token.decode(), known.slack))
    except ChatUnusable as error:
        raise OnlineCheckError(error.why) from None
    except ConfigFaults as error:
        raise OnlineCheckError(" ".join(error.faults)) from None


async def _ask_htx(name: str, htx: Htx, keys: _OneKey) -> str:
    clock = SystemClock(lambda: client.offset)
    client = HtxClient(
        urls=htx.hosts, keys=keys, clock=clock, system_now=time.time, ssl_context=app.htx_trust(htx.ca_file)
    )
    async with client:
        clock_words = await _clock_words(client)
        try:
            found = await client.open_orders(AccountName(name), ALL)
        except (ReadFailed, KeyUnusable) as error:
            why = reports.trouble(error) if isinstance(error, ReadFailed) else "its API key cannot be opened"
            raise OnlineCheckError(f"HTX: {why}") from None
    return f"HTX accepts it: a signed read works, {plain.count(len(found), 'open order')}, {clock_words}"


async def _clock_words(client: HtxClient) -> str:
    if all(host.clock_offset is None for host in await client.measure()):
        return "HTX's clock cannot be read, this host's clock is used"
    return reports.clock_of(client.offset)


async def _ask_telegram(token: str, telegram: Telegram) -> str:
    way = app.telegram_way(telegram.base_url, telegram.proxy, os.environ)
    intake = RawUpdates(way)
    bot = make_bot(token, telegram.base_url, intake, way)
    try:
        me = await bot.get_me()
    except InvalidToken:
        raise OnlineCheckError("Telegram does not accept the token") from None
    except TelegramError as error:
        raise OnlineCheckError(no_answer("Telegram", error)) from None
    finally:
        await intake.shutdown()
        await bot.request.shutdown()
    return f"Telegram accepts it: @{me.username}"


async def _ask_slack(bot_token: str, app_token: str, slack: Slack) -> str:
    """Both tokens; the signing secret cannot be asked about, only Slack's next call shows it."""
    client = make_client(bot_token, slack.base_url, app.slack_way(slack.base_url, slack.proxy, os.environ))
    try:
        me = await client.auth_test()
        await client.apps_connections_open(app_token=app_token)
    except SlackApiError as error:
        raise OnlineCheckError(f"Slack does not accept it: {error.response.get('error')}") from None
    except (OSError, TimeoutError, ClientError) as error:
        raise OnlineCheckError(no_answer("Slack", error)) from None
    finally:
        await close(client)
    return f"Slack accepts both tokens: @{me.get('user')} in {me.get('team')} ({me.get('team_id')})"
