"""What the configuration needs of the keystore, by names alone: no key is needed to read them."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import keystore
from bot.config import Config, uses_telegram
from bot.config.faults import nearest
from keystore import EntryInfo, KeystoreError
from keystore.errors import StoreMissingError


def compare(config: Config, path: Path | None, environ: Mapping[str, str]) -> tuple[str, tuple[str, ...]]:
    """One line about the keystore, and one sentence for each entry that is needed and not there.

    Args:
        config: as loaded.
        path: what `--keystore` said.
        environ: usually `os.environ`.
    """
    try:
        where = path or keystore.default_path(environ)
        entries = keystore.inspect(where)
    except StoreMissingError as error:
        return f"Keystore: there is none at {error.path} yet; `cancelall keys init` makes it", ()
    except KeystoreError as error:
        return f"Keystore: not compared. {error}", ()
    faults = tuple(_missing(config, entries, where))
    spare = [one.name for one in entries if one.kind == "htx" and one.name not in config.accounts]
    line = f"Keystore: {where} has an entry for each of them"
    return f"{line}; not used: {', '.join(spare)}" if spare else line, faults


def _missing(config: Config, entries: tuple[EntryInfo, ...], where: Path) -> Iterator[str]:
    kinds = {entry.name: entry.kind for entry in entries}
    wanted = dict.fromkeys(config.accounts, "htx")
    if uses_telegram(config):
        wanted["telegram"] = "telegram"
    if config.slack is not None:
        wanted["slack"] = "slack"
    for name, kind in wanted.items():
        if kinds.get(name) == kind:
            continue
        what = f"accounts.{name}" if kind == "htx" else f"{kind}"
        known = [one for one, its in kinds.items() if its == kind]
        has = f"it has {', '.join(f'{one} ({its})' for one, its in kinds.items()) or 'no entries'}"
        yield (
            f"`{what}` has no entry {name} of kind {kind} in the keystore {where}{nearest(name, known)}: {has}; "
            f"expected one of that name, for example: cancelall keys add {name} --kind {kind}"
        )
