"""HTX, and the keys it is spoken to with."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.model import AccountName, Answer, ContractCode, Ended, HostHealth, Order, PositionMode, Scope


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
    def ranking(self) -> tuple[int, ...]:
        """Every address once, by its index in the configuration: the one to try first, then the others."""
        ...

    async def cancel_all(self, scope: Scope, *, host: int, not_after: float) -> Answer:
        """Make one attempt at the cancel request on one address (an index of `ranking`).

        Never raises for what the network or HTX does: every outcome is an `Answer`. Nothing is written after
        `not_after` (monotonic seconds): that is `NotSent(why="deadline")`.
        """
        ...

    def rehearse(self, scope: Scope, named: Sequence[Order] = ()) -> None:
        """Build and sign the cancel request, as `cancel_all` would, and send nothing.

        Args:
            scope: what a real one would cover.
            named: of a scope of triggers, the orders that a real one would name.

        Raises:
            KeyUnusable: the account's key cannot be opened.
        """
        ...

    async def cancel_by_id(
        self, account: AccountName, contract: ContractCode, order_ids: Sequence[str], *, not_after: float
    ) -> Answer:
        """Cancel at most ten orders of one contract by their ids: it reaches no other, and a repeat is harmless.

        Never raises for what the network or HTX does. Nothing is written after `not_after` (monotonic seconds).
        """
        ...

    async def ended(self, account: AccountName, contract: ContractCode, order_id: str) -> Ended | None:
        """What became of one order; None where HTX does not say that it ended. Raises as `open_orders` does."""
        ...

    async def open_triggers(
        self, account: AccountName, contract: ContractCode, *, urgent: bool = False, sought: Scope | None = None
    ) -> tuple[Order, ...]:
        """Every open order that waits for a price, of a contract or of `ALL`; otherwise as `open_orders`."""
        ...

    async def cancel_triggers(self, account: AccountName, orders: Sequence[Order], *, not_after: float) -> Answer:
        """Cancel orders that wait for a price, by their ids; otherwise as `cancel_by_id`, but for any number."""
        ...

    async def contracts(self) -> tuple[ContractCode, ...]:
        """Every listed contract, from the public list; never empty.

        Raises:
            ReadFailed: no address told it.
        """
        ...

    async def recovery(self) -> datetime | None:
        """When the exchange expects a suspension to be over, UTC; None where it does not say.

        Raises:
            ReadFailed: no address told it.
        """
        ...

    async def open_orders(
        self,
        account: AccountName,
        contract: ContractCode,
        *,
        urgent: bool = False,
        sought: Scope | None = None,
    ) -> tuple[Order, ...]:
        """Every open order of a contract or of `ALL`: all pages, all margin modes, each order once.

        Args:
            account: whose.
            contract: a contract code, or `ALL`.
            urgent: a verdict or a warning waits for it: it goes before cards where the rate limit is near.
            sought: the scope whose emptiness is to be proved: a page that shows none of its orders is not taken
                for all there is, and the read goes before all others.

        Raises:
            ReadFailed: the read failed or is not surely complete.
            KeyUnusable: the account's key cannot be opened.
        """
        ...

    async def position_mode(self, account: AccountName) -> PositionMode:
        """The account's position mode. Raises as `open_orders` does."""
        ...

    async def measure(self) -> tuple[HostHealth, ...]:
        """Ask every address for the time, all at once, a few seconds at most.

        It keeps connections open, and what it finds is used from then on: the ranking, and for signing each
        address's own clock. Never raises: an address that does not answer says so.
        """
        ...

    def reads_left_out(self, account: AccountName) -> tuple[str, ...]:
        """Margin-mode reads that HTX refuses for this account (`isolated`, `cross`), for `/status`."""
        ...
