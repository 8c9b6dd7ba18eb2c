"""What one attempt at the cancel request came to: a closed set, one class a row of docs/mass-cancel.md's table.

The client fills them in; what may be done next depends on the class alone.
"""

from dataclasses import dataclass
from typing import Final

CERTIFICATE: Final = "certificate"
"""Begins why nothing was sent where HTX's certificate was not accepted; the rest, behind `: `, says why not."""

NO_FILES: Final = "out of file descriptors"
"""Why nothing was sent where the process, or the machine, had none left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """HTX's word on one order."""

    order_id: str
    client_order_id: str | None
    code: int | None
    """200: cancelled. None: listed without a code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotSent:
    """No byte of the request was written: the transport's trace proves it. Another attempt is allowed."""

    why: str
    """A short fact: `connect`, `dns`, `tls`, `pool`, `deadline`, `key`, `NO_FILES`, or `CERTIFICATE` and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TooMany:
    """Refused for the rate: code 1032 or HTTP 429. Another attempt is allowed after the reset."""

    wait: float | None
    """Seconds until the reset, None where HTX did not say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A code on the closed list of sure refusals: not executed, not tried again."""

    code: str
    """HTX's code, a number for all but a few gateway refusals."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Maintenance:
    """Settlement, delivery or maintenance: not executed now."""

    code: str
    """HTX's code, or `maintain`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NothingMatched:
    """Executed, and HTX says nothing matched: code 1051, or 200 with empty data."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """Executed: 200 with items. Each item still has a code of its own."""

    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ambiguous:
    """Sent, and no usable answer. It ends all attempts: a repeat would hit orders placed since."""

    why: str
    """A short fact for the log: `read timeout`, `http 502`, `code 1000`."""
    code: str | None = None
    """HTX's code where there was one that is on no list."""


Sent = NothingMatched | Answered | Ambiguous
"""May have had an effect: it must be proved."""

Unsent = NotSent | TooMany | Refused | Maintenance
"""Surely had no effect."""

Answer = Sent | Unsent
