"""What faults do to the look of an answer, after all is decided."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType

from simulator.htx.faults import ContentType, Fault, Mangle, MangleKind, Oversized, Patch, Words
from simulator.htx.replies import Reply

ID_FIELDS = frozenset({"id", "order_id", "client_order_id", "algo_id", "algo_client_order_id"})


def shape(reply: Reply, faults: tuple[Fault, ...]) -> Reply:
    """The reply as the faults leave it, in the order they were added."""
    for fault in faults:
        match fault:
            case Words(text=text):
                reply = _with_payload(reply, _reworded(reply.payload, text))
            case Patch(changes=changes) if isinstance(reply.payload, dict):
                reply = _with_payload(reply, {**reply.payload, **changes})
            case Mangle(kind=kind):
                reply = _MANGLERS[kind](reply)
            case Oversized(size=size):
                reply = _padded(reply, size)
            case ContentType(value=value):
                reply = replace(reply, content_type=value)
            case _:
                pass
    return reply


def _with_payload(reply: Reply, payload: object) -> Reply:
    return reply if reply.raw is not None else replace(reply, payload=payload)


def _map_fields(value: object, change: Callable[[str, object], object]) -> object:
    """A copy of a JSON value with `change(name, value)` applied to every field, inside out."""
    if isinstance(value, dict):
        return {name: change(name, _map_fields(item, change)) for name, item in value.items()}
    if isinstance(value, list):
        return [_map_fields(item, change) for item in value]
    return value


def _reworded(payload: object, text: str | None) -> object:
    names = {"message", "err_msg"}
    return _map_fields(payload, lambda name, value: text if name in names else value)


def _garbage(reply: Reply) -> Reply:
    return replace(reply, raw=b'{"code":200,"message":"Success","data":[{"order_id":')


def _empty(reply: Reply) -> Reply:
    return replace(reply, raw=b"")


def _array(reply: Reply) -> Reply:
    return _with_payload(reply, [reply.payload])


def _duplicate_keys(reply: Reply) -> Reply:
    # Decoders differ in which of two equal keys wins: the false ones stand first.
    return replace(reply, raw=b'{"code":1062,"data":null,' + reply.body().removeprefix(b"{"))


def _wrong_types(reply: Reply) -> Reply:
    if not isinstance(reply.payload, dict):
        return reply
    return _with_payload(reply, {**reply.payload, "code": True, "data": "[]"})


def _string_codes(reply: Reply) -> Reply:
    payload = _map_fields(reply.payload, lambda n, v: str(v) if n == "code" else v)
    return _with_payload(reply, payload)


def _numeric_ids(reply: Reply) -> Reply:
    payload = _map_fields(reply.payload, lambda n, v: _number(v) if n in ID_FIELDS else v)
    return _with_payload(reply, payload)


def _rounded_ids(reply: Reply) -> Reply:
    def rounded(name: str, value: object) -> object:
        number = _number(value) if name in ID_FIELDS else None
        return int(float(number)) if isinstance(number, int) else value

    return _with_payload(reply, _map_fields(reply.payload, rounded))


def _number(value: object) -> object:
    return int(value) if isinstance(value, str) and value.isdecimal() else value


_MANGLERS: Mapping[MangleKind, Callable[[Reply], Reply]] = MappingProxyType(
    {
        "garbage": _garbage,
        "empty": _empty,
        "array": _array,
        "duplicate_keys": _duplicate_keys,
        "wrong_types": _wrong_types,
        "string_codes": _string_codes,
        "numeric_ids": _numeric_ids,
        "rounded_ids": _rounded_ids,
    }
)


def _padded(reply: Reply, size: int) -> Reply:
    body = reply.body() or json.dumps(None).encode()
    return replace(reply, raw=body[:1] + b" " * max(0, size - len(body)) + body[1:])
