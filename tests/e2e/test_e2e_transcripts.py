"""Every conversation of the kit, on Telegram."""

from pathlib import Path

import pytest

from tests.e2e.screen import TelegramScreen
from tests.e2e.transcript import Player
from tests.e2e.transcript_file import Transcript, transcripts
from tests.e2e.world import World


@pytest.mark.parametrize("transcript", transcripts(), ids=lambda transcript: transcript.name)
async def test_conversation(transcript: Transcript, tmp_path: Path) -> None:
    """The conversation goes as its file has it, and the exchange receives what it says and nothing else."""
    if transcript.only not in {None, TelegramScreen.platform}:
        pytest.skip(f"makes sense on {transcript.only} only")
    async with World(transcript.setting, folder=tmp_path) as world:
        await Player(world, TelegramScreen(world)).play(transcript)
