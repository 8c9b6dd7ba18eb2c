"""`HtxClient`: the Exchange of `bot.ports`, over real sockets.

Here the parts are put together: `sender` makes the requests that change something, `reader` those that do not, and
the heartbeat tells both which address is good and what time it is there.
"""

import asyncio
import math
import ssl
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from datetime import UTC, datetime
from types import TracebackType
from typing import Final, Self

import httpcore

from bot.errors import ReadFailed
from bot.htx import wire
from bot.htx.address import address
from bot.htx.budget import Budgets, Urgency
from bot.htx.by_id import ById
from bot.htx.hosts import Hosts, Sample
from bot.htx.lanes import Lanes, sample_of
from bot.htx.line import Call
from bot.htx.notes import Log, Notes
from bot.htx.reader import Reader
from bot.htx.reads import MARGIN_MODES, every_order, of_contract
from bot.htx.sender import Sender
from bot.htx.signer import Signer
from bot.htx.wire import OpensQuery
from bot.htx.wire_algo import ALGO_CANCEL, algo_cancel_bodies
from bot.htx.wire_contracts import CONTRACTS, EVERY_CONTRACT, contract_codes
from bot.htx.wire_opens import Row, open_rows
from bot.htx.wire_recovery import HEARTBEAT, recovery
from bot.model import AccountName, Answer, ContractCode, Ended, HostHealth, Order, PositionMode, Scope, Target
from bot.ports import Clock, Keys

ALSO: Final = 0.3
"""Seconds the other addresses get after the first one answered, at the start: round trips differ by less."""

LEFT_OUT: Final = 60.0
"""Seconds for which a margin mode is not asked for after HTX refused it."""

LONGEST_BEAT: Final = 6.0
"""Seconds one address may take for a heartbeat: time to replace a broken connection, and not to drip."""


