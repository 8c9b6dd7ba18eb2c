"""The grammar: what is understood, and how everything else is refused."""

import re
import time
from collections.abc import Callable
from dataclasses import replace
from itertools import permutations
from typing import Final, TypeVar

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.command import (
    COMMANDS,
    MAX_BYTES,
    Spoken,
    hear,
    is_alarm,
    may_be_codes,
    parse,
    parse_scope,
    spelled,
    suggestion,
)
from bot.errors import BadCommand, BadWord
from bot.model import ALL, AccountName, Command, ContractCode, Doubt, PositionSide, ScopeWords, Side, Verb
from bot.words import refusals
from tests.command_files import Case, case, cases, confusables

A = TypeVar("A")
B = TypeVar("B")

UNDERSTOOD: Final = "cancelall @main BTC-USDT-241115 buy long"
NAMES: Final = ("OurBot", "OldBot")
SCOPED: Final = (Verb.CANCELALL, Verb.DRILL, Verb.ORDERS)

accounts = st.from_regex(re.compile(r"[a-z0-9][a-z0-9_-]{0,31}", re.ASCII), fullmatch=True).map(AccountName)
dates = st.dates().map(lambda day: f"-{day:%y%m%d}")
coins = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", min_size=1, max_size=20)
codes = st.builds("{}-USDT{}".format, coins, st.just("") | dates).map(ContractCode)
scope_words = st.builds(
    ScopeWords,
    account=st.none() | accounts,
    contract=st.none() | st.just(ALL) | codes,
    side=st.sampled_from(Side),
    position_side=st.sampled_from(PositionSide),
)
commands = st.one_of(
    st.builds(Command, verb=st.sampled_from(SCOPED), words=scope_words),
    st.builds(Command, verb=st.just(Verb.LOG), count=st.integers(1, 50)),
    st.builds(Command, verb=st.sampled_from([Verb.STATUS, Verb.WHOAMI, Verb.START, Verb.HELP])),
)
foreign = st.characters(min_codepoint=0x80)
"""Every code point that is not ASCII, halves of surrogate pairs among them."""


def refused(text: str) -> BadCommand:
    with pytest.raises(BadCommand) as caught:
        parse(text)
    return caught.value


def outcome(function: Callable[[A], B], given_text: A) -> B | BadCommand:
    """What a function of the grammar gives, or how it refuses; anything else it raises fails the test."""
    try:
        return function(given_text)
    except BadCommand as error:
        return error


@pytest.mark.parametrize("given_case", list(cases()), ids=str)
def test_each_case_of_the_kit_is_answered_as_written(given_case: Case) -> None:
    """Every line of tests/data/commands comes out exactly as it says."""
    fields = dict(given_case.fields)
    match fields.pop("expect"):
        case "ok":
            assert fields == {"spelled": spelled(parse(given_case.given))}
        case "ours" | "private" | "not-ours" as whose:
            text = fields.get("text")
            doubt = Doubt(fields["doubt"]) if "doubt" in fields else None
            assert (text is None) is (whose == "not-ours")
            spoken = None if text is None else Spoken(text=text, doubt=doubt)
            for private in (True, False):
                found = hear(given_case.given, NAMES, private=private)
                wanted = spoken if private or whose == "ours" else None
                assert (found and replace(found, called="")) == wanted
        case kind:
            error = refused(given_case.given)
            expected = fields.pop("wanted", error.expected)
            said = {"word": error.word} | ({"nearest": error.nearest} if error.nearest is not None else {})
            assert (error.kind, said, error.expected) == (BadWord(kind), fields, expected)


def test_the_kit_is_large_and_knows_every_refusal() -> None:
    """The files hold at least 150 cases, one input once, and each way to be refused occurs."""
    found = list(cases())
    assert len(found) >= 150
    assert len({each.given for each in found}) >= len(found) - 5  # a few texts are told as message and as command
    assert {each.fields["expect"] for each in found} >= {kind.value for kind in BadWord} | {
        "ok",
        "ours",
        "private",
    }


