"""Signatures: the published vectors hold, and nothing else does."""

import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import httpx
import pytest

from simulator.htx import HtxSimulator, Verdict
from simulator.htx.signature import Signed, judge
from tests.simulator.simulator_htx_kit import (
    BALANCE,
    CANCEL_ALL,
    NOON,
    OPENS,
    Desk,
    open_desk,
    sign,
)

Vector = dict[str, Any]

VECTORS_FILE = Path(__file__).parents[1] / "data" / "htx-signature-vectors.json"
VECTORS: list[Vector] = json.loads(VECTORS_FILE.read_text(encoding="utf-8"))["vectors"]
REST = [vector for vector in VECTORS if vector["kind"] == "rest"]
SOCKET = [vector for vector in VECTORS if vector["kind"] == "websocket_auth"]


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with open_desk() as opened:
        yield opened


@pytest.mark.parametrize("vector", REST, ids=lambda vector: f"vector{vector['index']}")
async def test_rest_vectors_are_accepted_over_the_wire(vector: Vector) -> None:
    """A published REST vector, sent byte for byte with its Host, is valid at its own time."""
    url = urlsplit(vector["expected_url"])
    headers = {**vector["expected_headers"], "Host": vector["host"]}
    clock = vector["timestamp_ms"] / 1000
    async with HtxSimulator(clock=lambda: clock) as sim, httpx.AsyncClient() as http:
        sim.add_account(access_key=vector["access_key"], secret=vector["secret"])
        await http.request(
            vector["method"],
            f"{sim.url}{url.path}?{url.query}",
            headers=headers,
            content=vector["body"],
        )
        assert [record.verdict for record in sim.log] == [Verdict.VALID]


@pytest.mark.parametrize("vector", SOCKET, ids=lambda vector: f"vector{vector['index']}")
def test_socket_vectors_follow_the_same_rule(vector: Vector) -> None:
    """A published WebSocket login is valid once its plain values are written as a query."""
    message: dict[str, str] = vector["expected_message"]
    fields = {name: message[name] for name in sorted(message) if name not in ("op", "type")}
    query = "&".join(f"{name}={quote(value, safe='-_.~')}" for name, value in fields.items())
    request = Signed(method=vector["method"], host=vector["host"], path=vector["path"], query=query)
    secret_of = {vector["access_key"]: vector["secret"]}
    assert judge(request, secret_of, vector["timestamp_ms"] / 1000) is Verdict.VALID


def test_the_vector_file_still_has_both_kinds() -> None:
    """The tests above run on at least three REST vectors and one login."""
    assert len(REST) >= 3
    assert len(SOCKET) >= 1


def _swapped(url: str) -> str:
    key, method, rest = url.split("&", 2)
    head, _, key = key.partition("?")
    return f"{head}?{method}&{key}&{rest}"


MUTATIONS: dict[str, tuple[Verdict, Callable[[str], str]]] = {
    "signature": (Verdict.WRONG, lambda url: url[:-8] + ("A" if url[-8] != "A" else "B") + url[-7:]),
    "time": (Verdict.WRONG, lambda url: url.replace("A09&", "A10&")),
    "raw padding": (Verdict.WRONG, lambda url: url.replace("%3D", "=")),
    "no query": (Verdict.UNSIGNED, lambda url: url.partition("?")[0]),
    "no signature": (Verdict.UNSIGNED, lambda url: url.partition("&Signature=")[0]),
    "key": (Verdict.UNKNOWN_KEY, lambda url: url.replace("simulated-key", "other-key")),
    "method": (Verdict.BAD_METHOD, lambda url: url.replace("HmacSHA256", "HmacSHA1")),
    "version": (Verdict.BAD_VERSION, lambda url: url.replace("Version=2", "Version=1")),
    "no time": (Verdict.NO_TIMESTAMP, lambda url: url.replace("Timestamp=", "Zeit=")),
    "lower hex": (Verdict.BAD_ENCODING, lambda url: url.replace("%3A", "%3a")),
    "raw colon": (Verdict.BAD_ENCODING, lambda url: url.replace("%3A", ":")),
    "order": (Verdict.BAD_ORDER, _swapped),
    "repeated": (Verdict.DUPLICATE, lambda url: url + "&SignatureVersion=2"),
}


