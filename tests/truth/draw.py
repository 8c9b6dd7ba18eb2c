"""From a seed to a plan: how often each thing happens, and what it looks like then."""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from simulator.htx import (
    LEFT_OUT,
    ContentType,
    Cut,
    Delay,
    Drop,
    Fault,
    FillDuring,
    Half,
    Hang,
    Html,
    ItemCodes,
    Late,
    Lie,
    Maintain,
    Mangle,
    Patch,
    RateLimited,
    RawBody,
    Redirect,
    Refill,
    Refuse,
    Words,
)
from tests.truth.network import Asking, Connecting, Trouble
from tests.truth.plan import (
    BATCH,
    CANCEL,
    CONTRACTS,
    HOSTS,
    MODE,
    OPENS,
    TIMESTAMP,
    Anchor,
    Asked,
    Bad,
    Deed,
    Ill,
    Kill,
    Moment,
    Person,
    Plan,
    Resting,
    Tap,
    chance_of,
)

_SURE: Final = (1100, 1031, 12001, 1014, 403, 12005, 1066)
"""Refusals that HTX's table calls sure: one that acted all the same would be a lie nobody could know."""

_UNCLEAR: Final = (1000, 1001, 1003, 1005, 1030, 1108, 9999)
_SUSPENDED: Final = (1056, 1059, 1431)
_ITEM_CODES: Final = (1017, 1061, 1062, 1063, 1071, 1003, 1030)

_PEOPLE: Final[tuple[Person, ...]] = ("ann", "bo")
_AFTERWARDS: Final[tuple[Anchor, ...]] = ("shown", "tapped")
_ANY_TIME: Final[tuple[Anchor, ...]] = ("asked", "asked", "tapped", "tapped", "shown")
_MOSTLY_LATE: Final[tuple[Anchor, ...]] = ("asked", "shown", "tapped", "tapped")

_KILLED_AFTER: Final[tuple[Anchor, ...]] = ("asked", "tapped", "tapped", "tapped")
_OUTAGES: Final[tuple[Connecting, ...]] = ("refused", "dns", "tls", "hang", "tls hang")
_STALE: Final[tuple[Asking, ...]] = ("stale close", "stale reset")
_MOMENTS: Final[tuple[Moment, ...]] = ("time", "store before", "store after", "wire")

_NO_WORDS: Final[tuple[object, ...]] = (None, "", "any", "net", 7, True, [], {}, LEFT_OUT)
_NO_NUMBERS: Final[tuple[object, ...]] = ("NaN", "-1", -5, True, [], {}, "1e999", LEFT_OUT)
_MISPRINTS: Final[Mapping[str, tuple[object, ...]]] = {
    "contract_code": (None, "", 7, [], "?", LEFT_OUT),
    "side": _NO_WORDS,
    "position_side": _NO_WORDS,
    "price": _NO_NUMBERS,
    "volume": _NO_NUMBERS,
    "trade_volume": _NO_NUMBERS,
    "reduce_only": ("maybe", 2, []),
    "client_order_id": (True, [], {}, None),
    "state": ({}, None, True),
    "created_time": ("soon", None, []),
    "margin_mode": (3, None, LEFT_OUT),
    "id": (None, "x", [], LEFT_OUT),
}
"""What nobody can read, by the field in which it stands. The order's own id stays: the checks go by it."""

_STRAYS: Final[tuple[object, ...]] = (None, "x", [], 7, {})

Make = Callable[[random.Random], Fault]

