"""`HtxClient`: the Exchange of `bot.ports`, over real sockets.

The cancel request gets exactly one attempt a call, on the address it is told. Reads may be repeated at will: they
go on to the next address, and wait for the rate limit.
"""

import asyncio
import ssl
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from types import TracebackType
from typing import Final, Protocol, Self

import structlog

from bot.errors import KeyUnusable, ReadFailed
from bot.htx import wire
from bot.htx.address import Address, address, public_target
from bot.htx.answers import Items, Trouble, cancel_answer, read_answer
from bot.htx.by_id import ById
from bot.htx.codes import OK
from bot.htx.limits import seconds_to_reset
from bot.htx.line import Call, Line, Lost, Outcome, Reply, Unsent
from bot.htx.reads import MARGIN_MODES, decoded, every_order
from bot.htx.signing import sign
from bot.htx.wire import Envelope, OpensQuery, Row
from bot.htx.wire_contracts import CONTRACTS, EVERY_CONTRACT, contract_codes
from bot.model import AccountName, Ambiguous, Answer, ContractCode, Ended, NotSent, Order, PositionMode, Scope
from bot.ports import Clock, Keys

ROUNDS: Final = 2
"""How often a read goes round all addresses."""
WAITS: Final = 3
"""How often a read waits for the rate limit on one address."""
LONGEST_WAIT: Final = 3.0
"""Seconds: HTX's rate interval."""
UNSAID_WAIT: Final = 1.0
"""Seconds to wait where HTX does not say."""
READS_AT_ONCE: Final = 16
"""Connections that reads may hold, of 100: the cancel request always finds a free one."""


class Log(Protocol):
    """As much of a structlog logger as is needed."""

    def info(self, event: str, /, **facts: object) -> object:
        """Write one line."""
        ...


