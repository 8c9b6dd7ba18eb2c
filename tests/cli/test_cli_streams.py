"""Every sub-command with streams that are closed, full, narrow or gone: no traceback, and a true exit code."""

import asyncio
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from bot.store import directly, open_store
from keystore import Cost, Keyfile, Keystore, Masked, Options
from tests.config_kit import OWN
from tests.store.store_kit import ASKED, NOW

ROOT: Final = Path(__file__).parents[2]
BROKEN: Final = re.compile(rb"Traceback|Exception ignored|Fatal Python")
COMMANDS: Final = {
    ("--help",): 0,
    ("nonsense",): 2,
    ("now", "ALL"): 2,
    ("run", "--keystore", "/nowhere"): 2,
    ("health",): 1,
    ("config", "check"): 0,
    ("keys", "list"): 0,
    ("audit", "tail"): 0,
}
"""Each with its exit code in usual surroundings."""

PRODUCTS: Final = {("config", "check"), ("keys", "list"), ("audit", "tail")}
"""Commands whose output is all they are for: cut off, it is no success."""

SURROUNDINGS: Final = (
    "",
    "> /dev/full",
    "> /dev/full 2>&1",
    ">&-",
    "<&- >&- 2>&-",
    "2>&1 | true",
)


@pytest.fixture(scope="module")
def environ(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A host with a configuration, a keystore and a store."""
    folder = tmp_path_factory.mktemp("host")
    (folder / "config.toml").write_text(OWN, encoding="utf-8")
    key = folder / "key"
    key.touch(mode=0o600)
    key.write_bytes(b"k" * 32)
    options = Options(cost=Cost(memory_kib=19 * 1024, passes=2, lanes=1))
    store = Keystore.create(folder / "keystore.json", Keyfile(value=Masked(b"k" * 32)), options)
    store.add("main", "htx", ("AK-0001", "SK-0001"))
    store.add("telegram", "telegram", ("123:tok",))
    opened = open_store(folder / "data", lambda: NOW, directly)
    asyncio.run(opened.record([ASKED]))
    opened.close()
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "PYTHONPATH": f"{ROOT}:{ROOT / 'secrets'}",
        "CANCELALL_CONFIG": str(folder / "config.toml"),
        "CANCELALL_DATA_DIR": str(folder / "data"),
        "CANCELALL_KEYSTORE": str(folder / "keystore.json"),
        "CANCELALL_KEYFILE": str(key),
    }


def ends(environ: dict[str, str], words: tuple[str, ...], tail: str) -> tuple[int, bytes]:
    """The command's own exit code, and what arrived."""
    done = subprocess.run(  # noqa: S603 ours
        [
            "/bin/bash",
            "-c",
            f'"$@" {tail}; exit "${{PIPESTATUS[0]}}"',
            "bash",
            sys.executable,
            "-m",
            "bot",
            *words,
        ],
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        timeout=60,
        start_new_session=True,
    )
    return done.returncode, done.stdout


@pytest.mark.parametrize("tail", SURROUNDINGS)
def test_no_stream_breaks_a_command(environ: dict[str, str], tail: str) -> None:
    """Every command ends with its usual code, or 1 where its output was all and is lost, and in no traceback."""
    for words, usual in COMMANDS.items():
        code, said = ends(environ, words, tail)
        lost = usual == 0 and words in PRODUCTS and tail
        allowed = {usual, 1} if tail.endswith("| true") and lost else {1 if lost else usual}
        assert code in allowed, (words, tail, code, said)
        assert not BROKEN.search(said), (words, said.decode(errors="replace"))


@pytest.mark.parametrize(
    "narrow",
    [
        {"PYTHONIOENCODING": "gbk"},
        {"PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "LC_ALL": "C"},
    ],
    ids=str,
)
def test_no_screen_breaks_a_command(environ: dict[str, str], narrow: dict[str, str]) -> None:
    """On a screen that lacks characters every command ends with its usual code, and says what it says."""
    for words, usual in COMMANDS.items():
        code, said = ends(environ | narrow, words, "")
        assert code == usual, (words, code, said)
        assert said
        assert not BROKEN.search(said), (words, said.decode(errors="replace"))
