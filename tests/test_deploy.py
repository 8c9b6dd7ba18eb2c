"""Image, compose file and unit, read as text: what must hold without Docker or systemd at hand."""

import os
import re
import subprocess
from fnmatch import translate
from pathlib import Path
from typing import Final

import pytest

from bot.app.running import _DRAIN, _FLUSH
from bot.config.variables import ELSEWHERE, about

ROOT: Final = Path(__file__).parents[1]
DOCKERFILE: Final = (ROOT / "Dockerfile").read_text(encoding="utf-8")
COMPOSE: Final = (ROOT / "deploy" / "docker-compose.yaml").read_text(encoding="utf-8")
UNIT: Final = (ROOT / "deploy" / "systemd" / "cancelall.service").read_text(encoding="utf-8")
AS_BOT: Final = ROOT / "deploy" / "systemd" / "cancelall-as-bot"
IGNORED: Final = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
STOP: Final = _DRAIN + _FLUSH
"""Seconds the bot may need to stop."""


def instructions(text: str) -> list[str]:
    """A Dockerfile's instructions, continued lines joined, without comments."""
    joined = re.sub(r"^\s*#.*\n", "", text, flags=re.MULTILINE).replace("\\\n", " ")
    return [" ".join(line.split()) for line in joined.splitlines() if line.strip()]


def stages(text: str) -> list[list[str]]:
    """The instructions of each stage; those before the first `FROM` come first."""
    found: list[list[str]] = [[]]
    for line in instructions(text):
        if line.startswith("FROM "):
            found.append([])
        found[-1].append(line)
    return found


def matches(pattern: str, path: str) -> bool:
    """Whether a pattern of a `.dockerignore` meets a path or one of its parents, as Docker has it."""
    parts = [
        "(?:.*/)?" if part == "**" else re.sub(r"\\[Zz]$", "", translate(part)).replace(".*", "[^/]*") + "/"
        for part in pattern.strip("/").split("/")
    ]
    rule = re.compile("".join(parts).removesuffix("/"))
    names = path.split("/")
    return any(rule.fullmatch("/".join(names[:end])) for end in range(1, len(names) + 1))


def goes_in(path: str, lines: list[str]) -> bool:
    """Whether a file reaches the build: the last pattern that meets it decides."""
    kept = True
    for line in lines:
        if line.strip() and not line.startswith("#") and matches(line.removeprefix("!"), path):
            kept = line.startswith("!")
    return kept


def unit(name: str) -> list[str]:
    """What the unit says under a name, one value a line."""
    return re.findall(rf"^{name}=(.*)$", UNIT, re.MULTILINE)


def test_the_image_has_two_stages_on_a_base_by_argument() -> None:
    """Both stages start from `ARG BASE_IMAGE`, and only the second one's files are shipped."""
    head, builder, runtime = stages(DOCKERFILE)
    assert head[0].startswith("ARG BASE_IMAGE=python:3.")
    assert builder[0] == "FROM ${BASE_IMAGE} AS builder"
    assert runtime[0] == "FROM ${BASE_IMAGE} AS runtime"
    assert [line for line in runtime if line.startswith(("COPY", "ADD"))] == [
        "COPY --from=builder /opt/cancelall /opt/cancelall"
    ]


def test_the_image_installs_hashed_requirements_only() -> None:
    """Each `pip install` in the image takes hashed requirements, or our own wheel without an index."""
    installs = re.findall(r"pip (?:install|wheel) [^&]*", " && ".join(instructions(DOCKERFILE)))
    assert len(installs) == 4
    for command in installs:
        hashed = "--require-hashes -r requirements/" in command
        ours = "--no-deps --no-index" in command or "--no-deps --no-build-isolation" in command
        assert hashed or ours, command


def test_the_image_runs_as_nobody_in_particular() -> None:
    """The image runs the bot without root, writes to `/data` only, and stops on SIGTERM."""
    runtime = stages(DOCKERFILE)[2]
    user = next(line for line in runtime if line.startswith("USER "))
    assert re.fullmatch(r"USER [1-9]\d{3,}:[1-9]\d{3,}", user)
    for wanted in ('ENTRYPOINT ["cancelall"]', 'CMD ["run"]', "STOPSIGNAL SIGTERM", "VOLUME /data"):
        assert wanted in runtime
    (probe,) = [line for line in runtime if line.startswith("HEALTHCHECK ")]
    assert probe.endswith('CMD ["cancelall", "health", "--live"]')  # no chat restarts a healthy switch
    environment = " ".join(line for line in runtime if line.startswith("ENV "))
    for wanted in (
        "PYTHONDONTWRITEBYTECODE=1",
        "CANCELALL_DATA_DIR=/data",
        "CANCELALL_KEYSTORE=/data/keystore.json",
    ):
        assert wanted in environment


def test_what_the_image_copies_is_let_in() -> None:
    """Every file that the Dockerfile copies from the checkout passes the `.dockerignore`."""
    sources = [
        word.rstrip("/")
        for line in stages(DOCKERFILE)[1]
        if line.startswith("COPY ")
        for word in line.split()[1:-1]
    ]
    assert "secrets/keystore" in sources
    for source in sources:
        path = ROOT / source
        files = [path] if path.is_file() else [f for f in path.rglob("*") if f.suffix in (".py", ".typed")]
        assert files, source
        assert [f for f in files if not goes_in(str(f.relative_to(ROOT)), IGNORED)] == []


