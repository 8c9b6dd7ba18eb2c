import asyncio
import json
import logging
import time
import traceback
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Literal
from urllib.parse import parse_qsl, quote

import pytest
from structlog.testing import capture_logs

from bot.errors import KeyUnusable, ReadFailed
from bot.htx import HtxClient
from bot.model import (
    ALL,
    AccountName,
    Ambiguous,
    Answer,
    Answered,
    ContractCode,
    Maintenance,
    NothingMatched,
    NotSent,
    PositionMode,
    PositionSide,
    Refused,
    Scope,
    Side,
    TooMany,
)
from bot.ports import Exchange
from simulator.htx import (
    Account,
    Cut,
    Drop,
    Fault,
    Hang,
    Html,
    HtxSimulator,
    Maintain,
    Mangle,
    Oversized,
    Patch,
    RateLimited,
    RawBody,
    Redirect,
    Refuse,
    Verdict,
    Words,
)
from tests.htx.htx_kit import (
    ACCESS,
    BTC,
    EVERYTHING,
    LONG_AFTER,
    MAIN,
    SECRET,
    HandClock,
    OneKey,
    Wire,
    answering,
    client_of,
    clock_page,
    envelope,
    hang_up,
    http,
    raw_server,
    scope_of,
    signature_of,
)

CANCEL = "/v5/trade/cancel_all_orders"
OPENS = "/v5/trade/order/opens"
MODE = "/v5/position/mode"
TIME = "/api/v1/timestamp"


@asynccontextmanager
async def desk(
    *more: str, clock: HandClock | None = None
) -> AsyncIterator[tuple[HtxClient, HtxSimulator, Account]]:
    """A simulator with one account, and a client of it, then of `more` addresses."""
    async with HtxSimulator() as sim:
        account = sim.add_account(access_key=ACCESS, secret=SECRET)
        async with client_of(sim.url, *more, clock=clock) as client:
            yield client, sim, account


async def cancel(client: HtxClient, scope: Scope | None = None, host: int = 0) -> Answer:
    return await client.cancel_all(scope or scope_of(), host=host, not_after=LONG_AFTER)


def place(account: Account, count: int, contract: str = BTC) -> set[str]:
    return {account.place(contract=contract, side="buy", position_side="long") for _ in range(count)}


async def test_it_is_an_exchange() -> None:
    """The client has the shape the service asks for."""
    async with client_of("https://api.hbdm.com", "https://api.hbdm.vn") as client:
        exchange: Exchange = client
        assert exchange.ranking == (0, 1)


async def test_posted_scope_is_the_stored_scope() -> None:
    """For every side, position side, and one contract or all, the bytes HTX receives say the scope."""
    async with desk() as (client, sim, account):
        scopes = [scope_of(c, s, p) for c in (BTC, ALL) for s in Side for p in PositionSide]
        for scope in scopes:
            place(account, 1)
            await cancel(client, scope)
        posts = sim.posts(CANCEL)
        assert len(posts) == len(scopes) == 24
        for scope, post in zip(scopes, posts, strict=True):
            facts = {"contract_code": scope.contract, "side": scope.side, "position_side": scope.position_side}
            assert json.loads(post.body) == {n: str(v) for n, v in facts.items() if v not in ("ALL", "any")}
            assert post.verdict is Verdict.VALID
            assert post.content_type == "application/json"


async def test_the_bytes_on_the_wire_are_the_signed_bytes() -> None:
    """An independent signer finds the same signature over exactly what arrived, for POST and for GET."""
    async with desk() as (client, sim, _):
        await cancel(client)
        await client.open_orders(MAIN, BTC)
        for record in (*sim.posts(CANCEL), *sim.requests(OPENS)):
            pairs = dict(parse_qsl(record.raw_query, strict_parsing=True))
            signature = pairs.pop("Signature")
            assert signature == signature_of(SECRET, record.method, sim.host, record.path, pairs)


