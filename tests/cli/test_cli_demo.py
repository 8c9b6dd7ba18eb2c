"""`cancelall demo`: it fits a terminal, survives what stdout may be, and its exit code speaks of every verdict."""

import asyncio
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from rich.cells import cell_len

from bot.cli.demo.scene import TelegramScene
from bot.cli.demo.screen import CHAT, WIDTH
from bot.cli.demo.story import STORY, Story, tell
from bot.cli.demo.telegram_story import ordinary

ROOT = Path(__file__).parents[2]
WRITER = """
import sys
from bot.cli.demo.paper import stdout
paper = stdout()
for _ in range(20_000):
    paper.say("│ 🛑 Cancel 14? → “yes”")
sys.exit(3)
"""


def environ(**more: str) -> dict[str, str]:
    return os.environ | {"PYTHONPATH": f"{ROOT}:{ROOT / 'secrets'}"} | more


def plain(line: str) -> str:
    """A line of the chat without what differs from night to night: ids, times, hashes, how long it took."""
    left = re.sub(r"#[A-Z0-9]{5}|\b[A-Z0-9]{5}\.csv|log [0-9a-f]{4}", "#", line[:CHAT])
    return re.sub(r"\d+", "0", left).rstrip()


def readme() -> list[str]:
    """The scenes that README.md shows."""
    shown = re.search(r"```text\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)
    assert shown is not None
    return [plain(line) for line in shown[1].splitlines()]


def scene(lines: list[str], number: int) -> list[str]:
    """One scene of the story."""
    begin = next(at for at, line in enumerate(lines) if line.startswith(f"── {number}. "))
    return lines[begin : lines.index("", begin)]


async def test_the_whole_story_is_true_and_fits_a_terminal() -> None:
    """Every verdict is true, no line is wider than 80 columns, each scene has its line, README.md shows two."""
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "demo"), env=environ(PYTHONUTF8="1"), stdout=asyncio.subprocess.PIPE
    )
    out, _ = await child.communicate()
    lines = out.decode().splitlines()
    assert child.returncode == 0, "\n".join(lines[-60:])
    assert max(map(cell_len, lines)) <= WIDTH == 80
    scenes = len(STORY.telegram) + len(STORY.slack) + 1
    ends = [line for line in lines if re.match(r" ?\d+ [A-Z].* open$", line)]
    assert [int(line[:2]) for line in ends] == list(range(1, scenes + 1))
    assert f"All {scenes} scenes: what was told is what happened." in lines
    assert [re.sub(" +", " ", line) for line in ends if "UNKNOWN" in line] == [
        f"{scenes} No answer and no reads UNKNOWN → ZERO LEFT 1 sent: 3 gone, 0 open"
    ]
    missing = [line for line in readme() if line not in set(map(plain, lines))]
    assert missing == [] or "count unknown" in "".join(
        scene(lines, 1) + scene(lines, scenes)
    )  # too busy a machine


async def test_what_is_not_true_ends_the_story_and_is_no_success() -> None:
    """A verdict that is not true is named, what comes after it is not played, and the story is not a success."""
    said: list[str] = []

    async def lie(scene: TelegramScene) -> None:
        """A lie: told as true."""
        scene.told.append("ZERO LEFT")
        scene.stage.place(2)
        scene.must(scene.left() == 0, "none is open")

    async def waits(scene: TelegramScene) -> None:
        """It waits."""
        await asyncio.Event().wait()

    assert not await tell(said.append, Story(telegram=(lie, ordinary), slack=(), beside=waits))
    assert "✗ NOT TRUE: none is open" in said
    assert [line.split() for line in said if "nothing sent, 2 open" in line] == [
        ["✗1", "A", "lie", "ZERO", "LEFT", "nothing", "sent,", "2", "open"]
    ]
    assert not [line for line in said if line.startswith("── 2.")]


@contextmanager
def reader_gone() -> Iterator[int]:
    """The writing end of a pipe that nobody reads, as after `| head`."""
    ours, its = os.pipe()
    os.close(ours)
    yield its
    os.close(its)


def test_a_reader_that_goes_does_not_stop_the_story() -> None:
    """As after `| head` the rest is played without a trace, and the exit code is what it would have been."""
    with reader_gone() as nowhere:
        done = subprocess.run(  # noqa: S603 our own interpreter
            (sys.executable, "-c", WRITER), stdout=nowhere, stderr=subprocess.PIPE, env=environ(), check=False
        )
    assert done.returncode == 3
    assert done.stderr.count(b"\n") == 1
    assert b"plays to its end" in done.stderr


@pytest.mark.parametrize(
    ("encoding", "expected"),
    [
        ("utf-8", "│ 🛑 Cancel 14? → “yes”"),
        ("ascii", '| !! Cancel 14? > "yes"'),
        ("cp437", '| !! Cancel 14? > "yes"'),
    ],
)
def test_a_narrow_encoding_takes_signs_of_the_same_width(encoding: str, expected: str) -> None:
    """Where the terminal has no such signs others stand for them, and columns stay columns."""
    environment = environ(PYTHONIOENCODING=encoding, PYTHONUTF8="0")
    done = subprocess.run((sys.executable, "-c", WRITER), capture_output=True, env=environment, check=False)  # noqa: S603
    assert (done.returncode, done.stderr) == (3, b"")
    assert set(done.stdout.decode(encoding).splitlines()) == {expected}
    assert cell_len(expected) == cell_len("│ 🛑 Cancel 14? → “yes”")


def test_a_full_disk_is_said() -> None:
    """Where the story cannot be written it ends with a sentence, and without a success."""
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            (
                sys.executable,
                "-c",
                "from bot.cli import main\nimport sys\nsys.argv = ['cancelall', 'demo']\nmain()",
            ),
            stdout=full,
            stderr=subprocess.PIPE,
            env=environ(),
            check=False,
        )
    assert done.returncode == 2
    assert b"cannot be written: No space left on device" in done.stderr
    assert b"Traceback" not in done.stderr
