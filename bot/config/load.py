"""File and environment -> `Config`, in order: find, read, judge."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from shlex import quote
from typing import Final

from pydantic import ValidationError

from bot.config import left_over, safety, sources, together, variables
from bot.config.faults import Path as Place
from bot.config.faults import looks_like_secret, sentences
from bot.config.sources import Tree
from bot.config.tables import Config
from bot.errors import ConfigFaults
from bot.surroundings import counting, expanded

_PATHS: Final = (("store", "journal"), ("htx", "ca_file"))


def load(path: Path | None, environ: Mapping[str, str], *, system: Path = sources.SYSTEM_FILE) -> Config:
    """The configuration. What the environment says wins over the file.

    Args:
        path: what `--config` said; None looks where `bot.config.find_file` says.
        environ: usually `os.environ`; the process's own environment is not looked at beside it.
        system: the file that is tried after the user's own.

    Raises:
        ConfigFaults: with every fault at once, one sentence each. Neither a cause nor a context hangs on it:
            they would hold the values that the sentences leave out.
    """
    environ = counting(environ)
    names, unknown = variables.about(environ)
    file, places = sources.find_file(path, environ, system)
    tree, unreadable = _read(file, places)
    if file is not None and unreadable:  # what else would be said about it would be noise
        raise ConfigFaults(faults=(*unreadable, *unknown))
    said = sources.from_environment({name: environ[name] for name in names.values()})
    config, wrong = _judge(at_home(sources.merged(tree, said), environ), names)
    if config is not None and not unknown:
        return config  # without a file, too, where the environment alone says everything
    if config is not None:  # then no file is missed
        raise ConfigFaults(faults=tuple(unknown))
    alone = unreadable and not names
    raise ConfigFaults(faults=(*unreadable, *unknown, *([] if alone else wrong)))


def at_home(tree: Tree, environ: Mapping[str, str]) -> Tree:
    """The tree with `~` and `$HOME` at the beginning of its paths written out."""
    paths = {
        section: {key: expanded(found, environ)}
        for section, key in _PATHS
        if isinstance(table := tree.get(section), dict) and isinstance(found := table.get(key), str)
    }
    return sources.merged(tree, paths)


def _read(file: Path | None, places: tuple[Path, ...]) -> tuple[Tree, tuple[str, ...]]:
    """What the file says, or why it says nothing."""
    if file is None:
        return {}, (_missing(places),)
    try:
        tree, fault = sources.from_file(file), safety.fault(file)
    except (FileNotFoundError, NotADirectoryError):
        return {}, (_missing(places),)
    except OSError as error:
        return {}, (f"{file} cannot be read ({error.strerror}); expected a file that this user may read",)
    except UnicodeDecodeError:
        return {}, (f"{file} is not UTF-8; expected plain text: see `cancelall config example`",)
    except ValueError as error:
        return {}, (_not_toml(file, error),)
    return ({}, (fault,)) if fault else (tree, ())


def _missing(places: tuple[Path, ...]) -> str:
    where = " or ".join(str(place) for place in places)
    file = places[0]
    made = f"mkdir -p {quote(str(file.parent))} && cancelall config example > {quote(str(file))}"
    return f"There is no configuration file at {where}. Make one: {made}"


def _not_toml(file: Path, error: ValueError) -> str:
    text = str(error) if isinstance(error, tomllib.TOMLDecodeError) and not looks_like_secret(str(error)) else ""
    what, _, where = text.removesuffix(")").partition(" (at ")
    line = where or "some line"  # "line 3, column 7", or "end of document" where something was left open
    return (
        f"{file} is not TOML at {line}{f': {what}' if what else ''}; fix that line, "
        'expected a [table], or a key, an = and a value, with texts in quotes, for example: mode = "polling"'
    )


def _judge(tree: Tree, names: Mapping[Place, str]) -> tuple[Config | None, list[str]]:
    """The configuration, or what is wrong with it: fields first, then what they are to each other."""
    together_wrong = [*together.faults(tree), *left_over.faults(tree)]
    try:
        config = Config.model_validate(tree)
    except ValidationError as error:
        return None, sentences(error, names) + together_wrong
    return (None if together_wrong else config), together_wrong
