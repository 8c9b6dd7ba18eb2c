"""The sentences: what each must say, whatever the facts."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from itertools import product
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.command import COMMANDS
from bot.errors import BadCommand, BadWord, ReadFailed
from bot.htx.codes import KINDS, Kind
from bot.model import ALL, AccountName, EventKind, PositionMode, PositionSide, Scope, Side, State
from bot.policy import Denial
from bot.words import cards, codes, plain, refusals, reports, results
from scripts import card_kit as kit
from scripts.card_reports import account, health, host

SURELY: Final = ("Nothing was sent.", "Nothing sent.", "Nothing was cancelled.")
SURE: Final = [code for code, kind in KINDS.items() if kind in (Kind.REFUSED, Kind.MAINTENANCE)]
SETTLED: Final = [State.ZERO_LEFT, State.STILL_OPEN, State.UNKNOWN]


def says_so(lines: Sequence[str]) -> bool:
    return any(sure in " ".join(lines) for sure in SURELY)


@pytest.mark.parametrize("kind", BadWord)
def test_every_bad_word_is_named_and_answered(kind: BadWord) -> None:
    """Each way to be refused names the word, says that nothing was sent, and what would fit."""
    word = "b\u0443y" if kind is BadWord.NOT_ASCII else "byu"
    error = BadCommand(kind=kind, word=word, nearest="buy", expected="side")
    what, then = refusals.bad_command(error)
    named = f"/{word}" if kind is BadWord.UNKNOWN_COMMAND else f"`{word}`"
    assert (named in what) is (kind is not BadWord.TOO_LONG)
    offered = kind in (BadWord.UNKNOWN, BadWord.UNKNOWN_COMMAND, BadWord.BAD_CONTRACT)
    assert ("Did you mean" in what) is offered
    assert then.startswith("Nothing was sent. ")
    assert len(then) > len("Nothing was sent. ") + 10


def test_a_command_that_is_none_is_answered_with_the_commands() -> None:
    """Where the command itself is not understood, the answer is not a list of sides."""
    error = BadCommand(kind=BadWord.UNKNOWN_COMMAND, word="cancel")
    assert "/help" in refusals.bad_command(error)[1]


@pytest.mark.parametrize("why", Denial)
def test_every_denial_says_that_nothing_was_sent(why: Denial) -> None:
    """Each reason why somebody may not do it says so and that nothing was sent; no two are alike."""
    said = {each: refusals.denial(each, who=kit.ANN.identity, where=kit.GROUP, chats=()) for each in Denial}
    assert says_so(said[why])
    assert sum(lines == said[why] for lines in said.values()) == 1


def test_an_outsider_is_told_their_own_id_and_nothing_else() -> None:
    """Somebody who is not listed learns their id, and no account, chat or name of others."""
    (line,) = refusals.denial(Denial.NOT_LISTED, who=kit.ANN.identity, where=kit.GROUP, chats=["-100"])
    assert line == "You are not on the list. Your id: 123456789. Nothing sent."


@pytest.mark.parametrize("kind", ["edited", "forwarded", "via_bot", "anonymous"])
def test_an_odd_message_is_refused_with_a_reason(kind: str) -> None:
    """A message that is not a plain new one says why it is no command, and that nothing was sent."""
    assert says_so(refusals.odd_sender(kind))


def test_what_came_too_late_says_so() -> None:
    """A stale command or tap says how old it is and that nothing was sent; downtime only where there was some."""
    late = timedelta(minutes=6, seconds=3)
    first, second = refusals.stale(late, down_until=None)
    assert (first, second) == ("Not run: you wrote this 6 min ago.", "Nothing was sent.")
    assert "I was down then (back 03:14:07 UTC)." in refusals.stale(late, down_until=kit.READ)[0]
    assert says_so((refusals.stale_tap(late),))


@pytest.mark.parametrize("state", SETTLED)
def test_a_second_tap_is_answered_with_the_outcome(state: State) -> None:
    """A tap on a settled card says who was first, when, and how it ended."""
    said = refusals.decided(state, kit.BO, kit.TAPPED, replaced_by=None)
    assert said == f"Already sent by Bo 03:14:31: {state.replace('_', ' ').upper()}."


def test_a_second_tap_is_not_told_of_a_request_that_never_was() -> None:
    """Kept, expired, replaced and not run never claim that something was sent; executing does."""
    for state in (State.KEPT, State.EXPIRED, State.NOT_RUN):
        said = refusals.decided(state, kit.BO, kit.TAPPED, replaced_by=None)
        assert "sent" not in said
        assert "Nothing was cancelled." in said
    assert "#M3XQP" in refusals.decided(State.EXPIRED, None, None, replaced_by="M3XQP")
    assert refusals.decided(State.EXECUTING, kit.BO, kit.TAPPED, replaced_by=None) == "Already sent by Bo 03:14:31"


@pytest.mark.parametrize("code", sorted(SURE))
def test_every_sure_refusal_has_words(code: str) -> None:
    """Each code that can end as NOT RUN says what happened and what to do, in words of its own."""
    why, fix = codes.refusal(code)
    assert (why, fix) != codes.refusal("no such code")
    assert len(why) > 5
    assert len(fix) > 5


@pytest.mark.parametrize("code", ["1000", "1003", "1030", "1107", "1108", "4711", ""])
def test_a_code_on_no_list_is_not_explained(code: str) -> None:
    """A system error or an unknown code is never called a lack of permission, or anything else we do not know."""
    assert codes.refusal(code) == codes.refusal("no such code")


@given(st.integers(0, 99999))
def test_the_code_on_an_order_is_always_shown(code: int) -> None:
    """Whatever HTX says of one order, its number is in the words."""
    assert re.search(rf"\b{code}\b", codes.item(code))
    assert ("filled" in codes.item(code)) is (code == 1063)


@given(st.decimals("-1000000", 1000000000, places=8) | st.integers(-(10**12), 10**12))
def test_a_number_reads_back(value: Decimal | int) -> None:
    """A number in words has no exponent and no trailing zeros, and is the same number."""
    text = plain.number(value)
    assert Decimal(text.replace(",", "")) == value
    assert re.fullmatch(r"-?\d{1,3}(,\d{3})*(\.\d*[1-9])?", text)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("0", "0"),
        ("1E+3", "1,000"),
        ("100", "100"),
        ("1240.00", "1,240"),
        ("0.050", "0.05"),
        ("61200.5", "61,200.5"),
    ],
)
def test_numbers_as_people_write_them(value: str, text: str) -> None:
    """Thousands are separated and zeros that say nothing are left out."""
    assert plain.number(Decimal(value)) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-5, "0 s"),
        (59.9, "59 s"),
        (60, "1 min"),
        (3599, "59 min"),
        (3600, "1 h"),
        (86399, "23 h"),
        (172800, "2 days"),
    ],
)
def test_ages_as_people_say_them(seconds: float, text: str) -> None:
    """An age has one unit and is never rounded up."""
    assert plain.age(timedelta(seconds=seconds)) == text


def test_names_as_people_say_them() -> None:
    """A member's name begins with a capital; the host's user and a bare id stay as they are."""
    assert plain.names(["ann"]) == "Ann"
    assert plain.names(["ann", "bo"]) == "Ann or Bo"
    assert plain.names(["ann", "bo", "host:root"], last="and") == "Ann, Bo and host:root"
    assert plain.name(kit.HOST) == "host:root"
    assert plain.count(1, "order") == "1 order"
    assert plain.count(1234, "order") == "1,234 orders"


def test_every_pair_of_sides_has_a_meaning_of_its_own() -> None:
    """The twelve pairs of sides are told apart, in the title and in plain words."""
    scopes = [kit.scope("BTC-USDT", side, held) for side, held in product(Side, PositionSide)]
    assert len({plain.scope_title(scope) for scope in scopes}) == 12
    assert len({plain.meaning(scope) for scope in scopes}) == 12
    assert "close longs" in plain.meaning(kit.scope("BTC-USDT", Side.SELL, PositionSide.LONG))
    assert "close shorts" in plain.meaning(kit.scope("BTC-USDT", Side.BUY, PositionSide.SHORT))
    for scope in scopes:
        assert ("one-way" in plain.meaning(scope)) is (scope.position_side is PositionSide.BOTH)


# Position mode | position side | what it matches there; `-`: what was asked for is fine.
MODES: Final = """
hedge   any   -
hedge   long  -
hedge   short -
hedge   both  any
one-way any   -
one-way long  both
one-way short both
one-way both  -
"""


@pytest.mark.parametrize("row", MODES.strip().splitlines())
def test_a_position_side_that_cannot_match_is_told_and_mended(row: str) -> None:
    """Where the account's mode has no such position side, the card says so and offers the one it has."""
    mode, held, right = row.split()
    modes = {"hedge": PositionMode.HEDGE, "one-way": PositionMode.ONE_WAY}
    asked = kit.scope("BTC-USDT", Side.BUY, PositionSide(held))
    trouble = cards.mode_mismatch(asked, kit.preview(mode=modes[mode]))
    offered = cards.right_scope(asked, modes[mode])
    if right == "-":
        assert (trouble, offered) == (None, None)
        return
    assert trouble == f"main is in {mode} mode: `{held}` matches nothing there."
    assert offered is not None
    assert (offered.position_side, offered.side, offered.contract) == (right, Side.BUY, "BTC-USDT")