@pytest.mark.parametrize("name", MUTATIONS)
async def test_mutated_signatures_are_refused(desk: Desk, name: str) -> None:
    """A signed URL changed in any way is refused as an authentication error, with its reason."""
    verdict, mutate = MUTATIONS[name]
    answer = (await desk.http.get(mutate(desk.url("GET", BALANCE)))).json()
    assert desk.sim.log[0].verdict is verdict
    assert (answer["status"], answer["err_code"]) == ("error", 403)


async def test_post_signs_only_the_auth_parameters(desk: Desk) -> None:
    """A POST with business parameters in its query is refused even when they are signed."""
    desk.account.place()
    url = desk.url("POST", CANCEL_ALL, {"side": "buy"})
    answer = (await desk.http.post(url, json={})).json()
    assert desk.sim.log[0].verdict is Verdict.EXTRA_ON_POST
    assert answer["err_code"] == 403
    assert len(desk.account.open_orders()) == 1


async def test_get_signs_its_business_parameters(desk: Desk) -> None:
    """A parameter added after signing is refused, the same one signed along is accepted."""
    added = desk.url("GET", OPENS).replace("&Signature=", "&limit=100&Signature=")
    assert (await desk.http.get(added)).json()["err_code"] == 403
    assert (await desk.get(OPENS, {"limit": "100"})).json()["code"] == 200


async def test_the_host_line_is_the_host_header(desk: Desk) -> None:
    """A request signed for 127.0.0.1 with its port is refused under another Host header."""
    url = desk.url("GET", BALANCE)
    answer = await desk.http.get(url, headers={"Host": "127.0.0.1"})
    assert desk.sim.log[0].verdict is Verdict.WRONG
    assert answer.json()["err_code"] == 403


@pytest.mark.parametrize(
    ("drift", "verdict"),
    [
        (300, Verdict.VALID),
        (-300, Verdict.VALID),
        (301, Verdict.STALE),
        (-301, Verdict.STALE),
    ],
)
async def test_the_window_is_five_minutes(desk: Desk, drift: float, verdict: Verdict) -> None:
    """A timestamp may be five minutes off either way on the exchange's own clock, no more."""
    desk.sim.behaviour.clock_offset = drift
    await desk.get(BALANCE)
    assert desk.sim.log[0].verdict is verdict


@pytest.mark.parametrize("stamp", ["2024-11-15T08:05:09Z", "2024-11-15T8:5:9", "1731657909"])
def test_other_time_formats_are_refused(stamp: str) -> None:
    """A timestamp must read YYYY-MM-DDThh:mm:ss, without milliseconds and without Z."""
    secret = "a-secret"
    query = f"AccessKeyId=key&SignatureMethod=HmacSHA256&SignatureVersion=2&Timestamp={quote(stamp, safe='-_.~')}"
    signature = sign(secret, f"GET\nh\n/p\n{query}")
    request = Signed(method="GET", host="h", path="/p", query=f"{query}&Signature={signature}")
    assert judge(request, {"key": secret}, NOON) is Verdict.BAD_TIMESTAMP


async def test_refusals_can_take_the_v5_shape(desk: Desk) -> None:
    """The shape of an authentication error is switchable: legacy 403, V5 1253, V5 120xx."""
    unsigned = f"{desk.sim.url}{BALANCE}"
    legacy = (await desk.http.get(unsigned)).json()
    desk.sim.behaviour.auth_error = "v5_1253"
    plain = (await desk.http.get(unsigned)).json()
    desk.sim.behaviour.auth_error = "v5_12008"
    table = (await desk.http.get(unsigned)).json()
    stale = desk.url("GET", BALANCE)
    desk.clock.now += 600
    late = (await desk.http.get(stale)).json()
    assert legacy["err_msg"] == "Verification failure [校验失败]"
    assert (plain["code"], table["code"], late["code"]) == (1253, 12008, 12001)


async def test_an_unknown_key_is_told_apart(desk: Desk) -> None:
    """The legacy refusal of an unknown key has the words seen in the wild."""
    url = desk.url("GET", BALANCE).replace("simulated-key", "other-key")
    assert (await desk.http.get(url)).json()["err_msg"] == "Incorrect Access key [Access key错误]"


async def test_the_log_can_be_redacted(desk: Desk) -> None:
    """A record shows neither key id nor signature in its repr and its redacted query."""
    url = desk.url("GET", BALANCE)
    await desk.http.get(url)
    record = desk.sim.log[0]
    signature = url.partition("&Signature=")[2]
    for shown in (repr(record), record.redacted_query):
        assert desk.account.access_key not in shown
        assert signature not in shown
    assert signature in record.raw_query
