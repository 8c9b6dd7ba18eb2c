"""What may be sent now: results before all else, and nothing holds up what it need not."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model import Matter, Platform, PostKind
from bot.ports import Queued
from bot.runtime.schedule import IN_TIME, Held, Lane, lane_of, may_go, next_look, overdue

NOW: Final = datetime(2026, 11, 28, 3, 14, tzinfo=UTC)
SECOND: Final = timedelta(seconds=1)
DESK: Final = (Platform.TELEGRAM, "-100")
ROW: Final = Queued(
    id=1,
    platform=Platform.TELEGRAM,
    chat="-100",
    kind=PostKind.SEND,
    slot=None,
    matter=Matter.NOTICE,
    attempts=0,
    not_before=NOW - SECOND,
    posted_at=NOW,
    spread=False,
    why="",
)
RESULT: Final = replace(ROW, id=9, matter=Matter.RESULT, slot="result:K7Q2M")
EDIT: Final = replace(ROW, id=5, kind=PostKind.EDIT, slot="card:K7Q2M")


def going(*rows: Queued, now: datetime = NOW, busy: tuple[Lane, ...] = (), **held: Held) -> list[int]:
    """The ids of what may go; `held` is the desk's."""
    return [row.id for row in may_go(rows, now, busy, {DESK: held["desk"]} if held else {})]


def test_an_edit_never_delays_a_result() -> None:
    """A result goes beside an edit that is under way, and before one that is not."""
    assert going(EDIT, RESULT) == [9]
    assert going(EDIT, RESULT, busy=(lane_of(EDIT),)) == [9]


def test_what_comes_after_a_result_waits_for_its_first_try() -> None:
    """The card is not shown as done before the result was tried; once it was tried, or is late, it is."""
    after = replace(EDIT, id=10)
    assert going(RESULT, after, busy=(lane_of(RESULT),)) == []
    assert going(replace(RESULT, attempts=1), after, busy=(lane_of(RESULT),)) == [10]
    assert going(RESULT, after, busy=(lane_of(RESULT),), now=NOW + IN_TIME) == [10]


def test_a_result_waits_for_the_card_it_answers_but_not_long() -> None:
    """A message posted before a result is tried first, so that it can be answered: for a second at the most."""
    assert going(ROW, RESULT) == [1]
    assert going(ROW, RESULT, busy=(lane_of(ROW),)) == []
    assert going(ROW, RESULT, busy=(lane_of(ROW),), now=NOW + SECOND) == [9]
    assert going(replace(ROW, attempts=1), RESULT, busy=(lane_of(ROW),)) == [9]


def test_a_refused_row_holds_up_nothing_but_its_name() -> None:
    """What waits for its next time is passed; what has its name is not."""
    stuck = replace(ROW, slot="s", attempts=1, not_before=NOW + SECOND)
    assert going(stuck, replace(EDIT, slot="s"), replace(ROW, id=7)) == [7]
    assert going(replace(stuck, matter=Matter.RESULT), RESULT) == [9]


def test_a_chat_that_is_silent_gets_results_and_one_that_is_flooded_nothing() -> None:
    """Two ways of being held up."""
    silent, flooded = (Held(until=NOW + SECOND, results=results) for results in (False, True))
    assert going(ROW, replace(RESULT, posted_at=NOW - 2 * SECOND), desk=silent) == [9]
    assert going(ROW, RESULT, desk=flooded) == []
    assert going(ROW, RESULT, desk=flooded, now=NOW + SECOND) != []
    assert going(replace(ROW, chat="-200"), desk=flooded) == [1]


def test_overdue() -> None:
    """After three seconds all but notices are overdue, once."""
    late = NOW + IN_TIME
    assert not overdue(RESULT, late - timedelta(microseconds=1), NOW)
    for matter in (Matter.RESULT, Matter.ANSWER, Matter.COPY):
        assert overdue(replace(ROW, matter=matter), late, NOW)
        assert not overdue(replace(ROW, matter=matter, spread=True), late, NOW)
    assert not overdue(ROW, late, NOW)
    assert not overdue(RESULT, late, NOW + SECOND)  # left behind by an earlier process


@pytest.mark.parametrize(
    ("row", "held", "seconds"),
    [
        (ROW, {}, 5.0),
        (replace(ROW, not_before=NOW + 2 * SECOND), {}, 2.0),
        (RESULT, {}, 1.0),
        (replace(RESULT, attempts=1), {}, 3.0),
        (replace(RESULT, attempts=1, spread=True), {}, 5.0),
        (ROW, {DESK: Held(until=NOW + SECOND, results=True)}, 1.0),
    ],
)
def test_the_next_look_is_when_something_changes(
    row: Queued, held: dict[tuple[Platform, str], Held], seconds: float
) -> None:
    """It is slept until the first time of a row, of its being overdue, or of a chat; for so long at the most."""
    assert next_look([row], NOW, held, 5.0) == pytest.approx(seconds)


QUEUES = st.lists(
    st.builds(
        replace,
        st.just(ROW),
        chat=st.sampled_from(["-100", "-200"]),
        kind=st.sampled_from(PostKind),
        slot=st.sampled_from([None, "s", "t"]),
        matter=st.sampled_from(Matter),
        attempts=st.integers(0, 2),
        not_before=st.sampled_from([NOW - SECOND, NOW + SECOND]),
        posted_at=st.sampled_from([NOW, NOW - 2 * SECOND, NOW - 9 * SECOND]),
    ),
    max_size=8,
)


@given(QUEUES)
def test_something_always_goes_in_the_end(queue: list[Queued]) -> None:
    """Whatever waits: each lane gets at most one row, and if nothing is refused all of it is gone in the end."""
    rows = [replace(row, id=number) for number, row in enumerate(queue)]
    now = NOW
    for _ in range(2 * len(rows)):
        found = may_go(rows, now, (), {})
        assert len({lane_of(row) for row in found}) == len(found)
        rows = [row for row in rows if row not in found]
        now += SECOND
    assert not rows
