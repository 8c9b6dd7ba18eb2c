"""The whole bot: from a tap to the request at the exchange, and to the proof in the chat, on both chats.

The bot is the real command in a process of its own, with its store on the disk of the working directory. HTX,
Telegram and Slack are simulated in this process; their clocks, which are the machine's, say when the tap left and
when the request was there. What they need themselves is part of these times.
"""

import asyncio
import shutil
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, Literal

from benchmarks.disk import Disk
from benchmarks.memory import Memory, memory
from benchmarks.starts import Start, starts
from bot.cli.demo.scene import CANCEL, LABEL
from bot.cli.demo.slack_desk import SlackDesk
from bot.cli.demo.stage import CONTRACT, Stage, stage

ASK: Final = f"/cancelall {CONTRACT} buy long"
ORDERS: Final = 14
PACE: Final = 0.34
"""Seconds a mass cancel takes at least: its seven reads stay within HTX's budget of 72 in 3 s."""
READING: Final = 0.12
"""Seconds a person looks at a card before the tap: the bot is done with it then; people need longer."""
PATIENCE: Final = 25.0
FIRST: Final = 50
"""Mass cancels before memory is looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What one mass cancel covers."""

    contract: str
    side: Literal["buy", "sell"]
    position_side: Literal["long", "short"]

    @property
    def ask(self) -> str:
        """The command."""
        return f"/cancelall {self.contract} {self.side} {self.position_side}"


_SIDES: Final[tuple[Literal["buy", "sell"], ...]] = ("buy", "sell")
_POSITION_SIDES: Final[tuple[Literal["long", "short"], ...]] = ("long", "short")
SCOPES: Final = tuple(
    Scope(contract=contract, side=side, position_side=position_side)
    for contract in ("BTC-USDT", "ETH-USDT", "BTC-USDT-241115", "ETH-USDT-241115", "BTC-USDT-241227")
    for side in _SIDES
    for position_side in _POSITION_SIDES
)
"""Each is used once a session: for a minute after zero the bot watches for orders that come back, and tells."""

Cancel = Callable[[Stage, Scope], Awaitable[tuple[float, float]]]


@dataclass(slots=True, kw_only=True)
class Taps:
    """Seconds, one number a tap."""

    request: list[float] = field(default_factory=list)
    """Until the exchange had the whole request."""
    proof: list[float] = field(default_factory=list)
    """Until the chat was given the result."""
    first: list[float] = field(default_factory=list)
    """As `request`: each session's first tap, which is not among the others."""
    first_proof: list[float] = field(default_factory=list)
    """As `proof`, of the same taps."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What was measured."""

    taps: dict[str, Taps]
    """By chat."""
    starts: list[Start]
    commits: list[float]
    """Seconds of a bare commit on the same disk, between the taps."""
    after: Memory | None
    """After `FIRST` mass cancels."""


async def desk(*, quick: bool, say: Callable[[str], None]) -> Desk:
    """Measure starts, taps and memory: about two and a half minutes, or half a minute."""
    made = Desk(taps={"Telegram": Taps(), "Slack": Taps()}, starts=[], commits=[], after=None)
    async with stage(slack=True, within=Path.cwd()) as built:
        built.htx.limiter.limit = 1_000_000
        with closing(Disk(built.folder / "disk")) as disk:
            say("starts")
            made.starts.extend(await starts(built, 3 if quick else 7))
            sessions = 2 if quick else 12
            for number in range(sessions):
                say(f"taps on both chats, session {number + 1} of {sessions}")
                shutil.rmtree(built.folder / "data")
                await built.start_bot()
                await _session(built, made, disk)
                if number < sessions - 1:
                    await built.stop_bot()
            say("memory")
            return replace(made, after=await _memory_after(built))


async def _session(built: Stage, made: Desk, disk: Disk) -> None:
    """One mass cancel a scope, on one chat and the other in turn."""
    for number, scope in enumerate(SCOPES):
        chat, way = _WAYS[number % len(_WAYS)]
        began = time.monotonic()
        request, proof = await _one(built, way, scope)
        taps = made.taps[chat]
        if number < len(_WAYS):
            taps.first.append(request)
            taps.first_proof.append(proof)
        else:
            taps.request.append(request)
            taps.proof.append(proof)
        made.commits.append(disk.commit())
        await asyncio.sleep(PACE - (time.monotonic() - began))


async def _memory_after(built: Stage) -> Memory | None:
    """Go on until there were `FIRST` mass cancels, and look."""
    for number in range(FIRST - len(SCOPES)):
        await _one(built, _WAYS[number % len(_WAYS)][1], SCOPES[number % len(SCOPES)])
    return None if built.child is None else memory(built.child.pid)


async def _one(built: Stage, way: Cancel, scope: Scope) -> tuple[float, float]:
    """Seconds from the tap to the request, and to the proof."""
    built.place(ORDERS, contract=scope.contract, side=scope.side, position_side=scope.position_side)
    tapped, shown = await way(built, scope)
    return built.htx.posts(CANCEL)[-1].received - tapped, shown - tapped


async def _on_telegram(built: Stage, scope: Scope) -> tuple[float, float]:
    said = built.ann.says(built.desk, scope.ask)
    card = await built.telegram.wait_for(built.desk, "🛑", after=said.id, timeout=PATIENCE)
    tapped = await _look_at(card.labels)
    built.ann.taps(card, card.labels[0])
    await built.telegram.wait_for(built.desk, "✅ ZERO LEFT ·", after=card.id, timeout=PATIENCE)

    def shown() -> float | None:
        sends = (call for call in reversed(built.telegram.calls) if call.method == "sendMessage")
        return next((call.at for call in sends if "ZERO LEFT ·" in str(call.params.get("text", ""))), None)

    return tapped, await _known(shown)


async def _on_slack(built: Stage, scope: Scope) -> tuple[float, float]:
    there = _slack(built)
    since = there.sim.world.stamp()
    there.ann.slash(there.desk, scope.ask)
    card = await there.sim.wait_for(there.desk, "🛑", PATIENCE, after=since)
    tapped = await _look_at(card.labels)
    there.ann.taps(card, card.labels[0])
    result = await there.sim.wait_for(there.desk, "✅ ZERO LEFT ·", PATIENCE, after=card.ts)

    def shown() -> float | None:
        sends = (call for call in reversed(there.sim.calls) if call.method == "chat.postMessage")
        return next((call.at for call in sends if (call.answer or {}).get("ts") == result.ts), None)

    return tapped, await _known(shown)


_WAYS: Final[tuple[tuple[str, Cancel], ...]] = (("Telegram", _on_telegram), ("Slack", _on_slack))


async def _look_at(labels: Sequence[str]) -> float:
    """Look at the card; when the tap is made."""
    if not labels or not labels[0].startswith(LABEL):
        raise RuntimeError(f"a card without its button: {labels}")
    await asyncio.sleep(READING)
    return time.monotonic()


async def _known(shown: Callable[[], float | None]) -> float:
    """When the result was shown: a message is on the screen a moment before its call is noted as answered."""
    async with asyncio.timeout(PATIENCE):
        while (at := shown()) is None:  # noqa: ASYNC110  the simulators have no event for it
            await asyncio.sleep(0.002)
    return at


def _slack(built: Stage) -> SlackDesk:
    if built.slack is None:
        raise RuntimeError("this stage has no Slack")
    return built.slack
