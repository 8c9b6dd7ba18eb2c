"""One address of HTX: what the signature and the Host header agree on."""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

import httpx

LAST_PORT: Final = 65535


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """An origin, parsed once."""

    url: httpx.URL
    """`https://api.hbdm.com/`: no path, no query."""
    host: str
    """The Host header and the signature's host line: lower case, with the port where it is not the default."""


def address(url: str) -> Address:
    """Parse an address such as `https://api.hbdm.com`.

    Raises:
        ValueError: more than scheme, host and port, or plain http to anything but this machine: the signature does
            not cover a POST's body, so that TLS alone protects it (HTX V5 docs, authentication).
    """
    try:
        found = httpx.URL(url)
    except httpx.InvalidURL:
        raise ValueError("not a URL") from None
    if found.scheme not in ("http", "https") or not found.host or not 0 < (found.port or 1) <= LAST_PORT:
        raise ValueError("an address is https:// and a host")
    if found.userinfo or found.query or found.fragment or found.raw_path not in (b"", b"/"):
        raise ValueError(f"an address is scheme, host and port, nothing more: {found.host}")
    if found.scheme == "http" and not _is_loopback(found.host):
        raise ValueError(f"plain http is for this machine only: {found.host}")
    return Address(url=found, host=found.netloc.decode("ascii").lower())


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        found = ipaddress.ip_address(host)
    except ValueError:
        return False
    return found in ipaddress.ip_network("127.0.0.0/8") or found == ipaddress.IPv6Address("::1")


def public_target(path: str, params: Mapping[str, str]) -> bytes:
    """The request target of an unsigned call."""
    return (f"{path}?{urlencode(params)}" if params else path).encode("ascii")
