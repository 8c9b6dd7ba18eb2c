"""The quick way through an answer comes to what the careful way comes to, whatever the answer holds."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.htx import wire
from bot.htx.answers import cancel_answer
from bot.htx.strict import WireError, parsed
from bot.htx.wire_usual import usual_items
from bot.model import Ambiguous, Answer, Answered

TEXTS = st.text(max_size=4) | st.sampled_from(["", "é", "\u2028", "\x7f", '"', "\\/", "order_id"])
LEAVES = (
    st.none() | st.booleans() | TEXTS | st.integers(-(2**70), 2**70) | st.sampled_from(["\ud800", 0.5, 1e300, 200])
)


class Pairs(list[tuple[str, Any]]):
    """An object with its keys as they are written, equal ones too."""


def objects(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Pairs]:
    return st.lists(st.tuples(TEXTS, inner), max_size=4).map(Pairs)


DOCUMENTS = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | objects(inner), max_leaves=8)


def written(value: object, comma: str, colon: str, *, ascii_only: bool) -> str:
    """JSON text with these separators; whatever is no list or object is written by the standard library."""
    if isinstance(value, Pairs):
        inner = [
            json.dumps(key, ensure_ascii=ascii_only) + colon + written(each, comma, colon, ascii_only=ascii_only)
            for key, each in value
        ]
        return "{" + comma.join(inner) + "}"
    if isinstance(value, list):
        return "[" + comma.join(written(each, comma, colon, ascii_only=ascii_only) for each in value) + "]"
    return json.dumps(value, ensure_ascii=ascii_only)


def careful(body: bytes) -> object:
    """The way that looks at each pair of keys."""

    def once(pairs: list[tuple[str, object]]) -> dict[str, object]:
        if len(dict(pairs)) < len(pairs):
            raise WireError("repeated key")
        return dict(pairs)

    try:
        return json.loads(body.decode(), object_pairs_hook=once, parse_float=str)
    except ValueError:
        raise WireError("not json") from None


def outcome(work: Callable[[], object]) -> object:
    """What comes of it, with its types: in Python 1 equals true."""
    try:
        return repr(work())
    except WireError as error:
        return error.why


@example(document=Pairs([("a", 1), ("a", 1)]), comma=",", colon=":", ascii_only=False)
@example(document=Pairs([("a", Pairs([("b", 1), ("b", 1)]))]), comma=", ", colon=": ", ascii_only=False)
@example(document=[1.5, 2**64, -0.0], comma=",", colon=":", ascii_only=True)
@given(
    document=DOCUMENTS,
    comma=st.sampled_from([",", ", ", " ,\n"]),
    colon=st.sampled_from([":", ": ", "\t:"]),
    ascii_only=st.booleans(),
)
def test_a_document_is_what_the_careful_way_makes_of_it(
    document: object, comma: str, colon: str, *, ascii_only: bool
) -> None:
    """Any document, with equal keys and any blanks, is decoded or refused as by the way that looks at each key."""
    body = written(document, comma, colon, ascii_only=ascii_only).encode(errors="surrogatepass")
    assert outcome(lambda: parsed(body)) == outcome(lambda: careful(body))


@pytest.mark.parametrize(
    "body",
    [
        b'{"a":1,"a":1}',
        b'{"a":1,"\\u0061":1}',
        b'[{"b":{"a":null,"a":null}}]',
        b'{"a": 1, "a": 1}',
        b'{"":1,"":1}',
    ],
)
def test_a_repeated_key_is_never_quick(body: bytes) -> None:
    """A key that is there twice is refused, even with the same value."""
    with pytest.raises(WireError, match="repeated key"):
        parsed(body)


ITEM = {"order_id": "1513547991763062784", "client_order_id": "7", "code": 200, "message": "Success"}
ODD: dict[str, tuple[object, ...]] = {
    "order_id": ("1", 7, None, "", "1e3", "١", "²", "9" * 32, "9" * 33, "1\n", 1.5, True, ITEM["order_id"]),
    "client_order_id": ("a", "", None, 7, "x" * 70, 1.5),
    "code": (0, 1063, 999_999, 1_000_000, -1, None, "200", "0200", "x", True, 1.0),
    "orderId": ("1513547991763062785", "2", None, ""),
    "clientOrderId": ("a", "", None, 8),
    "message": ("成功", None, 1),
    "code_message": ("x",),
}


ANSWER: dict[str, tuple[object, ...]] = {
    "code": (200, "200", 200.0, 1051, None, True),
    "message": ("成功", None, 1, "a:b"),
    "ts": (1, "1", None, 1.5),
    "err_code": (200, 1051),
    "status": ("ok", "error", "maintain"),
    "success": (True, False),
}


def told(body: bytes) -> Answer:
    return cancel_answer(status=200, body=body, wait=None)


def carefully(body: bytes) -> Answer:
    """What comes of it when a key that nobody knows makes it take the careful way."""
    return told(body.replace(b"{", b'{"new":1,', 1))


def answer_of(*data: object, **more: object) -> bytes:
    said = {"code": 200, "message": "Success", "data": list(data), "ts": 1_780_899_655_629, **more}
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()


@pytest.mark.parametrize("separators", [(",", ":"), (", ", ": "), (" ,\n", "\t: ")])
def test_an_answer_as_documented_goes_the_quick_way(separators: tuple[str, str]) -> None:
    """HTX's documented answer, with blanks or without, is not left to the careful way: that costs milliseconds."""
    said = {"code": 200, "message": "成功", "data": [ITEM, {**ITEM, "order_id": "2", "code": 1061}], "ts": 1}
    body = json.dumps(said, ensure_ascii=False, separators=separators).encode()
    assert len(usual_items(body)) == 2
    assert told(body) == carefully(body) == Answered(items=usual_items(body))


