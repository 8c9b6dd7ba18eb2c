"""`cancelall config init` and what `check` says about the keystore."""

import os
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.cli.config import config_app
from bot.cli.refusal import Refusal
from bot.config import EXAMPLE
from keystore import Keyfile, Keystore, Masked
from tests.config_kit import OWN, WHOLE


def run(*words: str, home: Path, **environ: str) -> Result:
    """A home of one's own, and a wide terminal."""
    names = {"CANCELALL_CONFIG": "", "CANCELALL_KEYSTORE": "", "XDG_CONFIG_HOME": "", "XDG_DATA_HOME": ""}
    return CliRunner().invoke(config_app, words, env={"COLUMNS": "200", "HOME": str(home)} | names | environ)


def stored(folder: Path, *entries: tuple[str, str]) -> Path:
    """A keystore with entries of these names and kinds."""
    path = folder / "keystore.json"
    with Keystore.create(path, Keyfile(value=Masked(b"k" * 32))) as store:
        for number, (name, kind) in enumerate(entries):
            if kind == "htx":
                store.add(name, "htx", (f"AK-{number:04}", "SK-canary"))
            else:
                store.add(name, "telegram", ("123:canary",))
    return path


def test_init_writes_the_example_to_its_place(tmp_path: Path) -> None:
    """Folders are made, the mode is 0600 whatever the umask, and the next step is said."""
    before = os.umask(0o002)
    try:
        done = run("init", home=tmp_path)
    finally:
        os.umask(before)
    file = tmp_path / ".config" / "cancelall" / "config.toml"
    assert done.exit_code == 0, done.output
    assert file.read_text() == EXAMPLE
    assert file.stat().st_mode & 0o777 == 0o600
    assert str(file) in done.stdout
    assert "Next: cancelall config check" in done.stdout


@pytest.mark.parametrize("kind", ["file", "link", "folder"])
def test_init_never_writes_over_anything(tmp_path: Path, kind: str) -> None:
    """What is there stays as it was, a link that leads nowhere too."""
    place = tmp_path / "config.toml"
    if kind == "file":
        place.write_text("mine")
    elif kind == "link":
        place.symlink_to(tmp_path / "elsewhere")
    else:
        place.mkdir()
    done = run("init", "--config", str(place), home=tmp_path)
    assert isinstance(done.exception, Refusal)
    assert "exists already and was left as it is" in str(done.exception)
    assert not (tmp_path / "elsewhere").exists()
    assert kind != "file" or place.read_text() == "mine"


def test_the_example_as_it_stands_is_refused(tmp_path: Path) -> None:
    """What `init` wrote lets nobody in before it was edited."""
    run("init", home=tmp_path)
    done = run("check", home=tmp_path)
    assert done.exit_code == 2
    assert "`members.ann.telegram` is 123456789, the example's, which may be a stranger's" in done.stderr
    assert "`cancelall whoami` prints" in done.stderr


def test_check_compares_names_without_a_key(tmp_path: Path) -> None:
    """Every account and chat has its entry, and what is spare is said."""
    file = tmp_path / "config.toml"
    file.write_text(OWN)
    path = stored(tmp_path, ("main", "htx"), ("old", "htx"), ("telegram", "telegram"))
    done = run("check", "--config", str(file), "--keystore", str(path), home=tmp_path)
    assert done.exit_code == 0, done.output
    assert f"Keystore: {path} has an entry for each of them; not used: old" in done.stdout


def test_check_names_what_the_keystore_lacks(tmp_path: Path) -> None:
    """An account under another name, and chats without tokens: a sentence each, with the command that helps."""
    file = tmp_path / "config.toml"
    file.write_text(WHOLE)
    path = stored(tmp_path, ("mian", "htx"))
    done = run("check", "--config", str(file), home=tmp_path, CANCELALL_KEYSTORE=str(path))
    assert done.exit_code == 2
    assert "error: the configuration has 3 faults:" in done.stderr
    assert "`accounts.main` has no entry main of kind htx" in done.stderr
    assert "(did you mean `mian`?)" in done.stderr
    assert "cancelall keys add telegram --kind telegram" in done.stderr
    assert "cancelall keys add slack --kind slack" in done.stderr


def test_check_without_a_keystore_says_so(tmp_path: Path) -> None:
    """Before `keys init` there is nothing to compare, which is no fault of the configuration."""
    file = tmp_path / "config.toml"
    file.write_text(OWN)
    done = run("check", "--config", str(file), home=tmp_path)
    assert done.exit_code == 0
    assert "Keystore: there is none at" in done.stdout
