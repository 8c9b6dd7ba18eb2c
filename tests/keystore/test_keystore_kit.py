"""The kit in tests/data/keystore, read by the keystore and by a reader that shares nothing with it."""

from dataclasses import dataclass
from pathlib import Path
from typing import cast

import pytest

from keystore import Keyfile, Keystore, Kind, Masked, Passphrase, Unlock
from keystore.errors import FormatError, WrongKeyOrDamagedError
from scripts.make_keystore_kit import EXPECT, FOLDER, kit
from tests.keystore import second_reader

FILES = sorted(FOLDER.glob("*.txt"))
KEYS = {"expect", "comment", "keyfile", "passphrase", "entry"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    header: tuple[tuple[str, str], ...]
    payload: bytes

    def get(self, key: str) -> str | None:
        return next((value for name, value in self.header if name == key), None)

    @property
    def unlock(self) -> Unlock:
        if (phrase := self.get("passphrase")) is not None:
            return Passphrase(value=Masked(phrase.encode()))
        return Keyfile(value=Masked(bytes.fromhex(self.get("keyfile") or "")))

    @property
    def entries(self) -> list[tuple[str, str, list[str]]]:
        rows = [value.split(" ") for name, value in self.header if name == "entry"]
        return [(name, kind, values) for name, kind, *values in rows]


def parse(file: Path) -> Case:
    header, _, payload = file.read_bytes().partition(b"\n\n")
    lines = [line.partition(": ") for line in header.decode().split("\n")]
    return Case(header=tuple((key, value) for key, _, value in lines), payload=payload)


def first_reader(path: Path, case: Case) -> str | list[tuple[str, str, list[str]]]:
    """The entries of the file, or the word of the kit for why there are none."""
    path.write_bytes(case.payload)
    path.chmod(0o600)
    try:
        with Keystore.open(path, case.unlock) as store:
            return [(info.name, info.kind, values(store, info.name, info.kind)) for info in store.verify()]
    except FormatError as error:
        return error.reason
    except WrongKeyOrDamagedError:
        return "no-unlock"


def values(store: Keystore, name: str, kind: Kind) -> list[str]:
    with store.open_entry(name, kind) as secret:
        return [value.decode() for value in secret.values()]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_file_of_the_kit_is_judged_as_its_header_says(file: Path, tmp_path: Path) -> None:
    """A good file gives exactly its entries, a bad one exactly the reason it was made for."""
    case = parse(file)
    expected = case.entries if case.get("expect") == "success" else case.get("expect")
    assert first_reader(tmp_path / "keystore.json", case) == expected


@pytest.mark.parametrize(
    "file", [file for file in FILES if file.stem.startswith(("success", "no-unlock"))], ids=lambda file: file.stem
)
def test_the_second_reader_agrees(file: Path) -> None:
    """A reader made from the specification opens what ours opens, and finds every tampering that ours finds."""
    case = parse(file)
    secret = bytes(case.unlock.value)
    unlock = {"passphrase" if case.get("passphrase") else "keyfile": secret}
    if case.get("expect") == "success":
        assert second_reader.read(case.payload, **unlock) == case.entries
    else:
        with pytest.raises(second_reader.NotOpenedError):
            second_reader.read(case.payload, **unlock)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_headers_use_closed_words(file: Path) -> None:
    """A header has known keys only, one expectation out of the list, one key, and entries only where it opens."""
    case = parse(file)
    names = [name for name, _ in case.header]
    assert set(names) <= KEYS
    assert names.count("expect") == names.count("comment") == 1
    assert names.count("keyfile") + names.count("passphrase") == 1
    assert case.get("expect") in EXPECT
    assert file.stem.startswith(f"{case.get('expect')}-")
    assert case.get("expect") == "success" or "entry" not in names


def test_the_kit_is_what_its_generator_makes() -> None:
    """Running the generator again gives the same files, byte for byte: none edited by hand, none left behind."""
    assert {file.name: file.read_bytes() for file in FILES} == dict(kit())


def test_the_kit_is_mostly_about_refusals() -> None:
    """At least forty files, at least eight in ten of them refused, and every word of the list used."""
    words = [cast("str", parse(file).get("expect")) for file in FILES]
    assert len(words) >= 40
    assert words.count("success") <= len(words) / 5
    assert set(words) == set(EXPECT)
