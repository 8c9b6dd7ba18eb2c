"""What is sent back: documented envelopes as values, turned into bytes at the very end."""

import json
from dataclasses import dataclass

from simulator.htx.codes import SUCCESS, message_of

Headers = tuple[tuple[str, str], ...]
"""Extra HTTP headers as (name, value) pairs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One HTTP answer: a JSON `payload`, or `raw` bytes that are sent as they are."""

    payload: object = None
    raw: bytes | None = None
    status: int = 200
    content_type: str = "application/json"
    headers: Headers = ()

    def body(self) -> bytes:
        """The bytes of the body; JSON is compact UTF-8, Chinese is not escaped."""
        if self.raw is not None:
            return self.raw
        return json.dumps(self.payload, ensure_ascii=False, separators=(",", ":")).encode()


class Problem(Exception):  # noqa: N818  a refusal by the exchange, not a fault of the simulator
    """Raised by an endpoint to answer with a V5 error `code`; `detail` replaces the message."""

    def __init__(self, code: int, detail: str | None = None) -> None:
        super().__init__(code, detail)
        self.code = code
        self.detail = detail


def success(data: object, ts: int) -> Reply:
    """HTX V5 envelope: `code` 200, `message`, `data`, `ts` in milliseconds."""
    return Reply(payload={"code": SUCCESS, "message": "Success", "data": data, "ts": ts})


def v5_error(code: int, ts: int, message: str | None = None, status: int = 200) -> Reply:
    """HTX V5 error: a `code` other than 200, its `message`, null `data`, `success` false."""
    text = message_of(code) if message is None else message
    payload = {"code": code, "message": text, "data": None, "success": False, "ts": ts}
    return Reply(payload=payload, status=status)


def legacy_ok(data: object, ts: int) -> Reply:
    """Legacy success of the public endpoints: `status` ok, `data`, `ts`."""
    return Reply(payload={"status": "ok", "data": data, "ts": ts})


def legacy_error(code: int, ts: int, message: str | None = None, status: int = 200) -> Reply:
    """Legacy and gateway error: `status` error, `err_code`, `err_msg`, `ts`; HTTP 200 as seen."""
    text = message_of(code) if message is None else message
    payload = {"status": "error", "err_code": code, "err_msg": text, "ts": ts}
    return Reply(payload=payload, status=status)
