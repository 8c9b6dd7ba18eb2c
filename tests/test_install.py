"""`scripts/install.py`: what is seen while make builds an environment."""

import io
import os
import subprocess
import sys
from pathlib import Path

from scripts.install import follow

ROOT = Path(__file__).parents[1]
PIP = """\
Looking in indexes: https://example.org/simple
Collecting annotated-doc==0.0.7 (from -r requirements/runtime.txt (line 169))
  Downloading annotated_doc-0.0.7-py3-none-any.whl (5.3 kB)
Processing /wheels/h11-0.16.0-py3-none-any.whl (from -r requirements/runtime.txt (line 482))
WARNING: Retrying (Retry(total=4)) after connection broken by NewConnectionError
Requirement already satisfied: rich==15.0.0 in ./x (from -r requirements/runtime.txt (line 1036)) (15.0.0)
Installing collected packages: h11, annotated-doc
"""


class Terminal(io.StringIO):
    """Somebody looks on."""

    def isatty(self) -> bool:
        return True


def test_each_package_is_shown_as_it_comes() -> None:
    """At a terminal each package has its number and name at once, however pip came by it."""
    seen = Terminal()
    follow(PIP.splitlines(keepends=True), 3, seen)
    shown = [part.strip() for part in seen.getvalue().replace("\n", "").split("\r\x1b[K") if part]
    assert shown[:2] == ["1 of 3: annotated-doc", "2 of 3: h11"]
    assert shown[3:] == ["3 of 3: rich", "unpacking 3 packages ..."]
    assert shown[2].startswith("WARNING: Retrying")


def test_a_log_gets_a_line_for_every_ten() -> None:
    """Where nobody looks on, a line in ten is written, and what hangs or fails is told."""
    log = io.StringIO()
    lines = [f"Collecting p{n}==1 (from -r x)\n" for n in range(1, 26)]
    said = follow([*lines, "ERROR: none\n"], 25, log)
    assert log.getvalue().split("\n") == ["  10 of 25: p10", "  20 of 25: p20", ""]
    assert said[-1] == "ERROR: none\n"


def test_what_fails_fails_in_pips_words(tmp_path: Path) -> None:
    """A file that pip cannot install ends with pip's exit code and words, though nobody reads the progress."""
    wanted = tmp_path / "requirements.txt"
    wanted.write_text("no-such-thing==1 --hash=sha256:zz\n", "utf-8")
    done = subprocess.run(  # noqa: S603 our own
        (sys.executable, str(ROOT / "scripts" / "install.py"), str(wanted)),
        env=os.environ | {"PIP_NO_INDEX": "1"},
        capture_output=True,
        check=False,
        text=True,
    )
    assert done.returncode != 0
    assert "no-such-thing" in done.stdout
    assert "Run make again" in done.stdout
