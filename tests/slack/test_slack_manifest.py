"""The app manifest: YAML that Slack reads, made from the command table, the least that the bot needs."""

import json
import re
import shutil
from pathlib import Path
from typing import Any, Final

import pytest

from bot.command import COMMANDS
from bot.model import Verb
from handlers.slack.manifest import manifest
from scripts.generate_docs import WHOLE, main

ROOT: Final = Path(__file__).parents[2]
FILE: Final = "deploy/slack/manifest.yaml"
_LINE: Final = re.compile(
    r"(?P<indent> *)(?P<item>- )?(?:(?P<key>[a-z_]+):(?= |$))?(?: ?(?P<value>\S.*?))?(?: # .*)?"
)
_PLAIN: Final = re.compile(r"[A-Za-z0-9/][^#\"'{}\[\]]*")
"""A scalar that needs no quotes: no indicator in front, no comment, no mapping inside."""


def value(text: str) -> Any:  # noqa: ANN401 a scalar
    """A scalar: in double quotes as in JSON, a number, true or false, or plain words.

    Raises:
        ValueError: it would be something else in YAML than it looks like.
    """
    if text.startswith('"') or text in {"true", "false"} or text.isdecimal():
        return json.loads(text)
    if not _PLAIN.fullmatch(text) or ": " in text or text.lower() in {"yes", "no", "on", "off", "null", "~"}:
        raise ValueError(f"needs quotes: {text}")
    return text


def parsed(text: str) -> Any:  # noqa: ANN401 what is in the file
    """The part of YAML that the manifest is written in: mappings, lists, one scalar a line.

    Raises:
        ValueError: anything else.
    """
    rows: list[tuple[int, str | None, str | None]] = []
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        found = _LINE.fullmatch(line)
        if found is None or line != line.rstrip() or len(found["indent"]) % 2:
            raise ValueError(f"not understood: {line!r}")
        depth = len(found["indent"])
        if found["item"]:
            rows.append((depth, "-", None if found["key"] else found["value"]))
            depth += 2
        if found["key"]:
            rows.append((depth, found["key"], found["value"]))
    made, rest = _block(rows, 0)
    if rest:
        raise ValueError(f"not where it should be: {rest[0]}")
    return made


def _block(rows: list[tuple[int, str | None, str | None]], depth: int) -> tuple[Any, Any]:
    """Everything at one depth, and what is left."""
    items: list[Any] = []
    table: dict[str, Any] = {}
    while rows and rows[0][0] == depth:
        (_, key, text), rows = rows[0], rows[1:]
        if key is None or (key != "-" and key in table):
            raise ValueError(f"twice, or nothing: {key}")
        if text is not None:
            made = value(text)
        else:
            made, rows = _block(rows, depth + 2)
        if key == "-":
            items.append(made)
        else:
            table[key] = made
    if bool(items) == bool(table):
        raise ValueError("a list and a mapping in one, or neither")
    return items or table, rows


def test_it_is_yaml_and_says_what_the_bot_needs() -> None:
    """The manifest is YAML with Socket Mode, two commands, mentions, direct messages, and five scopes."""
    made = parsed(manifest())
    settings, command = made["settings"], made["features"]["slash_commands"][0]
    assert made["_metadata"] == {"major_version": 2, "minor_version": 1}
    assert command["command"] == "/cancelall"
    assert command["should_escape"] is False
    assert made["oauth_config"]["scopes"]["bot"] == [
        "app_mentions:read",
        "chat:write",
        "commands",
        "files:write",
        "im:history",
    ]
    assert settings["event_subscriptions"]["bot_events"] == ["app_mention", "message.im"]
    home = made["features"]["app_home"]
    assert home["messages_tab_enabled"] is True
    assert home["messages_tab_read_only_enabled"] is False
    assert settings["interactivity"] == {"is_enabled": True}
    assert settings["socket_mode_enabled"] is True
    assert settings["token_rotation_enabled"] is False
    assert [one["command"] for one in made["features"]["slash_commands"]] == ["/cancelall", "/drill"]
    assert made["features"]["slash_commands"][1]["should_escape"] is False


def test_it_comes_from_the_command_table() -> None:
    """The hint names every command that people type, so that it cannot lag behind."""
    command = parsed(manifest())["features"]["slash_commands"][0]
    for row in COMMANDS:
        if row.verb not in (Verb.CANCELALL, Verb.START):
            assert row.verb.value in command["usage_hint"]
    assert command["description"] == next(row.menu for row in COMMANDS if row.verb is Verb.CANCELALL)


def test_it_keeps_slacks_limits() -> None:
    """Names and texts are no longer than Slack's manifest reference allows."""
    made = parsed(manifest())
    assert len(made["display_information"]["name"]) <= 35
    assert len(made["display_information"]["description"]) <= 140
    assert len(made["features"]["bot_user"]["display_name"]) <= 80
    for command in made["features"]["slash_commands"]:
        assert len(command["command"]) <= 32
        assert len(command["description"]) <= 2000
        assert len(command["usage_hint"]) <= 1000


def test_the_file_is_what_the_command_prints(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """The file in the repository is the manifest; one that drifted fails the check and is mended by name."""
    assert (ROOT / FILE).read_text(encoding="utf-8") == WHOLE[FILE]() == manifest()
    shutil.copy(ROOT / "README.md", tmp_path)
    shutil.copytree(ROOT / "docs", tmp_path / "docs")
    file = tmp_path / FILE
    file.parent.mkdir(parents=True)
    for before in (None, "drifted\n"):
        file.unlink() if before is None and file.exists() else None
        if before is not None:
            file.write_text(before, encoding="utf-8")
        assert main(["--check", "--root", str(tmp_path)]) == 1
        assert FILE in capsys.readouterr().err
        assert main(["--root", str(tmp_path)]) == 0
        assert capsys.readouterr().out == f"wrote {FILE}\n"
        assert file.read_text(encoding="utf-8") == manifest()


@pytest.mark.parametrize(
    "text",
    ["a: b: c", "a: [b]", "a: 'b'", "a:\n   b: c", "a: b\na: c", "a: yes", "a: b\n- c", "a:\tb", "a: *b", "a:"],
)
def test_the_parser_is_strict(text: str) -> None:
    """What YAML might read otherwise than it looks is refused by the parser of this file."""
    with pytest.raises(ValueError, match=r"."):
        parsed(text)
