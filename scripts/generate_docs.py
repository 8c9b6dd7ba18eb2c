"""Write the generated parts of README.md and docs/: `python scripts/generate_docs.py [--check] [--root FOLDER]`.

A generated part lies between `<!-- generated: NAME -->` and `<!-- /generated -->`; what is outside is written by
hand and left alone. Some files are generated as a whole. With `--check` nothing is written: exit 1 names each file
that has drifted.
"""

import argparse
import json
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined
from typer import rich_utils
from typer.main import get_command
from typer.testing import CliRunner

from bot.cli import build
from bot.command import COMMANDS
from bot.config import EXAMPLE, Config
from bot.config.sources import DELIMITER
from bot.config.tables import table_of
from bot.mass_cancel import FINAL, TRANSITIONS
from bot.model import EventKind, State
from bot.surroundings import PREFIX
from handlers.slack import manifest

ROOT: Final = Path(__file__).resolve().parent.parent
WIDTH: Final = 100
"""Columns of the terminal that the help is printed for."""

_GUARD: Final = f"    {State.PENDING.name} --> {State.EXPIRED.name}: confirm, too late"
"""A guard of `bot.mass_cancel.step`, which the table cannot hold."""

_PART: Final = re.compile(
    r"(?P<open><!-- generated: (?P<name>[a-z-]+) -->\n).*?(?P<close><!-- /generated -->)", re.DOTALL
)


class MissingPartError(Exception):
    """A file lacks the markers of a part, or has a part that nobody makes."""


# --- the parts -----------------------------------------------------------------------------------------------


def commands() -> str:
    """What can be typed in a chat, as a table."""
    rows = (f"| `/{row.verb} {row.words}".rstrip() + f"` | {row.what} |" for row in COMMANDS)
    return _lines("| command | what it does |", "|---|---|", *rows)


def diagram() -> str:
    """The life of a mass cancel as a Mermaid diagram."""
    edges = (f"    {state.name} --> {after.name}: {event}" for state, event, after in _edges())
    ends = (f"    {state.name} --> [*]" for state in State if state in FINAL)
    return _fenced("mermaid", _lines("stateDiagram-v2", "    [*] --> PENDING", *edges, _GUARD, *ends))


def transitions() -> str:
    """The same as a table: one row an event, one column a state that events can leave."""
    states = [state for state in State if state not in FINAL]
    rows = (f"| {event} | " + " | ".join(_target(state, event) for state in states) + " |" for event in EventKind)
    head = "| event | in " + " | in ".join(state.name for state in states) + " |"
    return _lines(head, "|---" * (len(states) + 1) + "|", *rows)


def keys() -> str:
    """Every key of the configuration, as a table."""
    head = ("| key | what it must be | default | in the environment |", "|---|---|---|---|")
    return _lines(*head, *(row for section in Config.model_fields for row in _section(section)))


def example() -> str:
    """The example configuration."""
    return _fenced("toml", EXAMPLE)


def command_line() -> str:
    """The help of every command."""
    with _plain_terminal():
        return "\n".join(f"## {name}\n\n{_fenced('text', text)}" for name, text in _helps())


PARTS: Final[Mapping[str, Mapping[str, Callable[[], str]]]] = {
    "README.md": {"commands": commands},
    "docs/cli.md": {"help": command_line},
    "docs/configuration.md": {"keys": keys, "example": example},
    "docs/mass-cancel.md": {"diagram": diagram, "transitions": transitions},
}
"""What is generated where."""

WHOLE: Final[Mapping[str, Callable[[], str]]] = {"deploy/slack/manifest.yaml": manifest}
"""Files that are generated as a whole, where their folders are."""


# --- how they are made ---------------------------------------------------------------------------------------


def _edges() -> Iterator[tuple[State, EventKind, State]]:
    for state, events in TRANSITIONS.items():
        for event, after in events.items():
            yield state, event, after


def _target(state: State, event: EventKind) -> str:
    after = TRANSITIONS[state].get(event)
    return after.name if after else "·"


