"""The quick way through an answer comes to what the careful way comes to, whatever the answer holds."""

import json
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.htx import strict, wire
from bot.htx.strict import WireError, parsed

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


def test_an_answer_as_documented_goes_the_quick_way() -> None:
    """HTX's documented answer, with blanks or without, is not left to the careful way: that costs milliseconds."""
    body = json.dumps({"code": 200, "message": "成功", "data": [ITEM], "ts": 1}, ensure_ascii=False)
    for text in (body, json.dumps(json.loads(body), ensure_ascii=False, separators=(",", ":"))):
        assert strict._usual(text.encode()) is not msgspec.UNSET
    assert wire._usual_items([ITEM]) == wire.items([ITEM])


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


@pytest.mark.parametrize(("field", "value"), [(field, value) for field, odd in ODD.items() for value in odd])
def test_items_are_what_the_careful_way_makes_of_them(field: str, value: object) -> None:
    """An item of any oddity is read or refused as when a field that nobody knows makes it take the careful way."""
    data = [ITEM, {**ITEM, "order_id": "1513547991763062785", field: value}]
    assert outcome(lambda: wire.items(data)) == outcome(lambda: wire.items([{**each, "new": 1} for each in data]))


@pytest.mark.parametrize("missing", ["order_id", "client_order_id", "code", "message"])
def test_a_missing_field_is_what_the_careful_way_makes_of_it(missing: str) -> None:
    """An item that lacks a field is read or refused as the careful way does it."""
    data = [{name: value for name, value in ITEM.items() if name != missing}]
    assert outcome(lambda: wire.items(data)) == outcome(lambda: wire.items([{**data[0], "new": 1}]))


@pytest.mark.parametrize("data", [{}, "x", 7, [[]], [None], ["x"], None])
def test_what_is_no_list_of_items_is_refused(data: object) -> None:
    """Data of another shape is refused by both ways alike."""
    with pytest.raises(WireError, match="odd shape"):
        wire.items(data)


def test_two_spellings_of_an_id_must_agree() -> None:
    """An item whose id in HTX's other spelling is another one is a contradiction, however usual the rest is."""
    with pytest.raises(WireError, match="odd id"):
        wire.items([ITEM, {**ITEM, "order_id": "2", "orderId": "3"}])
    (found,) = wire.items([{**ITEM, "clientOrderId": "other"}])
    assert found.client_order_id == "other"
