"""`make truth`: what it says of itself."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.truth.campaign import Figures

ROOT = Path(__file__).parents[2]


def test_the_figures_say_as_many_as_were_asked_for() -> None:
    """The schedules that were asked for are counted apart from those that are always played again."""
    figures = Figures()
    figures.add(Figures(schedules=60, kept=0))
    figures.add(Figures(schedules=8))
    figures.kept = 18
    assert figures.lines()[0] == "50 schedules, and 18 kept ones"
    assert Figures(schedules=1).lines()[0] == "1 schedules"


@pytest.mark.parametrize("number", ["0", "-5", "many", "1.5", "²"])
def test_a_campaign_of_nothing_is_refused(number: str) -> None:
    """What is no number of schedules ends with a sentence, and not with a campaign that proves nothing."""
    command = (sys.executable, "-m", "tests.truth.campaign", f"--schedules={number}")
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=False, text=True)  # noqa: S603 our own
    assert done.returncode == 2
    assert "is not a whole number from 1 on" in done.stderr
