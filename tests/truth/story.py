"""All that happened in one schedule."""

import hashlib
from dataclasses import dataclass, field

from bot.ports import TapAnswer
from simulator.htx import Account, Exchange
from tests.crash.truth import Deed as Stored
from tests.crash.truth import Row
from tests.truth.network import Network
from tests.truth.plan import Asked, Plan
from tests.truth.process import Read
from tests.truth.screen import Screen


@dataclass(slots=True, kw_only=True)
class Change:
    """What somebody else did to an order."""

    at: float
    what: str
    order_id: str


@dataclass(slots=True, kw_only=True)
class Tapped:
    """One tap, and what became of it."""

    id: str
    at: float
    card: str
    confirm: bool
    process: int


@dataclass(slots=True, kw_only=True)
class Story:
    """All that happened in one schedule: what the checks look at."""

    plan: Plan
    exchange: Exchange
    account: Account
    network: Network
    screen: Screen
    changes: list[Change] = field(default_factory=list)
    reads: list[Read] = field(default_factory=list)
    taps: list[Tapped] = field(default_factory=list)
    answered: dict[str, TapAnswer] = field(default_factory=dict)
    asked: dict[str, tuple[float, Asked]] = field(default_factory=dict)
    """By the delivery: when it was asked, and for what."""
    starts: list[float] = field(default_factory=list)
    """When each process began to take updates."""
    deaths: list[float] = field(default_factory=list)
    calm_at: float = 0.0
    over_at: float = 0.0
    deeds: list[Stored] = field(default_factory=list)
    audit: list[Row] = field(default_factory=list)
    loose: list[str] = field(default_factory=list)
    broke: list[str] = field(default_factory=list)
    """Exceptions that the bot's log tells of: there should be none."""
    lines: list[str] = field(default_factory=list)
    """Everything in its order, to be read."""

    @property
    def hash(self) -> str:
        """The same for the same seed, everywhere and always."""
        return hashlib.sha256("\n".join(self.lines).encode()).hexdigest()[:16]
