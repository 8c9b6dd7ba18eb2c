"""The client against the simulator: what is sent, and what an answer comes to."""

import json
from typing import Literal
from urllib.parse import parse_qsl

import pytest

from bot.errors import KeyUnusable
from bot.model import (
    ALL,
    AccountName,
    Ambiguous,
    Answered,
    Maintenance,
    NothingMatched,
    NotSent,
    PositionSide,
    Refused,
    Side,
    TooMany,
)
from bot.ports import Exchange
from simulator.htx import (
    Cut,
    Drop,
    Fault,
    Hang,
    Html,
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
from tests.htx.htx_desk import CANCEL, OPENS, cancel, desk, place
from tests.htx.htx_kit import BTC, MAIN, SECRET, client_of, hang_up, raw_server, scope_of, signature_of


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


async def test_an_unusable_key_is_told_apart() -> None:
    """A read without a key raises KeyUnusable, not ReadFailed: another address would not help."""
    async with desk() as (client, sim, _):
        for read in (client.open_orders(AccountName("other"), BTC), client.position_mode(AccountName("other"))):
            with pytest.raises(KeyUnusable):
                await read
        assert sim.log == ()


# --- time ------------------------------------------------------------------------------------------------------


# --- secrets ---------------------------------------------------------------------------------------------------
