"""The life of a mass cancel, against the table of the design and under random events."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from bot.errors import Refused
from bot.mass_cancel import FINAL, TRANSITIONS, Effect, step
from bot.model import Drill, Event, EventKind, MassCancel, MassCancelId, NotRun, State, Verdict
from scripts.card_kit import BO, EXPIRES, READ, order, orders, pending, preview, proof, scope

# A state a line, an event a column: where it leads; `-`: refused, nothing changes.
TABLE: Final = """
state      preview   confirm   keep lapse   replace restart zero      open       no_run  no_proof drilled
pending    pending   executing kept expired expired -       -         -          -       -        -
executing  executing -         -    -       -       unknown zero_left still_open not_run unknown  drilled
unknown    -         -         -    -       -       -       zero_left still_open -       unknown  -
kept       -         -         -    -       -       -       -         -          -       -        -
expired    -         -         -    -       -       -       -         -          -       -        -
zero_left  -         -         -    -       -       -       -         -          -       -        -
still_open -         -         -    -       -       -       -         -          -       -        -
not_run    -         -         -    -       -       -       -         -          -       -        -
drilled    -         -         -    -       -       -       -         -          -       -        -
"""

# From | event | what must be done.
EFFECTS: Final = """
pending   | preview  | show
pending   | confirm  | fire show
pending   | keep     | show
pending   | lapse    | show
pending   | replace  | show
executing | preview  |
executing | restart  | check
executing | zero     | result
executing | open     | result
executing | no_run   | result
executing | no_proof | result
executing | drilled  | result
unknown   | zero     | result
unknown   | open     | result
unknown   | no_proof | result
"""

LEFT: Final = (order(1, scope()),)
GOOD: Final = {
    EventKind.PREVIEW: Event(kind=EventKind.PREVIEW, preview=preview(orders(14, scope()))),
    EventKind.CONFIRM: Event(kind=EventKind.CONFIRM, by=BO),
    EventKind.KEEP: Event(kind=EventKind.KEEP, by=BO),
    EventKind.LAPSE: Event(kind=EventKind.LAPSE),
    EventKind.REPLACE: Event(kind=EventKind.REPLACE, replaced_by=MassCancelId("M3XQP")),
    EventKind.RESTART: Event(kind=EventKind.RESTART),
    EventKind.ZERO: Event(kind=EventKind.ZERO, verdict=Verdict(proof=proof())),
    EventKind.OPEN: Event(kind=EventKind.OPEN, verdict=Verdict(proof=proof(LEFT))),
    EventKind.NO_RUN: Event(kind=EventKind.NO_RUN, verdict=Verdict(proof=None, not_run=NotRun.UNREACHABLE)),
    EventKind.NO_PROOF: Event(kind=EventKind.NO_PROOF, verdict=Verdict(proof=None)),
    EventKind.DRILLED: Event(kind=EventKind.DRILLED, verdict=Verdict(proof=proof(LEFT), drill=Drill(would=1))),
}
"""One event of each kind, with the facts it must bring."""

BAD: Final = [
    Event(kind=EventKind.PREVIEW),
    Event(kind=EventKind.CONFIRM),
    Event(kind=EventKind.KEEP),
    Event(kind=EventKind.REPLACE),
    Event(kind=EventKind.ZERO),
    Event(kind=EventKind.ZERO, verdict=Verdict(proof=None)),
    Event(kind=EventKind.ZERO, verdict=Verdict(proof=proof(LEFT))),
    Event(kind=EventKind.ZERO, verdict=Verdict(proof=None, cancelled=("1", "2"))),
    Event(kind=EventKind.OPEN),
    Event(kind=EventKind.OPEN, verdict=Verdict(proof=None)),
    Event(kind=EventKind.OPEN, verdict=Verdict(proof=proof())),
    Event(kind=EventKind.NO_RUN),
    Event(kind=EventKind.NO_RUN, verdict=Verdict(proof=None)),
    Event(kind=EventKind.NO_PROOF),
    Event(kind=EventKind.NO_PROOF, verdict=Verdict(proof=proof())),
    Event(kind=EventKind.NO_PROOF, verdict=Verdict(proof=None, not_run=NotRun.UNREACHABLE)),
    Event(kind=EventKind.NO_PROOF, verdict=Verdict(proof=None, drill=Drill())),
    Event(kind=EventKind.ZERO, verdict=Verdict(proof=proof(), drill=Drill())),
    Event(kind=EventKind.OPEN, verdict=Verdict(proof=proof(LEFT), drill=Drill())),
    Event(kind=EventKind.NO_RUN, verdict=Verdict(proof=None, not_run=NotRun.UNREACHABLE, drill=Drill())),
    Event(kind=EventKind.DRILLED),
    Event(kind=EventKind.DRILLED, verdict=Verdict(proof=proof(LEFT))),
    Event(kind=EventKind.DRILLED, verdict=Verdict(proof=None, not_run=NotRun.UNREACHABLE, drill=Drill())),
]
"""Events that do not bring what they claim."""

SECOND: Final = timedelta(seconds=1)
INSTANT: Final = timedelta(microseconds=1)


def table() -> dict[tuple[State, EventKind], State | None]:
    """The table above: every state with every event."""
    head, *lines = (line.split() for line in TABLE.strip().splitlines())
    return {
        (State(state), EventKind(kind)): None if cell == "-" else State(cell)
        for state, *cells in lines
        for kind, cell in zip(head[1:], cells, strict=True)
    }


def in_state(state: State, kind: EventKind | None = None) -> MassCancel:
    """A mass cancel in a state; of the sort that an event of this kind is for."""
    return replace(pending(), state=state, version=7, drill=kind is EventKind.DRILLED)


def test_the_table_of_the_design_is_the_table_of_the_code() -> None:
    """Every pair of a state and an event goes where the design says, and no pair is left out."""
    written = table()
    assert written.keys() == {(state, kind) for state in State for kind in EventKind}
    assert {pair: TRANSITIONS[pair[0]].get(pair[1]) for pair in written} == written


@pytest.mark.parametrize(("state", "kind"), table(), ids=str)
def test_a_step_goes_by_the_table(state: State, kind: EventKind) -> None:
    """A step makes what the table says and raises the version by one, or refuses and changes nothing."""
    target, before = table()[state, kind], in_state(state, kind)
    if target is None:
        with pytest.raises(Refused) as caught:
            step(before, GOOD[kind], READ)
        assert (caught.value.state, caught.value.event) == (state, kind)
        assert before == in_state(state, kind)
        return
    taken = step(before, GOOD[kind], READ)
    assert (taken.after.state, taken.after.version, taken.event) == (target, 8, GOOD[kind])
    assert before == in_state(state, kind)


def test_the_effects_are_those_written_down() -> None:
    """Every transition asks for exactly the effects written down here."""
    for state, kind, effects in (
        [cell.strip() for cell in row.split("|")] for row in EFFECTS.strip().splitlines()
    ):
        taken = step(in_state(State(state), EventKind(kind)), GOOD[EventKind(kind)], READ)
        assert " ".join(taken.effects) == effects, (state, kind)
    assert len(EFFECTS.strip().splitlines()) == sum(target is not None for target in table().values())


def test_unknown_is_said_once() -> None:
    """A check that again finds nothing out is recorded without another result."""
    told = replace(in_state(State.UNKNOWN), verdict=Verdict(proof=None))
    assert step(told, GOOD[EventKind.NO_PROOF], READ).effects == ()
    assert step(told, GOOD[EventKind.ZERO], READ).effects == (Effect.RESULT,)


def test_only_a_confirmation_of_a_pending_card_fires() -> None:
    """The licence is given by one transition and by no other."""
    firing = set()
    for (state, kind), target in table().items():
        if target is not None and Effect.FIRE in step(in_state(state, kind), GOOD[kind], READ).effects:
            firing.add((state, kind, target))
    assert firing == {(State.PENDING, EventKind.CONFIRM, State.EXECUTING)}


def test_final_states_are_left_by_nothing() -> None:
    """The final states are the five the design names, and the end of a drill."""
    five = {State.KEPT, State.EXPIRED, State.ZERO_LEFT, State.STILL_OPEN, State.NOT_RUN}
    assert five | {State.DRILLED} == FINAL


@pytest.mark.parametrize(
    ("now", "state"),
    [
        (READ, State.EXECUTING),
        (EXPIRES - INSTANT, State.EXECUTING),
        (EXPIRES, State.EXPIRED),
        (EXPIRES + INSTANT, State.EXPIRED),
        (EXPIRES + timedelta(days=400), State.EXPIRED),
    ],
)
def test_a_card_is_confirmed_before_its_time_is_up(now: datetime, state: State) -> None:
    """Up to the last instant a confirmation fires; at and after the time it ends the card and fires nothing."""
    taken = step(pending(), GOOD[EventKind.CONFIRM], now)
    assert taken.after.state is state
    assert (Effect.FIRE in taken.effects) is (state is State.EXECUTING)
    if state is State.EXPIRED:
        assert taken.event == Event(kind=EventKind.LAPSE)
        assert (taken.after.decided_by, taken.after.decided_at) == (None, None)


def test_a_late_confirmation_of_a_settled_card_is_refused() -> None:
    """The guard of time is for pending cards only: a tap on an executing card changes nothing, however late."""
    for state in set(State) - {State.PENDING}:
        with pytest.raises(Refused):
            step(in_state(state), GOOD[EventKind.CONFIRM], EXPIRES + SECOND)


@pytest.mark.parametrize("event", BAD, ids=[f"{event.kind}-{n}" for n, event in enumerate(BAD)])
def test_an_event_without_its_facts_is_an_error(event: Event) -> None:
    """An event that does not bring what it claims raises, in every state that would take it."""
    taking = [state for state in State if table()[state, event.kind] is not None]
    assert taking
    for state in taking:
        before = in_state(state, event.kind)
        with pytest.raises(ValueError, match="without its facts"):
            step(before, event, READ)
        assert before == in_state(state, event.kind)


def test_each_event_brings_its_facts_into_the_record() -> None:
    """What an event brings is in the record afterwards, and nothing else is changed."""
    kept = step(pending(), GOOD[EventKind.KEEP], READ).after
    assert kept == replace(pending(), state=State.KEPT, version=1, decided_by=BO, decided_at=READ)
    seen = step(pending(), GOOD[EventKind.PREVIEW], READ).after
    assert seen == replace(pending(), version=1, preview=GOOD[EventKind.PREVIEW].preview)
    replaced = step(pending(), GOOD[EventKind.REPLACE], READ).after
    assert replaced == replace(pending(), state=State.EXPIRED, version=1, replaced_by=MassCancelId("M3XQP"))
    running = step(pending(), GOOD[EventKind.CONFIRM], READ).after
    assert running == replace(pending(), state=State.EXECUTING, version=1, decided_by=BO, decided_at=READ)
    cut = step(running, GOOD[EventKind.RESTART], READ).after
    assert cut == replace(running, state=State.UNKNOWN, version=2)
    for kind in (EventKind.ZERO, EventKind.OPEN, EventKind.NO_RUN, EventKind.NO_PROOF):
        done = step(running, GOOD[kind], EXPIRES).after
        told = replace(running, version=2, verdict=GOOD[kind].verdict, concluded_at=EXPIRES)
        assert done == replace(told, state=done.state)


ENDINGS: Final = (
    set(EventKind)
    - {EventKind.PREVIEW, EventKind.CONFIRM, EventKind.KEEP}
    - {
        EventKind.LAPSE,
        EventKind.REPLACE,
    }
)


@pytest.mark.parametrize("kind", sorted(ENDINGS))
def test_a_drill_ends_as_a_drill_and_nothing_else_does(kind: EventKind) -> None:
    """Of what ends an execution a drill takes its own event alone, and a real one takes every other."""
    for drill in (False, True):
        running = replace(in_state(State.EXECUTING), drill=drill)
        if drill is (kind is EventKind.DRILLED):
            assert step(running, GOOD[kind], READ).after.drill is drill
        else:
            with pytest.raises(Refused):
                step(running, GOOD[kind], READ)


def test_a_confirmed_drill_has_no_licence() -> None:
    """A confirmation of a drill asks for the drill and its card, and never for the request."""
    taken = step(replace(pending(), drill=True), GOOD[EventKind.CONFIRM], READ)
    assert taken.effects == (Effect.DRILL, Effect.SHOW)
    assert taken.after.state is State.EXECUTING


class Life(RuleBasedStateMachine):
    """One mass cancel under random events at random times."""

    drill = False

    def __init__(self) -> None:
        super().__init__()
        self.record, self.now, self.fired, self.refused = replace(pending(), drill=self.drill), READ, 0, 0
        self.final: MassCancel | None = None

    @rule(event=st.sampled_from([*GOOD.values(), *BAD]))
    def happens(self, event: Event) -> None:
        """One event; what is not taken leaves everything as it is."""
        before = self.record
        try:
            taken = step(before, event, self.now)
        except (Refused, ValueError):
            self.refused += 1
            return
        assert before.state not in FINAL
        assert taken.after.version == before.version + 1
        if Effect.DRILL in taken.effects or Effect.FIRE in taken.effects:
            assert (Effect.DRILL in taken.effects) is self.drill
            assert (Effect.FIRE in taken.effects) is not self.drill
            self.fired += 1
            assert (before.state, taken.after.state) == (State.PENDING, State.EXECUTING)
            assert self.now < before.expires_at
            assert taken.after.decided_by is not None
        self.record = taken.after

    @rule(seconds=st.integers(0, 40))
    @precondition(lambda self: self.now < EXPIRES + SECOND)
    def passes(self, seconds: int) -> None:
        """Time passes."""
        self.now += timedelta(seconds=seconds)

    @invariant()
    def fires_at_most_once(self) -> None:
        """The licence is given once, and a card that was never fired is never executed."""
        assert self.fired <= 1
        unfired = {State.PENDING, State.KEPT, State.EXPIRED}
        assert (self.record.state in unfired) is (self.fired == 0)

    @invariant()
    def who_and_what_stay(self) -> None:
        """Scope, asker, id and times of the card never change."""
        changed = (
            "state",
            "version",
            "preview",
            "decided_by",
            "decided_at",
            "replaced_by",
            "concluded_at",
            "verdict",
        )
        first = replace(pending(), drill=self.drill)
        assert replace(self.record, **{name: getattr(first, name) for name in changed}) == first

    @invariant()
    def words_have_proof(self) -> None:
        """Zero left, still open and not run stand only on their facts."""
        verdict = self.record.verdict
        match self.record.state:
            case State.ZERO_LEFT:
                assert verdict is not None
                assert verdict.proof is not None
                assert verdict.proof.left == ()
            case State.STILL_OPEN:
                assert verdict is not None
                assert verdict.proof is not None
                assert verdict.proof.left
            case State.NOT_RUN:
                assert verdict is not None
                assert verdict.not_run is not None
        assert (verdict is not None and verdict.drill is not None) is (self.record.state is State.DRILLED)
        assert self.record.state is not State.DRILLED or self.drill

    @invariant()
    def final_is_final(self) -> None:
        """What is final stays as it was when it became so."""
        if self.final is not None:
            assert self.record == self.final
        elif self.record.state in FINAL:
            self.final = self.record


Life.TestCase.settings = settings(max_examples=100, stateful_step_count=20, deadline=None)


TestLife = Life.TestCase
"""At most one licence, whatever happens in whatever order."""


class Rehearsal(Life):
    """The same with a drill."""

    drill = True

    @invariant()
    def says_nothing_of_orders(self) -> None:
        """A drill is never zero left, still open, not run or unknown."""
        real = {State.ZERO_LEFT, State.STILL_OPEN, State.NOT_RUN, State.UNKNOWN}
        assert self.record.state not in real


Rehearsal.TestCase.settings = Life.TestCase.settings


TestRehearsal = Rehearsal.TestCase
"""A drill never has the licence, whatever happens in whatever order."""
