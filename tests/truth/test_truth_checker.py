"""The checks can fail: a client that is wrong in one way is found out, and by the check that is meant for it."""

import pytest

from tests.truth import liars
from tests.truth.campaign import several
from tests.truth.process import Watched

_SCHEDULES = 60


@pytest.mark.parametrize(
    ("client", "found"),
    [
        (liars.Repeats, "I1: another request"),
        (liars.Doubles, "I1: another request"),
        (liars.Denies, "I7: NOT RUN"),
        (liars.Widens, "I3: nobody confirmed"),
        (liars.Boasts, "counts: told"),
        (liars.Overlooks, "I6: "),
        (liars.Misreads, "open orders are missing"),
        (liars.Blinks, "open orders are missing"),
        (liars.Remembers, "I6: ZERO LEFT without a reading"),
        (liars.GivesUp, "UNKNOWN, and readings went well"),
        (liars.Dawdles, "I9: told"),
        (liars.Breaks, "unexpected: "),
        (liars.Reaches, "by id: "),
    ],
)
def test_a_lie_is_found(client: type[Watched], found: str) -> None:
    """Within sixty schedules each kind of lie is noticed for what it is."""
    said: list[str] = []
    for first in range(3000, 3000 + _SCHEDULES, 5):
        said += several(range(first, first + 5), client).violations
        if any(found in violation for violation in said):
            return
    assert not said, said[:10]
    pytest.fail("not found")


def test_what_breaks_after_the_request_costs_no_result() -> None:
    """A client that breaks in clean-up and records is loud in the log, and all is told as it is, and in time."""
    said = several(range(3000, 3040), liars.Stumbles).violations
    assert said
    assert not [violation for violation in said if "unexpected: " not in violation]
