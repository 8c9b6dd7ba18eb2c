"""What the tests of the configuration share: the kit of files, and what is wrong with one."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.config import EXAMPLE, load
from bot.errors import ConfigFaults

DATA = Path(__file__).parent / "data" / "config"
COMPLETE = {
    "CANCELALL_ACCOUNTS": '{"main": {}}',
    "CANCELALL_MEMBERS__ANN__ROLE": "operator",
    "CANCELALL_MEMBERS__ANN__TELEGRAM": "223456789",
    "CANCELALL_MEMBERS__ANN__ACCOUNTS": '["main"]',
}
"""An environment that needs no file beside it."""


IDS = {
    " 123456789": " 223456789",
    " 987654321": " 887654321",
    "-1001234567890": "-1002234567890",
    "T0123456789": "T0223456789",
    "U0123456789": "U0223456789",
    "C0123456789": "C0223456789",
    "T9876543210": "T8876543210",
}
"""What somebody puts in the place of the example's ids."""


def with_ids(text: str) -> str:
    """The example as it is once the ids are somebody's own."""
    for theirs, ours in IDS.items():
        text = text.replace(theirs, ours)
    return text


OWN = with_ids(EXAMPLE)
"""The example with ids of one's own."""

WHOLE = re.sub(r"^# (?=\[slack\]|\[members\.|[a-z_]+ = )", "", OWN, flags=re.MULTILINE)
"""The same with the lines that are comments taken in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What the header of a file of the kit says."""

    lines: tuple[tuple[str, str], ...]

    def all(self, key: str) -> list[str]:
        return [value for name, value in self.lines if name == key]

    @property
    def environ(self) -> dict[str, str]:
        return {name: value for name, _, value in (line.partition("=") for line in self.all("env"))}


def parse(file: Path) -> Case:
    head = file.read_text("utf-8").split("\n\n")[0].splitlines()
    parts = [line.removeprefix("# ").partition(": ") for line in head]
    return Case(lines=tuple((key, value) for key, _, value in parts))


def faults_of(
    path: Path | None, environ: Mapping[str, str], *, system: Path = Path("/nowhere")
) -> tuple[str, ...]:
    """What is wrong; nothing, if it loads."""
    try:
        load(path, environ, system=system)
    except ConfigFaults as error:
        return error.faults
    return ()


def written(folder: Path, text: str) -> Path:
    file = folder / "config.toml"
    file.write_text(text, "utf-8")
    return file
