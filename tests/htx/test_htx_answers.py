from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.htx.answers import Trouble, cancel_answer, read_answer
from bot.htx.wire import Envelope
from bot.model import (
    Ambiguous,
    Answer,
    Answered,
    Maintenance,
    NothingMatched,
    NotSent,
    Refused,
    TooMany,
)
from tests.htx.htx_kit import envelope

FOLDER: Final = Path(__file__).parents[1] / "data" / "wire"
EXPECT: Final[Mapping[str, type]] = {
    "answered": Answered,
    "nothing_matched": NothingMatched,
    "refused": Refused,
    "too_many": TooMany,
    "maintenance": Maintenance,
    "ambiguous": Ambiguous,
}
KEYS: Final = frozenset({"name", "http", "expect", "items", "code", "why", "body", "body-hex"})

SURE: Final = [
    403, 404, *range(1010, 1015), 1031, 1035, 1036, 1066, 1067, *range(1100, 1107), *range(1109, 1116), 1205,
    1220, 1228, 1253, 1348, *range(12001, 12010), 4002, 4007, 6002,
]  # fmt: skip
MAINTAINED: Final = [1056, 1059, 1431]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    where: str
    facts: Mapping[str, str]

    @property
    def status(self) -> int:
        return int(self.facts.get("http", "200"))

    @property
    def body(self) -> bytes:
        hexed = self.facts.get("body-hex")
        return bytes.fromhex(hexed) if hexed is not None else self.facts["body"].encode()


def samples() -> Iterator[Sample]:
    for file in sorted({*FOLDER.glob("*.txt")} - {FOLDER / "codes.txt"}):
        for block in file.read_text(encoding="utf-8").strip().split("\n\n"):
            lines = [line for line in block.split("\n") if not line.startswith("#")]
            pairs = [line.partition(":") for line in lines]
            facts = {name: value.removeprefix(" ") for name, _, value in pairs}
            if facts:
                assert len(facts) == len(pairs), f"{file.name}: a key twice: {facts}"
                yield Sample(where=f"{file.stem}: {facts.get('name')}", facts=facts)


ALL_SAMPLES: Final = tuple(samples())


def said(body: bytes, status: int = 200, wait: float | None = None) -> Answer:
    return cancel_answer(status=status, body=body, wait=wait)


def test_the_kit_is_closed() -> None:
    """Samples have known keys, known expectations, names of their own, and there are at least sixty."""
    for sample in ALL_SAMPLES:
        assert sample.facts.keys() <= KEYS, sample.where
        assert sample.facts["expect"] in EXPECT, sample.where
        assert ("body" in sample.facts) != ("body-hex" in sample.facts), sample.where
    assert len({sample.where for sample in ALL_SAMPLES}) == len(ALL_SAMPLES) >= 60
    assert {sample.facts["expect"] for sample in ALL_SAMPLES} == set(EXPECT)


@pytest.mark.parametrize("sample", ALL_SAMPLES, ids=lambda sample: sample.where)
def test_samples(sample: Sample) -> None:
    """Each sample means what its `expect:` word says, with its code, its reason and its items."""
    answer = said(sample.body, sample.status)
    assert type(answer) is EXPECT[sample.facts["expect"]], answer
    assert getattr(answer, "code", None) == sample.facts.get("code"), answer
    assert getattr(answer, "why", None) == sample.facts.get("why"), answer
    items = answer.items if isinstance(answer, Answered) else ()
    told = " ".join(f"{item.order_id}:{'-' if item.code is None else item.code}" for item in items)
    assert told == sample.facts.get("items", "")


def shapes(code: int) -> tuple[bytes, ...]:
    return (
        b'{"code":%d}' % code,
        b'{"code":"%d","message":"x","data":null,"success":false}' % code,
        b'{"status":"error","err_code":%d,"err_msg":"x","ts":1}' % code,
        b'{"status":"error","err-code":"%d","err-msg":"x","ts":1}' % code,
    )


@pytest.mark.parametrize("code", SURE)
def test_sure_refusals(code: int) -> None:
    """Every code on the closed list is a refusal in every shape, with any 2xx or 4xx status but 429."""
    for body in shapes(code):
        for status in (200, 400, 403, 404, 418):
            assert said(body, status) == Refused(code=str(code))


@pytest.mark.parametrize("code", MAINTAINED)
def test_maintenance_codes(code: int) -> None:
    """Settlement, delivery and maintenance are not executed now."""
    for body in shapes(code):
        assert said(body) == Maintenance(code=str(code))


def test_every_other_code_is_ambiguous() -> None:
    """No code but those on a list means anything: all numbers of five digits were tried."""
    listed = {200, 1032, 1051, *SURE, *MAINTAINED}
    for code in set(range(20_000)) - listed:
        assert said(b'{"code":%d}' % code) == Ambiguous(why=f"code {code}", code=str(code))


@pytest.mark.parametrize("status", [300, 301, 302, 303, 307, 308, 500, 502, 503, 504, 520, 599])
def test_redirects_and_server_errors_prove_nothing(status: int) -> None:
    """With 3xx and 5xx no body is believed."""
    for body in (*shapes(403), *shapes(1032), *shapes(1051), b'{"status":"maintain"}', envelope([])):
        assert isinstance(said(body, status), Ambiguous)


def test_over_the_limit_is_ambiguous() -> None:
    """A reply too large to be read proves nothing."""
    assert cancel_answer(status=200, body=None, wait=None) == Ambiguous(why="too large")


def test_the_wait_is_carried() -> None:
    """Both ways of saying "too many" carry the seconds to the reset."""
    assert said(b'{"code":1032}', wait=1.5) == TooMany(wait=1.5)
    assert said(b"", 429, wait=None) == TooMany(wait=None)