def test_a_mode_that_cannot_be_read_is_said_and_claims_nothing() -> None:
    """An unreadable mode is a warning of its own: no mismatch is claimed and no other scope offered."""
    blind = kit.preview(mode=None)
    assert cards.mode_unknown(blind) is not None
    assert cards.mode_unknown(kit.preview()) is None
    assert cards.mode_unknown(None) is None
    for seen in (blind, None):
        assert cards.mode_mismatch(kit.scope(), seen) is None
    assert cards.right_scope(kit.scope(), None) is None


def test_ready_is_said_only_of_accounts_that_could_fire() -> None:
    """READY needs at least one account and no trouble in any of them."""
    good, bad = account("main", None, 3), account("desk", "cannot be read: connect", None)
    assert "🟢 READY" in reports.status_title(health(good))
    for rows in ((bad,), (good, bad), (bad, bad)):
        assert "NOT READY" in reports.status_title(health(*rows))
    assert reports.status_title(health(good, bad)) == "🔴 NOT READY: 1 of 2 accounts cannot cancel"
    nobody = reports.status_title(health())
    assert "NOT READY" in nobody
    assert "0 of 0" not in nobody


def test_a_clock_that_is_off_is_marked() -> None:
    """An offset above two seconds, either way, and one that cannot be read, are marked as faults."""
    for offset, mark in ((0.0, "✓"), (2.0, "✓"), (2.1, "✗"), (-2.1, "✗"), (None, "✗")):
        lines = reports.status_lines(replace(health(), hosts=(host("a", took=0.1, offset=offset),)), kit.READ)
        assert lines[0].startswith(mark)


