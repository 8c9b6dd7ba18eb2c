"""Every conversation of the kit, on Slack: by slash command, and some of them by mention."""

from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from tests.e2e.slack_screen import By, SlackScreen
from tests.e2e.transcript import Player
from tests.e2e.transcript_file import Transcript, transcripts
from tests.e2e.world import World

KIT: Final = [each for each in transcripts() if each.only in {None, SlackScreen.platform}]
MENTIONED: Final = frozenset(
    {
        "asked-again-late",
        "confusable",
        "keep",
        "many-orders",
        "ordinary",
        "picker",
        "still-open",
        "stranger-in-the-group",
        "unknown-word",
        "viewer-taps",
    }
)
"""Those in which it matters where an answer goes: a mention has a thread, a slash command has none."""


async def play(transcript: Transcript, folder: Path, by: By) -> None:
    setting = replace(transcript.setting, chats=("slack",))
    async with World(setting, folder=folder) as world:
        await Player(world, SlackScreen(world, by)).play(transcript)


@pytest.mark.parametrize("transcript", KIT, ids=lambda transcript: transcript.name)
async def test_conversation_by_slash_command(transcript: Transcript, tmp_path: Path) -> None:
    """The conversation goes on Slack as its file has it, and the exchange receives that and nothing else."""
    await play(transcript, tmp_path, "slash")


@pytest.mark.parametrize("name", sorted(MENTIONED))
async def test_conversation_by_mention(name: str, tmp_path: Path) -> None:
    """Said as mentions of the bot, the conversation goes the same way, in the mentions' threads."""
    await play(next(each for each in KIT if each.name == name), tmp_path, "mention")
