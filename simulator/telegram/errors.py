"""What the Bot API answers when it refuses, in Telegram's own words."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

PREFIXES: Mapping[int, str] = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    409: "Conflict",
    429: "Too Many Requests",
}
"""How a description begins for each `error_code` (as the open Bot API server writes them)."""

QUERY_TOO_OLD = "query is too old and response timeout expired or query ID is invalid"
"""One text for a late, a repeated and an unknown `answerCallbackQuery`: nobody can tell them apart."""

NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same "
    "as a current content and reply markup of the message"
)
"""An edit that changes nothing is an error, not a success."""


@dataclass(kw_only=True, eq=False)
class ApiError(Exception):
    """A refused call: HTTP status and JSON body carry the same code."""

    code: int
    """HTTP status and `error_code`."""
    reason: str = ""
    """The description without its prefix; empty for a bare `Unauthorized` or `Not Found`."""
    parameters: Mapping[str, int] = field(default_factory=dict)
    """Bot API `ResponseParameters`: `retry_after` (seconds) or `migrate_to_chat_id`."""

    @property
    def description(self) -> str:
        """The whole sentence, e.g. `Bad Request: chat not found`."""
        prefix = PREFIXES.get(self.code, "Error")
        return f"{prefix}: {self.reason}" if self.reason else prefix

    def body(self) -> dict[str, Any]:
        """The JSON body of the answer."""
        body: dict[str, Any] = {
            "ok": False,
            "error_code": self.code,
            "description": self.description,
        }
        if self.parameters:
            body["parameters"] = dict(self.parameters)
        return body


def bad_request(reason: str) -> ApiError:
    """A 400: the call was understood and makes no sense."""
    return ApiError(code=400, reason=reason)


def forbidden(reason: str) -> ApiError:
    """A 403: blocked, kicked, or never spoken to."""
    return ApiError(code=403, reason=reason)


def too_many_requests(retry_after: int) -> ApiError:
    """A 429; `retry_after` in whole seconds, repeated in the `Retry-After` header."""
    return ApiError(code=429, reason=f"retry after {retry_after}", parameters={"retry_after": retry_after})
