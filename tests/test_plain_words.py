"""Words that nobody reads twice: one word has one meaning, numbers carry words, a sentence has an order."""

import re
from datetime import timedelta

import pytest

from bot.errors import BadCommand, BadWord, ReadFailed
from bot.model import PositionSide, Side
from bot.service.execution import LAST_WORD
from bot.words import cards, codes, drills, refusals, reports
from scripts import card_kit as kit
from scripts import make_card_kit


@pytest.mark.parametrize(
    ("offset", "said"), [(-0.04, "in step"), (0.6, "0.6 s ahead"), (-301.04, "301.0 s behind")]
)
def test_a_clock_is_told_by_words_and_not_by_a_sign(offset: float, said: str) -> None:
    """Which clock is ahead is said in a word, and no sign stands before a zero."""
    assert reports.clock_of(offset) == f"clock {said}"


@pytest.mark.parametrize("why", ["connect", "dns", "tls", "http 502", "read timeout", "incomplete", "TooDeep"])
def test_a_short_fact_of_the_log_is_a_sentence_for_people(why: str) -> None:
    """Why HTX could not be read is told in whole words, never as the bare fact that the log has."""
    said = reports.trouble(ReadFailed(why=why))
    assert said == f"open orders cannot be read: {codes.unread(why)}"
    assert not said.endswith(f": {why}")
    assert len(codes.unread(why).split()) >= 3


@pytest.mark.parametrize(
    ("n", "said"), [("1", "1 contract"), ("0.5", "0.5 contracts"), ("1240.0", "1,240 contracts")]
)
def test_a_number_carries_whole_words(n: str, said: str) -> None:
    """One contract is one, and a number is followed by a word that nobody has to complete."""
    seen = kit.preview((kit.order(1, kit.scope(), size=n),))
    assert cards.size(kit.scope(), seen.orders) == f"{said} · 61,900"


def test_one_word_has_one_meaning() -> None:
    """No card, result or sentence of the kit says LIVE or live: real, open and covered are three things."""
    for name, text in make_card_kit.files().items():
        assert not re.search(r"\b(live|covered|cont)\b", text.partition("\n\n")[2], re.IGNORECASE), name


def test_a_button_that_opens_a_card_ends_with_dots() -> None:
    """`Cancel 2 triggers…` opens a card: a button that begins with Cancel and has no dots fires, and is red."""
    for text in make_card_kit.files().values():
        for label, does in re.findall(r"^\[ (?:[a-z0-9-]+: )?(Cancel .*?) \] \((.*)\)$", text, re.MULTILINE):
            assert label.endswith("…") is not does.startswith("fires"), label


@pytest.mark.parametrize(
    ("side", "held", "n", "said"),
    [
        (Side.ANY, PositionSide.ANY, 213, "ALL 213 orders"),
        (Side.ANY, PositionSide.ANY, 1, "1 order"),
        (Side.BUY, PositionSide.ANY, 4, "4 BUY orders"),
        (Side.ANY, PositionSide.SHORT, 1, "1 SHORT order"),
        (Side.SELL, PositionSide.LONG, None, "SELL LONG orders (count unknown)"),
        (Side.ANY, PositionSide.ANY, None, "ALL orders (count unknown)"),
        (Side.BUY, PositionSide.BOTH, 2, "2 BUY orders (BOTH)"),
        (Side.ANY, PositionSide.BOTH, 1, "1 order (BOTH)"),
    ],
)
def test_every_contract_is_asked_in_one_plain_sentence(
    side: Side, held: PositionSide, n: int | None, said: str
) -> None:
    """A card for every contract says how many of which orders, in the order in which people say it."""
    wide = kit.scope("ALL", side, held)
    seen = None if n is None else kit.preview(kit.orders(n, wide))
    assert cards.title(wide, seen) == f"🛑 Cancel {said} in EVERY contract? main"


def test_what_was_said_twice_is_named_twice() -> None:
    """Two words of one kind are both named, the first first; the same word twice is called that."""
    two = BadCommand(kind=BadWord.TWICE, word="long", nearest="short", expected="position side")
    assert refusals.bad_command(two)[0] == "You gave two position sides: `short` and `long`. Give one."
    same = BadCommand(kind=BadWord.TWICE, word="@Main", nearest="main", expected="account")
    assert refusals.bad_command(same)[0] == "You gave `@Main` twice. Give it once."


def test_a_tap_is_told_how_long_it_may_take() -> None:
    """The answer to the tap and the card's edit both say until when there is a result."""
    assert refusals.cancelling() == "Cancelling… the result follows here, in up to 20 s."
    assert cards.tapped(kit.ANN, kit.TAPPED) == "Cancelling… tapped by Ann 03:14:31. Result in up to 20 s."
    assert int(re.findall(r"up to (\d+) s", refusals.cancelling())[0]) > LAST_WORD


def test_what_a_tap_is_told_fits_into_a_telegram_answer() -> None:
    """Telegram shows 200 characters in answer to a tap: no sentence of ours is longer, a drill's mark included."""
    said = [" ".join(refusals.store_down()), " ".join(refusals.check_failed()), refusals.cancelling()]
    said += [refusals.wrong_tap(["ann", "bo"]), refusals.stale_tap(timedelta(days=30)), refusals.unknown_button()]
    assert max(len(drills.marked(text)) for text in said) <= 200