async def test_answered_and_nothing_matched() -> None:
    """What the simulator cancels is told item by item; with nothing to cancel every known way says so."""
    async with desk() as (client, sim, account):
        placed = place(account, 14)
        answer = await cancel(client)
        assert isinstance(answer, Answered)
        assert {(item.order_id, item.code) for item in answer.items} == {(one, 200) for one in placed}
        ways: tuple[Literal["1051", "empty", "null", "legacy"], ...] = ("1051", "empty", "null", "legacy")
        for way in ways:
            sim.behaviour.nothing_to_cancel = way
            assert await cancel(client) == NothingMatched()


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (Refuse(code=1100), Refused),
        (Refuse(code=403, shape="legacy"), Refused),
        (Refuse(code=12005, status=403), Refused),
        (Refuse(code=1056), Maintenance),
        (Maintain(), Maintenance),
        (RateLimited(), TooMany),
        (RateLimited(status=429, shape="legacy", reset="epoch"), TooMany),
        (Refuse(code=1000), Ambiguous),
        (Refuse(code=1100, status=500), Ambiguous),
        (Refuse(code=1003, acts=True), Ambiguous),
        (Html(status=502), Ambiguous),
        (Html(status=403), Ambiguous),
        (Redirect(), Ambiguous),
        (RawBody(body=b"ok"), Ambiguous),
        (Oversized(), Ambiguous),
        (Mangle(kind="garbage"), Ambiguous),
        (Mangle(kind="empty"), Ambiguous),
        (Mangle(kind="array"), Ambiguous),
        (Mangle(kind="duplicate_keys"), Ambiguous),
        (Mangle(kind="wrong_types"), Ambiguous),
        (Mangle(kind="string_codes"), Answered),
        (Mangle(kind="numeric_ids"), Answered),
        (Patch(changes={"status": "error"}), Ambiguous),
        (Words(), Answered),
        (Words(text=None), Answered),
        (Cut(at=40), Ambiguous),
        (Drop(), Ambiguous),
        (Drop(acts=True), Ambiguous),
        (Drop(reset=True), Ambiguous),
        (Hang(seconds=0.05, acts=True), Ambiguous),
    ],
    ids=repr,
)
async def test_faults_of_the_exchange(fault: Fault, kind: type) -> None:
    """Each fault gets its class, and exactly one request is made; a claimed refusal left every order open."""
    async with desk() as (client, sim, account):
        place(account, 3)
        sim.faults.add(fault, CANCEL)
        answer = await cancel(client)
        assert type(answer) is kind, answer
        assert len(sim.posts(CANCEL)) == 1
        if kind in (Refused, Maintenance, TooMany):
            assert len(account.open_orders()) == 3


async def test_the_attempt_goes_where_it_is_told() -> None:
    """The cancel request never fails over by itself: each address is one attempt, refused connection or not."""
    async with raw_server(hang_up) as other, desk(other.url) as (client, sim, _):
        await sim.refuse()
        assert await cancel(client, host=0) == NotSent(why="connect")
        assert other.wires == []
        assert isinstance(await cancel(client, host=1), Ambiguous)
        assert other.received.count(b"POST ") == 1


# --- reads -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [0, 14, 100, 230])
@pytest.mark.parametrize("inclusive", [False, True])
async def test_open_orders(count: int, inclusive: bool) -> None:
    """All orders of the contract are read, over any number of pages, and none of another."""
    async with desk() as (client, sim, account):
        sim.behaviour.from_inclusive = inclusive
        sim.behaviour.opens_margin = "cross"
        placed = place(account, count)
        placed.add(account.place(contract=BTC, side="sell", position_side="short", margin_mode="isolated"))
        other = place(account, 3, "ETH-USDT")
        assert {o.order_id for o in await client.open_orders(MAIN, BTC)} == placed
        assert {o.order_id for o in await client.open_orders(MAIN, ALL)} == placed | other
        assert all(record.verdict is Verdict.VALID for record in sim.log)


