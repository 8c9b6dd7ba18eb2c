"""Where the store is, and what opens it: one answer for the bot and for `cancelall keys`.

The environment, the descriptors and the prompt are arguments, so nothing here depends on the process it runs in.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import platformdirs

from keystore import file
from keystore.errors import KeyfileWantedError, NoHomeError, NoUnlockError, PassphraseWantedError
from keystore.secret import Keyfile, Masked, Passphrase, Unlock
from keystore.store import inspect_slots

STORE_VARIABLE: Final = "CANCELALL_KEYSTORE"
KEYFILE_VARIABLE: Final = "CANCELALL_KEYFILE"
PASSPHRASE_VARIABLE: Final = "CANCELALL_PASSPHRASE"  # noqa: S105 - a name, not a passphrase
CREDENTIALS_VARIABLE: Final = "CREDENTIALS_DIRECTORY"
"""Set by systemd for a service with LoadCredential= or LoadCredentialEncrypted= (systemd.exec(5))."""
CREDENTIAL: Final = "cancelall-key"

PASSPHRASE_WARNING: Final = (
    f"warning: {PASSPHRASE_VARIABLE} can be read by every process of this user and lands in "
    f"container descriptions; a key file ({KEYFILE_VARIABLE}) is safer."
)


def _data_folder() -> Path:
    return platformdirs.user_data_path("cancelall", appauthor=False)


def default_path(environ: Mapping[str, str], data_folder: Callable[[], Path] = _data_folder) -> Path:
    """``CANCELALL_KEYSTORE``, or ``keystore.json`` in the user's data folder (``$XDG_DATA_HOME/cancelall``).

    Raises:
        NoHomeError: it is not named, and the user has no home folder.
    """
    if named := environ.get(STORE_VARIABLE):
        return Path(named)
    folder = data_folder()
    # A ~ that nobody could write out; and the home of users without one, as Debian writes it.
    if not folder.is_absolute() or folder.is_relative_to("/nonexistent"):
        raise NoHomeError
    return folder / "keystore.json"


def unlock_for(
    path: Path,
    environ: Mapping[str, str],
    *,
    fd: int | None,
    ask: Callable[[], Unlock] | None,
    warn: Callable[[str], None],
) -> Unlock:
    """What opens this store, by `find_unlock`; nobody is asked for a passphrase that could not open it.

    Raises:
        StoreMissingError, UnsafeFileError, FormatError: there is none that could be opened.
        KeyfileWantedError, PassphraseWantedError: it opens by the other kind alone.
        NoUnlockError, KeyFileError, DescriptorError: see `find_unlock`.
    """
    kinds = {slot.type for slot in inspect_slots(path)}
    by_phrase = "passphrase" in kinds
    if not by_phrase and fd is None and key_path(environ) is None:
        raise KeyfileWantedError(path=path)
    unlock = find_unlock(environ, fd=fd, ask=ask if by_phrase else None, warn=warn)
    if isinstance(unlock, Passphrase) and not by_phrase:
        raise KeyfileWantedError(path=path)
    if isinstance(unlock, Keyfile) and "keyfile" not in kinds:
        raise PassphraseWantedError(path=path)
    return unlock


def find_unlock(
    environ: Mapping[str, str],
    *,
    fd: int | None,
    ask: Callable[[], Unlock] | None,
    warn: Callable[[str], None],
) -> Unlock:
    """The first source that has something: ``fd``, key file, credential, passphrase in the environment, ``ask``.

    A source that is named but unusable is an error, never a reason to try the next: what opens the store should
    not depend on luck. Variables that are set to nothing count as not set.

    Args:
        environ: usually `os.environ`.
        fd: descriptor to read a passphrase from (``--unlock-fd``); one line end at its end is dropped.
        ask: asks a person; None where nobody can be asked, as under a supervisor.
        warn: takes one line for stderr or the log.

    Raises:
        NoUnlockError: no source has anything.
        KeyFileError, DescriptorError: the named source is unusable.
    """
    if fd is not None:
        return Passphrase(value=chomp(file.read_descriptor(fd)))
    if (path := key_path(environ)) is not None:
        return Keyfile(value=file.read_key(path))
    if passphrase := environ.get(PASSPHRASE_VARIABLE):
        warn(PASSPHRASE_WARNING)
        return Passphrase(value=Masked(passphrase.encode("utf-8", "surrogateescape")))
    if ask is None:
        raise NoUnlockError
    return ask()


def read_lines(fd: int) -> tuple[Masked, ...]:
    """One value a line, from an open descriptor; the last line may end without a line feed.

    Raises:
        DescriptorError: it cannot be read, is empty, or holds too much.
    """
    content = chomp(file.read_descriptor(fd))
    try:
        return tuple(Masked(line.removesuffix(b"\r")) for line in content.split(b"\n"))
    finally:
        content.wipe()


def key_path(environ: Mapping[str, str]) -> Path | None:
    """The key file that the environment names, or the systemd credential if there is one."""
    if named := environ.get(KEYFILE_VARIABLE):
        return Path(named)
    if folder := environ.get(CREDENTIALS_VARIABLE):
        credential = Path(folder) / CREDENTIAL
        # The folder may be there for the sake of other credentials only.
        return credential if credential.exists() else None
    return None


def chomp(line: Masked) -> Masked:
    """Without one line end (LF or CRLF), which editors and ``echo`` add; the argument is wiped."""
    size = len(line) - (1 if line.endswith(b"\n") else 0)
    size -= 1 if size < len(line) and line[:size].endswith(b"\r") else 0
    kept = Masked(line[:size])
    line.wipe()
    return kept