_ON_CANCEL: Final[tuple[tuple[int, Make], ...]] = (
    (2, lambda _: Drop(acts=True)),
    (1, lambda _: Drop(acts=True, reset=True)),
    (2, lambda _: Drop()),
    (1, lambda _: Drop(reset=True)),
    (2, lambda r: Hang(seconds=r.uniform(1, 12), acts=True)),
    (2, lambda r: Hang(seconds=r.uniform(1, 12))),
    (2, lambda r: Delay(before=r.uniform(0, 8))),
    (2, lambda r: Delay(after=r.uniform(0, 8))),
    (2, lambda r: Cut(at=r.randint(0, 400))),
    (1, lambda r: Html(status=r.choice((502, 503, 403)), acts=r.random() < 0.5)),
    (1, lambda r: Redirect(acts=r.random() < 0.5)),
    (1, lambda r: RawBody(body=r.choice((b"", b"ok", b"[]", b"null", b"{}", b"\xff")), acts=r.random() < 0.5)),
    (
        6,
        lambda r: Refuse(code=r.choice(_SURE), shape=r.choice(("v5", "legacy")), status=r.choice((200, 200, 400))),
    ),
    (2, lambda r: Refuse(code=r.choice(_UNCLEAR), acts=r.random() < 0.5)),
    (2, lambda r: Refuse(code=r.choice(_SUSPENDED))),
    (2, lambda _: Maintain()),
    (1, lambda r: Refuse(code=1032, status=429)),
    (3, lambda r: RateLimited(reset_ms=r.choice((0, 150, 900, 3000)), reset=r.choice(("duration", "epoch")))),
    (2, lambda _: Lie()),
    (2, lambda r: Half(share=r.random(), claims_all=r.random() < 0.5)),
    (2, lambda r: FillDuring(count=r.randint(1, 4), reported=r.random() < 0.5)),
    (1, lambda r: FillDuring(count=r.randint(1, 4), volume="20")),
    (3, lambda r: Late(seconds=r.uniform(0.05, 7))),
    (2, lambda r: Refill(count=r.randint(1, 3))),
    (3, lambda r: ItemCodes(share=r.random(), code=r.choice(_ITEM_CODES), seed=r.randint(0, 99))),
    (1, lambda r: Words(text=r.choice(("成功", None, "fail")))),
    (1, lambda r: Mangle(kind=r.choice(("garbage", "empty", "array", "duplicate_keys", "wrong_types")))),
    (1, lambda r: Mangle(kind=r.choice(("string_codes", "numeric_ids")))),
    (1, lambda r: Patch(changes={"code": r.choice((1000, 1005, 1032, 1100, 1051, "200", None))})),
    (1, lambda r: Patch(changes={"data": r.choice((None, [], "", {}))})),
    (1, lambda _: ContentType()),
)

_ON_READS: Final[tuple[tuple[int, Make], ...]] = (
    (2, lambda r: Html(status=r.choice((502, 503, 403)))),
    (2, lambda r: Refuse(code=r.choice(_UNCLEAR), shape=r.choice(("v5", "legacy")))),
    (1, lambda r: Refuse(code=r.choice((1100, 12001)))),
    (1, lambda _: Maintain()),
    (2, lambda r: RateLimited(reset_ms=r.choice((0, 150, 900, 3000)), status=r.choice((200, 429)))),
    (2, lambda _: Drop()),
    (1, lambda _: Drop(reset=True)),
    (2, lambda r: Hang(seconds=r.uniform(1, 12))),
    (3, lambda r: Delay(before=r.uniform(0, 3))),
    (3, lambda r: Delay(after=r.uniform(0, 6))),
    (2, lambda r: Cut(at=r.randint(0, 400))),
    (1, lambda _: Redirect()),
    (1, lambda r: RawBody(body=r.choice((b"", b"ok", b"[]", b"null", b"{}", b"\xff")))),
    (1, lambda r: Mangle(kind=r.choice(("garbage", "empty", "array", "duplicate_keys", "wrong_types")))),
    (1, lambda r: Mangle(kind=r.choice(("string_codes", "numeric_ids")))),
    (1, lambda r: Patch(changes={"code": r.choice((1000, 1032, None, "200"))})),
    (1, lambda _: ContentType()),
    (1, lambda _: Words(text="成功")),
)


def draw(seed: int) -> Plan:
    """The schedule of a seed."""
    r, odd = chance_of(seed, "plan"), chance_of(seed, "odd")
    one_way = r.random() < 0.25
    asked = _asked(r, one_way=one_way)
    behaviour = _behaviour(r)
    hosts = r.choice((1, 1, 2))
    rough = r.random()
    return Plan(
        seed=seed,
        asked=asked,
        one_way=one_way,
        book=_misprinted(odd, tuple(_resting(r, asked, one_way=one_way) for _ in range(_size(r)))),
        strays=(odd.choice(_STRAYS),) if odd.random() < 0.02 else (),
        card_seconds=r.choice((8, 8, 8, 15, 60)),
        behaviour=behaviour,
        rate_limit=r.choice((72, 72, 72, 72, 72, 20, 9)),
        hosts=hosts,
        pace=r.choice((0.002, 0.01, 0.04, 0.12)),
        zipped=r.random() < 0.3,
        skew=r.choice((0.0, 0.0, 0.0, 0.0, -2.5, 3.0, 3.0, 700.0)),
        key_breaks=r.random() < 0.01,
        ills=() if rough < 0.15 else _ills(r, behaviour),
        bads=_bads(r) if rough > 0.55 else (),
        deeds=_deeds(r),
        taps=_taps(r),
        kills=_kills(r),
        calm=r.choice((2.0, 4.0, 8.0, 12.0)),
        second=r.choice(("again", "other")) if r.random() < 0.08 else None,
    )


