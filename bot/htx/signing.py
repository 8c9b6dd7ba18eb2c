"""HTX's request signature: pure, and the only place where a secret meets a request.

HTX V5 docs, authentication: HmacSHA256 over four lines (method, host, path, canonical query), joined by line
feeds, then base64; the canonical query is sorted by name in ASCII order and percent-encoded in upper case.
"""

import base64
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final
from urllib.parse import quote

from bot.ports import HtxKey

UNRESERVED: Final = "-_.~"
"""What RFC 3986 leaves as it is besides letters and digits."""


def sign(  # noqa: PLR0913, PLR0917  these six make the signed text, none can be left out
    method: str, host: str, path: str, params: Mapping[str, str], key: HtxKey, timestamp: datetime
) -> str:
    """Sign one request and return its target, `path?query&Signature=…`, ready for the request line.

    Args:
        method: `GET` or `POST`.
        host: the Host header exactly as it will be sent, with the port where the header has one.
        path: begins with `/`, no query.
        params: the query of a GET, unencoded. Empty for a POST: HTX does not sign bodies.
        key: the pair to sign with; read, not kept.
        timestamp: HTX's time, at most five minutes off; sent in UTC and whole seconds.

    Raises:
        ValueError: a parameter would take the place of one of the signature's own.
    """
    own = {
        "AccessKeyId": key.access_key,
        "SignatureMethod": "HmacSHA256",
        "SignatureVersion": "2",
        "Timestamp": timestamp.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S"),
    }
    if clash := (own.keys() | {"Signature"}) & params.keys():
        raise ValueError(f"reserved for the signature: {sorted(clash)}")
    query = canonical({**params, **own})
    text = f"{method.upper()}\n{host.lower()}\n{path}\n{query}"
    # One C call over the caller's own buffer: no second copy of the secret is made here.
    mac = hmac.digest(key.secret, text.encode(), "sha256")
    return f"{path}?{query}&Signature={_encoded(base64.b64encode(mac).decode('ascii'))}"


def canonical(params: Mapping[str, str]) -> str:
    """The query in HTX's one form: sorted by name in byte order, space as `%20`, hex in upper case."""
    ordered = sorted(params.items(), key=lambda pair: pair[0].encode())
    return "&".join(f"{_encoded(name)}={_encoded(value)}" for name, value in ordered)


def _encoded(text: str) -> str:
    return quote(text, safe=UNRESERVED)
