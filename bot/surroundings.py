"""What surrounds the process: the environment as it counts here, and what of it is passed over.

Every command begins with `settle`: libraries read the environment by themselves, some of them while they are being
imported, and what they would do with it is decided here instead.
"""

import os
import pwd
import re
from collections.abc import Iterable, Mapping, MutableMapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

PREFIX: Final = "CANCELALL_"
"""What all our names in the environment begin with."""

_AS_TYPED: Final = frozenset({"CANCELALL_PASSPHRASE"})
"""Values in which a quote may be meant."""

_QUOTES: Final = "'\""
_FEWEST: Final = 2
"""Characters of a value that can be in quotes."""

_PATHS: Final = ("CANCELALL_CONFIG", "CANCELALL_DATA_DIR", "CANCELALL_KEYFILE", "CANCELALL_KEYSTORE")
_HOME: Final = re.compile(r"(?:~|\$HOME|\$\{HOME\})(?=/|$)")
"""What stands for the home folder at the beginning of a path; supervisors and env-files leave it as it is."""

NOWHERE: Final = "/nonexistent"
"""The home of a user without one, as Debian writes it."""

_KEY_LOG: Final = "SSLKEYLOGFILE"
_SLACK: Final = "SLACK_"
"""slack-bolt takes tokens, and a whole OAuth flow, from names that begin so."""

_WIDTH: Final = "TERMINAL_WIDTH"

_NUMBER: Final = r"[0-9]{1,5}"
_HOST: Final = r"[0-9A-Za-z.:\[\]_-]+"
_PROTOCOL: Final = r"(?:tcp|udp|sctp)"
_URL: Final = rf"{_PROTOCOL}://{_HOST}:{_NUMBER}"
_SERVICE: Final[tuple[tuple[str, str], ...]] = (
    ("SERVICE_HOST", _HOST),
    ("SERVICE_PORT", _NUMBER),
    (r"SERVICE_PORT_[A-Z0-9_]+", _NUMBER),
    ("PORT", _URL),
    (rf"PORT_{_NUMBER}_(?:TCP|UDP|SCTP)", _URL),
    (rf"PORT_{_NUMBER}_(?:TCP|UDP|SCTP)_PROTO", _PROTOCOL),
    (rf"PORT_{_NUMBER}_(?:TCP|UDP|SCTP)_PORT", _NUMBER),
    (rf"PORT_{_NUMBER}_(?:TCP|UDP|SCTP)_ADDR", _HOST),
    ("NAME", r"(?:/[A-Za-z0-9_.-]+){2,}"),
)
"""What follows the service's own name in a variable that Kubernetes or a Docker link makes, and its value."""

_SHAPES: Final = tuple(
    (re.compile(rf"{PREFIX}(?:[A-Z0-9]+_)*?{name}", re.ASCII), re.compile(value, re.ASCII))
    for name, value in _SERVICE
)

_PASSED_OVER: Final = MappingProxyType(
    {
        _KEY_LOG: "it would write to a file what decrypts our connections, tokens and all",
        _SLACK: "Slack's tokens come from the keystore alone",
        _WIDTH: "it is no whole number above 0",
    }
)


def settle(environ: MutableMapping[str, str]) -> tuple[str, ...]:
    """Make the environment what it counts as here; one line for each name that libraries will not see.

    Set to nothing is not set. Quotes that an env-file left around a value of ours are no part of it.

    Args:
        environ: usually `os.environ`, before anything is imported that reads it.
    """
    kept = counting(environ)
    kept |= {name: expanded(kept[name], kept) for name in _PATHS if name in kept}
    for name in [name for name in environ if name not in kept]:
        del environ[name]
    for name, value in kept.items():
        if environ[name] != value:
            environ[name] = value
    if home(kept) is None:
        environ["HOME"] = NOWHERE  # some libraries fail as they are imported where there is none at all
    lines = []
    for name in sorted(environ):
        if (why := _unwanted(name, environ[name])) is not None:
            del environ[name]
            lines.append(f"{name} is set in the environment and passed over: {why}.")
    return tuple(lines)


def counting(environ: Mapping[str, str]) -> dict[str, str]:
    """What is set to something, ours without the quotes around it."""
    return {name: _bare(name, value) for name, value in environ.items() if value}


def from_others(environ: Mapping[str, str]) -> frozenset[str]:
    """The names that Kubernetes or Docker makes for a service that is called like us: their shape tells them."""
    found = {
        name
        for name, value in environ.items()
        if any(one.fullmatch(name) and two.fullmatch(value) for one, two in _SHAPES)
    }
    linked = tuple(f"{name.removesuffix('_NAME')}_ENV_" for name in found if name.endswith("_NAME"))
    return frozenset(found | {name for name in environ if linked and name.startswith(linked)})


def line_about(names: Iterable[str]) -> str | None:
    """One line for all of those; None where there are none."""
    found = sorted(names)
    if not found:
        return None
    shown = ", ".join(found[:3]) + (", …" if len(found) > 3 else "")  # noqa: PLR2004 as many as a line holds
    what = "name that Kubernetes or Docker makes" if len(found) == 1 else "names that Kubernetes or Docker makes"
    return f"Passed over in the environment: {len(found)} {what} for a service called cancelall ({shown})."


def home(environ: Mapping[str, str]) -> Path | None:
    """The user's home folder; None for a user who has neither `HOME` nor an entry in the system's list."""
    named = environ.get("HOME", "")
    if not named.startswith("/"):
        try:
            named = pwd.getpwuid(os.getuid()).pw_dir
        except KeyError:  # a container's user
            return None
    return Path(named) if named.startswith("/") and named != NOWHERE else None


def expanded(path: str, environ: Mapping[str, str]) -> str:
    """A path whose `~`, `$HOME` or `${HOME}` at the beginning is the home folder; as it is where there is none."""
    folder = home(environ)
    found = _HOME.match(path)
    return path if folder is None or found is None else f"{str(folder).rstrip('/')}{path[found.end() :]}" or "/"


def _bare(name: str, value: str) -> str:
    quoted = len(value) >= _FEWEST and value[0] == value[-1] and value[0] in _QUOTES
    ours = name.startswith(PREFIX) and name not in _AS_TYPED
    return value[1:-1] if quoted and ours else value


def _unwanted(name: str, value: str) -> str | None:
    if name == _WIDTH:
        return None if value.isascii() and value.isdigit() and int(value) else _PASSED_OVER[_WIDTH]
    if name.startswith(_SLACK):
        return _PASSED_OVER[_SLACK]
    return _PASSED_OVER.get(name)
