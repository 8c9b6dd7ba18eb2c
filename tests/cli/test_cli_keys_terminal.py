"""`cancelall keys` at a terminal: what is asked, and that nothing typed is shown."""

from pathlib import Path

import pytest

from keystore import inspect
from tests.cli.keys_shell import PHRASE, Shell, by_phrase, terminal


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """A shell before `init`."""
    return Shell(folder=tmp_path)


def test_a_person_makes_a_store(shell: Shell) -> None:
    """The passphrase is asked for twice, and nothing that is typed appears on the screen."""
    person = terminal(shell, "init")
    shown = person.answer("New passphrase: ", PHRASE) + person.answer("Again: ", PHRASE)
    code, rest = person.end()
    assert code == 0, rest
    assert "opens with a passphrase" in rest
    assert PHRASE not in shown + rest
    assert inspect(shell.store) == ()


def test_a_person_adds_a_key(shell: Shell) -> None:
    """Passphrase and values are asked for one after the other, and nothing that is typed appears on the screen."""
    by_phrase(shell)
    person = terminal(shell, "add", "second", "--kind", "htx")
    shown = person.answer("Passphrase: ", PHRASE)
    shown += person.answer("htx access key (hidden): ", "AK-canary")
    shown += person.answer("htx secret (hidden): ", "SK-canary")
    code, rest = person.end()
    assert code == 0, rest
    assert [info.tail for info in inspect(shell.store)] == ["0001", "nary"]
    assert PHRASE not in shown + rest
    assert "-canary" not in shown + rest


def test_a_mistyped_new_passphrase_makes_no_store(shell: Shell) -> None:
    """If the two entries differ there is no store, and the sentence says so."""
    person = terminal(shell, "init")
    person.answer("New passphrase: ", PHRASE)
    person.answer("Again: ", f"{PHRASE}!")
    code, rest = person.end()
    assert code == 2
    assert "differ" in rest
    assert not shell.store.exists()


def test_a_short_new_passphrase_makes_no_store(shell: Shell) -> None:
    """A passphrase under twelve characters is refused before anything is written."""
    person = terminal(shell, "init")
    person.answer("New passphrase: ", "short")
    person.answer("Again: ", "short")
    code, rest = person.end()
    assert code == 2
    assert "at least 12" in rest
    assert not shell.store.exists()
