"""`python scripts/install.py requirements/x.txt`: pip, with a word on how far it is and nothing else.

Run by make with the interpreter of the environment that is filled. What goes wrong is shown in pip's own words.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Final, TextIO

_PACKAGE: Final = re.compile(
    r"(?:Collecting|Processing|Requirement already satisfied:) (?:\S*/)?([\w.-]+?)(?:==|-\d|[<>~;\s\[])"
)
_EACH: Final = 10
"""Where no terminal is looked at: a line for so many packages."""


def install(requirements: Path, out: TextIO) -> int:
    """Install what a file lists, by hash; pip's exit code."""
    named = re.findall(r"^[A-Za-z0-9][^ ;]*==", requirements.read_text("utf-8"), re.MULTILINE)
    pip = ("-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--progress-bar", "off")
    command = (sys.executable, *pip, "--require-hashes", "-r", str(requirements))
    show(f"fetching {len(named)} packages of {requirements} (once; a minute or two) ...", out, stays=True)
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as child:  # noqa: S603 pip
        said = follow(child.stdout or (), len(named), out)
    if child.returncode:
        out.write("".join(said[-40:]))
        show(
            f"pip could not install {requirements}: its last words are above. Run make again to go on.",
            out,
            stays=True,
        )
    else:
        show(f"installed {requirements}", out, stays=True)
    return child.returncode


def follow(lines: Iterable[str], expected: int, out: TextIO) -> list[str]:
    """Show how far pip is while it speaks; what it said."""
    said, come = list[str](), 0
    for line in lines:
        if not line.startswith("Requirement already"):
            said.append(line)
        if found := _PACKAGE.match(line):
            come += 1
            show(f"{come} of {expected}: {found[1]}", out, stays=come % _EACH == 0 and not out.isatty())
        elif line.startswith("Installing collected"):
            show(f"unpacking {come} packages ...", out, stays=True)
        elif line.startswith("WARNING: Retrying"):
            show(line.rstrip(), out, stays=True)
    return said


def show(text: str, out: TextIO, *, stays: bool) -> None:
    """One line. On a terminal the next takes its place unless it `stays`; elsewhere only what stays is written."""
    try:
        if out.isatty():
            out.write(f"\r\x1b[K  {text}\n" if stays else f"\r\x1b[K  {text[:76]}")
        elif stays:
            out.write(f"  {text}\n")
        out.flush()
    except BrokenPipeError:  # nobody reads on, as after `| head`: what was asked for is installed all the same
        os.dup2(os.open(os.devnull, os.O_WRONLY), out.fileno())


if __name__ == "__main__":
    sys.exit(install(Path(sys.argv[1]), sys.stdout))
