"""Can it fire right now? The facts of `/status`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.model.delivery import Waiting
from bot.model.order import PositionMode
from bot.model.people import Platform
from bot.model.scope import AccountName

CLOCK_ALARM: Final = 2.0
"""Seconds of clock offset from which people are told (HTX accepts some minutes; the drift is the news)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HostHealth:
    """How one address of HTX is doing, from its heartbeats."""

    host: str
    took: float | None
    """Seconds of a round trip on an open connection, the median of the last few; None until measured."""
    clock_offset: float | None
    """Seconds its clock is ahead of ours; None until measured."""
    trouble: str | None
    """Why the last request did not get through; None when it did."""

    @property
    def clock_off(self) -> bool:
        """Whether its clock and ours are so far apart that people must know."""
        return self.clock_offset is not None and abs(self.clock_offset) > CLOCK_ALARM


def clocks_apart(hosts: Sequence[HostHealth]) -> float | None:
    """Seconds between the clocks of HTX's addresses, where that is too much; else None."""
    known = [host.clock_offset for host in hosts if host.clock_offset is not None]
    apart = max(known) - min(known) if known else 0.0
    return apart if apart > CLOCK_ALARM else None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatHealth:
    """How a chat is doing."""

    platform: Platform
    last_good: datetime | None
    """When the platform last answered a poll, or delivered an update. UTC."""
    trouble: str | None
    """What is wrong in a few words; None when nothing is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountHealth:
    """How an account is doing, from one signed read."""

    account: AccountName
    key_tail: str
    trouble: str | None
    """Why it could not fire now; None when a signed read worked."""
    open_orders: int | None
    mode: PositionMode | None
    reads_left_out: tuple[str, ...]
    """Margin modes HTX refuses to be asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """All of it at one moment."""

    accounts: tuple[AccountHealth, ...]
    chats: tuple[ChatHealth, ...]
    hosts: tuple[HostHealth, ...]
    """In the order of the configuration."""
    read_at: datetime
    log_head: str
    journal_trouble: str | None = None
    """Why the emergency journal cannot take an entry; None when it can."""
    waiting: tuple[Waiting, ...] = ()
    """Results that their places have not taken in time."""
    journal_shares_disk: bool = False
    """Whether it lies on the store's own file system."""
    log_lines_lost: int = 0
    """Lines of the log that could not be written since the start."""
