"""Can it fire right now? The facts of `/status`."""

from dataclasses import dataclass
from datetime import datetime

from bot.model.order import PositionMode
from bot.model.people import Platform
from bot.model.scope import AccountName


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
    clock_offset: float | None
    """Seconds HTX's clock is ahead of ours; None when no address answered."""
    read_at: datetime
    log_head: str
