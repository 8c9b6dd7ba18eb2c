"""Where the store is and what opens it: one order of sources for the bot and the command line."""

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from keystore import Keyfile, Masked, Passphrase, Unlock, create_key, default_path, find_unlock, read_lines
from keystore import errors as err
from tests.keystore.keystore_helpers import key, phrase


def pipe(content: bytes) -> int:
    """The reading end of a pipe with this in it."""
    reader, writer = os.pipe()
    os.write(writer, content)
    os.close(writer)
    return reader


def find(environ: Mapping[str, str], fd: int | None = None, *, ask: bool = True) -> tuple[Unlock, list[str]]:
    """What was found, and the warnings on the way; asking gives `phrase`."""
    warnings: list[str] = []
    return find_unlock(environ, fd=fd, ask=phrase if ask else None, warn=warnings.append), warnings


def test_sources_are_tried_in_their_order(tmp_path: Path) -> None:
    """Descriptor, key file, credential, environment, prompt: the first that is there counts."""
    create_key(tmp_path / "key", key(1).value)
    create_key(tmp_path / "cancelall-key", key(2).value)
    environ = {
        "CANCELALL_KEYFILE": str(tmp_path / "key"),
        "CREDENTIALS_DIRECTORY": str(tmp_path),
        "CANCELALL_PASSPHRASE": "from the environment",
    }
    expected = [
        b"from a pipe",
        bytes(key(1).value),
        bytes(key(2).value),
        b"from the environment",
        bytes(phrase().value),
    ]
    found = [find(environ, pipe(b"from a pipe\n"))[0]]
    for gone in (None, "CANCELALL_KEYFILE", "CREDENTIALS_DIRECTORY", "CANCELALL_PASSPHRASE"):
        environ.pop(gone or "", None)
        found.append(find(environ)[0])
    assert [bytes(unlock.value) for unlock in found] == expected
    assert [type(unlock) for unlock in found] == [Passphrase, Keyfile, Keyfile, Passphrase, Passphrase]


def test_only_a_passphrase_in_the_environment_warns(tmp_path: Path) -> None:
    """It works, and says in one line that a key file is safer; the passphrase is not in that line."""
    create_key(tmp_path / "key", key().value)
    assert find({"CANCELALL_KEYFILE": str(tmp_path / "key")})[1] == []
    (warning,) = find({"CANCELALL_PASSPHRASE": "canary"})[1]
    assert "key file" in warning
    assert "canary" not in warning


def test_empty_variables_count_as_not_set() -> None:
    """Container files often set a variable to nothing; that is no source and no path."""
    names = ("CANCELALL_KEYFILE", "CREDENTIALS_DIRECTORY", "CANCELALL_PASSPHRASE", "CANCELALL_KEYSTORE")
    environ = dict.fromkeys(names, "")
    assert find(environ)[0].value == phrase().value
    assert default_path(environ, lambda: Path("/data")) == Path("/data/keystore.json")


def test_a_named_key_file_that_is_unusable_is_an_error(tmp_path: Path) -> None:
    """There is no falling back to the next source: a wrong path must not go unnoticed."""
    environ = {"CANCELALL_KEYFILE": str(tmp_path / "missing"), "CANCELALL_PASSPHRASE": "from the environment"}
    with pytest.raises(err.KeyFileError, match="no such file"):
        find(environ)


def test_a_credentials_folder_without_ours_is_no_source(tmp_path: Path) -> None:
    """A service may have other credentials only."""
    assert find({"CREDENTIALS_DIRECTORY": str(tmp_path)})[0].value == phrase().value


def test_where_nobody_can_be_asked_the_sources_are_listed() -> None:
    """The bot, which has no terminal, is told what it could have been given."""
    with pytest.raises(err.NoUnlockError, match="CANCELALL_KEYFILE"):
        find({}, ask=False)


@pytest.mark.parametrize(
    ("content", "passphrase"),
    [
        (b"two words\n", b"two words"),
        (b"two words\r\n", b"two words"),
        (b" two words", b" two words"),
        (b"a\n\n", b"a\n"),
    ],
)
def test_one_line_end_is_dropped_from_a_passphrase(content: bytes, passphrase: bytes) -> None:
    """Exactly one, as `echo` adds it; everything else is part of the passphrase."""
    assert find({}, pipe(content))[0].value == Masked(passphrase)


@pytest.mark.parametrize("content", [b"", b"x" * 4097])
def test_a_descriptor_with_nothing_or_too_much_is_refused(content: bytes) -> None:
    """Neither an empty passphrase nor an endless one is taken."""
    with pytest.raises(err.DescriptorError):
        find({}, pipe(content))


def test_a_closed_descriptor_is_refused() -> None:
    """A number that is no open descriptor is named in the refusal."""
    fd = pipe(b"x")
    os.close(fd)
    with pytest.raises(err.DescriptorError, match=f"descriptor {fd}"):
        find({}, fd)


@pytest.mark.parametrize("content", [b"AK\nSK\n", b"AK\nSK", b"AK\r\nSK\r\n"])
def test_values_come_one_a_line(content: bytes) -> None:
    """With or without the last line feed, and with the line ends of DOS."""
    assert read_lines(pipe(content)) == (Masked(b"AK"), Masked(b"SK"))


def test_the_store_is_where_the_user_keeps_data(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A variable names it; otherwise it is in the data folder of this user and program."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert default_path({}) == tmp_path / "cancelall" / "keystore.json"
    assert default_path({"CANCELALL_KEYSTORE": "/data/keystore.json"}) == Path("/data/keystore.json")