async def test_reads_left_out_are_remembered_by_contract() -> None:
    """A margin mode HTX refuses is not asked for again there, is told of, and is still asked for elsewhere."""

    async def script(wire: Wire) -> None:
        while request := await wire.request():
            refused = b"margin_mode=cross" in request and b"BTC-USDT" in request
            await wire.send(http(b'{"code":1348}' if refused else envelope([])))

    async with raw_server(script) as raw, client_of(raw.url) as client:
        assert client.reads_left_out(MAIN) == ()
        for expected in (3, 5):
            await client.open_orders(MAIN, BTC)
            assert raw.received.count(b"GET ") == expected
        assert client.reads_left_out(MAIN) == ("cross",)
        assert client.reads_left_out(AccountName("other")) == ()
        await client.open_orders(MAIN, ContractCode("ETH-USDT"))
        assert raw.received.count(b"GET ") == 8


async def test_a_refused_contract_leaves_nothing_out() -> None:
    """A refusal of the mandatory read fails the read, and says nothing about margin modes."""
    async with desk() as (client, sim, _):
        sim.faults.add(Refuse(code=1067), OPENS)
        with pytest.raises(ReadFailed) as caught:
            await client.open_orders(MAIN, BTC)
        assert (caught.value.why, caught.value.code) == ("code 1067", "1067")
        assert client.reads_left_out(MAIN) == ()


@pytest.mark.parametrize("mode", PositionMode)
async def test_position_mode(mode: PositionMode) -> None:
    """The position mode is read as it is."""
    async with HtxSimulator() as sim:
        sim.add_account(access_key=ACCESS, secret=SECRET, position_mode=mode.value)
        async with client_of(sim.url) as client:
            assert await client.position_mode(MAIN) is mode


async def test_reads_go_on_to_the_next_address() -> None:
    """A dead address, a 5xx, a page of HTML or a cut answer sends a read to the next one, and there it stays."""
    scripts = (hang_up, answering(b"", status="502 Bad Gateway"), answering(b"<html>"))
    for script in scripts:
        async with (
            raw_server(script) as bad,
            raw_server(answering(envelope([]))) as good,
            client_of(bad.url, good.url) as client,
        ):
            await client.open_orders(MAIN, BTC)
            await client.open_orders(MAIN, BTC)
            assert (bad.received.count(b"GET "), good.received.count(b"GET ")) == (3, 6)


async def test_reads_give_up_after_two_rounds() -> None:
    """With no address in order a read fails after two tries at each."""
    async with (
        raw_server(hang_up) as one,
        raw_server(answering(b"", status="503 Busy")) as two,
        client_of(one.url, two.url) as client,
    ):
        with pytest.raises(ReadFailed) as caught:
            await client.position_mode(MAIN)
        assert caught.value.why == "http 503"
        assert (one.received.count(b"GET "), two.received.count(b"GET ")) == (2, 2)


async def test_reads_that_never_left_use_up_nothing() -> None:
    """However long no address can be reached, the first read afterwards waits for no rate limit."""
    clock = HandClock()
    async with client_of("http://127.0.0.1:9", "http://127.0.0.1:9", clock=clock) as client:
        for _ in range(20):
            with pytest.raises(ReadFailed):
                await client.position_mode(MAIN)
    assert clock.slept == []


async def test_refusals_of_reads_are_final() -> None:
    """A code of HTX's is an answer: another address is not asked."""
    async with (
        raw_server(answering(b'{"code":1411}')) as one,
        raw_server(answering(envelope([]))) as two,
        client_of(one.url, two.url) as client,
    ):
        with pytest.raises(ReadFailed) as caught:
            await client.position_mode(MAIN)
        assert (caught.value.why, caught.value.code) == ("code 1411", "1411")
        assert two.wires == []


