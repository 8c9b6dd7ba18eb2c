"""`cancelall config`, as somebody at a terminal meets it."""

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.cli.config import config_app
from bot.config import EXAMPLE
from tests.config_kit import OWN, WHOLE

DATA = Path(__file__).parents[1] / "data" / "config"


def run(*words: str, **environ: str) -> Result:
    """A wide terminal, and no configuration but the one that is named."""
    return CliRunner().invoke(config_app, words, env={"COLUMNS": "160", **environ})


def rows(result: Result) -> list[list[str]]:
    """The cells of the table."""
    lines = [line for line in result.stdout.splitlines() if line.startswith("│")]
    return [[cell.strip() for cell in line.strip("│").split("│")] for line in lines]


def test_check_says_who_may_do_what(tmp_path: Path) -> None:
    """One row a member: ids, role, accounts, what they may do, and where."""
    file = tmp_path / "config.toml"
    file.write_text(OWN)
    result = run("check", "--config", str(file))
    assert result.exit_code == 0
    assert rows(result) == [["ann", "223456789", "none", "operator", "main", "read, ask, confirm", "private chat"]]
    assert f"Configuration: {file}" in result.stdout
    assert "Telegram: polled from https://api.telegram.org" in result.stdout
    assert "Slack: not used: there is no [slack]" in result.stdout
    assert "Cards: can be tapped for 60 s, by any operator of the account" in result.stdout


def test_check_says_who_may_do_nothing() -> None:
    """A member without accounts is shown as one who may do nothing, and `asker` is said."""
    result = run("check", CANCELALL_CONFIG=str(DATA / "ok-full.toml"))
    assert [row[5] for row in rows(result)] == ["read, ask, confirm own cards", "nothing: no accounts"]
    assert "by the person who asked, nobody else" in result.stdout


def test_check_tells_a_webhook() -> None:
    """Where updates are brought to is part of what is checked."""
    result = run("check", "--config", str(DATA / "ok-webhook.toml"))
    assert "pushed to https://bot.example.com/hook, listening on 0.0.0.0:8443" in result.stdout


def test_check_tells_slack(tmp_path: Path) -> None:
    """Ids on both chats, each member's own chats, and where Slack is asked."""
    file = tmp_path / "config.toml"
    file.write_text(WHOLE)
    result = run("check", "--config", str(file))
    assert [[row[1], row[2], row[5], row[6]] for row in rows(result)] == [
        ["223456789", "U0223456789", "read, ask, confirm", "private chat, -1002234567890, C0223456789"],
        ["887654321", "none", "read", "private chat, -1002234567890"],
    ]
    assert (
        "Slack: workspace T0223456789, over sockets that the bot opens at https://slack.com/api/" in result.stdout
    )


def test_check_on_a_narrow_terminal() -> None:
    """Ids are folded, not cut off."""
    result = run("check", "--config", str(DATA / "ok-slack-other-team.toml"), COLUMNS="70")
    first = "".join(row[2] for row in rows(result)).replace(" ", "")
    assert first == "T8876543210/W0223456789W0223456789"


def test_check_without_telegram() -> None:
    """Where nobody is on Telegram that is said, and a member of another workspace has it before the id."""
    result = run("check", "--config", str(DATA / "ok-slack-other-team.toml"))
    assert [row[1:3] for row in rows(result)] == [["none", "T8876543210/W0223456789"], ["none", "W0223456789"]]
    assert "Telegram: not used: no member has a Telegram id, and no chats are listed" in result.stdout


def test_check_tells_slack_over_http() -> None:
    """Where Slack brings its requests to is part of what is checked."""
    result = run("check", "--config", str(DATA / "ok-slack-http.toml"))
    assert "workspace E0123456789, pushed to [::1]:18444; answers go to http://127.0.0.1:8081/" in result.stdout


def test_check_prints_every_fault() -> None:
    """All faults at once on stderr, nothing on stdout, exit code 2."""
    result = run("check", "--config", str(DATA / "five-faults.toml"))
    assert result.exit_code == 2
    assert result.stdout == ""
    head, *faults = result.stderr.splitlines()
    assert head == "error: the configuration has 5 faults:"
    assert len(faults) == 5
    assert all(fault.startswith("- `") for fault in faults)


def test_check_of_one_fault() -> None:
    """One fault is one."""
    result = run("check", "--config", str(DATA / "members-none.toml"))
    assert result.stderr.startswith("error: the configuration has 1 fault:\n- `members` is empty")


@pytest.mark.parametrize("words", [("example",)])
def test_example_prints_a_whole_file(words: tuple[str, ...]) -> None:
    """The example comes out as it is, fit to be written into a file."""
    result = run(*words)
    assert (result.exit_code, result.stdout) == (0, EXAMPLE)
