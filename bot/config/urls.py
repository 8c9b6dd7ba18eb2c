"""Which addresses are good ones. What is wrong is said without repeating the address: it may hold a secret."""

import ipaddress
import re
from typing import Final

_LABEL: Final = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
HOST: Final = rf"{_LABEL}(?:\.{_LABEL})*|\[[0-9A-Fa-f:.]+\]"
_URL: Final = re.compile(rf"(https?)://({HOST})(:[0-9]{{1,5}})?(/[!-~]*)?", re.ASCII)
_LISTEN: Final = re.compile(rf"({HOST}):([0-9]{{1,5}})", re.ASCII)


def origin(text: str) -> str:
    """Scheme, host and port, nothing more; given back without a last slash, the host in lower case.

    Raises:
        ValueError: anything else; the message continues a sentence that begins with the field's name.
    """
    url, path = _split(text)
    if path or text.endswith("//"):
        raise ValueError("has a path")
    return url


def base(text: str) -> str:
    """An origin and perhaps a path; given back without a last slash.

    Raises:
        ValueError: anything else; the message continues a sentence that begins with the field's name.
    """
    return "".join(_split(text))


def bot_api(text: str) -> str:
    """Where a Telegram Bot API answers: a base without `/bot`, which is appended.

    Raises:
        ValueError: anything else; the message continues a sentence that begins with the field's name.
    """
    url = base(text)
    if "/bot" in url.removeprefix("https://").removeprefix("http://"):
        raise ValueError("has `/bot` in it, which is appended by itself")
    return url


def slack_api(text: str) -> str:
    """Where Slack's Web API answers; given back with exactly one last slash, as method names are put behind it.

    Raises:
        ValueError: anything else; the message continues a sentence that begins with the field's name.
    """
    return f"{base(text)}/"


def listen(text: str) -> str:
    """An address to bind: host and port (1 to 65535), IPv6 in brackets.

    Raises:
        ValueError: anything else; the message continues a sentence that begins with the field's name.
    """
    found = _LISTEN.fullmatch(text)
    if not found:
        raise ValueError("is not a host and a port")
    check_host(found[1])
    check_port(found[2])
    return text


def on_loopback(url: str) -> bool:
    """Whether the address is this machine's own. Names other than `localhost` are not looked up: never."""
    found = _URL.fullmatch(url)
    return found is not None and _is_loopback(found[2].lower())


def _split(text: str) -> tuple[str, str]:
    """The origin, and the path without its last slash."""
    for sign, what in (("@", "a user name"), ("?", "a query"), ("#", "a fragment")):
        if sign in text:
            raise ValueError(f"has {what} in it")
    found = _URL.fullmatch(text)
    if not found:
        raise ValueError("is not an address")
    scheme, host, port, path = found[1], found[2].lower(), found[3] or "", found[4] or ""
    check_host(host)
    check_port(port.removeprefix(":") or "443")
    if scheme == "http" and not _is_loopback(host):
        raise ValueError("is plain http, which is for this machine only")
    return f"{scheme}://{host}{port}", path.rstrip("/")


def check_port(text: str) -> None:
    """A port is 1 to 65535.

    Raises:
        ValueError: it is not; the message continues a sentence that begins with the field's name.
    """
    if not 1 <= int(text) <= 65535:  # noqa: PLR2004 a port is 16 bits
        raise ValueError("has a port outside 1 to 65535")


def check_host(host: str) -> None:
    """What looks like an IP address is one: `256.0.0.1` is no name.

    Raises:
        ValueError: it is none; the message continues a sentence that begins with the field's name.
    """
    if host.startswith("[") or host.rpartition(".")[2].isdigit():
        try:
            ipaddress.ip_address(host.strip("[]"))
        except ValueError:
            raise ValueError("has a host that is no IP address") from None


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        found = ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return found in ipaddress.ip_network("127.0.0.0/8") or found == ipaddress.IPv6Address("::1")
