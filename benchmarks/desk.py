"""The whole bot: from a tap to the request at the exchange, and to the proof in the chat, on both chats.

The bot is the real command in a process of its own, with its store on the disk of the working directory. HTX,
Telegram and Slack are simulated in this process; their clocks, which are the machine's, say when the tap left and
when the request was there. What they need themselves is part of these times.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from benchmarks.memory import Memory, memory
from benchmarks.starts import Start, starts
from bot.cli.demo.scene import ASK, CANCEL, LABEL
from bot.cli.demo.slack_desk import SlackDesk
from bot.cli.demo.stage import Stage, stage

ORDERS: Final = 14
PACE: Final = 0.34
"""Seconds a mass cancel takes at least: its seven reads stay within HTX's budget of 72 in 3 s."""
PATIENCE: Final = 25.0
FIRST: Final = 50
"""Mass cancels before memory is looked at."""

Cancel = Callable[[Stage], Awaitable[tuple[float, float]]]


@dataclass(slots=True, kw_only=True)
class Taps:
    """Seconds, one number a tap."""

    request: list[float] = field(default_factory=list)
    """Until the exchange had the whole request."""
    proof: list[float] = field(default_factory=list)
    """Until the chat was given the result."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What was measured."""

    taps: dict[str, Taps]
    """By chat."""
    starts: list[Start]
    after: Memory | None
    """After `FIRST` mass cancels."""


async def desk(*, quick: bool, say: Callable[[str], None]) -> Desk:
    """Measure starts, taps and memory: about two and a half minutes, or 20 s."""
    async with stage(slack=True, within=Path.cwd()) as built:
        say("starts")
        began = await starts(built, 3 if quick else 7)
        built.htx.limiter.limit = 1_000_000
        await built.start_bot()
        taps = {"Telegram": Taps(), "Slack": Taps()}
        ways: dict[str, Cancel] = {"Telegram": _on_telegram, "Slack": _on_slack}
        after: Memory | None = None
        for number in range(25 if quick else 200):
            if number % 50 == 0:
                say(f"taps on both chats, {number} so far")
            for chat, way in ways.items():
                await _tap(built, way, taps[chat], warm=number > 0)
            if number == FIRST // 2 - 1 and built.child is not None:
                after = memory(built.child.pid)
        return Desk(taps=taps, starts=began, after=after)


async def _tap(built: Stage, way: Cancel, taps: Taps, *, warm: bool) -> None:
    """One mass cancel of 14 orders; the first of each chat is not counted."""
    began = time.monotonic()
    built.place(ORDERS)
    tapped, shown = await way(built)
    if warm:
        taps.request.append(built.htx.posts(CANCEL)[-1].received - tapped)
        taps.proof.append(shown - tapped)
    await asyncio.sleep(PACE - (time.monotonic() - began))


async def _on_telegram(built: Stage) -> tuple[float, float]:
    said = built.ann.says(built.desk, ASK)
    card = await built.telegram.wait_for(built.desk, "🛑", after=said.id, timeout=PATIENCE)
    label = next(each for each in card.labels if each.startswith(LABEL))
    tapped = time.monotonic()
    built.ann.taps(card, label)
    await built.telegram.wait_for(built.desk, "ZERO LEFT ·", after=card.id, timeout=PATIENCE)
    return tapped, next(
        call.at
        for call in reversed(built.telegram.calls)
        if call.method == "sendMessage" and "ZERO LEFT" in str(call.params.get("text", ""))
    )


async def _on_slack(built: Stage) -> tuple[float, float]:
    there = _slack(built)
    since = there.sim.world.stamp()
    there.ann.slash(there.desk, ASK)
    card = await there.sim.wait_for(there.desk, "🛑", PATIENCE, after=since)
    label = next(each for each in card.labels if each.startswith(LABEL))
    tapped = time.monotonic()
    there.ann.taps(card, label)
    result = await there.sim.wait_for(there.desk, "ZERO LEFT ·", PATIENCE, after=card.ts)
    return tapped, next(
        call.at
        for call in reversed(there.sim.calls)
        if call.method == "chat.postMessage" and (call.answer or {}).get("ts") == result.ts
    )


def _slack(built: Stage) -> SlackDesk:
    if built.slack is None:
        raise RuntimeError("this stage has no Slack")
    return built.slack
