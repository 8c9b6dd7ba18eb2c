"""One request: warm with each number of orders, after a short pause, and after a long one over a slow network."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from benchmarks.field import Field
from benchmarks.rounds import Plan, Sample, measured

SIZES: Final = (0, 14, 100, 1000, 5000)
USUAL: Final = 14
PAUSE: Final = 0.045
"""Seconds: longer than ccxt's rate limiter makes calls wait."""
LONG: Final = 6.0
"""Seconds: longer than httpx keeps an idle connection by default."""

Samples = dict[str, Sample]


@dataclass(frozen=True, slots=True, kw_only=True)
class Calls:
    """What was measured, by number of orders and contender."""

    warm: dict[int, Samples]
    """Call after call, over TLS."""
    plain: dict[int, Samples]
    """The same over plain http."""
    paused: Samples
    """After `PAUSE`, over TLS."""
    idle: Samples
    """After `LONG`, over TLS with a round trip."""


def _warm_plan(orders: int, *, quick: bool) -> Plan:
    rounds = {0: 80, 14: 80, 100: 80, 1000: 60, 5000: 20}[orders]
    return Plan(orders=orders, rounds=max(5, rounds // 8) if quick else rounds, batch=5)


async def calls(field: Field, *, quick: bool, say: Callable[[str], None]) -> Calls:
    """Measure all of it: about two minutes, or 25 s."""
    warm: dict[int, Samples] = {}
    async with field.contenders("tls", SIZES) as everybody:
        for orders in SIZES:
            say(f"call after call, {orders} orders")
            warm[orders] = await measured(everybody, _warm_plan(orders, quick=quick))
    plain: dict[int, Samples] = {}
    async with field.contenders("plain", SIZES) as everybody:
        for orders in (USUAL, 1000):
            say(f"the same over plain http, {orders} orders")
            plain[orders] = await measured(everybody, _warm_plan(orders, quick=quick))
    say("after 45 ms without a call")
    async with field.contenders("tls", SIZES) as everybody:
        paused = await measured(everybody, Plan(orders=USUAL, rounds=15 if quick else 100, pause=PAUSE))
    async with field.contenders("tls", SIZES, limiter=True) as everybody:
        some = [each for each in everybody if each.name not in paused]
        if some:
            say("call after call with ccxt's rate limiter")
            plan = replace(_warm_plan(USUAL, quick=quick), rounds=5 if quick else 20)
            warm[USUAL] |= await measured(some, plan)
    say("after 6 s without a call, 50 ms away")
    async with field.contenders("far", SIZES) as everybody:
        idle = await measured(everybody, Plan(orders=USUAL, rounds=2 if quick else 12, idle=LONG))
    return Calls(warm=warm, plain=plain, paused=paused, idle=idle)
