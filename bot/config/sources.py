"""The file and the environment, read but not judged."""

import sys
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import platformdirs
from pydantic import create_model
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, EnvSettingsSource, SettingsConfigDict

from bot.config.faults import shown
from bot.config.tables import Config
from bot.errors import ConfigFaults
from bot.surroundings import PREFIX, counting, expanded, home

Tree = dict[str, Any]
"""Tables in tables, as TOML and JSON give them."""

DELIMITER: Final = "__"
"""Between the levels: `CANCELALL_HTX__HOSTS` is `htx.hosts`."""

SYSTEM_FILE: Final = Path("/etc/cancelall/config.toml")
"""Where the image has its configuration; tried after the user's own."""


_HOMELESS: Final = (
    "This user has no home folder (HOME is not set, and the system's list does not know the user); expected "
    "CANCELALL_DATA_DIR, or --data-dir, for example: /var/lib/cancelall"
)


class _Settings(BaseSettings):
    # Names are handed over in lower case.
    model_config = SettingsConfigDict(
        env_prefix=PREFIX.lower(), env_nested_delimiter=DELIMITER, case_sensitive=True, extra="allow"
    )


class _Environment(EnvSettingsSource):
    """The environment that was passed in; the process's own is never read."""

    def __init__(self, sections: type[BaseSettings], names: Mapping[str, str]) -> None:
        self._names = names
        super().__init__(sections)

    def _load_env_vars(self) -> Mapping[str, str | None]:
        # A table said as a whole comes before what is said about its keys, in whatever order they were exported.
        return {name.lower(): self._names[name] for name in sorted(self._names, key=len)}

    def decode_complex_value(self, field_name: str, field: FieldInfo, value: str) -> object:
        """JSON where it is JSON, else the text itself: what it ought to be is judged later, with all else."""
        try:
            return super().decode_complex_value(field_name, field, value)
        except (ValueError, RecursionError):
            return value


def from_environment(names: Mapping[str, str]) -> Tree:
    """What variables named `CANCELALL_SECTION__KEY` say; lists and tables are JSON."""
    return _Environment(_sections(), names)()


def from_file(file: Path) -> Tree:
    """What a TOML file says, with or without a byte order mark at its head.

    Raises:
        OSError: it cannot be read.
        ValueError: it is not TOML (`tomllib.TOMLDecodeError`) or not UTF-8.
    """
    try:
        with file.open("rb") as stream:
            return tomllib.loads(stream.read().decode("utf-8-sig"))
    except RecursionError:
        raise ValueError("too deep") from None


def merged(under: Tree, over: Tree) -> Tree:
    """Both; where both say something, `over` is right."""
    result = dict(under)
    for key, value in over.items():
        before = result.get(key)
        if isinstance(before, dict) and isinstance(value, dict):
            result[key] = merged(before, value)
        else:
            result[key] = value
    return result


def find_file(
    option: Path | None, environ: Mapping[str, str], system: Path = SYSTEM_FILE
) -> tuple[Path | None, tuple[Path, ...]]:
    """The file to read, None if there is none, and where it was looked for.

    A file that was named is the one, whether it exists or not: another would be the wrong allow list.

    Args:
        option: what `--config` said.
        environ: usually `os.environ`. Names set to nothing count as not set.
        system: tried after the user's own file.
    """
    environ = counting(environ)
    named = str(option) if option else environ.get("CANCELALL_CONFIG")
    if named:
        file = Path(expanded(named, environ))
        return file, (file,)
    folder = config_folder(environ)
    places = (system,) if folder is None else (folder / "config.toml", system)
    return next((place for place in places if _is_there(place)), None), places


def config_folder(environ: Mapping[str, str]) -> Path | None:
    """The user's own folder for the configuration; None for a user without a home."""
    return _own_folder(counting(environ), "XDG_CONFIG_HOME", ".config", platformdirs.user_config_path)


def data_dir(option: Path | None, environ: Mapping[str, str]) -> Path:
    """Where the store is: `--data-dir`, `CANCELALL_DATA_DIR`, else the user's data folder. Nothing is created.

    Raises:
        ConfigFaults: it depends on where one happens to be, which would make a store a folder; or no home.
    """
    environ = counting(environ)
    origin = "--data-dir" if option else "CANCELALL_DATA_DIR"
    named = str(option) if option else environ.get("CANCELALL_DATA_DIR")
    if named:
        folder = Path(expanded(named, environ))
        if folder.is_absolute() and "$" not in str(folder):
            return folder
        raise ConfigFaults(faults=(_not_absolute(origin, named),))
    own = _own_folder(environ, "XDG_DATA_HOME", ".local/share", platformdirs.user_data_path)
    if own is None:
        raise ConfigFaults(faults=(_HOMELESS,))
    return own


def _not_absolute(origin: str, named: str) -> str:
    return (
        f"{origin} is {shown(named)}, no absolute path: each folder you start in would have a store of its own; "
        "expected a path from the root, from ~ or from $HOME, for example: /var/lib/cancelall"
    )


def _own_folder(environ: Mapping[str, str], name: str, usual: str, macos: Callable[..., Path]) -> Path | None:
    """The user's own folder of a kind. A relative one in the environment is none (XDG Base Directory)."""
    named = environ.get(name, "")
    if named.startswith("/"):
        return Path(named) / "cancelall"
    if (folder := home(environ)) is None:
        return None
    return macos("cancelall", appauthor=False) if sys.platform == "darwin" else folder / usual / "cancelall"


def _is_there(file: Path) -> bool:
    """Whether there is such a file, perhaps one that may not be looked at: reading it will tell."""
    try:
        file.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True
    return True


def _sections() -> type[BaseSettings]:
    """The sections of `Config`, each taken as it comes: in a plain `dict` whatever is JSON is read as JSON."""
    fields: Any = dict.fromkeys(Config.model_fields, (dict, {}))
    return create_model("_Sections", __base__=_Settings, **fields)
