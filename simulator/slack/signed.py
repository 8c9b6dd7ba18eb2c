"""Signed HTTP requests, and requests that should not pass as such."""

import hashlib
import hmac
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal
from urllib.parse import urlencode

Kind = Literal["slash_commands", "events_api", "interactive"]
"""As in the `type` of Socket Mode envelopes."""

SIGNATURE, TIMESTAMP = "X-Slack-Signature", "X-Slack-Request-Timestamp"
"""Slack docs, verifying requests from Slack."""
RETRY_NUMBER, RETRY_REASON = "X-Slack-Retry-Num", "X-Slack-Retry-Reason"
"""Slack docs, Events API: on the second and every further attempt."""
NO_RETRY = "X-Slack-No-Retry"
"""Slack docs, Events API: in an answer with the value 1, "do not try again"."""
FORM, JSON = "application/x-www-form-urlencoded", "application/json"
"""Content types of commands and taps, and of events."""
TOLERANCE_S = 300
"""Slack docs, verifying requests: older than five minutes is to be refused as a replay."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """A request, byte for byte."""

    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)

    def having(self, changes: Mapping[str, str | None]) -> "Signed":
        """The same with other headers, spelled as here; None takes one away."""
        changed = {**self.headers, **changes}
        return replace(self, headers={name: value for name, value in changed.items() if value is not None})


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """`v0=` and the HMAC-SHA256 of `v0:timestamp:body` in hexadecimal."""
    base = b"v0:" + timestamp.encode() + b":" + body
    return "v0=" + hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()


def encode(kind: Kind, payload: Mapping[str, Any]) -> tuple[bytes, str]:
    """Body and content type: commands are forms, events JSON, taps JSON in a form's `payload`."""
    match kind:
        case "slash_commands":
            return urlencode(payload).encode(), FORM
        case "interactive":
            return urlencode({"payload": json.dumps(payload)}).encode(), FORM
        case "events_api":
            return json.dumps(payload).encode(), JSON


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """Signs as Slack does; and, for tests, as somebody else would."""

    secret: str
    clock: Callable[[], float]
    """Unix seconds."""

    def sign(
        self,
        body: bytes,
        content_type: str = FORM,
        *,
        age_s: float = 0,
        secret: str | None = None,
    ) -> Signed:
        """A request signed `age_s` seconds ago; negative is in the future. `secret` signs with another one."""
        at = str(int(self.clock() - age_s))
        headers = {
            "Content-Type": content_type,
            TIMESTAMP: at,
            SIGNATURE: signature(secret or self.secret, at, body),
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
        }
        return Signed(body=body, headers=headers)

    def wrap(self, kind: Kind, payload: Mapping[str, Any], **how: Any) -> Signed:  # noqa: ANN401 - as for `sign`
        """A signed command, event or tap."""
        body, content_type = encode(kind, payload)
        return self.sign(body, content_type, **how)

    def forgeries(self, kind: Kind, payload: Mapping[str, Any]) -> Iterator[tuple[str, Signed]]:
        """Requests that must be answered 401 and do nothing, each with its name."""
        body, content_type = encode(kind, payload)
        good = self.sign(body, content_type)
        right = good.headers[SIGNATURE]
        yield "wrong secret", self.sign(body, content_type, secret="guessed")  # noqa: S106 - a wrong one
        yield "changed body", replace(good, body=body + b"&x=1")
        yield "empty body", replace(good, body=b"")
        yield "301 s old", self.sign(body, content_type, age_s=TOLERANCE_S + 1)
        yield "301 s in the future", self.sign(body, content_type, age_s=-TOLERANCE_S - 1)
        yield "other timestamp", good.having({TIMESTAMP: str(int(self.clock()) - 1)})
        yield from self._malformed_times(good)
        yield "no timestamp", good.having({TIMESTAMP: None})
        yield "no signature", good.having({SIGNATURE: None})
        wrong = {
            "empty signature": "",
            "no version": right.removeprefix("v0="),
            "version 1": "v1" + right.removeprefix("v0"),
            "upper case": right.upper(),
            "one digit short": right[:-1],
            "one digit more": right + "0",
            "one digit other": right[:-1] + ("0" if right[-1] != "0" else "1"),
            "not ASCII": "v0=" + "é" * 64,
            "not hexadecimal": "v0=" + "z" * 64,
            "very long": "v0=" + "0" * 4000,
        }
        for name, value in wrong.items():
            yield f"signature: {name}", good.having({SIGNATURE: value})

    def _malformed_times(self, good: Signed) -> Iterator[tuple[str, Signed]]:
        """Timestamps that are none, under a signature that was caught: nobody else can make one that fits."""
        now = str(int(self.clock()))
        times = {
            "empty": "",
            "words": "yesterday",
            "decimal": f"{now}.5",
            "negative": f"-{now}",
            "hexadecimal": hex(int(now)),
            "other digits": now.translate({ord("0") + d: 0x0660 + d for d in range(10)}),
            "underscore": f"{now[:-3]}_{now[-3:]}",
            "sign": f"+{now}",
            "5000 digits": "9" * 5000,
            "infinite": "inf",
            "not a number": "nan",
        }
        for name, value in times.items():
            yield f"timestamp: {name}", good.having({TIMESTAMP: value})

    def not_text(self) -> Signed:
        """A body that is no UTF-8, rightly signed: to be refused, but no forgery."""
        return self.sign(b"payload=\xff\xfe\x00&\xc3(", FORM)
