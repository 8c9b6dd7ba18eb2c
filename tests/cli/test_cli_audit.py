"""`cancelall audit` on stores that are damaged: a sentence, never a traceback; and digits that are none."""

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.cli.audit import audit_app
from bot.cli.refusal import Refusal
from bot.store import FILE, SqlStore, directly, open_store
from tests.store.store_kit import ASKED, NOW

DEEP = "[" * 20_000


@pytest.fixture
async def data(tmp_path: Path) -> Path:
    """A data directory with a store of thirty rows, closed."""
    store: SqlStore = open_store(tmp_path, lambda: NOW, directly)
    for _ in range(30):
        await store.record([ASKED])
    store.close()
    return tmp_path


def run(data: Path, *words: str) -> Result:
    return CliRunner().invoke(audit_app, [*words, "--data-dir", str(data)])


def ends_in_a_sentence(result: Result) -> bool:
    """Done, or refused with a sentence, or broken with the place; nothing that would be a traceback."""
    if isinstance(result.exception, Refusal):
        return str(result.exception).endswith(".")
    return result.exit_code in {0, 1} and isinstance(result.exception, SystemExit | None)


def sql(statement: str, *values: str) -> Callable[[Path], None]:
    """Damage by somebody with SQLite at hand."""

    def damage(file: Path) -> None:
        with sqlite3.connect(file) as connection:
            connection.execute(statement, values)
        connection.close()

    return damage


def row(value: object) -> Callable[[Path], None]:
    """The chain's last row is this JSON, or text."""
    return sql("UPDATE audit SET row = ? WHERE seq = 30", value if isinstance(value, str) else json.dumps(value))


def cut(share: float) -> Callable[[Path], None]:
    """The file ends early."""

    def damage(file: Path) -> None:
        whole = file.read_bytes()
        file.write_bytes(whole[: int(len(whole) * share)])

    return damage


def overwritten(share: float, by: bytes) -> Callable[[Path], None]:
    """A page of it is something else."""

    def damage(file: Path) -> None:
        whole = bytearray(file.read_bytes())
        at = int(len(whole) * share) // 4096 * 4096
        whole[at : at + 4096] = (by * 4096)[:4096]
        file.write_bytes(whole)

    return damage


def a_folder(file: Path) -> None:
    """There is a folder of its name."""
    file.unlink()
    file.mkdir()


ROW: dict[str, object] = {
    "seq": 30,
    "at": NOW.isoformat(),
    "event": "e",
    "actor": "a",
    "mass_cancel": None,
    "facts": [],
}
DAMAGES = {
    "not a database": lambda file: file.write_bytes(b"garbage" * 4096),
    "empty": lambda file: file.write_bytes(b""),
    "a folder": a_folder,
    "cut in half": cut(0.5),
    "cut at the end": cut(0.95),
    "zeros in the head": overwritten(0.0, b"\0"),
    "zeros in the middle": overwritten(0.5, b"\0"),
    "letters near the end": overwritten(0.8, b"x"),
    "letters at the end": overwritten(0.99, b"x"),
    "no table": sql("DROP TABLE audit"),
    "no rows": sql("DELETE FROM audit"),
    "a row is gone": sql("DELETE FROM audit WHERE seq = 3"),
    "not JSON": sql("UPDATE audit SET row = 'x' WHERE seq = 30"),
    "a list": sql("UPDATE audit SET row = '[]' WHERE seq = 30"),
    "a number": sql("UPDATE audit SET row = 7 WHERE seq = 30"),
    "a blob": sql("UPDATE audit SET row = x'ff00fe' WHERE seq = 30"),
    "no text": sql("UPDATE audit SET row = CAST(x'ff00fe' AS TEXT) WHERE seq = 30"),
    "a hash of bytes": sql("UPDATE audit SET hash = x'ff00fe' WHERE seq = 30"),
    "a short hash": sql("UPDATE audit SET hash = 'zz' WHERE seq = 29"),
    "deep": row(DEEP),
    "an event that is none": row(ROW | {"event": None}),
    "an id that is none": row(ROW | {"mass_cancel": {}}),
    "a time that is none": row(ROW | {"at": 5}),
    "facts that are none": row(ROW | {"facts": [["a"]]}),
    "another version": sql("UPDATE schema_version SET version = 99"),
    "no version": sql("DELETE FROM schema_version"),
}


@pytest.mark.parametrize("command", ["tail", "verify", "export"])
@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_store_ends_in_a_sentence(data: Path, damage: str, command: str) -> None:
    """Whatever the store's file has become, each command reads it or says in a sentence that it cannot."""
    DAMAGES[damage](data / FILE)
    result = run(data, command)
    assert ends_in_a_sentence(result), (result.exit_code, result.output, result.exception)


async def test_a_row_prints_nothing_that_moves_the_cursor(data: Path) -> None:
    """A control character that somebody put into a row is shown as a question mark."""
    row(ROW | {"actor": chr(27) + "[2J" + chr(10) + "x"})(data / FILE)
    result = run(data, "tail", "-n", "1")
    assert "?[2J?x" in result.output
    assert len(result.output.splitlines()) == 1


@pytest.mark.parametrize("head", ["", "xyz", "a9", "a91g", "a91f ", "#a91f", "٣٣٣٣", "a" * 65, "log a91f"])
def test_digits_that_are_none_are_refused(data: Path, head: str) -> None:
    """`--head` takes 4 to 64 hex digits; anything else is refused with a sentence, and nothing is checked."""
    result = run(data, "verify", "--head", head)
    assert isinstance(result.exception, Refusal)
    assert "Nothing was checked." in str(result.exception)


def test_digits_of_a_result_are_taken_in_either_case(data: Path) -> None:
    """The head's first digits are found, and in capitals, too; digits that no row had end with exit 1."""
    whole = run(data, "verify").output.partition("(")[2][:64]
    for head in (whole, whole[:4], whole[:4].upper()):
        result = run(data, "verify", "--head", head)
        assert result.exit_code == 0, result.output
    assert run(data, "verify", "--head", "0" * 64).exit_code == 1


def test_a_folder_that_may_not_be_read_ends_in_a_sentence(tmp_path: Path) -> None:
    """A data directory that is a file, or is not there, is refused with a sentence."""
    (tmp_path / "file").touch()
    for data in (tmp_path / "file", tmp_path / "gone", tmp_path / ("x" * 300)):
        assert isinstance(run(data, "tail").exception, Refusal)
