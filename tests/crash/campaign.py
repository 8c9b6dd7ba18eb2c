"""Kill the bot again and again at random moments, and look each time whether all that was promised still holds.

    PYTHONPATH=.:secrets python -m tests.crash.campaign --cycles 300 --seed 7

The moments are random but seeded. What the machine makes of them is not: a seed repeats the plan, not the
schedule.
"""

import argparse
import asyncio
import random
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from bot.cli.demo.stage import CONTRACT, BotFailedError
from bot.store import open_engine, verify
from simulator.htx import Cut, Delay, Drop, Fault, Half, Hang, Html, Lie, RateLimited, Refuse
from simulator.telegram import Message, TapResult
from simulator.telegram.faults import cut_after
from tests.crash.ground import CANCEL, OPENS, Ground, ground
from tests.crash.invariants import Chapter, broken

_LONGEST: Final = 0.4
"""Seconds after a command or a tap at which the bot dies at the latest."""

_SCOPES: Final[tuple[tuple[str, dict[str, str]], ...]] = (
    (f"{CONTRACT} buy long", {"contract_code": CONTRACT, "side": "buy", "position_side": "long"}),
    (f"sell {CONTRACT}", {"contract_code": CONTRACT, "side": "sell"}),
    (f"short {CONTRACT}", {"contract_code": CONTRACT, "position_side": "short"}),
    (CONTRACT, {"contract_code": CONTRACT}),
    ("ALL long", {"position_side": "long"}),
    ("ALL", {}),
)

_FAULTS: Final[tuple[tuple[str, Callable[[], Fault | None]], ...]] = (
    ("none", lambda: None),
    ("answer lost", lambda: Drop(acts=True)),
    ("request lost", lambda: Drop(acts=False, reset=True)),
    ("hang after acting", lambda: Hang(acts=True)),
    ("hang before acting", lambda: Hang(acts=False)),
    ("slow to act", lambda: Delay(before=0.3)),
    ("slow to answer", lambda: Delay(after=0.3)),
    ("answer cut", lambda: Cut(at=20)),
    ("HTML", lambda: Html(status=502)),
    ("refused", lambda: Refuse(code=1100)),
    ("too many", lambda: RateLimited(reset_ms=150)),
    ("half done", lambda: Half(share=0.5, claims_all=True)),
    ("lie", Lie),
)


@dataclass(kw_only=True)
class Figures:
    """What a campaign came to."""

    cycles: int = 0
    kills: Counter[str] = field(default_factory=Counter)
    """By what the bot was doing."""
    faults: Counter[str] = field(default_factory=Counter)
    verdicts: Counter[str] = field(default_factory=Counter)
    unanswered: int = 0
    """Taps whose popup was lost with the process; the card and the result say it all the same."""
    repeats: int = 0
    """Results that came twice: sent, and killed before that was noted."""
    violations: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def lines(self) -> list[str]:
        """The figures in words."""
        return [
            f"{self.cycles} cycles, {self.kills.total()} kills in {self.seconds:.0f} s",
            *(f"  killed: {stage} ×{n}" for stage, n in sorted(self.kills.items())),
            "  HTX: " + ", ".join(f"{name} ×{n}" for name, n in sorted(self.faults.items())),
            "  verdicts: " + ", ".join(f"{name} ×{n}" for name, n in sorted(self.verdicts.items())),
            f"  taps without a popup: {self.unanswered}, results told twice: {self.repeats}",
            f"{len(self.violations)} violations",
            *self.violations,
        ]


