"""A share of the schedules that `make truth` plays (`.ci/run` plays all), and those that once failed."""

from collections.abc import Sequence

import pytest

from tests.truth.campaign import kept, several


@pytest.mark.parametrize("first", range(1, 201, 100))
def test_what_people_are_told_is_true(first: int) -> None:
    """Whatever goes wrong, the verdict shown agrees with what the exchange and the network know."""
    assert several(range(first, first + 100)).violations == []


@pytest.mark.parametrize("seeds", [kept()], ids=["kept"])
def test_what_once_failed_holds(seeds: Sequence[int]) -> None:
    """Each seed that ever failed is played again."""
    assert several(seeds).violations == []
