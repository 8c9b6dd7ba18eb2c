"""Strict reading of what clients send; anything undocumented is refused with a documented code."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from simulator.htx.call import Call
from simulator.htx.contracts import CONTRACT_CODE
from simulator.htx.replies import Problem

SIDES = frozenset({"buy", "sell"})
POSITION_SIDES = frozenset({"long", "short", "both"})
MARGIN_MODES = frozenset({"cross", "isolated"})
DIRECTIONS = frozenset({"prev", "next"})

MAX_LIMIT = 100
DEFAULT_LIMIT = 10
"""HTX V5 docs, order/opens: page size defaults to 10, at most 100."""


def json_body(call: Call) -> object:
    """The parsed body; 1031 for another Content-Type than JSON, 1030 for anything but clean JSON.

    Which codes HTX uses here is unknown; these are its words for illegal and for bad input.
    """
    if call.content_type.partition(";")[0].strip().lower() != "application/json":
        raise Problem(1031, f"Illegal request: Content-Type {call.content_type!r}.")
    try:
        return json.loads(call.body.decode(), object_pairs_hook=_no_duplicates)
    except ValueError as error:
        raise Problem(1030, "The body is not JSON.") from error


def _no_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    twice = [name for name, times in Counter(name for name, _ in pairs).items() if times > 1]
    if twice:
        raise ValueError(f"repeated keys: {twice}")
    return dict(pairs)


def body_fields(call: Call, allowed: Iterable[str], required: Iterable[str] = ()) -> dict[str, object]:
    """The fields of a JSON object body: known names only, none empty, the required ones there."""
    body = json_body(call)
    if not isinstance(body, dict):
        raise Problem(1030, "The body is not a JSON object.")
    return checked_fields(body, allowed, required)


def checked_fields(
    given: Mapping[str, object], allowed: Iterable[str], required: Iterable[str] = ()
) -> dict[str, object]:
    """`given` as it is, or 1067 for an unknown name, 1066 for an empty, null or missing one."""
    for name in sorted(given.keys() - set(allowed)):
        raise Problem(1067, f"The {name} field is invalid.")
    for name, value in given.items():
        if value in ("", None, []):
            raise Problem(1066, f"The {name} field is empty.")
    for name in required:
        if name not in given:
            raise Problem(1066, f"The {name} field is required.")
    return dict(given)


def query_fields(call: Call, allowed: Iterable[str], required: Iterable[str] = ()) -> dict[str, object]:
    """The fields of a GET's query; 1067 for a repeated name."""
    if len(dict(call.query)) < len(call.query):
        raise Problem(1067, "A parameter is repeated.")
    return checked_fields(dict(call.query), allowed, required)


def text_of(fields: Mapping[str, object], name: str) -> str | None:
    """A field that must be a string if it is there at all; 1067 otherwise."""
    value = fields.get(name)
    if value is None or isinstance(value, str):
        return value
    raise Problem(1067, f"The {name} field is not a string.")


def word_of(fields: Mapping[str, object], name: str, words: frozenset[str], code: int = 1067) -> str | None:
    """A field that must be one of `words` if it is there; `code` otherwise."""
    value = text_of(fields, name)
    if value is None or value in words:
        return value
    raise Problem(code, f"The {name} field is invalid.")


def id_of(fields: Mapping[str, object], name: str) -> str | None:
    """A field that must be a string of digits if it is there; 1067 otherwise."""
    value = text_of(fields, name)
    if value is None or (value.isascii() and value.isdigit()):
        return value
    raise Problem(1067, f"The {name} field is invalid.")


def contract_of(call: Call, fields: Mapping[str, object]) -> str | None:
    """`contract_code`: upper case and listed, or 1067 and the code `Behaviour` chose."""
    value = text_of(fields, "contract_code")
    if value is None:
        return None
    refusal = call.behaviour.unknown_contract
    odd = not CONTRACT_CODE.fullmatch(value)
    if odd and refusal is not None and call.contracts.get(value) is None:
        raise Problem(1067, "The contract_code field is invalid.")
    if refusal is not None and call.contracts.get(value) is None:
        raise Problem(refusal)
    return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Paging of a list: ids after `start` (0: from the first), at most `limit` rows."""

    start: int
    limit: int
    forward: bool
    inclusive: bool

    def of(self, ids: Iterable[int]) -> list[int]:
        """The ids on this page: upward for next, downward for prev."""
        ordered = sorted(ids, reverse=not self.forward)
        if self.start:
            ordered = [one for one in ordered if self._is_past(one)]
        return ordered[: self.limit]

    def _is_past(self, one: int) -> bool:
        if one == self.start:
            return self.inclusive
        return (one > self.start) is self.forward


def page_of(call: Call, fields: Mapping[str, object]) -> Page:
    """`from`, `limit` and `direct`; a limit over 100 gives 1067, or is cut if so switched."""
    limit = int(id_of(fields, "limit") or DEFAULT_LIMIT)
    if limit > MAX_LIMIT and call.behaviour.over_limit == "clamp":
        limit = MAX_LIMIT
    if not 1 <= limit <= MAX_LIMIT:
        raise Problem(1067, "The limit field is invalid.")
    return Page(
        start=int(id_of(fields, "from") or 0),
        limit=limit,
        forward=(word_of(fields, "direct", DIRECTIONS) or "next") == "next",
        inclusive=call.behaviour.from_inclusive,
    )
