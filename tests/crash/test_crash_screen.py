"""The screen, the pipe and the terminal never decide what `now` does: one request, the verdict's code."""

import os
import re
from typing import Final

import pytest

from bot.cli.demo.stage import CONTRACT
from tests.crash.ground import ground
from tests.crash.surroundings import (
    Ends,
    a_full_pipe,
    a_gone_terminal,
    a_pipe_without_a_reader,
    a_stopped_terminal,
    ended,
    in_a_shell,
    start,
)

NOW: Final = ("now", CONTRACT, "buy", "long", "--yes")
BROKEN: Final = re.compile(rb"Traceback|Exception ignored|Fatal Python|Error:")


@pytest.mark.parametrize(
    "tail",
    [
        "",
        "> /dev/full",
        "2> /dev/full",
        "> /dev/full 2>&1",
        "<&-",
        ">&-",
        "2>&-",
        "<&- >&-",
        "<&- >&- 2>&-",
        "| head -1",
        "2>&1 | head -1",
        "| true",
        "< /dev/full",
        "> /dev/null 2>&1",
        "1< /dev/null 2< /dev/null",
    ],
)
async def test_streams_that_are_closed_full_or_gone_change_nothing(tail: str) -> None:
    """Whatever the three descriptors are, `now --yes` sends its one request and exits as the verdict says."""
    async with ground() as here:
        here.place(2)
        code, said = await in_a_shell(here, tail, NOW, {})
        assert code == 0, said
        assert len(here.posts()) == 1
        assert here.account.open_ids() == ()
        assert not BROKEN.search(said), said.decode(errors="replace")
        assert [deed.state for deed in here.truth.deeds()] == ["zero_left"]


@pytest.mark.parametrize(
    "env",
    [
        {"PYTHONIOENCODING": "gbk"},
        {"PYTHONIOENCODING": "gbk:strict", "PYTHONUTF8": "0"},
        {"PYTHONIOENCODING": "ascii"},
        {"PYTHONIOENCODING": "latin-1"},
        {"PYTHONIOENCODING": "shift_jis"},
        {"PYTHONIOENCODING": "utf-16"},
        {"PYTHONIOENCODING": "cp037"},
        {"PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "LANG": "C", "LC_ALL": "C"},
        {"LC_ALL": "xx_XX.none"},
    ],
    ids=lambda env: " ".join(f"{name}={value}" for name, value in env.items()),
)
async def test_a_screen_that_lacks_characters_shows_others(env: dict[str, str]) -> None:
    """On a screen of any encoding the verdict is there to be read, and the request was sent once."""
    async with ground() as here:
        here.place(2)
        code, said = await in_a_shell(here, "", NOW, env)
        assert code == 0, said
        assert len(here.posts()) == 1
        shown = said.decode(env.get("PYTHONIOENCODING", "utf-8").partition(":")[0])
        assert "ZERO LEFT" in shown
        assert f"Cancel 2? {CONTRACT} BUY LONG" in shown
        assert "Traceback" not in shown


@pytest.mark.parametrize("ends", [a_full_pipe, a_pipe_without_a_reader, a_stopped_terminal, a_gone_terminal])
@pytest.mark.parametrize("which", ["stdout", "stderr", "both"])
async def test_no_reader_holds_it_up(ends: Ends, which: str) -> None:
    """Where nobody ever reads what it prints, `now --yes` comes to its verdict and ends by itself."""
    async with ground() as here:
        here.place(2)
        ours, its = ends()
        child = await start(
            here,
            *NOW,
            stdout=its if which != "stderr" else None,
            stderr=its if which != "stdout" else None,
        )
        os.close(its)
        assert await ended(child) == 0
        if ours >= 0:
            os.close(ours)
        assert len(here.posts()) == 1
        assert [deed.state for deed in here.truth.deeds()] == ["zero_left"]
