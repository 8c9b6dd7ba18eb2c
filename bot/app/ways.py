"""How each chat is reached, decided before a library could read the environment by itself."""

import ssl
from collections.abc import Callable, Mapping
from pathlib import Path

from bot.config import Route, proxy_for, slack_route, telegram_route
from bot.errors import ChatUnusable
from bot.htx import trust
from bot.ports import Way


def telegram_way(base_url: str, proxy: str | None, environ: Mapping[str, str]) -> Way:
    """To Telegram, trusting the program's own roots unless the environment says otherwise.

    Raises:
        ChatUnusable: what the environment says cannot be used.
    """
    return _way(telegram_route(base_url), proxy, base_url, environ, trust.of_the_program)


def slack_way(base_url: str, proxy: str | None, environ: Mapping[str, str]) -> Way:
    """To Slack, trusting the roots of this machine unless the environment says otherwise.

    Raises:
        ChatUnusable: what the environment says cannot be used.
    """
    return _way(slack_route(), proxy, base_url, environ, _of_this_machine)


def _way(
    route: Route,
    proxy: str | None,
    url: str,
    environ: Mapping[str, str],
    usual: Callable[[], ssl.SSLContext],
) -> Way:
    trusted = _trust(route.to, environ, usual)
    try:
        return Way(proxy=proxy_for(route, proxy, url, environ), trust=trusted)
    except ValueError as error:
        raise ChatUnusable(chat=route.to, why=str(error)) from None


def _trust(chat: str, environ: Mapping[str, str], usual: Callable[[], ssl.SSLContext]) -> ssl.SSLContext:
    """`SSL_CERT_FILE`, else `SSL_CERT_DIR`, else the usual roots."""
    for name, load in (("SSL_CERT_FILE", trust.of_file), ("SSL_CERT_DIR", trust.of_folder)):
        if named := environ.get(name):
            try:
                return load(Path(named))
            except ValueError as error:
                why = f"{name} {error}; expected the roots that {chat} is checked by. Mend or unset it."
                raise ChatUnusable(chat=chat, why=why) from None
    return usual()


def _of_this_machine() -> ssl.SSLContext:
    try:
        return trust.of_the_system()
    except ValueError:
        return trust.of_the_program()