@pytest.mark.parametrize(
    ("fault", "waits"),
    [
        (RateLimited(reset_ms=1500), [1.5]),
        (RateLimited(reset_ms=50_000, status=429), [3.0]),
        (Refuse(code=1032, shape="legacy"), [1.0]),
    ],
    ids=["said", "long", "unsaid"],
)
async def test_reads_wait_for_the_rate_limit(fault: Fault, waits: list[float]) -> None:
    """Over the limit a read waits for the reset, at most 3 s, and tries again."""
    clock = HandClock()
    async with desk(clock=clock) as (client, sim, _):
        sim.limiter.limit = 10_000
        sim.faults.add(fault, MODE, times=1)
        await client.position_mode(MAIN)
        assert len(clock.slept) == 1
        # Never less than said, and a hair more: the wait is the budget's.
        assert clock.slept[0] - waits[0] == pytest.approx(0.0015, abs=0.0015) or isinstance(fault, Refuse)


async def test_reads_do_not_wait_for_ever() -> None:
    """A limit that is never lifted fails the read."""
    clock = HandClock()
    async with desk(clock=clock) as (client, sim, _):
        sim.faults.add(RateLimited(), MODE)
        with pytest.raises(ReadFailed) as caught:
            await client.position_mode(MAIN)
        assert caught.value.code == "1032"
        assert len(clock.slept) == 3


async def test_an_unusable_key_is_told_apart() -> None:
    """A read without a key raises KeyUnusable, not ReadFailed: another address would not help."""
    async with desk() as (client, sim, _):
        for read in (client.open_orders(AccountName("other"), BTC), client.position_mode(AccountName("other"))):
            with pytest.raises(KeyUnusable):
                await read
        assert sim.log == ()


async def test_hanging_reads_do_not_hold_up_the_request() -> None:
    """With dozens of reads hanging, the cancel request finds a connection at once."""
    async with desk() as (client, sim, _):
        switch = sim.faults.add(Hang(), OPENS)
        reads = [asyncio.create_task(client.open_orders(MAIN, BTC)) for _ in range(50)]
        await asyncio.sleep(0.2)
        began = time.monotonic()
        assert await cancel(client) == NothingMatched()
        assert time.monotonic() - began < 0.4
        for read in reads:
            read.cancel()
        await asyncio.gather(*reads, return_exceptions=True)
        switch.clear()


# --- time ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ahead", [-3600.0, 0.0, 90.5])
async def test_the_offset_is_measured_and_used(ahead: float) -> None:
    """The offset is HTX's clock less ours, and signatures carry HTX's time from then on."""
    async with desk() as (client, sim, _):
        sim.behaviour.clock_offset = ahead
        assert client.offset == 0.0
        (found,) = await client.measure()
        assert found.clock_offset == client.offset == pytest.approx(ahead, abs=0.1)
        assert await cancel(client) == NothingMatched()
        assert sim.posts(CANCEL)[0].verdict is Verdict.VALID


async def test_each_address_is_signed_for_by_its_own_clock() -> None:
    """An address whose clock is an hour off is sent its own time, and the other one is sent the right time."""
    async with HtxSimulator() as odd, HtxSimulator() as good:
        odd.behaviour.clock_offset = 3600
        for sim in (odd, good):
            sim.add_account(access_key=ACCESS, secret=SECRET)
        async with client_of(odd.url, good.url) as client:
            await client.measure()
            assert client.offset == pytest.approx(0, abs=0.1)
            for host, sim in enumerate((odd, good)):
                assert await cancel(client, host=host) == NothingMatched()
                assert sim.posts(CANCEL)[0].verdict is Verdict.VALID


async def test_half_the_round_trip_is_taken_off() -> None:
    """A slow answer shifts the offset by half its delay at most, and connecting does not count."""

    async def script(wire: Wire) -> None:
        while await wire.request():
            stamp = round(time.time() * 1000)
            await asyncio.sleep(0.2)
            await wire.send(http(json.dumps({"status": "ok", "ts": stamp}).encode()))

    async with raw_server(script) as raw, client_of(raw.url) as client:
        (found,) = await client.measure()
        assert found.clock_offset == pytest.approx(-0.1, abs=0.05)
        assert found.took == pytest.approx(0.2, abs=0.05)


