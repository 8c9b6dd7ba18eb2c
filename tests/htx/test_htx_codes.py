"""The table of HTX's codes, code by code: `tests/data/wire/codes.txt`."""

from pathlib import Path
from typing import Final

import pytest

from bot.htx.answers import Trouble, cancel_answer, read_answer
from bot.htx.codes import KINDS, MAINTAIN
from bot.model import Ambiguous, Answer, Answered, Maintenance, NothingMatched, Refused, TooMany

FILE: Final = Path(__file__).parents[1] / "data" / "wire" / "codes.txt"
CANCEL: Final[dict[str, type]] = {
    "done": Answered,
    "nothing_matched": NothingMatched,
    "refused": Refused,
    "too_many": TooMany,
    "maintenance": Maintenance,
    "ambiguous": Ambiguous,
}
READ: Final = ("found", "wait", "fails", "again")


def table() -> dict[str, tuple[str, str]]:
    lines = [line for line in FILE.read_text(encoding="utf-8").splitlines() if line and line[0] != "#"]
    rows = [line.split(None, 3) for line in lines]
    assert len({row[0] for row in rows}) == len(rows)
    return {code: (cancel, read) for code, cancel, read, _ in rows}


TABLE: Final = table()


def bodies(code: str, data: str) -> list[bytes]:
    """The code in each field it may stand in, as a number and as text, with nothing or with empty data."""
    said = [f'"{code}"'] + ([code] if code.isdigit() else [])
    shapes = ['"code":{}', '"code":{},"message":null', '"code":{},"message":"成功","print-log":true']
    if code != "200":
        shapes += ['"status":"error","err_code":{},"err_msg":"x","ts":1', '"status":"error","err-code":{}']
        shapes += ['"code":{},"success":false', '"success":false,"status":"error","err_code":{}']
        # One answer may have the code in all of its fields.
        shapes += ['"code":{0},"err_code":{0},"err-code":{0}']
    return [("{" + shape.format(each) + data + "}").encode() for shape in shapes for each in said]


def test_the_table_is_closed() -> None:
    """Every code on one of our lists is in the file, with known words, and the file has all of the docs' codes."""
    assert KINDS.keys() - {MAINTAIN} <= TABLE.keys()
    assert {cancel for cancel, _ in TABLE.values()} == CANCEL.keys()
    assert {read for _, read in TABLE.values()} == set(READ)
    assert len(TABLE) >= 80


@pytest.mark.parametrize("code", TABLE)
def test_a_cancel_request(code: str) -> None:
    """Each code means what the table says, in each field and form; the table's word decides, no message does."""
    word = TABLE[code][0]
    data = ',"data":[{"order_id":"1","code":200}]' if word == "done" else ""
    for body in bodies(code, data):
        answer: Answer = cancel_answer(status=200, body=body, wait=2.0)
        assert type(answer) is CANCEL[word], body
        if isinstance(answer, Refused | Maintenance | Ambiguous):
            assert answer.code == code


@pytest.mark.parametrize("code", [code for code in TABLE if code != "200"])
def test_a_code_beside_orders_is_a_contradiction(code: str) -> None:
    """No code but success may bring items: then nothing is sure, whatever the code."""
    for body in bodies(code, ',"data":[{"order_id":"1","code":200}]'):
        assert isinstance(cancel_answer(status=200, body=body, wait=None), Ambiguous), body


@pytest.mark.parametrize("code", TABLE)
@pytest.mark.parametrize("status", [301, 500, 502, 503])
def test_no_code_counts_under_a_server_error(code: str, status: int) -> None:
    """Under 3xx and 5xx each code is ambiguous."""
    for body in bodies(code, ""):
        assert isinstance(cancel_answer(status=status, body=body, wait=None), Ambiguous)


@pytest.mark.parametrize("code", TABLE)
def test_a_read(code: str) -> None:
    """A read succeeds by 200 alone, waits at the rate limit, goes on after a system error, and else fails."""
    word = TABLE[code][1]
    for body in bodies(code, ',"data":null'):
        found = read_answer(status=200, body=body, wait=2.0)
        assert (not isinstance(found, Trouble)) is (word == "found"), body
        if isinstance(found, Trouble):
            assert (found.busy, found.code, found.elsewhere) == (word == "wait", code, word == "again")


@pytest.mark.parametrize("code", TABLE)
def test_http_429_is_too_many_unless_the_body_says_otherwise(code: str) -> None:
    """Under 429 a refusal is one for the rate; a body that claims an effect, or is unclear, contradicts it."""
    word = TABLE[code][0]
    expected = TooMany if word in ("refused", "too_many") else Ambiguous
    for body in bodies(code, ',"data":[{"order_id":"1"}]' if word == "done" else ""):
        assert type(cancel_answer(status=429, body=body, wait=None)) is expected, body


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", TooMany),
        (b"<html>slow down</html>", TooMany),
        (b"{}", TooMany),
        (b'{"message":"Too Many Requests"}', TooMany),
        (b'{"status":"error"}', TooMany),
        (b'{"code":429,"message":"slow down"}', TooMany),
        (b'{"status":"error","err-code":"too-many-request"}', TooMany),
        (b'{"timestamp":1,"status":429,"error":"Too Many Requests","path":"/v5"}', TooMany),
        (b'{"code":429,"data":[{"order_id":"1"}]}', Ambiguous),
        (b'{"code":"TOO_MANY"}', Ambiguous),
        (b'{"status":"ok","success":false}', Ambiguous),
        (b'{"status":429,"data":[{"order_id":"1"}]}', Ambiguous),
        (b'{"status":"ok"}', Ambiguous),
        (b'{"status":"maintain"}', Ambiguous),
        (b'{"data":[{"order_id":"1","code":200}]}', Ambiguous),
        (b'{"code":1032,"code":200}', Ambiguous),
        (b'{"code":1032,"err_code":1000}', Ambiguous),
        (b'[{"code":1032}]', Ambiguous),
    ],
)
def test_http_429_without_a_code(body: bytes, expected: type) -> None:
    """Under 429 a page or nothing is a refusal for the rate, and JSON that says something else is not."""
    assert type(cancel_answer(status=429, body=body, wait=None)) is expected


def test_a_body_over_the_limit_under_429() -> None:
    """A refusal of 8 MiB is none that anybody has seen."""
    assert cancel_answer(status=429, body=None, wait=None) == Ambiguous(why="too large")
