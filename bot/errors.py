"""What can go wrong, as typed facts: codes and fields, no prose.

Sentences for people are made in `bot/words/` (chats) and `bot/cli` (terminal); logs carry `repr`.

    CancelallError
    ├── BadCommand          the words of a command do not make one
    ├── Refused             a mass cancel is not in a state that allows the event; nothing was changed
    ├── Conflict            somebody else changed the mass cancel first; nothing was changed
    ├── KnownDelivery       a platform brought the same once more; nothing was changed
    ├── ReadFailed          the exchange could not be read, or not completely
    ├── KeyUnusable         an account's key cannot be opened
    ├── StoreUnavailable    the store could not commit: disk full, locked, damaged
    ├── NoWitness           the emergency journal cannot take an entry either: full, unwritable, not there
    ├── Undelivered         a chat did not take a message
    ├── ChatUnusable        a chat cannot be built here: its proxy, its certificates, its token
    └── ConfigFaults        the configuration has faults; all of them at once
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class CancelallError(Exception):
    """Base of everything we raise on purpose.

    Not frozen, unlike all other values: Python itself sets the traceback of an exception in flight.
    """

    def __str__(self) -> str:
        return repr(self)


class BadWord(StrEnum):
    """What is wrong with a command."""

    NOT_ASCII = "not_ascii"
    TOO_LONG = "too_long"
    UNKNOWN = "unknown"
    UNKNOWN_COMMAND = "unknown_command"
    TWICE = "twice"
    BAD_CONTRACT = "bad_contract"
    BAD_ACCOUNT = "bad_account"
    BAD_COUNT = "bad_count"
    UNEXPECTED = "unexpected"


@dataclass(kw_only=True, eq=False)
class BadCommand(CancelallError):  # noqa: N818 it reads as the sentence it becomes
    """A command that stops everything: which word, and what was expected."""

    kind: BadWord
    word: str
    """The word as typed, cut to 64 characters."""
    nearest: str | None = None
    """The word that was probably meant."""
    expected: str = ""
    """The kind of word that would fit: `side`, `contract`, …"""


@dataclass(kw_only=True, eq=False)
class Refused(CancelallError):  # noqa: N818
    """The table of `bot/mass_cancel.py` has no such transition."""

    state: str
    event: str


@dataclass(kw_only=True, eq=False)
class Conflict(CancelallError):  # noqa: N818
    """The compare-and-set changed no row: somebody was first, and their outcome counts."""

    mass_cancel: str


@dataclass(kw_only=True, eq=False)
class KnownDelivery(CancelallError):  # noqa: N818
    """The inbox has it already."""

    origin: str


@dataclass(kw_only=True, eq=False)
class ReadFailed(CancelallError):  # noqa: N818
    """The exchange could not be read, or not completely: nothing may be concluded from it."""

    why: str
    """A short fact for the log and `/status`: `connect`, `read timeout`, `incomplete`, `code 1411`."""
    code: str | None = None
    """HTX's code, where there was one."""


@dataclass(kw_only=True, eq=False)
class KeyUnusable(CancelallError):  # noqa: N818
    """The keystore has no usable key for the account."""

    account: str
    why: str


@dataclass(kw_only=True, eq=False)
class StoreUnavailable(CancelallError):  # noqa: N818
    """The store could not commit. Nothing that needs a witness may happen."""

    why: str


@dataclass(kw_only=True, eq=False)
class NoWitness(CancelallError):  # noqa: N818
    """The emergency journal cannot take an entry: what it would have stood for must not happen."""

    why: str


class Remedy(StrEnum):
    """What an error of a chat platform means for a delivery."""

    WAIT = "wait"
    """A repeat may help, here."""
    ELSEWHERE = "elsewhere"
    """This place takes nothing of ours."""
    PLATFORM = "platform"
    """The whole platform refuses us."""
    GIVE_UP = "give up"
    """An edit that no repeat will bring in."""
    OURS = "ours"
    """The message itself is at fault."""
    AS_SAID = "as said"
    """Nothing was left to do: it stands there already."""
    UNKNOWN = "unknown"
    """The platform said no in words that we do not know: elsewhere, and again."""


def remedies(table: str) -> Mapping[str, Remedy]:
    """An adapter's table of errors: one line an error, its meaning in front, two spaces or more between them.

    Args:
        table: the file's text; empty lines and lines that begin with `#` do not count.

    Raises:
        ValueError: a line is none, a meaning is unknown, or an error stands there twice.
    """
    found: dict[str, Remedy] = {}
    for line in table.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        meaning, _, error = line.partition("  ")
        if not error.strip() or error.strip() in found:
            raise ValueError(line)
        found[error.strip()] = Remedy(meaning)
    return found


@dataclass(kw_only=True, eq=False)
class Undelivered(CancelallError):  # noqa: N818
    """A chat did not take a message, or its answer was lost."""

    why: str
    """The platform's own word where there was one, else what broke."""
    remedy: Remedy = Remedy.WAIT
    retry_after: float | None = None
    """Seconds to wait, where the platform said so."""
    lost: bool = False
    """It may have been taken: only the answer is missing."""
    moved_to: str | None = None
    """The chat's new id, where a group became a supergroup."""


@dataclass(kw_only=True, eq=False)
class ChatUnusable(CancelallError):  # noqa: N818
    """A chat cannot be built here. Others are no worse for it."""

    chat: str
    """As people call it: `Telegram`."""
    why: str
    """One sentence for a person, without a secret."""


@dataclass(kw_only=True, eq=False)
class ConfigFaults(CancelallError):  # noqa: N818
    """Every fault of the configuration at once."""

    faults: tuple[str, ...]
