"""The kit of plain files: every card, result and sentence as people have read it; the samples of the design."""

import re
from pathlib import Path
from typing import Final

import pytest

from bot.model import Message
from scripts import make_card_kit
from scripts.card_samples import lives

FOLDER: Final = Path(__file__).parent / "data" / "cards"
MADE: Final = make_card_kit.files()
SAMPLES: Final = {name: message for name, _, message in lives()}
LONG: Final = re.compile("widest|everything-buys|not-run|odd-code|drift")
"""Samples that may have longer lines: uncommon scopes, and reasons that need their words."""

DESIGN: Final = {
    "card-fourteen": """
        🛑 Cancel 14? BTC-USDT-241115 BUY LONG
        REAL · main (key …9f2c)
        buy · long: orders that open longs
        5 of 14 only close positions
        1,240 contracts · 61,200 – 64,850
        Positions stay. Triggers and TP/SL stay (not counted).
        Read 03:14:07 UTC · tap before 03:15:07
        #K7Q2M
        [ Cancel 14 orders ]
        [ Keep orders ]""",
    "card-everything": "🛑 Cancel ALL 213 orders in EVERY contract? main",
    "result-zero": """
        ✅ ZERO LEFT · BTC-USDT-241115 BUY LONG
        main · 14 cancelled in 0.9 s
        Asked by Ann, confirmed by Bo 03:14:31
        Triggers and TP/SL stay (not counted)
        #K7Q2M · log a91f""",
    "result-open-two": """
        ⚠️ 2 STILL OPEN · BTC-USDT-241115 BUY LONG
        main · 12 of 14 cancelled · 1 placed after your card
        buy 50 @ 61,900 · buy 40 @ 60,000
        HTX: cancel in progress (1062) ×1
        Last checked 03:14:36 UTC
        #K7Q2M · log a91f
        [ Cancel what is left… ]
        [ Show orders ]""",
    "result-unknown": """
        ❓ UNKNOWN · BTC-USDT-241115 BUY LONG
        main · sent 03:14:32, no usable answer,
        and open orders cannot be read.
        Assume orders are still OPEN. Use the HTX app.
        [ Check again ]""",
    "result-not-run-permission": """
        ⛔ NOT RUN · BTC-USDT-241115 BUY LONG
        main · HTX refused: the API key lacks the Trade permission (1100)
        Nothing was cancelled.
        Fix: give the key the Trade permission, then ask again.
        #K7Q2M · log a91f""",
}
"""The samples of the design. A message may say more (who asked, who confirmed), never less."""


def body(message: Message) -> str:
    return "\n".join((message.title, *message.lines))


@pytest.mark.parametrize("name", MADE)
def test_a_message_reads_as_its_file_says(name: str) -> None:
    """Each sample comes out, letter by letter, as it stands in the kit that people have read."""
    assert MADE[name] == (FOLDER / name).read_text(encoding="utf-8")


def test_the_kit_has_no_other_files() -> None:
    """Every file of the kit is made by a sample, and making the kit again changes nothing."""
    assert {file.name for file in FOLDER.iterdir()} == set(MADE)
    assert make_card_kit.files() == MADE


@pytest.mark.parametrize("name", DESIGN)
def test_the_samples_of_the_design_are_said(name: str) -> None:
    """What the design shows stands in the message, line by line and in that order."""
    message = SAMPLES[name]
    said = [*body(message).splitlines(), *(f"[ {button.label} ]" for button in message.buttons)]
    wanted = [line.strip() for line in DESIGN[name].strip().splitlines()]
    assert [line for line in said if line in wanted] == wanted


@pytest.mark.parametrize("name", [name for name in SAMPLES if not LONG.search(name)])
def test_common_lines_fit_a_phone(name: str) -> None:
    """No line of a common card or result is longer than about sixty characters."""
    assert max(map(len, body(SAMPLES[name]).splitlines())) <= 60


@pytest.mark.parametrize("name", MADE)
def test_what_is_shown_can_be_shown(name: str) -> None:
    """No message holds a character that cannot be seen or turns the line around, whatever was typed."""
    odd = [
        f"U+{ord(char):04X}"
        for char in MADE[name].replace("\n", "")
        if not char.isprintable() and char != "\ufe0f"
    ]
    assert odd == []


@pytest.mark.parametrize("name", MADE)
def test_no_part_is_larger_than_its_whole(name: str) -> None:
    """Where a message says "so many of so many", the first number is not the larger one, and both read alike."""
    for part, whole in re.findall(r"([\d,]+) of ([\d,]+) ", MADE[name]):
        assert int(part.replace(",", "")) <= int(whole.replace(",", ""))
        assert (f"{int(part.replace(',', '')):,}", f"{int(whole.replace(',', '')):,}") == (part, whole)
