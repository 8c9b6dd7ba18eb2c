"""What keeps a store shut although it is there: `keystore.errors` has the rest, and these as well."""

from dataclasses import dataclass
from pathlib import Path

from keystore.refusal import KeystoreError


@dataclass(eq=False, kw_only=True)
class MemoryShortError(KeystoreError):
    """Argon2id could not get the memory the slot asks for (``memory_mib``)."""

    memory_mib: int
    what = "This machine does not have the {memory_mib} MiB of memory that opening by passphrase needs."
    next_step = "Give it more memory, or open the keystore with a key file."


@dataclass(eq=False, kw_only=True)
class NoUnlockError(KeystoreError):
    """No source offered a passphrase or key."""

    what = "No key or passphrase was given to open the keystore."
    next_step = (
        "Set CANCELALL_KEYFILE, give a systemd credential cancelall-key, or run this on a terminal; "
        "`cancelall keys` also takes --unlock-fd N."
    )


@dataclass(eq=False, kw_only=True)
class KeyfileWantedError(NoUnlockError):
    """The store opens by a key file alone, and none was named; no passphrase could help."""

    path: Path
    what = "{path} is opened by a key file, not by a passphrase, and no key file is named."
    next_step = (
        "Name it: export CANCELALL_KEYFILE=PATH, the file that `cancelall keys init --keyfile PATH` made (with "
        "systemd `sudo cancelall-as-bot` has it)."
    )


@dataclass(eq=False, kw_only=True)
class PassphraseWantedError(NoUnlockError):
    """The store opens by a passphrase alone, and a key file was named."""

    path: Path
    what = "{path} is opened by a passphrase, not by a key file, and a key file is named."
    next_step = "Unset CANCELALL_KEYFILE (or the systemd credential cancelall-key) and give the passphrase."


@dataclass(eq=False, kw_only=True)
class NoHomeError(KeystoreError):
    """Nobody said where the keystore is, and the user has no home folder to look in."""

    what = "This user has no home folder, so nobody knows where the keystore is."
    next_step = "Name it by CANCELALL_KEYSTORE or --keystore, a path from the root."


@dataclass(eq=False, kw_only=True)
class NoTerminalError(KeystoreError):
    """A hidden prompt was needed, and nobody is there to answer it."""

    what = "There is no terminal to ask on."
    next_step = (
        "To open the keystore, give --unlock-fd N or set CANCELALL_KEYFILE; give values on stdin or with --fd N."
    )


@dataclass(eq=False, kw_only=True)
class DescriptorError(KeystoreError):
    """A file descriptor that cannot be read, is empty or holds too much."""

    fd: int
    problem: str
    what = "Nothing usable came from file descriptor {fd}: {problem}."
    next_step = "Open it for this program, for example with 3<FILE in the shell."
