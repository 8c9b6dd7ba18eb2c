"""The core does no I/O and knows no clock: an allow-list over what its files import and call."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[1]
CORE: Final = ("errors", "command", "policy", "mass_cancel", "proof", "listing", "card", "model", "words")
STANDARD: Final = {
    "collections",
    "collections.abc",
    "csv",
    "dataclasses",
    "datetime",
    "decimal",
    "difflib",
    "enum",
    "io",
    "re",
    "typing",
    "unicodedata",
}
BUILT_IN: Final = {
    "open",
    "print",
    "input",
    "eval",
    "exec",
    "compile",
    "__import__",
    "globals",
    "setattr",
    "delattr",
}
CLOCKS: Final = {"now", "utcnow", "today", "fromtimestamp", "getcontext", "setcontext", "open", "__dict__"}
MUTABLE: Final = (ast.List, ast.Dict, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp)
MAKERS: Final = {"list", "dict", "set", "bytearray", "defaultdict", "Counter", "deque", "OrderedDict"}


def core_files() -> list[Path]:
    singles = [ROOT / "bot" / f"{name}.py" for name in CORE]
    return [file for file in singles if file.exists()] + [
        file for name in CORE for file in sorted((ROOT / "bot" / name).glob("**/*.py"))
    ]


FILES: Final = core_files()


def faults(source: str) -> Iterator[str]:
    """Everything in a file that a file of the core may not have."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        yield from _imports(node)
        yield from _calls(node)
        if isinstance(node, ast.Global | ast.Nonlocal):
            yield f"global {node.names}"
        if isinstance(node, ast.AsyncFunctionDef | ast.Await | ast.Yield):
            yield f"line {node.lineno}: {type(node).__name__}"
    yield from _containers(tree)


def _imports(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (f"import {each.name}" for each in node.names if each.name not in STANDARD)
    if isinstance(node, ast.ImportFrom):
        module = node.module or ""
        core = [f"bot.{name}" for name in CORE]
        whole = module == "bot.words" or module in core or any(module.startswith(f"{name}.") for name in core)
        inside = module == "bot" and all(each.name in CORE for each in node.names)
        if node.level or not (module in STANDARD or whole or inside):
            yield f"from {module} import {', '.join(each.name for each in node.names)}"


def _calls(node: ast.AST) -> Iterator[str]:
    """Names that may not even be mentioned: a clock handed on as a function is a clock."""
    if isinstance(node, ast.Name) and node.id in BUILT_IN:
        yield f"line {node.lineno}: {node.id}"
    if isinstance(node, ast.Attribute) and node.attr in CLOCKS:
        yield f"line {node.lineno}: .{node.attr}"


def _containers(tree: ast.Module) -> Iterator[str]:
    for node in tree.body:
        if isinstance(node, ast.Assign) and _mutable(node.value):
            names = [ast.unparse(target) for target in node.targets]
            if names != ["__all__"]:
                yield f"line {node.lineno}: {', '.join(names)} is mutable"
        if isinstance(node, ast.AnnAssign) and node.value and _mutable(node.value) and not _is_final(node):
            yield f"line {node.lineno}: {ast.unparse(node.target)} is mutable"
        if isinstance(node, ast.Expr) and not isinstance(node.value, ast.Constant):
            yield f"line {node.lineno}: importing does something"


def _is_final(node: ast.AnnAssign) -> bool:
    return ast.unparse(node.annotation).startswith("Final")


def _mutable(value: ast.expr) -> bool:
    called = isinstance(value, ast.Call) and ast.unparse(value.func).split(".")[-1] in MAKERS
    return called or isinstance(value, MUTABLE)


def test_the_core_is_where_we_look() -> None:
    """Every name of the core is a file or a folder, and there are more than twenty files."""
    assert all((ROOT / "bot" / f"{name}.py").exists() or (ROOT / "bot" / name).is_dir() for name in CORE)
    assert len(FILES) > 20


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_a_file_of_the_core_only_computes(file: Path) -> None:
    """A file of the core imports nothing that does I/O, reads no clock and keeps no mutable state."""
    assert list(faults(file.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    "source",
    [
        "import os",
        "import time",
        "import asyncio",
        "import collections, random",
        "from os import path",
        "from . import card",
        "from bot import htx",
        "from bot.store import SqlStore",
        "from bot.modelling import x",
        "import msgspec",
        "from datetime import datetime\nx = datetime.now()",
        "from datetime import datetime\nx = datetime.now",
        "import datetime\nx = datetime.date.today()",
        "def f():\n    print(1)",
        "def f():\n    return open('x')",
        "x = 0\ndef f():\n    global x\n    x = 1",
        "x = {}",
        "x = []",
        "x: list[int] = []",
        "x = [n for n in range(3)]",
        "x = dict(a=1)",
        "import collections\nx = collections.Counter()",
        "async def f() -> None: ...",
        "f()",
    ],
)
def test_the_list_catches_what_it_is_for(source: str) -> None:
    """Each thing the core may not do is found in a file that does it."""
    assert list(faults(source)) != []