@pytest.mark.parametrize("body", [b'{"code":200,"data":[{"order_id"', b' {"code":1032', b"["])
def test_a_cut_answer_under_429_may_have_said_anything(body: bytes) -> None:
    """What begins as JSON and is cut off is ambiguous under 429, too; a page, or nothing, is "too many"."""
    assert said(body, 429) == Ambiguous(why="not json")
    assert said(b"<html>{", 429) == TooMany(wait=None)


@given(body=st.binary(max_size=60), status=st.integers(100, 599))
def test_noise_is_never_an_effect_word(body: bytes, status: int) -> None:
    """Random bytes never become a success or a refusal, and never raise."""
    answer = said(body, status)
    assert isinstance(answer, Ambiguous | TooMany)
    assert isinstance(answer, Ambiguous) or status == 429
    unclear = body.startswith(b"\xef\xbb\xbf") or body.lstrip()[:1] in (b"{", b"[")
    assert isinstance(answer, TooMany) or status != 429 or unclear


@pytest.mark.parametrize("sample", ALL_SAMPLES, ids=lambda sample: sample.where)
def test_nothing_after_a_byte_order_mark_is_sure(sample: Sample) -> None:
    """HTX writes none: an answer with one is ambiguous to the cancel request, whatever it says."""
    assert isinstance(said(b"\xef\xbb\xbf" + sample.body, sample.status), Ambiguous)


WHOLE: Final = [sample for sample in ALL_SAMPLES if sample.status == 200 and sample.facts["expect"] != "ambiguous"]


def test_every_prefix_is_ambiguous() -> None:
    """A sample that ends early, after any byte, is ambiguous: none of its beginnings is an answer."""
    for sample in WHOLE:
        for cut in range(len(sample.body.rstrip())):
            assert isinstance(said(sample.body[:cut]), Ambiguous), (sample.where, cut)


edits = st.lists(
    st.tuples(st.integers(0, 10**6), st.sampled_from("sdi"), st.integers(0, 255)), min_size=1, max_size=2
)


def edited(body: bytes, at: int, how: str, byte: int) -> bytes:
    """One byte set, deleted or inserted."""
    at %= len(body)
    return body[:at] + (b"" if how == "d" else bytes([byte])) + body[at + (how != "i") :]


@given(sample=st.sampled_from(WHOLE), changes=edits)
def test_a_damaged_answer_never_turns_into_its_opposite(
    sample: Sample, changes: list[tuple[int, str, int]]
) -> None:
    """With one or two bytes wrong, items never become "no effect", and a refusal never becomes items."""
    body = sample.body
    for change in changes:
        body = edited(body, *change) if body else body
    answer = said(body)
    if sample.facts["expect"] == "answered":
        assert not isinstance(answer, Refused | Maintenance | TooMany), body
    else:
        assert not isinstance(answer, Answered), body


@pytest.mark.parametrize("depth", [1_000, 200_000])
def test_deep_nesting(depth: int) -> None:
    """A tower of brackets is an answer of no use, not a crash."""
    body = b'{"code":200,"data":' + b"[" * depth + b"]" * depth + b"}"
    assert isinstance(said(body), Ambiguous)


def test_huge_numbers() -> None:
    """Numbers of ten thousand digits are answers of no use, not crashes."""
    for body in (b'{"code":' + b"4" * 10_000 + b"}", b'{"code":200,"data":[{"order_id":' + b"4" * 99 + b"}]}"):
        assert isinstance(said(body), Ambiguous)


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (502, b"", Trouble(why="http 502", elsewhere=True)),
        (302, b"", Trouble(why="http 302", elsewhere=True)),
        (200, b"<html>", Trouble(why="not json", elsewhere=True)),
        (200, None, Trouble(why="too large", elsewhere=True)),
        (429, b"", Trouble(why="http 429", busy=True, wait=2.0)),
        (200, b'{"code":1032}', Trouble(why="code 1032", code="1032", busy=True, wait=2.0)),
        (200, b'{"code":1411}', Trouble(why="code 1411", code="1411")),
        (200, b'{"code":1071}', Trouble(why="code 1071", code="1071", elsewhere=True, odd=True)),
        (200, b'{"code":1004}', Trouble(why="code 1004", code="1004", elsewhere=True)),
        (200, b'{"code":1030}', Trouble(why="code 1030", code="1030")),
        (200, b'{"status":"error","err_code":4002}', Trouble(why="code 4002", code="4002")),
        (200, b'{"status":"maintain"}', Trouble(why="code maintain", code="maintain")),
        (200, b'{"status":"ok","ts":1}', Trouble(why="http 200", elsewhere=True)),
        (404, b'{"code":200,"data":[]}', Trouble(why="http 404", elsewhere=True)),
        (200, b'{"code":200,"status":"error"}', Trouble(why="contradiction", elsewhere=True)),
    ],
)
def test_reads_that_bring_nothing(status: int, body: bytes | None, expected: Trouble) -> None:
    """A read's trouble says whether another address, or another moment, may do better."""
    assert read_answer(status=status, body=body, wait=2.0) == expected


def test_reads_that_bring_something() -> None:
    """V5 reads succeed by code 200, the old public ones by status ok; neither by the other's word."""
    assert isinstance(read_answer(status=200, body=envelope([]), wait=None), Envelope)
    old = b'{"status":"ok","ts":1731657909123}'
    assert isinstance(read_answer(status=200, body=old, wait=None, code=None), Envelope)
    assert isinstance(read_answer(status=200, body=b'{"ts":1}', wait=None, code=None), Trouble)


def test_not_sent_is_never_read_from_a_reply() -> None:
    """A reply, whatever it is, proves that the request was sent."""
    assert not any(isinstance(said(sample.body, sample.status), NotSent) for sample in ALL_SAMPLES)
