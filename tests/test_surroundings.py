"""The environment as it counts: what is dropped, written out and passed over, before a library reads it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.surroundings import NOWHERE, counting, expanded, from_others, home, line_about, settle

ROOT = Path(__file__).parents[1]


def test_empty_is_unset_for_every_name() -> None:
    """What is set to nothing is gone, ours and everybody's."""
    environ = {"CANCELALL_CONFIG": "", "HTTPS_PROXY": "", "HOME": "/home/ann", "XDG_DATA_HOME": ""}
    assert settle(environ) == ()
    assert environ == {"HOME": "/home/ann"}


@pytest.mark.parametrize(
    ("name", "value", "counts"),
    [
        ("CANCELALL_LOG", '"json"', "json"),
        ("CANCELALL_LOG", "'json'", "json"),
        ("CANCELALL_LOG", "'json\"", "'json\""),
        ("CANCELALL_LOG", "'", "'"),
        ("CANCELALL_PASSPHRASE", "'as it is'", "'as it is'"),
        ("OTHER", '"kept"', '"kept"'),
    ],
)
def test_quotes_of_an_env_file_are_no_part_of_a_value(name: str, value: str, counts: str) -> None:
    """One pair around a value of ours goes; a passphrase and other programs' values stay as they are."""
    assert counting({name: value}) == {name: counts}


@pytest.mark.parametrize(
    ("path", "full"),
    [
        ("~/x", "/home/ann/x"),
        ("$HOME/x", "/home/ann/x"),
        ("${HOME}/x", "/home/ann/x"),
        ("~", "/home/ann"),
        ("~bo/x", "~bo/x"),
        ("$HOMES/x", "$HOMES/x"),
        ("/a/~/b", "/a/~/b"),
        ("x", "x"),
    ],
)
def test_only_ones_own_home_is_written_out(path: str, full: str) -> None:
    """`~` and `$HOME` at the beginning, and nothing else."""
    assert expanded(path, {"HOME": "/home/ann"}) == full
    environ = {"HOME": "/home/ann", "CANCELALL_KEYSTORE": path}
    settle(environ)
    assert environ["CANCELALL_KEYSTORE"] == full


def test_a_home_that_is_the_root() -> None:
    """A container's `HOME=/` makes no path with two slashes."""
    assert expanded("~/x", {"HOME": "/"}) == "/x"
    assert expanded("~", {"HOME": "/"}) == "/"


@pytest.mark.parametrize("named", ["", "here", NOWHERE])
def test_a_home_that_is_none(named: str) -> None:
    """A relative home is the system's own entry; the home of users without one is no home."""
    found = home({"HOME": named})
    assert found is None if named == NOWHERE else found is not None and found.is_absolute()


@pytest.mark.parametrize(
    ("name", "value", "passed_over"),
    [
        ("SSLKEYLOGFILE", "/var/keys.log", True),
        ("SLACK_BOT_TOKEN", "xoxb-1", True),
        ("SLACK_CLIENT_ID", "1", True),
        ("TERMINAL_WIDTH", "wide", True),
        ("TERMINAL_WIDTH", "0", True),
        ("TERMINAL_WIDTH", "-3", True),
        ("TERMINAL_WIDTH", "120", False),
        ("HTTPS_PROXY", "http://10.0.0.1:3128", False),
        ("SLACKER", "1", False),
    ],
)
def test_what_libraries_must_not_see(name: str, value: str, passed_over: bool) -> None:
    """It is taken out with one line that names it and holds nothing of its value."""
    environ = {name: value, "HOME": "/root"}
    lines = settle(environ)
    assert (name not in environ) is passed_over
    assert [line.split()[0] for line in lines] == ([name] if passed_over else [])
    assert len(value) < 3 or value not in " ".join(lines)


def test_names_of_a_service_are_told_by_their_shape() -> None:
    """Name and value must both be such: what somebody meant for us is not passed over."""
    made = {
        "CANCELALL_PORT": "tcp://10.0.0.1:8443",
        "CANCELALL_SERVICE_HOST": "10.0.0.1",
        "CANCELALL_SERVICE_PORT_HTTP_API": "80",
        "CANCELALL_PORT_8443_TCP_ADDR": "10.0.0.1",
        "CANCELALL_PORT_8443_SCTP_PROTO": "sctp",
        "CANCELALL_EXTRA_WEB_SERVICE_HOST": "fd00::1",
        "CANCELALL_REDIS_NAME": "/cancelall/redis",
        "CANCELALL_REDIS_ENV_VERSION": "7",
    }
    meant = {
        "CANCELALL_PORT": "8443",
        "CANCELALL_SERVICE_PORT": "https",
        "CANCELALL_SERVICE_HOSTS": "10.0.0.1",
        "CANCELALL_PORT_8443_TCP_ADDR": "tcp://10.0.0.1:1",
        "CANCELALL_HTX__HOSTS": "10.0.0.1",
        "cancelall_port": "tcp://10.0.0.1:8443",
        "CANCELALL_NAME": "ann",
        "CANCELALL_ENV_X": "1",
    }
    assert from_others(made) == set(made)
    assert from_others(meant) == set()
    assert (line_about(from_others(made)) or "").count("8 names") == 1
    assert line_about(()) is None


def test_the_command_settles_before_it_imports() -> None:
    """A key log that cannot be written and no home at all break no import: the help comes, with a line."""
    environ = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": f"{ROOT}:{ROOT / 'secrets'}",
        "SSLKEYLOGFILE": "/no/such/file",
    }
    done = subprocess.run(
        [sys.executable, "-m", "bot", "run", "--help"],
        env=environ,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0
    assert done.stderr.startswith("SSLKEYLOGFILE is set in the environment and passed over: ")