class HtxClient:
    """HTX over HTTP; one for the life of the process.

    Args:
        urls: addresses in order of preference, such as `https://api.hbdm.com`. Plain http for loopback only.
        keys: opened for the moment of each signing.
        clock: `monotonic` for deadlines, `sleep` for waits. Its `now` is not used: it may lean on `offset`.
        system_now: this machine's uncorrected time, Unix seconds.
        ssl_context: whom to trust; must verify. None: the certifi roots, whatever the environment says.
        log: where attempts are logged; None: structlog's, as configured at the time of each call.

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
    ) -> None:
        if not urls:
            raise ValueError("no address")
        self._addresses = tuple(address(url) for url in urls)
        self._keys = keys
        self._clock = clock
        self._system_now = system_now
        self._log = log
        self._line = Line(clock=clock, ssl_context=ssl_context)
        self._offset = 0.0
        self._good = 0
        self._reads = asyncio.Semaphore(READS_AT_ONCE)
        self._left_out: set[tuple[AccountName, ContractCode, str]] = set()
        self._by_id = ById(self._read_private, self._post)

    @property
    def hosts(self) -> int:
        """How many addresses there are."""
        return len(self._addresses)

    @property
    def offset(self) -> float:
        """Seconds to add to this machine's time to get HTX's; 0 until measured."""
        return self._offset

    async def aclose(self) -> None:
        """Close all connections."""
        await self._line.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def cancel_all(self, scope: Scope, *, host: int, not_after: float) -> Answer:
        """One attempt at the cancel request; see `bot.ports.Exchange`."""
        where = self._addresses[host]
        began = self._clock.monotonic()
        answer = await self._attempt(scope, where, not_after) if began <= not_after else NotSent(why="deadline")
        self._note(where, wire.CANCEL_ALL, answer, began)
        return answer

    async def _attempt(self, scope: Scope, where: Address, not_after: float) -> Answer:
        content = wire.cancel_all_body(scope)
        try:
            call = self._signed(scope.account, where, "POST", wire.CANCEL_ALL, {}, content)
        except KeyUnusable:
            return NotSent(why="key")
        return self._answer(await self._line.send(call, not_after=not_after))

    async def _post(
        self, account: AccountName, path: str, content: bytes, *, not_after: float, items: Items = wire.items
    ) -> Answer:
        """One POST that names orders, on the address that answers; on the next where surely nothing was sent."""
        answer: Answer = NotSent(why="deadline")
        for turn in range(self.hosts):
            where, began = self._addresses[(self._good + turn) % self.hosts], self._clock.monotonic()
            try:
                call = self._signed(account, where, "POST", path, {}, content)
            except KeyUnusable:
                return NotSent(why="key")
            answer = self._answer(await self._line.send(call, not_after=not_after), items)
            self._note(where, path, answer, began)
            if not isinstance(answer, NotSent):
                break
        return answer

    async def cancel_by_id(
        self, account: AccountName, contract: ContractCode, order_ids: Sequence[str], *, not_after: float
    ) -> Answer:
        """Cancel at most ten orders by their ids; see `bot.ports.Exchange`."""
        return await self._by_id.cancel(account, contract, order_ids, not_after=not_after)

    async def ended(self, account: AccountName, contract: ContractCode, order_id: str) -> Ended | None:
        """What became of one order; see `bot.ports.Exchange`."""
        return await self._by_id.ended(account, contract, order_id)

    async def open_triggers(self, account: AccountName, contract: ContractCode) -> tuple[Order, ...]:
        """Every open order that waits for a price; see `bot.ports.Exchange`."""
        return await self._by_id.open_triggers(account, contract)

    async def cancel_triggers(self, account: AccountName, orders: Sequence[Order], *, not_after: float) -> Answer:
        """Cancel orders that wait for a price, by their ids; see `bot.ports.Exchange`."""
        return await self._by_id.cancel_triggers(account, orders, not_after=not_after)

    async def contracts(self) -> tuple[ContractCode, ...]:
        """Every listed contract; see `bot.ports.Exchange`."""
        said, _ = await self._read(CONTRACTS, EVERY_CONTRACT, None)
        return decoded(contract_codes, said.data)

    async def open_orders(self, account: AccountName, contract: ContractCode) -> tuple[Order, ...]:
        """Every open order of a contract or of `ALL`; see `bot.ports.Exchange`."""

        async def fetch(query: OpensQuery) -> tuple[Row, ...]:
            said, _ = await self._read(wire.OPENS, wire.opens_params(query), account)
            return decoded(wire.open_rows, said.data)

        modes = [mode for mode in MARGIN_MODES if (account, contract, mode) not in self._left_out]
        orders, refused = await every_order(fetch, contract, modes)
        # By contract: one without cross margin (1348) says nothing about the others.
        self._left_out |= {(account, contract, mode) for mode in refused}
        return orders

    async def position_mode(self, account: AccountName) -> PositionMode:
        """The account's position mode; see `bot.ports.Exchange`."""
        said, _ = await self._read(wire.POSITION_MODE, {}, account)
        return decoded(wire.position_mode, said.data)

    async def clock_offset(self) -> float:
        """Measure HTX's clock anew, first address first; see `bot.ports.Exchange`.

        Half the round trip is taken off. Called every 20 s or so it also keeps the connection warm.
        """
        self._good = 0
        said, reply = await self._read(wire.TIMESTAMP, {}, None)
        middle = self._system_now() - reply.took / 2
        self._offset = decoded(wire.server_time, said) - middle
        return self._offset

    def reads_left_out(self, account: AccountName) -> tuple[str, ...]:
        """Margin modes HTX refused for this account, for some contract or for all."""
        return tuple(mode for mode in MARGIN_MODES if any(out[::2] == (account, mode) for out in self._left_out))

    async def _read_private(self, path: str, params: Mapping[str, str], account: AccountName) -> Envelope:
        said, _ = await self._read(path, params, account)
        return said

    async def _read(
        self, path: str, params: Mapping[str, str], account: AccountName | None
    ) -> tuple[Envelope, Reply]:
        """One read, on whichever address answers. Raises ReadFailed and KeyUnusable."""
        trouble = Trouble(why="unreachable")
        first = self._good
        for turn in range(ROUNDS * self.hosts):
            host = (first + turn) % self.hosts
            found = await self._read_at(host, path, params, account)
            if not isinstance(found, Trouble):
                self._good = host
                return found
            trouble = found
            if not trouble.elsewhere:
                break
        raise ReadFailed(why=trouble.why, code=trouble.code)

    async def _read_at(
        self, host: int, path: str, params: Mapping[str, str], account: AccountName | None
    ) -> tuple[Envelope, Reply] | Trouble:
        """One read on one address, again after the reset where the rate limit is hit."""
        for _ in range(WAITS):
            found = await self._read_once(self._addresses[host], path, params, account)
            if not isinstance(found, Trouble) or not found.busy:
                return found
            wait = UNSAID_WAIT if found.wait is None else found.wait
            await self._clock.sleep(min(wait, LONGEST_WAIT))
        return await self._read_once(self._addresses[host], path, params, account)

    async def _read_once(
        self, where: Address, path: str, params: Mapping[str, str], account: AccountName | None
    ) -> tuple[Envelope, Reply] | Trouble:
        async with self._reads:
            began = self._clock.monotonic()
            if account is None:
                call = Call(method="GET", address=where, path=path, target=public_target(path, params))
            else:
                call = self._signed(account, where, "GET", path, params)
            outcome = await self._line.send(call)
        found = self._said(outcome, code=None if account is None else OK)
        self._note(where, path, found, began)
        if isinstance(found, Trouble) or not isinstance(outcome, Reply):
            return found if isinstance(found, Trouble) else Trouble(why="unreachable", elsewhere=True)
        return found, outcome

    def _signed(  # noqa: PLR0913, PLR0917  these make one signed request
        self,
        account: AccountName,
        where: Address,
        method: str,
        path: str,
        params: Mapping[str, str],
        content: bytes = b"",
    ) -> Call:
        with self._keys.htx(account) as key:
            target = sign(method, where.host, path, params, key, datetime.fromtimestamp(self._now(), UTC))
        return Call(method=method, address=where, path=path, target=target.encode("ascii"), content=content)

    def _now(self) -> float:
        """HTX's time, Unix seconds."""
        return self._system_now() + self._offset

    def _answer(self, outcome: Outcome, items: Items = wire.items) -> Answer:
        match outcome:
            case Unsent(why=why):
                return NotSent(why=why)
            case Lost(why=why):
                return Ambiguous(why=why)
            case Reply():
                wait = seconds_to_reset(outcome.headers, now=self._now())
                return cancel_answer(status=outcome.status, body=outcome.body, wait=wait, items=items)

    def _said(self, outcome: Outcome, *, code: str | None) -> Envelope | Trouble:
        if not isinstance(outcome, Reply):
            return Trouble(why=outcome.why, elsewhere=True)
        wait = seconds_to_reset(outcome.headers, now=self._now())
        return read_answer(status=outcome.status, body=outcome.body, wait=wait, code=code)

    def _note(self, where: Address, path: str, outcome: Answer | Envelope | Trouble, began: float) -> None:
        log = self._log or structlog.get_logger()
        facts = {name: getattr(outcome, name) for name in ("why", "code") if getattr(outcome, name, None)}
        ms = round((self._clock.monotonic() - began) * 1000)
        # A full disk or a closed pipe must not turn an outcome into an exception.
        with suppress(OSError, ValueError):
            log.info("htx", host=where.host, path=path, outcome=type(outcome).__name__, ms=ms, **facts)
