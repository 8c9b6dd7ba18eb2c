"""The rules of the house that no linter holds: promises in tests, no mocks, files that fit a screen."""

import ast
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[1]
SOURCES: Final = ("bot", "handlers", "secrets/keystore", "simulator", "benchmarks")
MAX_FILE: Final = 450
MAX_FUNCTION: Final = 60
REGISTRIES: Final = tuple(
    f"{name}.{domain}"
    for name, domain in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("npmjs", "org"),
        ("npmjs", "com"),
        ("yarnpkg", "com"),
        ("proxy.golang", "org"),
        ("crates", "io"),
        ("rubygems", "org"),
        ("anaconda", "org"),
        ("docker", "io"),
    )
)
"""Put together here, so that this file does not hold them."""

MOCKS: Final = {"mock", "MagicMock", "AsyncMock", "Mock", "mocker", "create_autospec"}


def sources(*folders: str) -> list[Path]:
    return [file for folder in folders for file in sorted((ROOT / folder).glob("**/*.py"))]


def name(file: Path) -> str:
    return str(file.relative_to(ROOT))


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    yield from (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def promises(source: str) -> Iterator[str]:
    """The tests of a file whose docstring is not one sentence."""
    for node in functions(ast.parse(source)):
        if node.name.startswith("test"):
            said = ast.get_docstring(node) or ""
            if not said.endswith((".", "?")) or "\n" in said or ". " in said:
                yield f"{node.name}: {said!r}"


def mocks(source: str) -> Iterator[str]:
    """Where a file replaces parts of the program instead of giving it other values."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names=names) if any("mock" in each.name for each in names):
                yield f"line {node.lineno}: import of mock"
            case ast.ImportFrom(module=str(module), names=names):
                if "mock" in module or MOCKS & {each.name for each in names}:
                    yield f"line {node.lineno}: from {module}"
            case ast.Attribute(attr="setattr", value=ast.Name(id="monkeypatch")):
                yield f"line {node.lineno}: monkeypatch.setattr"
            case ast.arg(arg="mocker") | ast.Name(id="MagicMock"):
                yield f"line {node.lineno}: a mock"


def long_functions(source: str) -> Iterator[str]:
    """The functions of a file that do not fit a screen."""
    for node in functions(ast.parse(source)):
        length = (node.end_lineno or node.lineno) - node.lineno + 1
        if length > MAX_FUNCTION:
            yield f"{node.name}: {length} lines"


def tracked() -> list[Path]:
    """Every file of the repository, those not yet added among them."""
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        pytest.skip("not in a git repository")
    command = [git, "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True, timeout=20)  # noqa: S603 git's own
    return [ROOT / path for path in done.stdout.split("\0") if path and (ROOT / path).is_file()]


@pytest.mark.parametrize("file", [each for each in sources("tests") if each.name.startswith("test_")], ids=name)
def test_every_test_states_its_promise(file: Path) -> None:
    """Each test function has a docstring of one sentence."""
    assert list(promises(file.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize("file", sources("tests"), ids=name)
def test_no_test_replaces_parts_of_the_program(file: Path) -> None:
    """Fakes stand at the wire: no mock library and no `monkeypatch` of attributes in any test."""
    assert list(mocks(file.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize("file", sources(*SOURCES), ids=name)
def test_files_and_functions_fit_a_screen(file: Path) -> None:
    """No file has more than 450 lines and no function more than 60: one idea, one file."""
    source = file.read_text(encoding="utf-8")
    assert len(source.splitlines()) <= MAX_FILE
    assert list(long_functions(source)) == []


def test_no_file_names_a_package_registry() -> None:
    """The repository installs from wherever pip is pointed to: no file names a registry's host."""
    found = {
        f"{name(file)}: {host}" for file in tracked() for host in REGISTRIES if host.encode() in file.read_bytes()
    }
    assert found == set()


@pytest.mark.parametrize(
    "source",
    [
        "def test_x(): ...",
        'def test_x():\n    "no full stop"',
        'def test_x():\n    "One. Two."',
        'async def test_x():\n    "One.\\n\\nTwo."',
    ],
)
def test_a_missing_promise_is_found(source: str) -> None:
    """A test without a docstring, or with more or less than a sentence, is found."""
    assert list(promises(source)) != []


@pytest.mark.parametrize(
    "source",
    [
        "import unittest.mock",
        "from unittest import mock",
        "from unittest.mock import patch",
        "def f(monkeypatch):\n    monkeypatch.setattr('a', 1)",
        "def f(mocker): ...",
    ],
)
def test_a_mock_is_found(source: str) -> None:
    """Each way to mock is found in a file that does it."""
    assert list(mocks(source)) != []


def test_a_long_function_is_found() -> None:
    """A function of as many lines as there may be passes, one of a line more does not."""
    assert list(long_functions("def f():\n" + "    x = 1\n" * (MAX_FUNCTION - 1))) == []
    found = list(long_functions("async def f():\n" + "    x = 1\n" * MAX_FUNCTION))
    assert found == [f"f: {MAX_FUNCTION + 1} lines"]