async def test_the_public_call_is_unsigned() -> None:
    """Asking for the time opens no key and sends no signature, and says what each address answered."""
    keys = OneKey()
    async with (
        raw_server(answering(b"", status="502 Bad Gateway")) as bad,
        raw_server(answering(clock_page())) as good,
    ):
        async with client_of(bad.url, good.url, keys=keys) as client:
            one, two = await client.measure()
        assert (one.trouble, two.trouble) == ("http 502", None)
        assert keys.opened == 0
        assert good.received.startswith(b"GET /api/v1/timestamp HTTP/1.1\r\n")
        assert b"Signature" not in good.received


@pytest.mark.parametrize("body", [b'{"status":"ok"}', b'{"status":"ok","ts":1}', b'{"status":"maintain"}', b"[]"])
async def test_a_time_that_cannot_be_read(body: bytes) -> None:
    """Without a believable time the offset stays as it was, and the address is in trouble."""
    async with raw_server(answering(body)) as raw, client_of(raw.url) as client:
        (found,) = await client.measure()
        assert found.trouble is not None
        assert client.offset == 0.0


# --- secrets ---------------------------------------------------------------------------------------------------


def signatures(sim: HtxSimulator) -> set[str]:
    pairs = [parse_qsl(record.raw_query) for record in sim.log]
    return {value for each in pairs for name, value in each if name == "Signature"}


def words_of(error: BaseException | None) -> str:
    """All that an error and what it drags along could say."""
    said = ""
    while error is not None:
        request = getattr(error, "request", None)
        said += repr(error) + str(error) + repr(vars(error)) + repr(getattr(request, "extensions", ""))
        said += "".join(traceback.format_exception(error))
        error = error.__cause__ or error.__context__
    return said


async def test_no_secret_in_logs_or_errors(caplog: pytest.LogCaptureFixture) -> None:
    """Keys, signatures and queries are in no log line, at any level of any library, and in no exception."""
    caplog.set_level(logging.DEBUG)
    errors: list[BaseException] = []
    with capture_logs() as logs:
        async with desk() as (client, sim, _):
            await cancel(client)
            await client.open_orders(MAIN, BTC)
            for fault in (Refuse(code=1411), Html(), Drop(), Mangle(kind="garbage"), Redirect(location="/?x=1")):
                switch = sim.faults.add(fault)
                await cancel(client)
                await client.measure()
                for read in (client.open_orders(MAIN, BTC), client.position_mode(MAIN)):
                    with pytest.raises(ReadFailed) as caught:
                        await read
                    errors.append(caught.value)
                switch.clear()
            canaries = {ACCESS, SECRET, "AccessKeyId", "Signature", *signatures(sim)}
            canaries |= {quote(canary, safe="") for canary in canaries}
    assert len(canaries) > 6
    heard = repr(logs) + caplog.text + "".join(words_of(error) for error in errors) + repr(client)
    assert [canary for canary in canaries if canary in heard] == []
    assert all(error.__cause__ is None and error.__context__ is None for error in errors)


async def test_what_is_logged() -> None:
    """An attempt is one line: host, path, outcome, milliseconds, and the code or the reason where there is one."""
    async with desk() as (client, sim, _):
        sim.faults.add(Refuse(code=1100), CANCEL)
        with capture_logs() as logs:
            await cancel(client, EVERYTHING)
        (line,) = logs
        assert isinstance(line.pop("ms"), int)
        assert line == {
            "event": "htx",
            "log_level": "info",
            "host": sim.host,
            "path": CANCEL,
            "outcome": "Refused",
            "code": "1100",
        }


async def test_a_log_that_cannot_be_written_changes_no_outcome() -> None:
    """A full disk under the log does not turn an answer into an exception."""

    class Full:
        def info(self, event: str, /, **facts: object) -> None:
            raise OSError(28, "No space left on device")

    async with HtxSimulator() as sim:
        sim.add_account(access_key=ACCESS, secret=SECRET)
        client = HtxClient(urls=[sim.url], keys=OneKey(), clock=HandClock(), system_now=time.time, log=Full())
        async with client:
            assert await cancel(client) == NothingMatched()
