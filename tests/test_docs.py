"""The docs say what the code does: generated parts, links, commands, keys, exit codes."""

import re
import shutil
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from typer.main import get_command

from bot.cli import build
from bot.cli.exits import EXITS, WORST_FIRST
from bot.config import Config
from bot.config.tables import table_of
from bot.config.variables import ELSEWHERE, about
from bot.model import State
from scripts.generate_docs import PARTS, main

ROOT: Final = Path(__file__).parents[1]
PAGES: Final = (
    *sorted(ROOT.glob("*.md")),
    *sorted(ROOT.glob("docs/**/*.md")),
    *(ROOT / folder / "README.md" for folder in ("secrets", "requirements")),
)
DECISIONS: Final = sorted((ROOT / "docs" / "decisions").glob("*.md"))
README: Final = (ROOT / "README.md").read_text(encoding="utf-8")


def name(page: Path) -> str:
    return str(page.relative_to(ROOT))


def prose(page: Path) -> str:
    """A page without its fenced blocks."""
    return re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)


def anchors(page: Path) -> set[str]:
    """What `#…` may point to on a page, as forges make it of headings."""
    heads = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


def broken_links(page: Path) -> Iterator[str]:
    """The links of a page that lead nowhere; the web is not asked."""
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(page)):
        path, _, anchor = target.partition("#")
        if "://" in path:
            continue
        found = (page.parent / path).resolve() if path else page
        if not found.exists() or (anchor and anchor not in anchors(found)):
            yield target


def command_paths(
    command: Any,  # noqa: ANN401 Typer's own click
    path: tuple[str, ...] = (),
) -> Iterator[tuple[str, ...]]:
    yield path
    for word, below in getattr(command, "commands", {}).items():
        yield from command_paths(below, (*path, word))


WORDS: Final = r"(?:[a-z]+(?:-[a-z]+)* ?)+"


def typed(page: Path) -> Iterator[tuple[str, ...]]:
    """The words behind `cancelall` wherever a page shows something to type."""
    text = page.read_text(encoding="utf-8")
    spans = re.findall(r"`([^`\n]+)`", text)
    lines = [line.strip() for line in text.splitlines() if line.startswith("    ")]
    for shown in (*spans, *lines):
        for found in re.findall(rf"(?:^|/bin/|--rm |exec cancelall |sudo )cancelall(?:-as-bot)? ({WORDS})", shown):
            yield tuple(found.split())


def unknown_commands(page: Path) -> list[str]:
    known = set(command_paths(get_command(build())))
    groups = {path[0] for path in known if len(path) > 1}
    return [
        " ".join(words)
        for words in typed(page)
        if words and words[: 2 if words[0] in groups and len(words) > 1 else 1] not in known
    ]


def unknown_keys(text: str) -> Iterator[str]:
    """`htx.…`, `telegram.…`, `limits.…` and `CANCELALL_…` that nothing reads."""
    for section, key in re.findall(r"`(htx|telegram|slack|limits)\.([a-z_]+)`", text):
        if key not in table_of(section)[0].model_fields:
            yield f"{section}.{key}"
    for variable in re.findall(r"\bCANCELALL_[A-Z_]*[A-Z]", text):
        if variable not in ELSEWHERE and not is_read(variable):
            yield variable


def is_read(variable: str) -> bool:
    """Whether a name in the environment stands for a section or a key."""
    known, _ = about({variable: ""})
    for section, *rest in known:
        table, many = table_of(str(section))
        return len(rest) <= many or rest[many] in table.model_fields
    return False


def test_generated_parts_are_those_of_the_code(capsys: pytest.CaptureFixture[str]) -> None:
    """`--check` finds nothing: every generated part says what the code says."""
    assert main(["--check"]) == 0, capsys.readouterr().err


