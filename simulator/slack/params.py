"""The parameters of one call, whichever encoding carried them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import web

from simulator.slack.errors import refused

BEARER = "Bearer "
"""How the Authorization header begins."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """Typed access. Form values are text, JSON values are what they are; both are accepted."""

    values: Mapping[str, object]
    token: str = ""
    """From the Authorization header, or the `token` field of a form. Slack docs, web API: never from JSON."""

    def text(self, name: str, default: str = "") -> str:
        """A string; numbers and booleans are taken as written."""
        value = self.values.get(name)
        return default if value is None else str(value)

    def flag(self, name: str, *, default: bool = False) -> bool:
        """A boolean: true and 1 are true, whatever their case."""
        value = self.values.get(name)
        return default if value is None else str(value).lower() in {"true", "1"}

    def has(self, name: str) -> bool:
        """Whether the parameter was sent and is not null."""
        return self.values.get(name) is not None

    def structure(self, name: str, refusal: str) -> object:
        """A JSON value, written as text in a form.

        Raises:
            SlackError: `refusal`, when the text is no JSON.
        """
        value = self.values.get(name)
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value)
        except json.JSONDecodeError:
            raise refused(refusal) from None


async def read(request: web.Request) -> Params:
    """Read query string and body.

    Raises:
        SlackError: `invalid_json` or `json_not_object` for a JSON body that is none.
    """
    values: dict[str, object] = dict(request.query)
    if request.content_type == "application/json":
        body = await _json_body(request)
        token = str(values.pop("token", ""))
        values |= {name: value for name, value in body.items() if name != "token"}
    else:
        values |= {name: value for name, value in (await request.post()).items() if isinstance(value, str)}
        token = str(values.pop("token", ""))
    header = request.headers.get("Authorization", "")
    return Params(values=values, token=header.removeprefix(BEARER) if header.startswith(BEARER) else token)


async def _json_body(request: web.Request) -> dict[str, object]:
    try:
        body = json.loads(await request.text() or "{}")
    except ValueError:
        raise refused("invalid_json") from None
    if not isinstance(body, dict):
        raise refused("json_not_object")
    return body
