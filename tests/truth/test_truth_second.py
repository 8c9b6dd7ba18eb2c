"""Another share of the schedules, and that they are worth playing."""

from collections import Counter

import pytest

from tests.truth.campaign import several

BLIND = (2078, 2079, 2090, 2123, 2171, 2218, 2237, 2288, 2293)
"""Seeds of schedules in which nothing can be read for long: since 19 s are tried they are rare."""


@pytest.mark.parametrize("first", range(1001, 1151, 75))
def test_what_people_are_told_is_true(first: int) -> None:
    """Whatever goes wrong, the verdict shown agrees with what the exchange and the network know."""
    assert several(range(first, first + 75)).violations == []


def test_every_verdict_is_reached_often() -> None:
    """The last 250 and some blind ones hold too: enough of each verdict, of restarts and of troubles."""
    figures = several((*range(1751, 2001), *BLIND))
    assert figures.violations == []
    least = Counter({"ZERO LEFT": 75, "STILL OPEN": 25, "UNKNOWN": 12, "NOT RUN": 10})
    assert least <= figures.verdicts, figures.lines()
    assert Counter({"restarts": 20, "network troubles": 250, "exchange faults": 500}) <= figures.counts