def _asked(r: random.Random, *, one_way: bool) -> Asked:
    sides = ("both",) if one_way and r.random() < 0.9 else ("long", "short")
    return Asked(
        contract=None if r.random() < 0.15 else r.choice(CONTRACTS),
        side=r.choice((None, "buy", "sell")),
        position_side=r.choice((None, *sides)),
    )


def _size(r: random.Random) -> int:
    kind = r.random()
    if kind < 0.08:
        return 0
    if kind < 0.94:
        return r.choice((r.randint(1, 9), r.randint(1, 30), 14))
    return r.choice((10, 20, 50, 100, 101, 127)) if kind < 0.99 else r.randint(1, 30)


def _resting(r: random.Random, asked: Asked, *, one_way: bool) -> Resting:
    inside = r.random() < 0.6
    sides = ("both",) if one_way else ("long", "short")
    side, position = r.choice(("buy", "sell")), r.choice(sides)
    contract = r.choice(CONTRACTS)
    if inside:
        contract, side = asked.contract or contract, asked.side or side
        position = asked.position_side if asked.position_side and asked.position_side in sides else position
    kinds: dict[str, Any] = {"side": side, "position_side": position}
    return Resting(
        contract=contract,
        margin_mode=r.choice(("cross", "cross", "isolated")),
        reduce_only=r.random() < 0.1,
        **kinds,
    )


def _misprinted(r: random.Random, book: tuple[Resting, ...]) -> tuple[Resting, ...]:
    """The book, of which HTX may list some orders oddly: one of them, or every other one."""
    often = r.choice((0.0, 0.0, 0.0, 0.04, 0.5))
    return tuple(replace(one, misprint=_misprint(r)) if r.random() < often else one for one in book)


def _misprint(r: random.Random) -> tuple[tuple[str, object], ...]:
    names = r.sample(sorted(_MISPRINTS), r.choice((1, 1, 1, 2, 4)))
    return tuple((name, r.choice(_MISPRINTS[name])) for name in names)


def _behaviour(r: random.Random) -> dict[str, Any]:
    return {
        "nothing_to_cancel": r.choice(("1051", "empty", "null", "legacy")),
        "from_inclusive": r.random() < 0.5,
        "opens_margin": r.choice(("both", "both", "cross")),
        "max_cancelled": r.choice((None, None, None, None, None, None, None, None, 3, 10)),
        "rate_limit_shape": r.choice(("v5", "legacy")),
        "rate_limit_status": r.choice((200, 200, 429)),
        "reset_header": r.choice(("duration", "epoch")),
        "state_style": r.choice(("word", "number")),
        "time_style": r.choice(("string", "number")),
    }


def _picked(r: random.Random, table: tuple[tuple[int, Make], ...]) -> Fault:
    make = r.choices([make for _, make in table], [weight for weight, _ in table])[0]
    return make(r)


def _ills(r: random.Random, behaviour: dict[str, Any]) -> tuple[Ill, ...]:
    ills: list[Ill] = []
    if r.random() < 0.7:
        ills += [Ill(fault=_picked(r, _ON_CANCEL), path=CANCEL, times=r.choice((1, 1, 1, 2, 3)))]
        if r.random() < 0.2:
            ills.append(Ill(fault=_picked(r, _ON_CANCEL), path=CANCEL))
    if r.random() < 0.15:
        ills.append(Ill(fault=_picked(r, _ON_CANCEL), path=BATCH, times=r.choice((1, 2))))
    if r.random() < 0.08:
        # Nothing can be read for a while.
        ills.append(Ill(fault=_picked(r, _ON_READS), path=OPENS, times=None, since=r.choice(_AFTERWARDS)))
    for _ in range(r.choice((0, 0, 1, 1, 2))):
        times, skip = r.choice((1, 2, 5, 12, 60)), r.choice((0, 0, 1, 3, 7))
        since = r.choice(_ANY_TIME)
        ills.append(Ill(fault=_picked(r, _ON_READS), path=OPENS, times=times, skip=skip, since=since))
    if r.random() < 0.05 and behaviour["opens_margin"] == "both":
        # A margin mode that HTX does not want to be asked for is left out: what the read without one lists counts.
        ills.append(
            Ill(fault=Refuse(code=r.choice((1066, 1067, 1348, 4002))), path=OPENS, skip=r.choice((1, 2, 4)))
        )
    if r.random() < 0.1:
        ills.append(Ill(fault=_picked(r, _ON_READS), path=r.choice((MODE, TIMESTAMP)), times=r.choice((1, 4))))
    return tuple(ill for ill in ills if not _denies_a_deed(ill, ills))