@pytest.mark.parametrize(
    "line", ["buy", "buy => spelled: buy", "a => expect: ok | word: a | word: b", "a => expect: ok | x: y"]
)
def test_a_line_that_is_no_case_fails(line: str) -> None:
    """An unknown key, a key said twice, no arrow or no expectation is an error of the kit."""
    with pytest.raises(ValueError, match="not a case"):
        case(line, "here")


@given(commands)
def test_what_is_spelled_is_understood_again(command: Command) -> None:
    """Reading the canonical spelling of a command gives that command."""
    assert parse(spelled(command)) == command


@given(st.sampled_from(SCOPED), scope_words)
def test_words_may_stand_in_any_order(verb: Verb, words: ScopeWords) -> None:
    """Every order of the words of a scope gives the same command."""
    command = Command(verb=verb, words=words)
    first, *rest = spelled(command).split()
    for order in permutations(rest):
        assert parse(" ".join((first, *order))) == command
        assert parse_scope(list(order)) == words


@given(commands, st.data())
def test_case_says_nothing(command: Command, data: st.DataObject) -> None:
    """Any letters may be capital or small."""
    text = spelled(command)
    flips = data.draw(st.lists(st.booleans(), min_size=len(text), max_size=len(text)))
    odd = "".join(char.swapcase() if flip else char for char, flip in zip(text, flips, strict=True))
    assert parse(odd) == command


@given(st.text(max_size=300))
@example("cancelall\u00a0buy")
@example("\u3000")
@example("cancelall " + "a" * 70 + "\u0430")
def test_any_text_is_understood_or_refused_in_words(text: str) -> None:
    """Whatever is typed, there is a command or a refusal that can be said aloud; nothing else is ever raised."""
    command = outcome(parse, text)
    if isinstance(command, BadCommand):
        assert len(command.word) <= 64
        assert refusals.bad_command(command)[1].startswith("Nothing was sent.")
    else:
        assert parse(spelled(command)) == command


@given(st.lists(st.text("abcuylongsehrtBTC-USDT0123456789@ \n", max_size=12), max_size=8))
def test_any_words_of_a_scope_are_understood_or_refused(words: list[str]) -> None:
    """The words of a scope, already split, raise nothing but a refusal either."""
    found = outcome(parse_scope, words)
    if isinstance(found, ScopeWords):
        assert parse(spelled(Command(verb=Verb.ORDERS, words=found))).words == found


@given(st.text(max_size=60), st.sampled_from(["", "@OurBot"]), st.text(max_size=20))
def test_any_message_is_ours_or_not(before: str, name: str, after: str) -> None:
    """Whatever is typed in private is for us; what is ours in a group is the same in private."""
    message = f"/{before}{name}{after}"
    group, private = (hear(message, NAMES, private=private) for private in (False, True))
    assert group in (None, private)
    assert private is not None
    assert isinstance(outcome(parse, private.text), Command | BadCommand)


@pytest.mark.parametrize(
    "word", ["BTC-USDT-241115", "btc-usdt", "buy", "sell", "long", "short", "both", "ALL", "@main"]
)
def test_every_look_alike_at_every_position_is_refused_and_named(word: str) -> None:
    """A character that only looks like ours is refused wherever it stands, and the refusal names it."""
    table, tried = confusables(), 0
    for at, ours in enumerate(word):
        for alike in table.get(ours, ()) + table.get(ours.swapcase(), ()):
            tried += 1
            odd = f"{word[:at]}{alike}{word[at + 1 :]}"
            error = refused(f"cancelall {odd}")
            assert (error.kind, error.word) == (BadWord.NOT_ASCII, odd)
            assert f"U+{ord(alike):04X}" in refusals.bad_command(error)[0]
    assert tried >= 2 * (len(word) - 1)


def test_one_foreign_code_point_anywhere_is_refused_and_named() -> None:
    """A code point that is not ASCII, put anywhere into a good command, is refused and named."""
    points = [*range(0x80, 0x3100), *range(0x3100, 0x110000, 499)]
    for number, point in enumerate(points):
        at = number % (len(UNDERSTOOD) + 1)
        error = refused(f"{UNDERSTOOD[:at]}{chr(point)}{UNDERSTOOD[at:]}")
        assert error.kind is BadWord.NOT_ASCII, hex(point)
        assert chr(point) in error.word, hex(point)


