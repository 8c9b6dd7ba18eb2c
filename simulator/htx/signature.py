"""Judges signatures from the HTX docs alone: four lines, HmacSHA256, base64.

The text to sign is METHOD, host, path and canonical query, joined by newlines.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from urllib.parse import quote, unquote

TOLERANCE = 300.0
"""Seconds a timestamp may be off either way: "5 minutes" on HTX's shared auth page."""

TIME_FORMAT = "%Y-%m-%dT%H:%M:%S"
"""HTX docs: UTC, no milliseconds, no Z."""

AUTH_PARAMETERS = frozenset({"AccessKeyId", "SignatureMethod", "SignatureVersion", "Timestamp"})
"""Signed with every request; on POST nothing else may stand in the query."""

Pair = tuple[str, str]


class Verdict(StrEnum):
    """What the simulator found; every word but `valid` and `public` is a refusal."""

    VALID = "valid"
    PUBLIC = "public"
    UNSIGNED = "unsigned"
    UNKNOWN_KEY = "unknown key"
    BAD_METHOD = "bad signature method"
    BAD_VERSION = "bad signature version"
    NO_TIMESTAMP = "no timestamp"
    BAD_TIMESTAMP = "bad timestamp"
    BAD_ENCODING = "bad encoding"
    BAD_ORDER = "bad order"
    DUPLICATE = "duplicate parameter"
    EXTRA_ON_POST = "extra parameter on POST"
    WRONG = "wrong signature"
    STALE = "stale timestamp"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """The parts of a request that are signed, as received: `query` is raw, `host` has its port."""

    method: str
    host: str
    path: str
    query: str


def pairs_of(query: str) -> tuple[Pair, ...]:
    """Raw (name, value) pairs of a raw query, still percent-encoded, in the order received."""
    halves = (part.partition("=") for part in query.split("&") if part)
    return tuple((name, value) for name, _, value in halves)


def business_parameters(query: str) -> tuple[Pair, ...]:
    """Decoded pairs of `query` without the authentication parameters."""
    decoded = ((unquote(name), unquote(value)) for name, value in pairs_of(query))
    return tuple(pair for pair in decoded if pair[0] not in AUTH_PARAMETERS | {"Signature"})


def access_key_of(query: str) -> str | None:
    """The AccessKeyId in a raw query, decoded, or None."""
    encoded = dict(pairs_of(query)).get("AccessKeyId")
    return None if encoded is None else unquote(encoded)


def judge(request: Signed, secret_of: Mapping[str, str], now: float) -> Verdict:
    """Checks one request at `now` (unix seconds) against `secret_of` (access key to secret)."""
    pairs = pairs_of(request.query)
    signed = tuple(pair for pair in pairs if pair[0] != "Signature")
    given = dict(pairs)
    return (
        (Verdict.DUPLICATE if len(given) < len(pairs) else None)
        or _check_identity(given, secret_of)
        or _check_form(signed, request.method)
        or _check_signature(request, signed, given, secret_of)
        or _check_time(unquote(given["Timestamp"]), now)
        or Verdict.VALID
    )


def _check_identity(given: Mapping[str, str], secret_of: Mapping[str, str]) -> Verdict | None:
    if not {"AccessKeyId", "Signature"} <= given.keys():
        return Verdict.UNSIGNED
    if unquote(given["AccessKeyId"]) not in secret_of:
        return Verdict.UNKNOWN_KEY
    if given.get("SignatureMethod") != "HmacSHA256":
        return Verdict.BAD_METHOD
    if given.get("SignatureVersion") != "2":
        return Verdict.BAD_VERSION
    return None if "Timestamp" in given else Verdict.NO_TIMESTAMP


def _check_form(signed: tuple[Pair, ...], method: str) -> Verdict | None:
    names = [name for name, _ in signed]
    if any(_canonical(part) != part for pair in signed for part in pair):
        return Verdict.BAD_ENCODING
    if names != sorted(names):
        return Verdict.BAD_ORDER
    if method == "POST" and set(names) - AUTH_PARAMETERS:
        return Verdict.EXTRA_ON_POST
    return None


def _canonical(encoded: str) -> str:
    """HTX docs: UTF-8 percent-encoding with upper-case hex, space as %20."""
    return quote(unquote(encoded), safe="-_.~")


def _check_signature(
    request: Signed, signed: tuple[Pair, ...], given: Mapping[str, str], secret_of: Mapping[str, str]
) -> Verdict | None:
    # The signature is compared as it must stand in the URL, so a raw "+" or "/" is refused too.
    text = "\n".join(
        (
            request.method.upper(),
            request.host.lower(),
            request.path,
            "&".join(f"{name}={value}" for name, value in signed),
        )
    )
    secret = secret_of[unquote(given["AccessKeyId"])]
    digest = hmac.new(secret.encode(), text.encode(), hashlib.sha256).digest()
    expected = quote(base64.b64encode(digest).decode(), safe="")
    return None if hmac.compare_digest(expected, given["Signature"]) else Verdict.WRONG


def _check_time(timestamp: str, now: float) -> Verdict | None:
    try:
        moment = datetime.strptime(timestamp, TIME_FORMAT).replace(tzinfo=UTC)
    except ValueError:
        return Verdict.BAD_TIMESTAMP
    if moment.strftime(TIME_FORMAT) != timestamp:  # strptime takes digits without leading zeros
        return Verdict.BAD_TIMESTAMP
    return Verdict.STALE if abs(moment.timestamp() - now) > TOLERANCE else None
