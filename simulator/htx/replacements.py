"""Faults that put another answer in the place of the true one.

Each acts on the book only with `acts`: a refusal that cancelled all the same is a lie
the docs do not rule out.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar, Literal

from simulator.htx.codes import message_of
from simulator.htx.faults import Fault
from simulator.htx.replies import Headers, Reply, legacy_error, v5_error


@dataclass(frozen=True, slots=True, kw_only=True)
class Replacement(Fault, ABC):
    """Base of answers that replace the true one; `gateway` ones come before the signature check."""

    gateway: ClassVar[bool] = True
    acts: bool = False

    @abstractmethod
    def reply(self, ts: int) -> Reply:
        """The answer; `ts` is the exchange's time in milliseconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refuse(Replacement):
    """An error `code`, in the V5 or the legacy shape, with any HTTP `status`.

    `message` None means the usual wording. Wrong signatures are still refused as such.
    """

    gateway: ClassVar[bool] = False
    code: int
    message: str | None = None
    shape: Literal["v5", "legacy"] = "v5"
    status: int = 200
    headers: Headers = ()

    def reply(self, ts: int) -> Reply:
        """The error in its shape."""
        make = v5_error if self.shape == "v5" else legacy_error
        made = make(self.code, ts, self.message, self.status)
        return Reply(payload=made.payload, status=self.status, headers=self.headers)


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLimited(Replacement):
    """Code 1032 whatever was sent before, to be lifted `reset_ms` milliseconds from now.

    HTX docs: `ratelimit-reset`; whether it is a duration or an epoch is unknown, hence `reset`.
    """

    gateway: ClassVar[bool] = False
    reset_ms: int = 1000
    reset: Literal["duration", "epoch"] = "duration"
    shape: Literal["v5", "legacy"] = "v5"
    status: int = 200

    def reply(self, ts: int) -> Reply:
        """The refusal with its four headers, nothing remaining."""
        value = self.reset_ms + (ts if self.reset == "epoch" else 0)
        headers = (
            ("ratelimit-limit", "72"),
            ("ratelimit-interval", "3000"),
            ("ratelimit-remaining", "0"),
            ("ratelimit-reset", str(value)),
        )
        return Refuse(code=1032, shape=self.shape, status=self.status, headers=headers).reply(ts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Maintain(Replacement):
    """HTX docs: during suspension every endpoint but the heartbeat answers this fixed body.

    Added for every path, the heartbeat tells of it, with the recovery time `until_ms`.
    """

    until_ms: int | None = None

    def reply(self, ts: int) -> Reply:  # noqa: ARG002  a fixed body carries no time
        """`{"status":"maintain"}` and nothing else."""
        return Reply(payload={"status": "maintain"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Html(Replacement):
    """The error page of a content network in front of the exchange: 502, 503, 403."""

    status: int = 502

    def reply(self, ts: int) -> Reply:  # noqa: ARG002  a static page carries no time
        """A small HTML page."""
        page = f"<html><head><title>{self.status}</title></head><body>Error</body></html>"
        return Reply(raw=page.encode(), status=self.status, content_type="text/html")


@dataclass(frozen=True, slots=True, kw_only=True)
class Redirect(Replacement):
    """Sends the client elsewhere; following it would sign or leak at another host."""

    location: str = "/elsewhere"
    status: int = 302

    def reply(self, ts: int) -> Reply:  # noqa: ARG002  a redirect carries no time
        """An empty answer with a Location."""
        return Reply(raw=b"", status=self.status, headers=(("Location", self.location),))


@dataclass(frozen=True, slots=True, kw_only=True)
class RawBody(Replacement):
    """Any bytes at all."""

    body: bytes
    status: int = 200
    content_type: str = "application/json"

    def reply(self, ts: int) -> Reply:  # noqa: ARG002  the bytes are given
        """The bytes as they are."""
        return Reply(raw=self.body, status=self.status, content_type=self.content_type)


def describe(fault: Fault) -> str:
    """A fault's name for the log, with the code where it has one."""
    if isinstance(fault, Refuse):
        return f"Refuse {fault.code} {fault.message or message_of(fault.code)}"
    return type(fault).__name__