def _section(section: str) -> Iterator[str]:
    """The rows of one table of the file."""
    table, many = table_of(section)
    path = (section, "NAME") if many else (section,)
    if not table.model_fields:
        yield _row(".".join(path), "an empty table", "", f"{_variable(section, 'NAME')}='{{}}'")
    for key, field in table.model_fields.items():
        yield _row(".".join((*path, key)), field.description or "", _default(field), _variable(*path, key))


def _row(key: str, what: str, default: str, variable: str) -> str:
    return f"| `{key}` | {what} | {default} | `{variable}` |"


def _default(field: FieldInfo) -> str:
    """As it would stand in the file."""
    value: Any = field.default
    if value is PydanticUndefined:
        return "none: it must be said"
    if value is None:
        return "none"
    return f"`{json.dumps(list(value) if isinstance(value, tuple) else value)}`"


def _variable(*path: str) -> str:
    return PREFIX + DELIMITER.join(path).upper()


def _helps() -> Iterator[tuple[str, str]]:
    """Every command and group in the order of the help, with what `--help` prints."""
    app = build()
    for path in _paths(get_command(app), ()):
        done = CliRunner().invoke(app, [*path, "--help"], prog_name="cancelall")
        if done.exit_code != 0:
            raise SystemExit(f"`cancelall {' '.join(path)} --help` failed: {done.output}")
        text = "\n".join(line.rstrip() for line in done.output.strip("\n").splitlines()).strip("\n")
        yield " ".join(("cancelall", *path)), text


def _paths(command: Any, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:  # noqa: ANN401 Typer's own click
    yield path
    for name, below in getattr(command, "commands", {}).items():
        yield from _paths(below, (*path, name))


@contextmanager
def _plain_terminal() -> Iterator[None]:
    """Help as on a terminal of a fixed width without colours, whatever this one is like."""
    before = rich_utils.MAX_WIDTH, rich_utils.FORCE_TERMINAL
    rich_utils.MAX_WIDTH, rich_utils.FORCE_TERMINAL = WIDTH, False
    try:
        yield
    finally:
        rich_utils.MAX_WIDTH, rich_utils.FORCE_TERMINAL = before


def _fenced(language: str, text: str) -> str:
    return f"```{language}\n{text.rstrip()}\n```\n"


def _lines(*lines: str) -> str:
    return "\n".join(lines) + "\n"


# --- files ---------------------------------------------------------------------------------------------------


def renewed(text: str, parts: Mapping[str, Callable[[], str]]) -> str:
    """A page with its generated parts made anew.

    Raises:
        MissingPartError: the page and the parts do not go together.
    """
    there = [found["name"] for found in _PART.finditer(text)]
    if sorted(there) != sorted(parts):
        raise MissingPartError(f"has the generated parts {there}, expected {list(parts)}")
    return _PART.sub(lambda found: f"{found['open']}{parts[found['name']]()}{found['close']}", text)


def drifted(root: Path) -> dict[str, str]:
    """What each page that is not as it should be would have to say."""
    wanted: dict[str, str] = {}
    for name, parts in PARTS.items():
        text = (root / name).read_text(encoding="utf-8")
        try:
            fresh = renewed(text, parts)
        except MissingPartError as error:
            raise SystemExit(f"{name} {error}") from None
        if fresh != text:
            wanted[name] = fresh
    for name, make in WHOLE.items():
        file = root / name
        if file.parent.is_dir() and (not file.exists() or file.read_text(encoding="utf-8") != make()):
            wanted[name] = make()
    return wanted


def main(arguments: list[str]) -> int:
    """Write what has drifted, or only name it; the exit code."""
    parser = argparse.ArgumentParser(description="Write the generated parts of README.md and docs/.")
    parser.add_argument("--check", action="store_true", help="write nothing, exit 1 if anything has drifted")
    parser.add_argument("--root", type=Path, default=ROOT, help="where README.md and docs/ are")
    said = parser.parse_args(arguments)
    wanted = drifted(said.root)
    for name, text in wanted.items():
        if said.check:
            print(f"{name} has drifted from the code: run `make docs`", file=sys.stderr)
        else:
            (said.root / name).write_text(text, encoding="utf-8", newline="\n")
            print(f"wrote {name}")
    return 1 if said.check and wanted else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
