"""Through which proxy a chat is reached: what the configuration says, else what the environment does.

Judged here, before any library reads the environment by itself. What is wrong is said without repeating the value:
it may hold a password.
"""

import ipaddress
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from bot.config.urls import HOST, check_host, check_port

NONE: Final = "none"
"""What `proxy` says where there is to be none, whatever the environment says."""

_PORTS: Final = {"http": "80", "https": "443", "socks5": "1080"}
_SCHEMES: Final = {"http": "http", "https": "https", "socks5": "socks5", "socks5h": "socks5"}
"""As they may be written, and as they are meant: names are looked up by the proxy in any case."""

_TELLABLE: Final = frozenset({"socks", "socks4", "socks4a", "ftp", "ws", "wss", "tcp", "file", "ssh", "quic"})
"""Schemes that are repeated; anything else before a colon may be the beginning of a password."""

_PROXY: Final = re.compile(rf"(?:([!-~]*)@)?({HOST})(?::([0-9]{{1,5}}))?/?", re.ASCII)
_USER: Final = re.compile(r"(?:[A-Za-z0-9._~!$&'()*+,;=:-]|%[0-9A-Fa-f]{2})*", re.ASCII)
_EXPECTED: Final = "expected http://HOST:PORT, https://HOST:PORT or socks5://HOST:PORT"


def checked(text: str) -> str:
    """A proxy as the configuration may name it: no user, no password; `none` as it is.

    Raises:
        ValueError: anything else; the message continues a sentence that begins with the field's name.
    """
    if text == NONE:
        return text
    if "@" in text:
        raise ValueError(
            "has a user or a password in it, which is not repeated here and belongs in the environment "
            "(HTTPS_PROXY), not in this file"
        )
    return _read(text, needs_scheme=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Which names in the environment a chat looks at, in order."""

    to: str
    """The chat, as people call it."""
    key: str
    """The key of the configuration that comes before the environment."""
    names: tuple[str, ...]


def telegram_route(base_url: str) -> Route:
    """As httpx looks: the scheme's own name, then `ALL_PROXY`."""
    own = f"{urlsplit(base_url).scheme.upper()}_PROXY"
    return Route(to="Telegram", key="telegram.proxy", names=(own, "ALL_PROXY"))


def slack_route() -> Route:
    """As Slack's SDK looks."""
    return Route(to="Slack", key="slack.proxy", names=("HTTPS_PROXY", "HTTP_PROXY"))


def proxy_for(route: Route, said: str | None, url: str, environ: Mapping[str, str]) -> str | None:
    """The proxy, with scheme and port; None where there is none.

    Args:
        route: whose.
        said: what the configuration says.
        url: where the chat is; `NO_PROXY` may name its host.
        environ: usually `os.environ`.

    Raises:
        ValueError: what the environment says cannot be used; the message is one sentence.
    """
    if said is not None:
        return None if said == NONE else said
    found = next(_set(route.names, environ), None)
    if found is None or _is_left_out(url, environ.get("no_proxy") or environ.get("NO_PROXY") or ""):
        return None
    name, value = found
    try:
        return _read(value.strip(), needs_scheme=False)
    except ValueError as error:
        raise ValueError(
            f"{name} cannot be {route.to}'s proxy: it {error}; {_EXPECTED} (the value is not repeated: it may "
            f'hold a password). Mend or unset {name}, or say {route.key} = "{NONE}".'
        ) from None


def passwords(environ: Mapping[str, str]) -> Iterator[str]:
    """What must not be logged of the proxies that the environment names: users and passwords, as written."""
    for _, value in _set(("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"), environ):
        user, sign, _ = value.partition("://")[2].rpartition("@")
        if sign:
            yield from (user, user.partition(":")[2])


def _set(names: Sequence[str], environ: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The names that are set to something; small letters come first, as everywhere."""
    for name in names:
        for spelt in (name.lower(), name):
            if environ.get(spelt):
                yield spelt, environ[spelt]


def _read(text: str, *, needs_scheme: bool) -> str:
    """Scheme, perhaps a user, host and port; a missing port is the scheme's usual one.

    Raises:
        ValueError: it is no such thing; the message continues a sentence about it and holds nothing of the value.
    """
    scheme, separator, rest = text.partition("://")
    if not separator:
        if needs_scheme:
            raise ValueError("has no http://, https:// or socks5:// in front")
        scheme, rest = "http", text  # as curl and the libraries take it
    if (kind := _SCHEMES.get(scheme.lower())) is None:
        what = (
            f"is a {scheme.lower()}:// address" if scheme.lower() in _TELLABLE else "has a scheme we do not know"
        )
        raise ValueError(what)
    found = _PROXY.fullmatch(rest)
    if found is None:
        raise ValueError("is not an address: a host and a port, nothing behind them")
    user, host, port = found[1], found[2], found[3] or _PORTS[kind]
    if user is not None and not _USER.fullmatch(user):
        raise ValueError("has a sign in its user or password that must be written as %, for example %40 for @")
    check_host(host)
    check_port(port)
    return f"{kind}://{f'{user}@' if user else ''}{host}:{port}"


def _is_left_out(url: str, left_out: str) -> bool:
    """Whether `NO_PROXY` names the host: by name, by a part of it behind a dot, by address, network or `*`."""
    parts = urlsplit(url)
    host, port = (parts.hostname or "").rstrip("."), parts.port or (443 if parts.scheme == "https" else 80)
    return any(_names(entry, host, port) for entry in re.split(r"[\s,]+", left_out.lower()) if entry)


def _names(entry: str, host: str, port: int) -> bool:
    """Whether one entry means this host. What is no entry at all means nobody."""
    if entry == "*":
        return True
    entry = entry.partition("://")[2] or entry
    network = _network(entry.strip("[]"))
    if network is None:
        bare, _, number = entry.rpartition(":")
        if bare and number.isdigit():
            if int(number) != port:
                return False
            entry = bare
        network = _network(entry.strip("[]"))
    if network is not None:
        try:
            return ipaddress.ip_address(host) in network
        except ValueError:
            return False
    name = entry.removeprefix("*").lstrip(".").rstrip(".")
    return bool(name) and (host == name or host.endswith(f".{name}"))


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    """An address or a network, a bare address being a network of one; brackets may stand around it."""
    try:
        return ipaddress.ip_network(text.replace("]/", "/"), strict=False)
    except ValueError:
        return None
