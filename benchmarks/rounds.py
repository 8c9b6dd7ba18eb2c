"""How it is measured: in rounds in which everybody goes once, in an order drawn anew: drift hits all alike."""

import asyncio
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from benchmarks.contenders import Contender

SEED: Final = 20_241_115
WARM: Final = 3
"""Calls of each contender before anything is counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What one series measures."""

    orders: int
    rounds: int
    batch: int = 1
    """Calls in a row when it is somebody's turn."""
    idle: float = 0.0
    """Seconds without a call before each round, the same for all."""
    pause: float = 0.0
    """Seconds without a call before each turn."""


@dataclass(slots=True)
class Sample:
    """One contender's calls, in seconds."""

    wall: list[float] = field(default_factory=list)
    """One number a call."""
    cpu: list[float] = field(default_factory=list)
    """One number a turn: this process's CPU time for a call, the mean of the turn's."""


class WrongCountError(Exception):
    """An answer told of another number of orders: what was measured was something else."""


async def measured(contenders: Sequence[Contender], plan: Plan) -> dict[str, Sample]:
    """Every contender's sample, by name.

    Raises:
        WrongCountError: an answer was not what the stub sent.
    """
    chance = random.Random(SEED)  # noqa: S311  an order of turns, no secret
    samples = {each.name: Sample() for each in contenders}
    for each in contenders:
        for _ in range(WARM):
            await _called(each, plan.orders)
    for _ in range(plan.rounds):
        await asyncio.sleep(plan.idle)
        for each in chance.sample(list(contenders), len(contenders)):
            await asyncio.sleep(plan.pause)
            await _turn(each, plan, samples[each.name])
    return samples


async def _turn(contender: Contender, plan: Plan, sample: Sample) -> None:
    cpu = time.process_time()
    for _ in range(plan.batch):
        began = time.perf_counter()
        await _called(contender, plan.orders)
        sample.wall.append(time.perf_counter() - began)
    sample.cpu.append((time.process_time() - cpu) / plan.batch)


async def _called(contender: Contender, orders: int) -> None:
    told = await contender.call(orders)
    if told != orders:
        raise WrongCountError(f"{contender.name}: {told} of {orders}")


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that so large a share of all does not exceed: 0.5 the median, 0.99 all but the worst."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, -int(-share * len(ordered) // 1) - 1))]
