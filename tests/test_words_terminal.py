"""The same sentences at a terminal: nobody is told to tap, or to type what a chat understands."""

import re
from pathlib import Path

import pytest

from bot.words.terminal import at_terminal

CARDS = sorted((Path(__file__).parent / "data" / "cards").glob("*.txt"))
CHATS_ALONE = re.compile(r"^(/[a-z]+|status|refill|help|log|whoami|robots|refused-command|refused-unexpected)")
"""Samples that never reach a terminal: answers to other commands, and what looks on for a minute."""


def said(file: Path) -> str:
    """The sample without its head, its buttons and what was typed into a chat."""
    body = file.read_text(encoding="utf-8").partition("\n\n")[2]
    return "\n".join(line for line in body.splitlines() if not line.startswith(("[", "|")))


@pytest.mark.parametrize(
    "file", [each for each in CARDS if not CHATS_ALONE.match(each.stem)], ids=lambda f: f.stem
)
def test_no_message_speaks_of_taps_or_chat_commands(file: Path) -> None:
    """No message of the kit tells somebody at a terminal of a tap or of a command that begins with a stroke."""
    shown = at_terminal(said(file))
    assert not re.search(r"\b[tT]ap(s|ped)?\b", shown), shown
    assert not re.search(r"(?<![\w/.])/(status|orders|cancelall|help|log|drill)\b", shown), shown


def test_what_is_not_ours_is_not_changed() -> None:
    """A code, an account and a name that hold such a word stay as they are."""
    line = "tap · TAP-USDT · tapped-by · Asked by Tapped Bystander · /status-desk"
    assert at_terminal(line) == line