def test_each_address_of_htx_has_a_line() -> None:
    """An address shows its round trip and its clock, or why it does not answer, whatever was measured before."""
    rows = (host("a", took=0.0412, offset=0.6), host("b", took=0.2, offset=0.0, trouble="connect"))
    lines = reports.status_lines(replace(health(), hosts=rows), kit.READ)
    assert lines[:2] == ("✓ a 41 ms, clock 0.6 s ahead", "✗ b: no connection to HTX")


@pytest.mark.parametrize(("one", "two", "told"), [(1.5, -1.5, True), (1.0, -1.0, False), (90.0, 91.0, False)])
def test_addresses_that_disagree_about_the_time(one: float, two: float, told: bool) -> None:
    """Clocks more than two seconds apart are told of, even if each is close to ours."""
    rows = (host("a", took=0.1, offset=one), host("b", took=0.1, offset=two))
    lines = reports.status_lines(replace(health(), hosts=rows), kit.READ)
    assert ("✗ HTX's addresses disagree about the time by 3.0 s" in lines) is told


def test_orders_that_were_not_counted_are_not_called_none() -> None:
    """An account whose orders were not counted does not show "0 open"."""
    lines = reports.status_lines(health(account("main", None, None)), kit.READ)
    assert "0 open" not in lines[0]


@pytest.mark.parametrize("code", ["1411", "1032", "12005"])
def test_a_code_is_said_once(code: str) -> None:
    """Where the reason is a code, it is not told twice."""
    error = ReadFailed(why=f"code {code}", code=code)
    assert reports.trouble(error).count(code) == 1
    assert " ".join(reports.unreadable("main", error)).count(code) == 1


def test_the_log_tells_who_what_and_how_it_ended() -> None:
    """A line of the log has the id, the verdict, account and scope, and both names where they differ."""
    record = kit.moved(kit.pending(), EventKind.KEEP, by=kit.BO)
    assert reports.log_lines([record]) == ("11-15 03:14 #K7Q2M KEPT · main BTC-USDT-241115 BUY LONG · Ann, Bo",)
    assert results.people(kit.pending()) == "Asked by Ann"


def test_help_has_a_line_for_every_command() -> None:
    """The help lists every command once, with what it does."""
    lines = reports.help_lines()
    for row in COMMANDS:
        assert sum(line.startswith(f"/{row.verb}") and line.endswith(f": {row.what}") for line in lines) == 1


def test_a_picker_says_how_many_of_what() -> None:
    """One is one, the filters are named, and what has no button is counted."""
    wide = Scope(account=AccountName("main"), contract=ALL, side=Side.BUY, position_side=PositionSide.LONG)
    assert cards.pick_contract(wide, [("BTC-USDT", 1)], 1)[0] == "Which contract? main has 1 open BUY LONG order."
    assert "2 more contracts not shown" in cards.pick_contract(wide, [(f"C{n}-USDT", 1) for n in range(14)], 12)[1]
