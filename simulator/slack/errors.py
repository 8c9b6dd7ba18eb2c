"""What the Web API answers when it refuses: HTTP 200 with `ok: false`, and 429 when it is too much."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

TOO_MANY = 429
"""The one refusal with a status of its own. Slack docs, rate limits: 429 with a Retry-After header in seconds."""


@dataclass(kw_only=True, eq=False)
class SlackError(Exception):
    """A refused call."""

    error: str
    """Slack's word for it, e.g. `channel_not_found`."""
    status: int = 200
    """HTTP status; nearly always 200."""
    retry_after: int | None = None
    """Seconds, sent as the Retry-After header of a 429."""
    fields: Mapping[str, Any] = field(default_factory=dict)
    """Further members of the JSON body."""

    def body(self) -> dict[str, Any]:
        """The JSON body of the answer."""
        return {"ok": False, "error": self.error, **self.fields}

    def headers(self) -> dict[str, str]:
        """The headers that belong to it."""
        return {} if self.retry_after is None else {"Retry-After": str(self.retry_after)}


def refused(error: str) -> SlackError:
    """A plain `ok: false`."""
    return SlackError(error=error)


def rate_limited(retry_after: int) -> SlackError:
    """429 `ratelimited`; `retry_after` in whole seconds."""
    return SlackError(error="ratelimited", status=TOO_MANY, retry_after=retry_after)


def invalid_blocks(problems: list[str]) -> SlackError:
    """`invalid_blocks` with every problem told twice, as Slack tells them."""
    told = [f"[ERROR] {problem}" for problem in problems]
    return SlackError(error="invalid_blocks", fields={"errors": problems, "response_metadata": {"messages": told}})
