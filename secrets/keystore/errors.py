"""Everything the keystore can refuse, as typed exceptions.

Each class holds facts in its fields and a sentence made of them: what happened, that nothing was changed, what
to do next. No field and no sentence ever holds secret material, so all of them may be logged and shown.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from keystore.refusal import KeystoreError
from keystore.unlock_errors import (
    DescriptorError,
    KeyfileWantedError,
    MemoryShortError,
    NoHomeError,
    NoTerminalError,
    NoUnlockError,
    PassphraseWantedError,
)

__all__ = [
    "DescriptorError",
    "KeyfileWantedError",
    "KeystoreError",
    "MemoryShortError",
    "NoHomeError",
    "NoTerminalError",
    "NoUnlockError",
    "PassphraseWantedError",
]
"""What comes from elsewhere and is found here, beside all that follows."""

Reason = Literal["malformed", "unsupported", "over-limit", "not-canonical"]
"""Why a file is not a keystore this program reads; the words are those of the test kit."""


@dataclass(eq=False, kw_only=True)
class StoreMissingError(KeystoreError):
    """There is no file at the path."""

    path: Path
    what = "There is no keystore at {path}."
    next_step = "Create one with `cancelall keys init`, or name another file with --keystore."


@dataclass(eq=False, kw_only=True)
class StoreExistsError(KeystoreError):
    """Something is already where a new store or key file should go."""

    path: Path
    what = "{path} already exists."
    next_step = "Use it as it is, or move it away first."


@dataclass(eq=False, kw_only=True)
class UnsafeFileError(KeystoreError):
    """The file's type, owner or permissions let somebody else read or replace it."""

    path: Path
    problem: str
    what = "{path} is not used: {problem}."
    next_step = "It must be a regular file of your own that nobody else may open: chmod 600 {path}"


@dataclass(eq=False, kw_only=True)
class ForeignFileError(UnsafeFileError):
    """The file belongs to another user, or this one may not look at it."""

    unchanged = "Nothing was changed. Nothing was sent."
    next_step = (
        "Run this as the user it belongs to: with systemd that is `sudo cancelall-as-bot`, in Docker `docker "
        "compose exec cancelall cancelall`."
    )


@dataclass(eq=False, kw_only=True)
class KeyFileError(KeystoreError):
    """A key file is missing, has the wrong length or too many readers."""

    path: Path
    problem: str
    what = "The key file {path} is not used: {problem}."
    next_step = (
        "It must be a regular file of 32 raw bytes that is yours or root's and that nobody else may open; "
        "`cancelall keys init --keyfile PATH` makes one."
    )


@dataclass(eq=False, kw_only=True)
class FormatError(KeystoreError):
    """The bytes are not a keystore of a version and size this program reads.

    ``where`` is a JSON path such as ``$.slots[0]``. Anybody can find these faults without a key.
    """

    origin: str
    reason: Reason
    where: str
    what = "{origin} is not a keystore this program reads ({reason} at {where})."
    next_step = "Restore the file from {origin}.prev or a backup, or update the program."


@dataclass(eq=False, kw_only=True)
class WrongKeyOrDamagedError(KeystoreError):
    """No slot opens, or something in the file was altered: on purpose one answer for both."""

    path: Path
    what = "Wrong passphrase or key file, or damaged keystore: {path}."
    next_step = "Check the passphrase or key file; if it is right, restore {path}.prev or a backup."


@dataclass(eq=False, kw_only=True)
class StoreChangedError(KeystoreError):
    """The file was rekeyed or replaced by another process since it was opened."""

    path: Path
    what = "{path} was rekeyed or replaced since it was opened."
    next_step = "Run the command again."


@dataclass(eq=False, kw_only=True)
class StoreBusyError(KeystoreError):
    """Another process held the lock for the whole waiting time (``waited`` in seconds)."""

    path: Path
    waited: float
    what = "Another process is changing {path} (waited {waited:g} s)."
    next_step = "Try again when that process is done."


