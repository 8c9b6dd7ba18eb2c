"""The same seed tells the same story."""

import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from tests.truth.campaign import one

ROOT: Final = Path(__file__).parents[2]
_HASH: Final = (
    "import sys; from tests.truth.campaign import one; print(*(one(int(s))[0].hash for s in sys.argv[1:]))"
)


def test_a_seed_tells_the_same_story_twice() -> None:
    """A schedule played twice in one process is the same, event by event."""
    for seed in (3, 33, 34):
        assert one(seed)[0].lines == one(seed)[0].lines


@pytest.mark.parametrize("salt", ["0", "1"])
def test_a_seed_tells_the_same_story_in_another_process(salt: str) -> None:
    """What Python mixes anew in each process (addresses, hashes) does not show in a trace."""
    seeds = [5, 33, 34, 41]
    here = [one(seed)[0].hash for seed in seeds]
    there = subprocess.run(  # noqa: S603 this interpreter
        [sys.executable, "-c", _HASH, *map(str, seeds)],
        cwd=ROOT,
        env={"PYTHONHASHSEED": salt, "PYTHONPATH": f"{ROOT}:{ROOT / 'secrets'}"},
        capture_output=True,
        check=True,
        text=True,
        timeout=120,
    )
    assert there.stdout.split() == here


def test_seeds_differ() -> None:
    """Another seed is another story."""
    assert len({one(seed)[0].hash for seed in range(50, 60)}) == 10
