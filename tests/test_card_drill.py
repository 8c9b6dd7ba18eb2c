"""What a drill shows can never be taken for the real thing, nor lead to it."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import card
from bot.model import ButtonKind, Drill, Event, EventKind, MassCancel, Message, State, Style, Verb, Verdict
from bot.words import drills, reports
from scripts import card_kit as kit
from scripts.card_drills import rehearsals
from scripts.card_samples import lives
from tests.card_strategies import endings, orders_in, pendings

QUIET = settings(max_examples=60, deadline=None)
SUCCESS = ("✅", "ZERO LEFT", "⚠️", "STILL OPEN", "⛔", "❓")

seconds = st.none() | st.floats(0, 60)
told = st.builds(
    Drill,
    would=st.none() | st.integers(0, 300),
    to_tap=seconds,
    to_request=seconds,
    to_proof=seconds,
    cut_off=st.booleans(),
)


@st.composite
def outcomes(draw: st.DrawFn) -> MassCancel:
    """Drills that are over."""
    record = replace(draw(pendings()), drill=True)
    left = draw(st.none() | orders_in(record.scope, [1, 2, 3]))
    verdict = Verdict(proof=None if left is None else kit.proof(left), drill=draw(told))
    return kit.concluded(record, Event(kind=EventKind.DRILLED, verdict=verdict))


def drilled(records: st.SearchStrategy[MassCancel]) -> st.SearchStrategy[MassCancel]:
    return records.map(lambda record: replace(record, drill=True))


def says_so(message: Message) -> bool:
    """Every line and every button says that it is a drill, and no button leads out of it."""
    lines = all(line.startswith("DRILL · ") for line in (message.title, *message.lines))
    labels = all(button.label.startswith("DRILL: ") for button in message.buttons)
    inside = all(
        button.action.drill
        and button.style is Style.PLAIN
        and (button.action.command is None or button.action.command.verb is not Verb.CANCELALL)
        for button in message.buttons
    )
    return lines and labels and inside and message.attachment is None


@QUIET
@given(drilled(pendings() | endings()) | outcomes())
def test_every_card_of_a_drill_says_so_and_fits(record: MassCancel) -> None:
    """In every state all says DRILL, no button is red or opens a real card, and there are at most 8 lines."""
    message = card.card(record, kit.TAIL)
    assert says_so(message)
    assert 1 + len(message.lines) <= 8
    assert not any(word in "\n".join((message.title, *message.lines)) for word in (*SUCCESS, "LIVE"))
    if record.state is State.PENDING:
        assert says_so(card.edited_card(record, kit.TAIL))


@QUIET
@given(outcomes())
def test_every_result_of_a_drill_says_so_and_is_no_success(record: MassCancel) -> None:
    """No result of a drill has a word of a real verdict, a file, or a line without DRILL; nor has its copy."""
    message = card.result(record, kit.HEAD)
    assert says_so(message)
    assert says_so(replace(card.copied(message, "a private chat"), buttons=message.buttons))
    assert not any(word in "\n".join((message.title, *message.lines)) for word in SUCCESS)
    assert "othing was sent" in message.lines[0] or "cannot be read" in message.lines[0]


@QUIET
@given(pendings() | endings())
def test_a_real_card_never_says_drill(record: MassCancel) -> None:
    """A real card says DRILL nowhere, and none of its buttons is a drill's or asks for one."""
    message = card.card(record, kit.TAIL)
    assert "DRILL" not in "\n".join((message.title, *message.lines, *(b.label for b in message.buttons)))
    assert not any(button.action.drill for button in message.buttons)
    assert all(b.action.command is None or b.action.command.verb is not Verb.DRILL for b in message.buttons)


@QUIET
@given(drilled(pendings() | endings()) | outcomes(), pendings())
def test_the_log_marks_the_lines_of_drills_alone(drill: MassCancel, real: MassCancel) -> None:
    """In `/log` the lines of drills begin with DRILL, and no others."""
    first, second = reports.log_lines([drill, real])
    assert first.startswith("DRILL · ")
    assert "DRILL" not in second


@pytest.mark.parametrize(("name", "message"), [(name, message) for name, _, message in lives()], ids=str)
def test_marking_any_message_marks_all_of_it_and_twice_is_once(name: str, message: Message) -> None:
    """Whatever is marked says DRILL on each line, and marking it again changes nothing."""
    del name
    marked = card.marked(message)
    assert says_so(replace(marked, attachment=None))
    assert card.marked(marked) == marked
    kinds = [button.action.kind for button in message.buttons]
    assert [button.action.kind for button in marked.buttons] == kinds


@pytest.mark.parametrize(
    ("label", "drill"),
    [
        ("Cancel 14 orders", "DRILL: cancel 14 orders"),
        ("BTC-USDT · 3", "DRILL: BTC-USDT · 3"),
        ("1000SHIB-USDT", "DRILL: 1000SHIB-USDT"),
        ("main", "DRILL: main"),
    ],
)
def test_a_label_keeps_its_words(label: str, drill: str) -> None:
    """A label is told apart by one word in front; codes stay as they are."""
    assert drills.label(label) == drill


def test_the_samples_of_a_drill_say_so() -> None:
    """Every sample of the kit but the log says DRILL on each line, and one has the button that confirms."""
    found = {name: message for name, _, message in rehearsals()}
    log = found.pop("drill-log")
    assert log.lines[0].startswith("DRILL · ")
    assert all(says_so(message) for message in found.values())
    assert found["drill-card"].buttons[0].action.kind is ButtonKind.CONFIRM