def _denies_a_deed(ill: Ill, ills: Sequence[Ill]) -> bool:
    """A code put over the answer of a refusal that acts: no client could know that the sure one is a lie."""
    acts = any(one.path == ill.path and isinstance(one.fault, Refuse) and one.fault.acts for one in ills)
    return acts and isinstance(ill.fault, Patch)


def _bads(r: random.Random) -> tuple[Bad, ...]:
    if r.random() < 0.15:
        # Nobody is there any more: every connection breaks, and no new one is made.
        how = r.choice(_OUTAGES)
        since, many = r.choice(_AFTERWARDS), 1000
        first = Trouble(ask=r.choice(_STALE), times=many)
        return tuple(Bad(trouble=one, since=since) for one in (first, Trouble(connect=how, times=many)))
    return tuple(_bad(r) for _ in range(r.choice((1, 1, 2, 3))))


def _bad(r: random.Random) -> Bad:
    since = r.choice(_MOSTLY_LATE)
    host = r.choice((None, None, *HOSTS))
    path = r.choice((CANCEL, CANCEL, OPENS, None))
    times, skip = r.choice((1, 1, 2, 6, 30)), r.choice((0, 0, 0, 1, 3))
    kind = r.random()
    made: dict[str, Any] = {"host": host, "path": path, "times": times, "skip": skip}
    if kind < 0.3:
        made |= {"path": None, "connect": r.choice(("refused", "dns", "tls", "hang", "tls hang", "slow"))}
        made |= {"seconds": r.uniform(0.1, 2.5)}
    elif kind < 0.65:
        made |= {"ask": r.choice(("write error", "write hang", "lost", "late", "stale close", "stale reset"))}
        made |= {"at": r.random(), "seconds": r.uniform(0.5, 9)}
    else:
        made |= {"answer": r.choice(("close", "reset", "silence", "drip"))}
        made |= {"at": r.random(), "seconds": r.choice((0.05, 0.4, 1.5))}
    return Bad(trouble=Trouble(**made), since=since)


def _deeds(r: random.Random) -> tuple[Deed, ...]:
    count = r.choice((0, 0, 0, 0, 1, 2, 4))
    return tuple(
        Deed(
            since=r.choice(_MOSTLY_LATE),
            after=r.choice((r.uniform(0, 0.3), r.uniform(0, 3))),
            what=r.choice(("place", "fill", "part", "cancel")),
            inside=r.random() < 0.8,
            number=r.choice((1, 1, 3)),
        )
        for _ in range(count)
    )


def _taps(r: random.Random) -> tuple[Tap, ...]:
    kind = r.random()
    if kind < 0.02:
        return ()
    first = Tap(after=r.choice((0.05, r.uniform(0.1, 3))), who=r.choice(_PEOPLE), keep=r.random() < 0.03)
    if kind < 0.07:
        return (Tap(after=r.uniform(7, 11), who=r.choice(_PEOPLE)),)
    if kind < 0.25:
        again = first.after + r.choice((0.0, 0.001, r.uniform(0, 1), r.uniform(0, 12)))
        return (first, Tap(after=again, who=r.choice(_PEOPLE), keep=r.random() < 0.2))
    return (first,)


def _kills(r: random.Random) -> tuple[Kill, ...]:
    if r.random() > 0.16:
        return ()
    kills: list[Kill] = []
    for _ in range(r.choice((1, 1, 1, 2))):
        event, since = r.choice(_MOMENTS), r.choice(_KILLED_AFTER)
        after = r.choice((r.uniform(0, 0.2), r.uniform(0, 6)))
        kills.append(
            Kill(since=since, after=after, event=event, count=r.randint(1, 14), down=r.choice((0.2, 1.0, 3.0)))
        )
    return tuple(kills)