class HtxClient:
    """HTX over HTTP; one for the life of the process.

    Args:
        urls: addresses in order of preference, such as `https://api.hbdm.com`. Plain http for loopback only.
        keys: opened for the moment of each signing.
        clock: `monotonic` for deadlines, `sleep` for waits. Its `now` is not used: it may lean on `offset`.
        system_now: this machine's uncorrected time, Unix seconds.
        ssl_context: whom to trust; must verify. None: the certifi roots, whatever the environment says.
        log: where attempts are logged; None: structlog's, as configured at the time of each call.
        network: what carries the bytes below HTTP; None: sockets.

    Raises:
        ValueError: no address, one that is not fit to carry a signature, or an SSL context that does not verify.
    """

    def __init__(  # noqa: PLR0913  the world comes in through named arguments
        self,
        *,
        urls: Sequence[str],
        keys: Keys,
        clock: Clock,
        system_now: Callable[[], float],
        ssl_context: ssl.SSLContext | None = None,
        log: Log | None = None,
        network: httpcore.AsyncNetworkBackend | None = None,
    ) -> None:
        if not urls:
            raise ValueError("no address")
        self._addresses = tuple(address(url) for url in urls)
        self._hosts = hosts = Hosts([where.host for where in self._addresses])
        self._clock = clock
        self._system_now = system_now
        self._lanes = Lanes(clock=clock, ssl_context=ssl_context, network=network)
        signer = Signer(self._addresses, keys, lambda host: system_now() + hosts.offset(host))
        self._budgets = budgets = Budgets(clock)
        notes = Notes(clock, log)
        self._sender = Sender(
            hosts=hosts, lanes=self._lanes, signer=signer, budgets=budgets, clock=clock, notes=notes
        )
        self._reader = Reader(
            hosts=hosts, line=self._lanes.others, signer=signer, budgets=budgets, clock=clock, notes=notes
        )
        self._by_id = ById(self._reader.read, self._sender.post, clock.monotonic)
        self._measuring = asyncio.Lock()
        self._answered: dict[tuple[AccountName, ContractCode, str], float] = {}
        """When (monotonic seconds) a margin mode was last answered."""
        self._left_out: dict[tuple[AccountName, ContractCode, str], float] = {}
        """Until when (monotonic seconds) a margin mode that HTX refused is not asked for again."""

    @property
    def ranking(self) -> tuple[int, ...]:
        """Every address once, best first; see `bot.ports.Exchange`."""
        return self._hosts.ranking

    @property
    def offset(self) -> float:
        """Seconds to add to this machine's time to get HTX's; 0 until measured."""
        return self._hosts.offset()

    async def aclose(self) -> None:
        """Close all connections."""
        await self._lanes.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def cancel_all(self, scope: Scope, *, host: int, not_after: float) -> Answer:
        """One attempt at the cancel request; see `bot.ports.Exchange`."""
        content = wire.cancel_all_body(scope)
        return await self._sender.fire(scope.account, wire.CANCEL_ALL, content, host=host, not_after=not_after)

    def rehearse(self, scope: Scope, named: Sequence[Order] = ()) -> None:
        """Build and sign the cancel request and throw it away; see `bot.ports.Exchange`."""
        whole = scope.target is Target.ORDERS
        path = wire.CANCEL_ALL if whole else ALGO_CANCEL
        bodies = [wire.cancel_all_body(scope)] if whole else algo_cancel_bodies(named, as_array=True)
        for content in bodies:
            self._sender.signer.post(scope.account, self.ranking[0], path, content)

    async def cancel_by_id(
        self, account: AccountName, contract: ContractCode, order_ids: Sequence[str], *, not_after: float
    ) -> Answer:
        """Cancel at most ten orders by their ids; see `bot.ports.Exchange`."""
        return await self._by_id.cancel(account, contract, order_ids, not_after=not_after)

    async def ended(self, account: AccountName, contract: ContractCode, order_id: str) -> Ended | None:
        """What became of one order; see `bot.ports.Exchange`."""
        return await self._by_id.ended(account, contract, order_id)

    async def open_triggers(
        self, account: AccountName, contract: ContractCode, *, urgent: bool = False, sought: Scope | None = None
    ) -> tuple[Order, ...]:
        """Every open order that waits for a price; see `bot.ports.Exchange`."""
        urgency, seeks = _urgency(urgent, sought), sought.covers if sought else None
        with self._budgets.proof(account) if sought else nullcontext():
            return await of_contract(contract, lambda of: self._by_id.open_triggers(account, of, urgency, seeks))

    async def cancel_triggers(self, account: AccountName, orders: Sequence[Order], *, not_after: float) -> Answer:
        """Cancel orders that wait for a price, by their ids; see `bot.ports.Exchange`."""
        return await self._by_id.cancel_triggers(account, orders, not_after=not_after)

    async def contracts(self) -> tuple[ContractCode, ...]:
        """Every listed contract; see `bot.ports.Exchange`."""
        return await self._reader.read_public(CONTRACTS, EVERY_CONTRACT, lambda said: contract_codes(said.data))

    async def recovery(self) -> datetime | None:
        """When HTX expects to be back; see `bot.ports.Exchange`."""
        now = datetime.fromtimestamp(self._system_now(), UTC)
        return await self._reader.read_public(HEARTBEAT, {}, lambda said: recovery(said.data, now))

    async def open_orders(
        self,
        account: AccountName,
        contract: ContractCode,
        *,
        urgent: bool = False,
        sought: Scope | None = None,
    ) -> tuple[Order, ...]:
        """Every open order of a contract or of `ALL`; see `bot.ports.Exchange`."""
        with self._budgets.proof(account) if sought else nullcontext():
            return await of_contract(contract, lambda of: self._open_orders(account, of, urgent, sought))

    async def _open_orders(
        self,
        account: AccountName,
        contract: ContractCode,
        urgent: bool,  # noqa: FBT001 the port's
        sought: Scope | None,
    ) -> tuple[Order, ...]:
        urgency = _urgency(urgent, sought)

        async def fetch(query: OpensQuery) -> tuple[Row, ...]:
            params = wire.opens_params(query)
            return await self._reader.read(
                wire.OPENS, params, account, lambda said: open_rows(said.data, contract), urgency
            )

        # By contract: one without cross margin (1348) says nothing about the others. Not for long, and never for a
        # proof: a refusal in error would hide what is open.
        now = self._clock.monotonic()
        modes = [
            mode for mode in MARGIN_MODES if urgent or now >= self._left_out.get((account, contract, mode), now)
        ]
        seeks = sought.covers if sought else None
        orders, refused = await every_order(fetch, contract, modes, self._clock.monotonic, sought=seeks)
        self._believe(account, contract, modes, refused)
        for mode in modes:
            self._left_out.pop((account, contract, mode), None)
        self._left_out |= {(account, contract, mode): now + LEFT_OUT for mode in refused}
        return orders

    def _believe(
        self, account: AccountName, contract: ContractCode, modes: Sequence[str], refused: Sequence[str]
    ) -> None:
        """Whether a refused margin mode is none of this account's: not while it was answered a minute ago.

        Raises:
            ReadFailed: refused in error, by all that is known: orders may rest in it.
        """
        now = self._clock.monotonic()
        self._answered |= {(account, contract, mode): now for mode in modes if mode not in refused}
        if any(now - self._answered.get((account, contract, mode), -math.inf) < LEFT_OUT for mode in refused):
            raise ReadFailed(why="contradiction")

    async def position_mode(self, account: AccountName) -> PositionMode:
        """The account's position mode; see `bot.ports.Exchange`."""
        return await self._reader.read(wire.POSITION_MODE, {}, account, lambda said: wire.position_mode(said.data))

    async def measure(self) -> tuple[HostHealth, ...]:
        """The heartbeat of all addresses at once; see `bot.ports.Exchange`."""
        under_way = self._measuring.locked()
        async with self._measuring:  # two at once would take every lane
            if not under_way:  # what another one has just found is new enough
                await asyncio.gather(*(self._beat(host) for host in range(len(self._addresses))))
        return self._hosts.health()

    async def connect(self, patience: float) -> tuple[HostHealth, ...]:
        """The first heartbeat: ends soon after one address answered, so that a dead one holds up no start.

        An address that has not answered by then is put behind the others until it does.

        Args:
            patience: seconds after which it ends in any case.
        """
        async with self._measuring:
            beats = [asyncio.ensure_future(self._beat(host)) for host in range(len(self._addresses))]
            try:
                async with asyncio.timeout(patience):
                    for beat in asyncio.as_completed(beats):
                        await beat
                        if any(host.took is not None for host in self._hosts.health()):
                            break
                    await asyncio.wait(beats, timeout=ALSO)
            except TimeoutError:
                pass
            finally:
                for host, each in enumerate(beats):
                    if each.cancel():
                        self._hosts.failed(host, "no answer yet")
                await asyncio.gather(*beats, return_exceptions=True)
        return self._hosts.health()

    def reads_left_out(self, account: AccountName) -> tuple[str, ...]:
        """Margin modes HTX refused for this account, for some contract or for all."""
        return tuple(mode for mode in MARGIN_MODES if any(out[::2] == (account, mode) for out in self._left_out))

    async def _beat(self, host: int) -> None:
        where = self._addresses[host]
        call = Call(method="GET", address=where, path=wire.TIMESTAMP, target=wire.TIMESTAMP.encode())
        try:
            async with asyncio.timeout(LONGEST_BEAT):
                outcomes = await self._lanes.beat(call)
        except TimeoutError:
            self._hosts.failed(host, "too slow")
            return
        # An answer came when its connection says so: others were waited for since.
        shift = self._system_now() - self._clock.monotonic()
        heard = [sample_of(outcome, shift=shift) for outcome in outcomes]
        samples = [each for each in heard if isinstance(each, Sample)]
        if samples:
            self._hosts.measured(host, min(samples, key=lambda sample: (sample.offset is None, sample.took)))
        else:
            self._hosts.failed(host, next(each for each in heard if isinstance(each, str)))


def _urgency(urgent: bool, sought: Scope | None) -> Urgency:  # noqa: FBT001  the port's two facts
    """What a read is for."""
    if sought is not None:
        return Urgency.PROOF
    return Urgency.LOOK if urgent else Urgency.USUAL