@pytest.mark.parametrize("page", PARTS)
def test_a_drifted_page_is_named(page: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A page that drifted fails `--check` with its name and `make docs`, which mends it and only it."""
    shutil.copy(ROOT / "README.md", tmp_path)
    shutil.copytree(ROOT / "docs", tmp_path / "docs")
    good = (tmp_path / page).read_text(encoding="utf-8")
    (tmp_path / page).write_text(good.replace("<!-- /generated -->", "drifted\n<!-- /generated -->", 1), "utf-8")
    assert main(["--check", "--root", str(tmp_path)]) == 1
    said = capsys.readouterr().err
    assert page in said
    assert "make docs" in said
    assert main(["--root", str(tmp_path)]) == 0
    assert capsys.readouterr().out == f"wrote {page}\n"
    assert (tmp_path / page).read_text(encoding="utf-8") == good


def test_a_page_without_its_markers_is_refused(tmp_path: Path) -> None:
    """A page whose markers were lost is an error, not a page without drift."""
    shutil.copytree(ROOT / "docs", tmp_path / "docs")
    (tmp_path / "README.md").write_text("# cancelall\n", encoding="utf-8")
    with pytest.raises(SystemExit, match=r"README\.md"):
        main(["--check", "--root", str(tmp_path)])


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_resolve(page: Path) -> None:
    """Every link to a file or heading of the repository leads there."""
    assert list(broken_links(page)) == []


def test_broken_links_are_found(tmp_path: Path) -> None:
    """A link to a missing file or heading is found."""
    page = tmp_path / "page.md"
    page.write_text("# A b\n[x](gone.md) [y](#a-b) [z](#no) [w](https://example.com)\n", encoding="utf-8")
    assert list(broken_links(page)) == ["gone.md", "#no"]


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_make_targets_exist(page: Path) -> None:
    """Every `make …` that a page shows is a target of the Makefile."""
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    shown = set(re.findall(r"(?:`|^ {4,})make ([a-z-]+)", page.read_text(encoding="utf-8"), re.MULTILINE))
    assert shown <= targets


def test_the_readme_shows_the_two_commands() -> None:
    """The README begins with `make demo` and `make test`."""
    assert re.findall(r"^    make ([a-z]+)", README, re.MULTILINE)[:2] == ["demo", "test"]


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_commands_exist(page: Path) -> None:
    """Every `cancelall …` that a page shows is a command of the program."""
    assert unknown_commands(page) == []


def test_unknown_commands_are_found(tmp_path: Path) -> None:
    """A command that does not exist is found in code spans and in indented blocks."""
    page = tmp_path / "page.md"
    page.write_text("`cancelall keys list` `cancelall fire`\n\n    sudo cancelall-as-bot keys burn\n", "utf-8")
    assert unknown_commands(page) == ["fire", "keys burn"]


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_keys_and_variables_exist(page: Path) -> None:
    """Every configuration key and environment name that a page mentions is read by the program."""
    assert list(unknown_keys(page.read_text(encoding="utf-8"))) == []


def test_unknown_keys_are_found() -> None:
    """A key and a variable that nothing reads are found."""
    assert list(unknown_keys("`limits.card_secs` `limits.confirm` CANCELALL_HTX__HOST CANCELALL_KEYFILE")) == [
        "limits.card_secs",
        "CANCELALL_HTX__HOST",
    ]


def test_every_key_and_variable_is_documented() -> None:
    """docs/configuration.md names every key of the configuration and every other variable."""
    text = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    keys = {f".{key}`" for section in Config.model_fields for key in table_of(section)[0].model_fields}
    assert [wanted for wanted in (*keys, *ELSEWHERE) if wanted not in text] == []


def test_exit_codes_are_those_of_now() -> None:
    """The README's table gives each verdict the exit code that `cancelall now` gives it, and each has its rank."""
    shown = {int(code): what for code, what in re.findall(r"^\| (\d+) \| ([^|]+) \|$", README, re.MULTILINE)}
    words = {state: state.replace("_", " ") for state in State}
    assert [state for state, code in EXITS.items() if words[state] not in shown[code]] == []
    assert set(shown) == {*EXITS.values(), 1, 2}
    assert set(WORST_FIRST) == set(EXITS)


def test_decisions_are_numbered_and_complete() -> None:
    """Decisions are numbered without gaps, each with context, decision and consequences, and all are listed."""
    listed = DECISIONS[0].read_text(encoding="utf-8")
    for number, page in enumerate(DECISIONS, start=1):
        text = page.read_text(encoding="utf-8")
        assert page.name.startswith(f"{number:04}-")
        assert text.startswith(f"# {number}. ")
        assert re.findall(r"^## (.+)$", text, re.MULTILINE) == ["Context", "Decision", "Consequences"]
        assert number == 1 or page.name in listed


def test_every_dependency_has_its_reason() -> None:
    """docs/decisions/0002 has a row for each dependency of `pyproject.toml`, and for no other."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    groups = (project["project"]["dependencies"], *project["dependency-groups"].values())
    wanted = {re.split(r"[<>=\[]", each)[0].lower() for group in groups for each in group}
    page = next(page for page in DECISIONS if page.name.startswith("0002-")).read_text(encoding="utf-8")
    rows = {row.lower() for row in re.findall(r"^\| ([A-Za-z][\w-]*) \|", page, re.MULTILINE)} - {"package"}
    assert rows == wanted