@pytest.mark.parametrize(("field", "value"), [(field, value) for field, odd in ODD.items() for value in odd])
def test_items_are_what_the_careful_way_makes_of_them(field: str, value: object) -> None:
    """An item of any oddity is read or refused as by the careful way."""
    body = answer_of(ITEM, {**ITEM, "order_id": "1513547991763062785", field: value})
    assert told(body) == carefully(body)


@pytest.mark.parametrize(
    ("field", "value"), [(field, value) for field, odd in ANSWER.items() for value in odd], ids=repr
)
def test_an_answer_is_what_the_careful_way_makes_of_it(field: str, value: object) -> None:
    """An answer with anything odd, missing or more in its outer layer is read or refused as by the careful way."""
    body = answer_of(ITEM, **{field: value})
    assert told(body) == carefully(body)
    without = json.dumps({name: each for name, each in json.loads(body).items() if name != field}).encode()
    assert told(without) == carefully(without)


@pytest.mark.parametrize("missing", list(ITEM))
def test_a_missing_field_is_what_the_careful_way_makes_of_it(missing: str) -> None:
    """An item that lacks a field is read or refused as by the careful way, even if another one is there twice."""
    left = {name: value for name, value in ITEM.items() if name != missing}
    assert told(answer_of(left)) == carefully(answer_of(left))
    for name, value in left.items():
        twice = answer_of(left).replace(b"[{", f"[{{{json.dumps(name)}:{json.dumps(value)},".encode())
        assert told(twice) == carefully(twice) == Ambiguous(why="repeated key")


@pytest.mark.parametrize("name", ["code", "data", "ts"])
def test_a_key_of_the_answer_that_is_there_twice_is_refused(name: str) -> None:
    """Two readers could read it in two ways: refused, even if it takes the place of a key that is missing."""
    whole = answer_of(ITEM)
    again = whole[:-1] + f",{json.dumps(name)}:{json.dumps(json.loads(whole)[name])}}}".encode()
    for body in (again, again.replace(b'"message":"Success",', b"", 1)):
        assert told(body) == carefully(body) == Ambiguous(why="repeated key")


@given(data=st.data())
def test_an_answer_with_anything_written_over_it_is_what_the_careful_way_makes_of_it(data: st.DataObject) -> None:
    """Bytes replaced, dropped and put in anywhere after the first: both ways come to the same."""
    body = bytearray(answer_of(*({**ITEM, "order_id": str(number)} for number in range(3))))
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(1, len(body)))
        end = min(start + data.draw(st.integers(0, 12)), len(body))
        pieces = st.sampled_from(PIECES) | st.binary(max_size=3)
        body[start:end] = data.draw(pieces)
    assert told(bytes(body)) == carefully(bytes(body))


PIECES = [
    *(
        b"",
        b'"',
        b":",
        b",",
        b"{}",
        b"null",
        b"1",
        b"-0",
        b"1e2",
        b"\\u0031",
        b"\\",
        b" ",
        b"\x00",
        b"\xff",
        b"[",
        b"}]",
    ),
    *(b'"code":200,', b'"code":1051,', b'"order_id":"1",', b'"message":"x",', b'"status":"error",', b'"a:b"'),
]


@pytest.mark.parametrize("data", [{}, "x", 7, [[]], [None], ["x"], None])
def test_what_is_no_list_of_items_is_refused(data: object) -> None:
    """Data of another shape is refused by both ways alike."""
    with pytest.raises(WireError, match="odd shape"):
        wire.items(data)
    body = answer_of(data=data)
    assert told(body) == carefully(body)


def test_two_spellings_of_an_id_must_agree() -> None:
    """An item whose id in HTX's other spelling is another one is a contradiction, however usual the rest is."""
    assert told(answer_of(ITEM, {**ITEM, "order_id": "2", "orderId": "3"})) == Ambiguous(why="odd id")
    (found,) = wire.items([{**ITEM, "clientOrderId": "other"}])
    assert found.client_order_id == "other"
