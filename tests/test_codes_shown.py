"""Contract codes as people see them, and which of them can be asked for."""

import csv
from dataclasses import replace
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import card
from bot.card.order_file import table
from bot.model import ALL, ContractCode, Conversation, Listing, Platform, PositionSide, Side
from bot.model.scope import can_be_named
from bot.words import plain
from scripts.card_kit import order, orders, pending, preview, scope

HOSTILE: Final = (
    "<b>x</b>-USDT",
    "BTC\n-USDT",
    "\u202eTDSU-CTB",
    "BTC\u200b-USDT",
    "BTC-USDT,ETH-USDT",
    "ALL",
    "a" * 300,
)
SLACK: Final = Conversation(platform=Platform.SLACK, chat="C1", thread=None, private=False)


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        ("BTC-USDT-241115", "BTC-USDT-241115"),
        ("币安人生-USDT", "币安人生-USDT"),
        ("ai16z-USDT", "ai16z-USDT"),
        ("\u0412TC-USDT", "<U+0412>TC-USDT"),
        ("\uff22TC-USDT", "<U+FF22>TC-USDT"),
        ("BlG-USDT", "B<U+006C>G-USDT"),
        ("BTC\u4e00USDT", "BTC<U+4E00>USDT"),
        ("<U+0412>TC-USDT", "<U+003C>U<U+002B>0412<U+003E>TC-USDT"),
        ("ALL", "<U+0041>LL"),
        ("all", "<U+0061><U+006C><U+006C>"),
        ("BTC \n-USDT", "BTC<U+0020><U+000A>-USDT"),
    ],
)
def test_a_code_is_shown_like_no_other(code: str, shown: str) -> None:
    """What is a plain letter or an ideograph stands as it is, everything else by its number."""
    assert plain.code(code) == shown


@given(st.text(min_size=1, max_size=400), st.text(min_size=1, max_size=400))
def test_two_codes_never_look_the_same(one: str, other: str) -> None:
    """Whatever HTX lists: different codes are shown differently, on one short line that holds no markup."""
    assert (plain.code(one) == plain.code(other)) is (one == other)
    assert len(plain.code(one)) <= 64
    assert plain.code(one).isprintable()


def test_long_codes_that_begin_alike_differ() -> None:
    """What is cut is told apart by its length and a sum over all of it."""
    long = "X" * 300
    assert len({plain.code(text) for text in (long, f"{long}Y", f"{long[:-1]}Y", f"X{'Y' * 299}")}) == 4


@pytest.mark.parametrize(
    "code", [*HOSTILE, "", " ", "*-USDT", "BTC-USDT ", "-USDT", "\u202eBTC-USDT", "BTC-USD", "\uff0c-USDT"]
)
def test_what_could_mean_another_contract_cannot_be_named(code: str) -> None:
    """A code that could be read as none, several or every contract makes no scope, and no request."""
    assert not can_be_named(code)
    if code != ALL:
        with pytest.raises(ValueError, match="not a contract code"):
            replace(scope(), contract=ContractCode(code))


def test_a_file_holds_the_code_itself_or_its_numbers() -> None:
    """An order can be placed again by the file; a hostile code adds no line and no column to it."""
    rows = [
        (str(n), replace(order(n, scope()), contract=code), "open")
        for n, code in enumerate(("币安人生-USDT", *HOSTILE))
    ]
    head, *lines = csv.reader(table("x.csv", rows).content.splitlines())
    assert len(lines) == len(rows)
    assert lines[0][head.index("contract")] == "币安人生-USDT"
    assert all(len(line) == len(head) for line in lines)


@pytest.mark.parametrize("listing", [Listing.LISTED, Listing.UNCHECKED])
def test_a_card_on_slack_says_who_asked_within_eight_lines(listing: Listing) -> None:
    """In a channel of Slack's the card names the asker, however much else it has to say; elsewhere it does not."""
    of = scope("BTC-USDT-241115", Side.SELL, PositionSide.LONG)
    made = pending(of, preview(orders(14, of), mode=None))
    on_slack = replace(made, conversation=SLACK, listing=listing)
    shown = card.card(on_slack, "9f2c")
    assert len(shown.lines) + 1 <= card.MAX_LINES
    assert "Asked by Ann" in "\n".join(shown.lines)
    assert "Asked by" not in "\n".join(card.card(made, "9f2c").lines)
    private = replace(on_slack, conversation=replace(SLACK, chat="D1", private=True))
    assert "Asked by" not in "\n".join(card.card(private, "9f2c").lines)
