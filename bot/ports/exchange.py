"""HTX, and the keys it is spoken to with."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from bot.model import AccountName, Answer, ContractCode, Order, PositionMode, Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class HtxKey:
    """One key pair, alive only inside the `with` that opened it."""

    access_key: str
    secret: bytearray

    def __repr__(self) -> str:
        return "HtxKey(***)"


class Keys(Protocol):
    """The opened keystore, as far as the exchange client may see it."""

    def htx(self, account: AccountName) -> AbstractContextManager[HtxKey]:
        """Open one key pair for one signing.

        Raises:
            KeyUnusable: there is no such entry, or it does not open.
        """
        ...

    def tail(self, account: AccountName) -> str:
        """The last four characters of the access key, for cards; `????` where there is no entry."""
        ...


class Exchange(Protocol):
    """HTX, as far as we need it."""

    @property
    def hosts(self) -> int:
        """How many addresses there are."""
        ...

    async def cancel_all(self, scope: Scope, *, host: int, not_after: float) -> Answer:
        """Make one attempt at the cancel request on one address (an index below `hosts`).

        Never raises for what the network or HTX does: every outcome is an `Answer`. Nothing is written after
        `not_after` (monotonic seconds): that is `NotSent(why="deadline")`.
        """
        ...

    async def open_orders(self, account: AccountName, contract: ContractCode) -> tuple[Order, ...]:
        """Every open order of a contract or of `ALL`: all pages, all margin modes, each order once.

        Raises:
            ReadFailed: the read failed or is not surely complete.
            KeyUnusable: the account's key cannot be opened.
        """
        ...

    async def position_mode(self, account: AccountName) -> PositionMode:
        """The account's position mode. Raises as `open_orders` does."""
        ...

    async def clock_offset(self) -> float:
        """Seconds to add to our clock to get HTX's; measured anew, and used for signing from then on.

        Raises:
            ReadFailed: no address answered.
        """
        ...

    def reads_left_out(self, account: AccountName) -> tuple[str, ...]:
        """Margin-mode reads that HTX refuses for this account (`isolated`, `cross`), for `/status`."""
        ...
