"""The parameters of one call, whichever of the three encodings carried them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from aiohttp import web

from simulator.telegram.errors import bad_request


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file part of a multipart body."""

    file_name: str
    content: bytes
    mime_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """Typed access. Form values are text, JSON values are what they are; both are accepted."""

    values: Mapping[str, object]
    files: Mapping[str, Upload] = field(default_factory=dict)

    def text(self, name: str, default: str = "") -> str:
        """A string; numbers and booleans are taken as written."""
        value = self.values.get(name)
        return default if value is None else str(value)

    def integer(self, name: str, default: int | None = None) -> int:
        """A whole number.

        Raises:
            ApiError: 400 when missing without a default, or not a number.
        """
        value = self.values.get(name)
        if value is None or value == "":
            if default is None:
                raise bad_request(f"{name} is empty")
            return default
        try:
            return int(str(value))
        except ValueError:
            raise bad_request(f"{name} must be a valid Integer") from None

    def number(self, name: str) -> int | None:
        """A whole number that may be missing."""
        return None if self.values.get(name) in (None, "") else self.integer(name)

    def flag(self, name: str) -> bool:
        """A boolean: true, yes and 1 are true, whatever their case."""
        return str(self.values.get(name, "")).lower() in {"true", "yes", "1"}

    def has(self, name: str) -> bool:
        """Whether the parameter was sent at all."""
        return name in self.values

    def structure(self, name: str) -> object:
        """A JSON object or array, given as such or as JSON text; None when missing.

        Raises:
            ApiError: 400 when the text is not JSON.
        """
        value = self.values.get(name)
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value) if value else None
        except json.JSONDecodeError:
            raise bad_request(f"can't parse {name} JSON object") from None


async def read(request: web.Request) -> Params:
    """Read query string and body. Bot API: query string, urlencoded, JSON and multipart are supported.

    Raises:
        ApiError: 400 when a JSON body is none.
    """
    values: dict[str, object] = dict(request.query)
    files: dict[str, Upload] = {}
    if request.content_type == "application/json":
        values |= await _json_body(request)
    else:
        for name, value in (await request.post()).items():
            if isinstance(value, web.FileField):
                files[name] = Upload(
                    file_name=value.filename,
                    content=value.file.read(),
                    mime_type=value.content_type,
                )
            else:
                values[name] = value if isinstance(value, str) else bytes(value).decode()
    return Params(values=values, files=files)


async def _json_body(request: web.Request) -> dict[str, object]:
    try:
        body = json.loads(await request.text() or "{}")
    except json.JSONDecodeError:
        raise bad_request("can't parse request JSON object") from None
    if not isinstance(body, dict):
        raise bad_request("object expected as request body")
    return body