class Campaign:
    """Rounds of asking, tapping, killing and starting again, on one ground."""

    def __init__(self, here: Ground, seed: int) -> None:
        self._here = here
        self._random = random.Random(seed)  # noqa: S311 a plan, not a secret
        self._copies = 0
        self.figures = Figures()

    async def run(self, cycles: int, say: Callable[[str], None]) -> Figures:
        """Play so many rounds, and check after each."""
        began = time.monotonic()
        await self._here.start_bot()
        for number in range(cycles):
            try:
                found = await self._cycle()
            except (TimeoutError, BotFailedError, AssertionError) as error:
                found = [f"stuck: {error}"]
                await self._again()
            self.figures.cycles += 1
            for fault in found:
                self.figures.violations.append(f"cycle {number}: {fault}")
                say(self.figures.violations[-1])
        self.figures.seconds = time.monotonic() - began
        return self.figures

    async def _cycle(self) -> list[str]:
        here, chance = self._here, self._random
        self._copies = 0
        before, posts = here.truth.count(), len(here.posts())
        self._book()
        words, body = chance.choice(_SCOPES)
        self._break_something()
        said = here.ann.says(here.desk, f"/cancelall {words}")
        if chance.random() < 0.4:
            await self._die(said.update_id)
        card = await here.card_after(said.id)
        taps = [self._tap(card)]
        if chance.random() < 0.2:
            taps.append(self._tap(card))
        if chance.random() < 0.75:
            await self._die(taps[0].update_id)
        await here.quiet()
        if any("Tap again" in message.text for message in here.heard(said.id)):
            taps.append(self._tap(card))  # what a process that died had taken in does nothing: they are asked to
            await here.quiet()
        self.figures.unanswered += sum(tap.answered is None for tap in taps)
        return [*self._judge(said.id, body, before, posts), *(await self._twice())]

    def _tap(self, card: Message) -> TapResult:
        person = self._random.choice((self._here.ann, self._here.bo))
        label = "Keep orders" if self._random.random() < 0.1 else card.labels[0]
        return person.taps(card, label)

    def _book(self) -> None:
        """A few orders on the book: both sides, and of another contract."""
        here, chance = self._here, self._random
        here.place(chance.randint(0, 5))
        here.place(chance.randint(0, 2), side="sell", position_side="short")
        here.place(chance.randint(0, 2), contract="ETH-USDT", side="sell", position_side="long")

    def _break_something(self) -> None:
        here, chance = self._here, self._random
        name, fault = chance.choice(_FAULTS)
        self.figures.faults[name] += 1
        if (made := fault()) is not None:
            here.htx.faults.add(made, CANCEL, times=1)
        if chance.random() < 0.1:
            here.htx.faults.add(Html(status=502), OPENS, times=chance.randint(1, 12))
        if chance.random() < 0.15:
            here.telegram.faults.arm("sendMessage", cut_after())
            self._copies += 1

    async def _die(self, update: int | None) -> None:
        """`kill -9` in a while, then another start."""
        chance = self._random
        await asyncio.sleep(chance.uniform(0, chance.choice((_LONGEST, 0.06))))
        await self._here.kill_bot()
        self.figures.kills[self._stage(update)] += 1
        await self._again()

    async def _again(self) -> None:
        """Start again, everything as it should be but the settings."""
        here = self._here
        await here.kill_bot()
        here.htx.faults.clear()
        self._copies += 1
        here.configure(self._random.choice((15, 60)))
        await here.start_bot()

    def _stage(self, update: int | None) -> str:
        """What the dead bot was doing: the last thing that is on its disk, or on the wire."""
        truth = self._here.truth
        deeds, posts = truth.deeds(), self._here.posts()
        settled = truth.deliveries().get(update or 0)
        if settled is None:
            return "0 the update was not taken in"
        state = deeds[-1].state if deeds else ""
        if state == "executing":
            under_way = bool(posts) and posts[-1].answer is None
            return "3 request under way" if under_way else "4 executing, before the request or after its answer"
        if truth.waiting():
            return f"5 {'card' if state == 'pending' else 'verdict'} on disk, not told"
        return f"6 {state}, told" if settled else f"1 taken in, {state or 'nothing done'}"

    def _judge(self, said: int, body: dict[str, str], before: int, posts: int) -> list[str]:
        here = self._here
        deeds, heard = here.truth.deeds(before), here.heard(said)
        self.figures.verdicts.update(deed.state for deed in deeds)
        for deed in deeds:
            told = sum(f"#{deed.id} · log " in message.text for message in heard)
            self.figures.repeats += max(0, told - 1)
        chapter = Chapter(
            said=said,
            body=body,
            deeds=deeds,
            posts=here.posts()[posts:],
            audit=here.truth.audit(),
            heard=heard,
            copies=self._copies,
        )
        engine = open_engine(here.data, create=False)
        try:
            chain = verify(engine)
        finally:
            engine.dispose()
        return [*broken(here, chapter), *([] if chain.ok else [f"I11: {chain.why}"])]

    async def _twice(self) -> list[str]:
        """I13: one more restart, with nothing to put right, says nothing more."""
        here = self._here
        unknown = any(deed.state == "unknown" for deed in here.truth.deeds())
        if unknown or self._random.random() < 0.75:
            return []
        before, rows = [(one.id, one.edits) for one in here.heard()], len(here.truth.audit())
        await here.kill_bot()
        await here.start_bot()
        polls = here.polls()
        await here.until(lambda: here.polls() > polls or here.is_quiet(), "polling")
        await here.quiet()
        after = [(one.id, one.edits) for one in here.heard()]
        more = len(here.truth.audit()) - rows
        return [f"I13: another restart said more: {after[-3:]}, {more} rows"] if after != before or more else []


async def campaign(cycles: int, seed: int, say: Callable[[str], None] = lambda _line: None) -> Figures:
    """Run one campaign; at its end the program itself must find its audit unbroken."""
    async with ground() as here:
        figures = await Campaign(here, seed).run(cycles, say)
        code, said = await here.command("audit", "verify")
        if code != 0:
            figures.violations.append(f"I11: {said}")
        await here.kill_bot()
        if figures.violations:
            say(here.log()[-6000:])
        return figures


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cycles", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()

    def say(line: str) -> None:
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()

    figures = asyncio.run(campaign(asked.cycles, asked.seed, say))
    for line in figures.lines():
        say(line)
    sys.exit(1 if figures.violations else 0)


if __name__ == "__main__":
    main()