@given(foreign, st.integers(0, 70), st.integers(0, 70))
def test_a_foreign_character_is_named_in_a_word_of_any_length(odd: str, before: int, after: int) -> None:
    """The refusal of a long word names its odd character, though the word itself is cut."""
    error = refused(f"cancelall {'a' * before}{odd}{'a' * after}")
    assert error.kind is BadWord.NOT_ASCII
    assert f"U+{ord(odd):04X}" in refusals.bad_command(error)[0]


@pytest.mark.parametrize(
    "text",
    [
        "a" * MAX_BYTES,
        "cancelall " + "-" * 246,
        "cancelall " + "A" * 64,
        "cancelall " + "USDT" * 16,
        "cancelall " + "1-" * 123,
        "cancelall " + "usdt-" * 12,
        "cancelall " + "@" * 246,
        "cancelall" + " " * 247,
        "cancelall " + "byu " * 61,
        "\n" * MAX_BYTES,
        "log " + "9" * 252,
        "x" * 1_000_000,
        "\u0430" * 1_000_000,
    ],
    ids=lambda text: f"{text[:16]!r}x{len(text)}",
)
def test_the_worst_texts_take_no_time(text: str) -> None:
    """The longest and oddest texts are answered within 50 ms of work, whatever else the machine does."""
    begun = time.process_time()
    outcome(parse, text)
    assert time.process_time() - begun < 0.05


def test_a_suggestion_is_never_taken() -> None:
    """A word that is offered as the probable one was refused all the same, and is itself understood."""
    offered = 0
    for each in cases():
        nearest = each.fields.get("nearest")
        if nearest is not None and each.fields["expect"] in ("unknown", "bad_contract"):
            offered += 1
            assert parse(f"cancelall {nearest}").words is not None
    assert offered > 20


def test_the_table_of_commands_is_complete_and_fits_a_phone() -> None:
    """Every verb stands in the table once, with one line for the menu of a phone."""
    assert [row.verb for row in COMMANDS] == list(Verb)
    assert all(0 < len(row.menu) <= 40 and row.menu == row.menu.strip() for row in COMMANDS)
    assert all("\n" not in row.what for row in COMMANDS)


ODD: Final = ("币安人生-USDT", "ai16z-USDT", "我踏马来了-USDT-241115", "\u0412TC-USDT", "$WIF-USDT")
KNOWN: Final = frozenset({"BTC-USDT", "BTC-USDT-241115", "BTC-USDT-241227", "ETH-USDT", *ODD})


@pytest.mark.parametrize("code", ODD)
def test_a_known_code_is_understood_letter_by_letter(code: str) -> None:
    """A code of any letters that HTX has is taken exactly as it is, and is refused where HTX has none."""
    words = parse(f"cancelall {code} BUY long", KNOWN).words
    assert words is not None
    assert words.contract == code
    if not code.isascii():
        assert refused(f"cancelall {code}").kind is BadWord.NOT_ASCII
        assert may_be_codes(code, frozenset())


@pytest.mark.parametrize(
    ("typed", "named"),
    [
        ("币安人生-usdt", 0x5E01),
        ("币安人生\u200b-USDT", 0x5E01),
        ("币安人生\uff0dUSDT", 0x5E01),
        ("\u5e63安人生-USDT", 0x5E63),
        ("\u0422ON-USDT", 0x0422),
        ("\uff22TC-USDT", 0xFF22),
        ("BTC-\u200bUSDT", 0x200B),
    ],
)
def test_a_code_that_only_looks_like_a_known_one_is_refused_and_named(typed: str, named: int) -> None:
    """No letter is exchanged for another, however alike: what is not there exactly is refused by its character."""
    with pytest.raises(BadCommand) as caught:
        parse(f"cancelall {typed}", KNOWN)
    assert caught.value.kind is BadWord.NOT_ASCII
    assert f"U+{named:04X}" in refusals.bad_command(caught.value)[0]


