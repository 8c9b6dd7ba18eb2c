"""`secrets/` is a source root, never a package: the standard library's `secrets` stays what it is."""

import shutil
import subprocess
import sys
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[1]
SECRETS: Final = ROOT / "secrets"


def said(*command: str) -> str:
    """What a command says when it is run from the root of the repository."""
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=False, text=True, timeout=20)  # noqa: S603 ours
    return done.stdout


def ignored(*paths: Path) -> str:
    """Which of these files git would leave out; skips where there is no git or no repository."""
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        pytest.skip("not in a git repository")
    return said(git, "check-ignore", "--no-index", *(str(path.relative_to(ROOT)) for path in paths))


def test_the_standard_library_wins_from_the_root() -> None:
    """In the root of the repository `import secrets` is the standard library's."""
    found = said(sys.executable, "-c", "import secrets; print(secrets.__file__, secrets.token_hex(4))")
    assert found.split()[0].endswith("secrets.py")
    assert str(ROOT / "secrets") not in found


def test_no_module_lies_directly_in_secrets() -> None:
    """`secrets/` holds the package `keystore` and a README, and no Python file of its own."""
    assert list(SECRETS.glob("*.py")) == []
    assert (SECRETS / "keystore" / "__init__.py").is_file()


def test_git_keeps_the_keystore_package() -> None:
    """No line of `.gitignore` drops the package `keystore` or the README beside it."""
    kept = [SECRETS / "README.md", *(SECRETS / "keystore").glob("*.py")]
    assert len(kept) > 5
    assert ignored(*kept) == ""


def test_git_leaves_live_secrets_out() -> None:
    """Anything else that lands in `secrets/` never reaches the repository."""
    live = [SECRETS / "keystore.json", SECRETS / "main.key", SECRETS / "live" / "store", SECRETS / ".env"]
    assert len(ignored(*live).splitlines()) == len(live)


def left_out(path: str, lines: list[str]) -> bool:
    """Whether an image is built without this file: the last line that matches it or a folder of it decides."""
    parts = path.split("/")
    folders = ["/".join(parts[: n + 1]) for n in range(len(parts))]
    out = False
    for line in lines:
        pattern = line.removeprefix("!").strip("/").replace("**/", "*")
        if any(fnmatchcase(each, pattern) and each.count("/") >= pattern.count("/") for each in folders):
            out = not line.startswith("!")
    return out


def test_the_image_keeps_the_keystore_package() -> None:
    """`.dockerignore`, if there is one, lets the package `keystore` in and every live secret out."""
    file = ROOT / ".dockerignore"
    if not file.exists():
        pytest.skip("no .dockerignore")
    rows = (line.strip() for line in file.read_text(encoding="utf-8").splitlines())
    lines = [row for row in rows if row and not row.startswith("#")]
    kept = [f"secrets/keystore/{module.name}" for module in (SECRETS / "keystore").glob("*.py")]
    assert [path for path in kept if left_out(path, lines)] == []
    live = ["secrets/keystore.json", "secrets/main.key", "secrets/live/store", "secrets/.env"]
    assert [path for path in live if not left_out(path, lines)] == []


@pytest.mark.parametrize(
    "lines", [["secrets/"], ["secrets"], ["**/secrets"], ["!secrets/keystore", "*"], ["/secrets/*"]]
)
def test_a_line_that_drops_the_keystore_is_found(lines: list[str]) -> None:
    """The lines that drop the package without a word are told apart from those that do not."""
    assert left_out("secrets/keystore/seal.py", lines)
    assert not left_out("secrets/keystore/seal.py", [*lines, "!secrets/keystore/"])