@dataclass(eq=False, kw_only=True)
class StoreClosedError(KeystoreError):
    """The store key has been wiped from memory."""

    path: Path
    what = "The keystore {path} is closed."
    next_step = "Open it again."


@dataclass(eq=False, kw_only=True)
class WriteError(KeystoreError):
    """The system refused a write; the old file is in place."""

    path: Path
    problem: str
    what = "{path} could not be written: {problem}."
    next_step = "Make room or give permission, then repeat."


@dataclass(eq=False, kw_only=True)
class NotDurableError(KeystoreError):
    """The new file is in place, but the system would not confirm that it survives a power cut."""

    path: Path
    problem: str
    what = "{path} was replaced, but the disk did not confirm it: {problem}."
    unchanged = "The new content is in place."
    next_step = "Check the disk, then run `cancelall keys verify`."


@dataclass(eq=False, kw_only=True)
class BadNameError(KeystoreError):
    """A name outside the closed alphabet (the name is not repeated: it may be a pasted secret)."""

    what = "That is not an entry name."
    next_step = "Use 1 to 32 of a-z, 0-9, _ and -, beginning with a letter or digit."


@dataclass(eq=False, kw_only=True)
class BadValueError(KeystoreError):
    """A secret value that cannot be what it should be; ``problem`` never quotes it."""

    kind: str
    field: str
    problem: str
    what = "The {kind} {field} is refused: {problem}."
    next_step = "Copy the value again, without quotes or spaces."


@dataclass(eq=False, kw_only=True)
class ValueCountError(KeystoreError):
    """Too few or too many values for the kind."""

    kind: str
    expected: str
    count: int
    what = "An entry of kind {kind} has these values, one per line: {expected}. {count} came."
    next_step = "Give exactly these values, in this order."


@dataclass(eq=False, kw_only=True)
class EntryMissingError(KeystoreError):
    """No entry has this name."""

    name: str
    what = "The keystore has no entry {name}."
    next_step = "`cancelall keys list` shows what it has; `cancelall keys add` adds one."


@dataclass(eq=False, kw_only=True)
class EntryExistsError(KeystoreError):
    """The name is taken."""

    name: str
    what = "The keystore already has an entry {name}."
    next_step = "Replace its values with `cancelall keys rotate {name}`, or choose another name."


@dataclass(eq=False, kw_only=True)
class WrongKindError(KeystoreError):
    """The entry holds credentials for something else."""

    name: str
    kind: str
    expected: str
    what = "Entry {name} is of kind {kind}, not {expected}."
    next_step = "Name an entry of kind {expected}."


@dataclass(eq=False, kw_only=True)
class FullError(KeystoreError):
    """The store has as many ``things`` as the format allows."""

    things: str
    limit: int
    what = "A keystore holds at most {limit} {things}."
    next_step = "Remove one first."


@dataclass(eq=False, kw_only=True)
class SlotError(KeystoreError):
    """A slot that does not exist, or the last one, which must stay."""

    slot_id: str
    problem: str
    what = "Slot {slot_id} is not removed: {problem}."
    next_step = "A store needs at least one slot that opens it."


@dataclass(eq=False, kw_only=True)
class WeakPassphraseError(KeystoreError):
    """A new passphrase shorter than ``minimum`` bytes."""

    minimum: int
    what = "The passphrase is too short."
    next_step = "Use at least {minimum} characters: five random words are good, a key file is better."


@dataclass(eq=False, kw_only=True)
class WrongNameError(KeystoreError):
    """A name that means something else here, or hides a token where the bot does not look."""

    name: str
    kind: str
    problem: str
    what = "An entry of kind {kind} cannot be called {name}: {problem}."


@dataclass(eq=False, kw_only=True)
class SameKeyError(KeystoreError):
    """The same key pair is stored under another name."""

    name: str
    other: str
    what = "That is the key pair of {other}: two accounts with one key would be the same account twice."
    next_step = "Give {name} a key of its own; `cancelall keys list` shows the last characters of each."