def test_small_letters_mean_the_usual_code_wherever_there_is_one() -> None:
    """A code that HTX lists in small letters never takes the place of the usual one that is spelled so."""
    both = frozenset({"BTC-USDT", "btc-usdt", "btc-USDT"})
    for typed in ("btc-usdt", "btc-USDT", "BTC-USDT"):
        words = parse(f"cancelall {typed}", both).words
        assert words is not None
        assert words.contract == "BTC-USDT"


@pytest.mark.parametrize(
    "code", ["ALL", "all", "buy", "@main", "BTC-USDT,ETH-USDT", "BTC\u00a0-USDT", "\u202eTC-USDT", "*-USDT", ""]
)
def test_no_list_makes_another_word_a_contract(code: str) -> None:
    """Whatever HTX may list: a word of ours, several contracts, or what cannot be seen is none."""
    found = outcome(lambda text: parse(text, frozenset({code})), f"cancelall {code}")
    if isinstance(found, Command):
        assert found == parse(f"cancelall {code}")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("cancelall BTC-USDT-24115", "cancelall BTC-USDT-241115"),
        ("cancelall BTC-USDT-241115. buy", "cancelall BTC-USDT-241115 buy"),
        ("cancelall BTC-USDT buylong", "cancelall BTC-USDT buy long"),
        ("orders longbuy", "orders buy long"),
        ("drill sell-short BTCUSDT", "drill BTC-USDT sell short"),
        ("cancelall btc byu", "cancelall BTC-USDT buy"),
        ("cancelal BTCUSDT lnog", "cancelall BTC-USDT long"),
        ("BTC-USDT buy", "cancelall BTC-USDT buy"),
        ("buy long", "cancelall buy long"),
        ("stop BTC-USDT", "cancelall BTC-USDT"),
        ("status!", "status"),
        ("cancelall 币安人生-usdt", "cancelall 币安人生-USDT"),
        ("cancelall 币安人生 buy", "cancelall 币安人生-USDT buy"),
        ("cancelall 我踏马来了-USDT-24115", "cancelall 我踏马来了-USDT-241115"),
        ("cancelall 币安人-USDT", None),
        ("hello", None),
        ("alll", None),
        ("thanks a lot", None),
        ("long live the desk", None),
        ("cancelall BTC-USDT ETH-USDT", None),
        ("cancelall BT\u0421-USDT", None),
        ("cancelall DOGEE-USDT-99", None),
        ("", None),
    ],
)
def test_the_command_that_was_probably_meant(typed: str, meant: str | None) -> None:
    """Every word that is nearly one is offered, in a whole command; talk is never made into a scope."""
    found = suggestion(typed, KNOWN)
    assert (None if found is None else spelled(found)) == meant


@given(st.text(max_size=80), st.frozensets(st.text(max_size=12), max_size=4))
def test_a_suggestion_is_always_a_command(text: str, known: frozenset[str]) -> None:
    """Of any text there is a command that is understood, or none; nothing is ever raised."""
    found = suggestion(text, known)
    assert found is None or parse(spelled(found), known) == found


@pytest.mark.parametrize(
    ("text", "alarm"),
    [
        *((word, True) for word in ("STOP", "stop!!!", "Halt.", "PANIC", "kill", "abort now", "stop everything")),
        *((word, True) for word in ("cancel all", "cancelall everything", "/cancelall stop", "STOP STOP STOP")),
        *(
            (word, False)
            for word in ("cancel", "cancelall", "stop BTC-USDT", "do not stop", "stopwatch", "", "now")
        ),
    ],
)
def test_an_alarm_is_a_closed_list(text: str, alarm: bool) -> None:
    """Only a few words, by themselves, count as a cry to stop."""
    assert is_alarm(text) is alarm


@given(st.text(max_size=40), st.booleans(), st.booleans())
def test_whatever_is_typed_in_private_is_heard(text: str, named: bool, to_us: bool) -> None:
    """No text is met with silence in private, and none that names us in a group."""
    assert hear(text, NAMES, private=True, to_us=to_us) is not None
    if named:
        assert hear(f"{text} @OurBot", NAMES, private=False) is not None
