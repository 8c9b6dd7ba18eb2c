"""Random schedules of trouble through the whole bot; what people were told is compared with what really happened.

    make truth SCHEDULES=100000            as many schedules, from seed 1 on
    make truth SEED=4711                   this one, told in full

Everything is drawn from the seed: the same seed gives the same story, event by event.
"""

import argparse
import gc
import multiprocessing
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.truth.draw import draw
from tests.truth.invariants import broken
from tests.truth.plan import CANCEL
from tests.truth.play import play
from tests.truth.process import Watched
from tests.truth.story import Story
from tests.truth.told import results

KEPT: Final = Path(__file__).with_name("seeds.txt")
"""Seeds that once failed, with what failed: they are played again by every test run."""

_CHUNK: Final = 10
_SAYS: Final = 20.0
"""Seconds after which it says how far it is."""


@dataclass(kw_only=True)
class Figures:
    """What a campaign came to."""

    schedules: int = 0
    kept: int = 0
    """How many of them were played because they once failed, beside those asked for."""
    verdicts: Counter[str] = field(default_factory=Counter)
    """First words on each confirmed mass cancel, and how cards ended without one."""
    finals: Counter[str] = field(default_factory=Counter)
    counts: Counter[str] = field(default_factory=Counter)
    violations: list[str] = field(default_factory=list)

    def add(self, other: "Figures") -> None:
        """Take another one's figures in."""
        self.schedules += other.schedules
        self.verdicts += other.verdicts
        self.finals += other.finals
        self.counts += other.counts
        self.violations += other.violations

    def lines(self) -> list[str]:
        """The figures in words."""

        def shown(counter: Counter[str]) -> str:
            return ", ".join(f"{name} ×{n}" for name, n in sorted(counter.items()))

        return [
            f"{self.schedules - self.kept} schedules" + (f", and {self.kept} kept ones" if self.kept else ""),
            f"  told first: {shown(self.verdicts)}",
            f"  in the end: {shown(self.finals)}",
            f"  on the way: {shown(self.counts)}",
            f"{len(self.violations)} violations",
        ]


def one(seed: int, client: type[Watched] = Watched) -> tuple[Story, list[str]]:
    """Play the schedule of a seed; the invariants that do not hold."""
    story = play(draw(seed), client)
    return story, broken(story)


def several(seeds: Iterable[int], client: type[Watched] = Watched) -> Figures:
    """Play many; each violation comes with the line that repeats it."""
    figures = Figures()
    for seed in seeds:
        try:
            story, found = one(seed, client)
        except Exception as error:  # noqa: BLE001 a schedule that cannot be played is a finding like any other
            figures.violations.append(f"make truth SEED={seed}   # {error!r}")
            continue
        figures.violations += [f"make truth SEED={seed}   # {what}" for what in found]
        _count(figures, story)
    return figures


def _count(figures: Figures, story: Story) -> None:
    figures.schedules += 1
    for deed in story.deeds:
        told = results(story, deed.id)
        figures.finals[deed.state] += 1
        if told:
            figures.verdicts[told[0].verdict] += 1
    traffic = story.network.traffic
    figures.counts["requests"] += len(traffic)
    figures.counts["cancel requests"] += sum(each.path == CANCEL for each in traffic)
    figures.counts["network troubles"] += sum(bool(each.troubles) for each in traffic)
    figures.counts["exchange faults"] += sum(len(r.faults) for r in story.exchange.log.records())
    figures.counts["restarts"] += len(story.starts) - 1


def kept() -> list[int]:
    """The seeds that once failed."""
    lines = KEPT.read_text("utf-8").splitlines()
    return [int(line.split()[0]) for line in lines if line.strip() and not line.startswith("#")]


def campaign(first: int, schedules: int, jobs: int, say: Callable[[str], None]) -> Figures:
    """Play the kept seeds, then so many from `first` on, on so many processes."""
    again, seeds = kept(), range(first, first + schedules)
    chunks = [again, *(seeds[at : at + _CHUNK] for at in range(0, len(seeds), _CHUNK))]
    figures, began = Figures(), time.monotonic()
    said = began
    say(f"{schedules} schedules from seed {first} on, and the {len(again)} kept ones, on {jobs} processes")
    with multiprocessing.get_context("spawn").Pool(jobs, settled) as pool:
        for part in pool.imap_unordered(several, chunks):
            figures.add(part)
            for violation in part.violations:
                say(violation)
            if (now := time.monotonic()) - said > _SAYS:
                said = now
                say(f"… {figures.schedules} of {schedules + len(again)} in {now - began:.0f} s")
        pool.close()
        pool.join()  # not terminated: each takes its folder away
    say(f"{time.monotonic() - began:.0f} s on {jobs} processes")
    figures.kept = len(again)
    return figures


def settled() -> None:
    """What is there before the first schedule stays; what one makes goes when it is over. A tenth less time."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


def tell(seed: int, say: Callable[[str], None]) -> Figures:
    """Play one schedule and tell it in full."""
    story, found = one(seed)
    for line in (*story.plan.lines(), "", *story.lines, "", f"trace {story.hash}"):
        say(line)
    figures = Figures(violations=[f"make truth SEED={seed}   # {what}" for what in found])
    _count(figures, story)
    for violation in figures.violations:
        say(violation)
    return figures


def _positive(text: str) -> int:
    """A number of something.

    Raises:
        argparse.ArgumentTypeError: it is none.
    """
    if not text.isascii() or not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 on")
    return int(text)


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line: that of the process, if no other is given."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--schedules", type=_positive, default=2000)
    parser.add_argument("--first", type=int, default=1, help="the seed of the first one")
    parser.add_argument("--seed", type=int, help="play this one alone, and tell it in full")
    parser.add_argument("--jobs", type=_positive, default=2)
    asked = parser.parse_args(arguments)

    def say(line: str) -> None:
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()

    if asked.seed is not None:
        figures = tell(asked.seed, say)
    else:
        figures = campaign(asked.first, asked.schedules, asked.jobs, say)
    for line in figures.lines():
        say(line)
    sys.exit(1 if figures.violations else 0)


if __name__ == "__main__":
    main()