@pytest.mark.parametrize(
    "path",
    [
        ".git/config",
        ".venv/bin/python",
        ".env",
        "config.toml",
        "dist/cancelall-0.1.0-py3-none-any.whl",
        "secrets/README.md",
        "secrets/keystore.json",
        "secrets/main.key",
        "secrets/keystore/__pycache__/file.cpython-313.pyc",
        "bot/__pycache__/app.cpython-313.pyc",
        "tests/test_deploy.py",
        "docs/cli.md",
        "requirements/dev.txt",
    ],
)
def test_what_the_image_does_not_need_stays_out(path: str) -> None:
    """Live secrets, caches, tests and the repository's history never reach the build."""
    assert not goes_in(path, IGNORED)


@pytest.mark.parametrize(
    ("pattern", "path", "met"),
    [
        ("*", "bot", True),
        ("*", "bot/app.py", True),
        ("secrets", "secrets/keystore/file.py", True),
        ("secrets/*", "secrets/keystore/file.py", True),
        ("secrets/keystore", "secrets/keystore.json", False),
        ("*.py", "bot/app.py", False),
        ("**/*.py[cod]", "app.pyc", True),
        ("**/*.py[cod]", "bot/store/app.pyc", True),
        ("**/*.py[cod]", "bot/store/app.py", False),
    ],
)
def test_patterns_are_read_as_docker_reads_them(pattern: str, path: str, met: bool) -> None:
    """A pattern meets a path or a parent of it; one star does not cross a slash, two do."""
    assert matches(pattern, path) is met


def test_a_plain_secrets_line_would_be_noticed() -> None:
    """A `.dockerignore` that ends with `secrets` drops the package `keystore`."""
    assert not goes_in("secrets/keystore/file.py", [*IGNORED, "secrets"])


@pytest.mark.parametrize(
    "wanted",
    [
        "read_only: true",
        "cap_drop:\n      - ALL",
        "- no-new-privileges:true",
        "tmpfs:\n      - /tmp:",
        "- data:/data",
        ":/etc/cancelall/config.toml:ro",
        "CANCELALL_KEYFILE: /run/secrets/cancelall-key",
        "core: 0",
    ],
)
def test_the_container_is_shut_tight(wanted: str) -> None:
    """The compose file takes away what the bot does not need."""
    assert wanted in COMPOSE
    assert "privileged: true" not in COMPOSE


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DynamicUser", "yes"),
        ("StateDirectory", "cancelall cancelall-journal"),
        ("StateDirectoryMode", "0700"),
        ("ProtectSystem", "strict"),
        ("NoNewPrivileges", "yes"),
        ("CapabilityBoundingSet", ""),
        ("LimitCORE", "0"),
        ("Restart", "always"),
        ("LoadCredentialEncrypted", "cancelall-key:/etc/cancelall/cancelall-key.cred"),
    ],
)
def test_the_service_is_shut_tight(name: str, value: str) -> None:
    """The unit gives the bot a state folder and its key, and takes the rest away."""
    assert unit(name) == [value]


def test_stopping_leaves_time_for_a_verdict() -> None:
    """Both supervisors wait longer than the bot needs to carry out what it has begun."""
    (grace,) = re.findall(r"stop_grace_period: (\d+)s", COMPOSE)
    (timeout,) = unit("TimeoutStopSec")
    assert min(int(grace), int(timeout)) > STOP


def test_commands_run_as_the_service_does(tmp_path: Path) -> None:
    """`cancelall-as-bot` asks systemd for the unit's user, folders, credential and names, and passes words on."""
    run = tmp_path / "systemd-run"
    run.write_text('#!/bin/sh\nfor word; do echo "$word"; done\n')
    run.chmod(0o755)
    environ = {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    command = [str(AS_BOT), "now", "ALL", "two words"]
    words = subprocess.run(  # noqa: S603 - ours
        command, env=environ, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True, timeout=20
    ).stdout.splitlines()
    assert words[-4:] == ["/opt/cancelall/bin/cancelall", "now", "ALL", "two words"]
    assert "--pipe" in words
    for name in (
        "DynamicUser",
        "User",
        "StateDirectory",
        "StateDirectoryMode",
        "UMask",
        "LoadCredentialEncrypted",
    ):
        assert f"{name}={unit(name)[0]}" in words
    said = {word for word in words if word.startswith("CANCELALL_")}
    assert said == {word for word in unit("Environment") if not word.startswith("CANCELALL_LOG")}
    assert AS_BOT.stat().st_mode & 0o777 == 0o755


def test_the_readme_installs_every_file_of_the_service() -> None:
    """Each file in `deploy/systemd` is installed by a command of the README."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for file in AS_BOT.parent.iterdir():
        assert re.search(rf"sudo install -m 0\d+ deploy/systemd/{file.name} /", readme), file


def test_every_name_in_the_environment_is_read() -> None:
    """Image, compose file and unit set no `CANCELALL_…` that the program does not know."""
    said = set(re.findall(r"\b(CANCELALL_[A-Z_]+)(?:=|: )", DOCKERFILE + COMPOSE + UNIT + AS_BOT.read_text()))
    assert said
    _, unread = about(dict.fromkeys(said - ELSEWHERE, ""))
    assert unread == []
