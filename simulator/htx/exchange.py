"""The way of one request through the exchange: gate, fault, deed, answer. No sockets here."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from simulator.htx.behaviour import Behaviour
from simulator.htx.book import Account, Ids, PositionMode
from simulator.htx.call import Call, PrivateCall
from simulator.htx.contracts import Contracts
from simulator.htx.faults import Cut, Delay, Drop, Fault, Hang
from simulator.htx.gate import Pass, auth_error, not_found, too_many
from simulator.htx.limits import RateLimiter
from simulator.htx.pacing import Pacer
from simulator.htx.record import Answer, Effect, EffectKind, Log, Record
from simulator.htx.replacements import Maintain, Replacement, describe
from simulator.htx.replies import Problem, Reply, v5_error
from simulator.htx.routes import HEARTBEAT, PRIVATE, PUBLIC
from simulator.htx.shaping import shape
from simulator.htx.signature import Signed, Verdict, access_key_of, business_parameters, judge
from simulator.htx.switchboard import Faults, Switch


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """A request as received; `query` raw, `host` the Host header, `connection` the client port."""

    method: str
    path: str
    query: str
    host: str
    content_type: str
    body: bytes
    connection: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """What to do with the connection: answer, cut the answer after `cut` bytes, or just close."""

    reply: Reply | None = None
    cut: int | None = None
    reset: bool = False


class Exchange:
    """All state of one simulated exchange.

    Attributes:
        behaviour: switches for what the documentation leaves open.
        contracts: what is listed.
        faults: what is going wrong.
        log: every request so far.
        limiter: budgets by UID.
        accounts: every account, in the order they were opened.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], float],
        monotonic: Callable[[], float],
        pacer: Pacer,
        limiter: RateLimiter,
        contracts: Contracts,
    ) -> None:
        self.behaviour = Behaviour()
        self.contracts = contracts
        self.faults = Faults()
        self.log = Log()
        self.limiter = limiter
        self.accounts: list[Account] = []
        self._clock = clock
        self._monotonic = monotonic
        self._pacer = pacer
        self._ids = Ids()

    def now(self) -> float:
        """The exchange's own time, unix seconds, offset included."""
        return self._clock() + self.behaviour.clock_offset

    def now_ms(self) -> int:
        """The same in milliseconds."""
        return int(self.now() * 1000)

    def add_account(self, *, uid: str | None, position_mode: PositionMode) -> Account:
        """Opens an account without keys."""
        account = Account(
            uid=uid or str(100000001 + len(self.accounts)),
            position_mode=position_mode,
            contracts=self.contracts,
            ids=self._ids,
            now_ms=self.now_ms,
        )
        self.accounts.append(account)
        return account

    async def handle(self, request: Incoming) -> Outgoing:
        """Carries one request through; written to the log before anything is awaited."""
        switches = self.faults.take(request.path)
        faults = tuple(switch.fault for switch in switches)
        entry = self._gate(request)
        number = self._open(request, entry.verdict, faults)
        await self._pacer.pause_for(fault.before for fault in faults if isinstance(fault, Delay))
        closed = await self._silence(switches, acts=False)
        if closed is not None:
            return closed
        reply = self._reply(request, entry, faults, number)
        closed = await self._silence(switches, acts=True)
        if closed is not None:
            return closed
        await self._pacer.pause_for(fault.after for fault in faults if isinstance(fault, Delay))
        return self._send(number, shape(reply, faults), faults)

    def _gate(self, request: Incoming) -> Pass:
        """Judges path, signature and rate, in this order."""
        ts = self.now_ms()
        if request.path in PUBLIC and request.method == "GET":
            return Pass(verdict=Verdict.PUBLIC)
        route = PRIVATE.get(request.path)
        if route is None or route.method != request.method:
            return Pass(verdict=Verdict.PUBLIC, refusal=not_found(ts))
        signed = Signed(method=request.method, host=request.host, path=request.path, query=request.query)
        owners = {key: account for account in self.accounts for key in account.secret_of}
        secret_of = {key: account.secret_of[key] for key, account in owners.items()}
        verdict = judge(signed, secret_of, self.now())
        if verdict is not Verdict.VALID:
            return Pass(verdict=verdict, refusal=auth_error(verdict, self.behaviour, ts))
        account = owners[access_key_of(request.query) or ""]
        quota = self.limiter.take(account.uid, route.kind, self._clock())
        now_ms = ts if self.behaviour.reset_header == "epoch" else None
        headers = quota.headers(now_ms=now_ms)
        refusal = None if quota.allowed else too_many(self.behaviour, ts)
        return Pass(verdict=verdict, account=account, headers=headers, refusal=refusal)

    def _open(self, request: Incoming, verdict: Verdict, faults: tuple[Fault, ...]) -> int:
        number = self.log.next_number()
        record = Record(
            number=number,
            received=self._monotonic(),
            connection=request.connection,
            method=request.method,
            path=request.path,
            raw_query=request.query,
            host=request.host,
            content_type=request.content_type,
            body=request.body,
            json=_parsed(request.body),
            access_key=access_key_of(request.query),
            verdict=verdict,
            faults=tuple(describe(fault) for fault in faults),
        )
        self.log.add(record)
        return number

    async def _silence(self, switches: Iterable[Switch], *, acts: bool) -> Outgoing | None:
        """A connection to be closed without an answer, after hanging if so asked."""
        for switch in switches:
            match switch.fault:
                case Hang(seconds=seconds, acts=when) if when is acts:
                    await self._pacer.pause(seconds, until=switch.cleared)
                    return Outgoing()
                case Drop(acts=when, reset=reset) if when is acts:
                    return Outgoing(reset=reset)
                case _:
                    pass
        return None

    def _reply(self, request: Incoming, entry: Pass, faults: tuple[Fault, ...], number: int) -> Reply:
        """The answer before shaping. Faults in front of the gate win, then the gate, then the rest."""
        others = [fault for fault in faults if isinstance(fault, Replacement)]
        if request.path == HEARTBEAT:
            # HTX docs: the heartbeat is what still answers during maintenance.
            others = [fault for fault in others if not isinstance(fault, Maintain)]
        front = next((fault for fault in others if fault.gateway and not fault.acts), None)
        if front is not None:
            return front.reply(self.now_ms())
        if entry.refusal is not None:
            reply = entry.refusal
        else:
            refusal = next((fault for fault in others if not fault.acts), None)
            reply = refusal.reply(self.now_ms()) if refusal else self._act(request, entry, faults, number)
            after = next((fault for fault in others if fault.acts), None)
            reply = after.reply(self.now_ms()) if after and not refusal else reply
        return _with_headers(reply, entry)

    def _act(self, request: Incoming, entry: Pass, faults: tuple[Fault, ...], number: int) -> Reply:
        ts = self.now_ms()
        call = Call(
            query=business_parameters(request.query),
            body=request.body,
            content_type=request.content_type,
            ts=ts,
            behaviour=self.behaviour,
            contracts=self.contracts,
            faults=faults,
        )
        try:
            if entry.account is None:
                return PUBLIC[request.path](call)
            return PRIVATE[request.path].endpoint(self._private(call, entry.account, number))
        except Problem as problem:
            return v5_error(problem.code, ts, problem.detail)

    def _private(self, call: Call, account: Account, number: int) -> PrivateCall:
        def note(kind: EffectKind, order_id: str) -> None:
            effect = Effect(kind=kind, order_id=order_id, at=self._monotonic())
            self.log.note(number, effect)

        return PrivateCall(
            query=call.query,
            body=call.body,
            content_type=call.content_type,
            ts=call.ts,
            behaviour=call.behaviour,
            contracts=call.contracts,
            faults=call.faults,
            account=account,
            note=note,
            later=self._pacer.later,
        )

    def _send(self, number: int, reply: Reply, faults: tuple[Fault, ...]) -> Outgoing:
        body = reply.body()
        cut = next((min(fault.at, len(body)) for fault in faults if isinstance(fault, Cut)), None)
        headers = (("Content-Type", reply.content_type), *reply.headers)
        answer = Answer(
            status=reply.status,
            headers=headers,
            body=body,
            sent=len(body) if cut is None else cut,
            at=self._monotonic(),
        )
        self.log.answered(number, answer)
        return Outgoing(reply=replace(reply, raw=body), cut=cut)


def _with_headers(reply: Reply, entry: Pass) -> Reply:
    named = {name for name, _ in reply.headers}
    added = tuple(header for header in entry.headers if header[0] not in named)
    return replace(reply, headers=(*reply.headers, *added))


def _parsed(body: bytes) -> object:
    try:
        parsed: object = json.loads(body)
    except ValueError:
        return None
    return parsed
