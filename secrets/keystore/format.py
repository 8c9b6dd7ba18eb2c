"""The file format, version 1: bytes <-> frozen values. Pure; specified in docs/keystore-format.md.

Reading is strict in the simplest way there is: what was understood is written again, and must give the same
bytes. So there is one file for one content; duplicate keys, blanks, other escapes, other orders and loose
base64 all fail at once.

Every limit is checked here, before anybody spends a cycle on a key derivation that a hostile file asked for.
"""

import re
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final, Literal, TypeVar

import msgspec

from keystore.errors import FormatError, Reason
from keystore.secret import Kind
from keystore.values import NAME, TAIL

_T = TypeVar("_T")

FORMAT: Final = "cancelall-keystore"
VERSION: Final = 1
PREFIX: Final = b"cancelall-keystore/1"
"""Begins every byte string that is authenticated or goes into a key derivation."""

MAX_FILE: Final = 256 * 1024
"""Bytes."""
MAX_SLOTS: Final = 8
MAX_ENTRIES: Final = 64
MAX_VERSION: Final = 2**31 - 1
KEY_SIZE: Final = 32
STORE_ID_SIZE: Final = 16
SLOT_ID_SIZE: Final = 8
"""Random bytes of an id; written as hexadecimal."""
SALT_SIZE: Final = 32
ARGON2_SALT_SIZE: Final = 16
TAG_SIZE: Final = 16
BLOCK: Final = 256
"""Plaintexts are padded to a multiple of this many bytes, so a box does not tell the length of a secret."""
MAX_PLAIN: Final = 4 * BLOCK

MEMORY_KIB: Final = (19 * 1024, 1024 * 1024)
"""Argon2id memory, least and most: OWASP's floor, and 1 GiB (about 2 s on two cores at t=3)."""
PASSES: Final = (2, 10)
LANES: Final = (1, 8)

_STORE_ID: Final = re.compile(r"[0-9a-f]{32}", re.ASCII)
_SLOT_ID: Final = re.compile(r"[0-9a-f]{16}", re.ASCII)
_TAIL: Final = re.compile(rf"[\x21-\x7e]{{0,{TAIL}}}", re.ASCII)


class _Strict(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Unknown keys are refused: whatever is in the file has a meaning."""


class Argon2Params(_Strict, frozen=True):
    """Cost and salt of a passphrase slot; memory in KiB, salt 16 bytes."""

    lanes: int
    memory_kib: int
    passes: int
    salt: bytes


class KeyfileParams(_Strict, frozen=True):
    """Salt of a key file slot, 32 bytes."""

    salt: bytes


class PassphraseSlot(_Strict, frozen=True, tag_field="type", tag="passphrase"):
    """The store key, wrapped under a key that Argon2id makes of a passphrase."""

    id: str
    params: Argon2Params
    wrapped: bytes


class KeyfileSlot(_Strict, frozen=True, tag_field="type", tag="keyfile"):
    """The store key, wrapped under a key that HKDF makes of a 32-byte key file."""

    id: str
    params: KeyfileParams
    wrapped: bytes


Slot = PassphraseSlot | KeyfileSlot


class SlotInfo(_Strict, frozen=True):
    """What is visible of a slot: its id and what opens it."""

    id: str
    type: Literal["passphrase", "keyfile"]


class EntryInfo(_Strict, frozen=True):
    """What is visible of an entry without any key; authentic only after the store was opened.

    ``version`` counts rotations from 1; ``created`` is when this version was stored (UTC, whole seconds);
    ``tail`` has up to four last characters of the public part.
    """

    name: str
    kind: Kind
    version: int
    created: datetime
    tail: str


class Entry(EntryInfo, frozen=True):
    """An entry as it is stored: ``salt`` makes its key, ``box`` is the ciphertext with its tag."""

    salt: bytes
    box: bytes

    @property
    def info(self) -> EntryInfo:
        """The visible part."""
        return EntryInfo(
            name=self.name,
            kind=self.kind,
            version=self.version,
            created=self.created,
            tail=self.tail,
        )


class Document(_Strict, frozen=True):
    """A whole file. Slots are sorted by id, entries by name; ``mac`` covers all the rest."""

    store_id: str
    slots: tuple[Slot, ...]
    entries: tuple[Entry, ...]
    mac: bytes
    format: Literal["cancelall-keystore"]
    version: Literal[1]


class _Head(msgspec.Struct):
    """Just enough to tell a newer keystore from a broken one."""

    format: str
    version: int


def slot_info(slot: Slot) -> SlotInfo:
    """The visible part of a slot."""
    return SlotInfo(id=slot.id, type="keyfile" if isinstance(slot, KeyfileSlot) else "passphrase")


def decode(data: bytes, origin: str) -> Document:
    """Read a file's bytes; ``origin`` is what to call them in an error.

    Raises:
        FormatError: too large or beyond another limit, not JSON, not this format or version, or not canonical.
    """
    if len(data) > MAX_FILE:
        raise FormatError(origin=origin, reason="over-limit", where=f"more than {MAX_FILE} bytes")
    head = _parse(data, _Head, origin)
    if (head.format, head.version) != (FORMAT, VERSION):
        raise FormatError(origin=origin, reason="unsupported", where="$.format or $.version")
    document = _parse(data, Document, origin)
    if (fault := _fault(document)) is not None:
        raise FormatError(origin=origin, reason=fault[0], where=fault[1])
    if encode(document) != data:
        raise FormatError(origin=origin, reason="not-canonical", where="$")
    return document


def encode(document: Document) -> bytes:
    """The one way to write a document: canonical JSON and a line feed."""
    return _canonical(document) + b"\n"


def mac_input(document: Document) -> bytes:
    """What the store's HMAC covers: the canonical JSON of everything but ``mac``, without the line feed."""
    return _canonical(document, without="mac")


def mac_info(store_id: str) -> bytes:
    """HKDF info of the HMAC key."""
    return b"|".join((PREFIX, b"mac", store_id.encode()))


def slot_aad(store_id: str, slot: Slot) -> bytes:
    """Associated data of a wrapped store key: id, type and parameters of its slot, in its store."""
    return b"|".join((PREFIX, b"slot", store_id.encode(), _canonical(slot, without="wrapped")))


def entry_info(name: str, version: int) -> bytes:
    """HKDF info of the key of one entry version."""
    return b"|".join((PREFIX, b"entry", name.encode(), str(version).encode()))


def entry_aad(store_id: str, entry: Entry) -> bytes:
    """Associated data of a box: everything visible of its entry, in its store."""
    return b"|".join((PREFIX, b"entry", store_id.encode(), _canonical(entry, without="box")))


def _canonical(value: msgspec.Struct, without: str = "") -> bytes:
    """Canonical JSON: ASCII, keys sorted, no blanks, padded base64, ``Z`` times."""
    plain = msgspec.to_builtins(value)
    plain.pop(without, None)
    return msgspec.json.encode(plain, order="sorted")


def _parse(data: bytes, type_: type[_T], origin: str) -> _T:
    try:
        return msgspec.json.decode(data, type=type_)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        where = str(error).rpartition(" - at `")[2].removesuffix("`")
    # Outside the handler: the parser's own message may quote the file, which may be the wrong file.
    raise FormatError(origin=origin, reason="malformed", where=where if where[:1] == "$" else "$")


def _fault(document: Document) -> tuple[Reason, str] | None:
    """The first thing wrong with a document of the right shape: why, and where."""
    checks: tuple[tuple[bool, Reason, str], ...] = (
        (_STORE_ID.fullmatch(document.store_id) is not None, "malformed", "$.store_id"),
        (len(document.mac) == KEY_SIZE, "malformed", "$.mac"),
        (1 <= len(document.slots) <= MAX_SLOTS, "over-limit", "$.slots"),
        (len(document.entries) <= MAX_ENTRIES, "over-limit", "$.entries"),
        (_ascending([slot.id for slot in document.slots]), "not-canonical", "$.slots"),
        (_ascending([entry.name for entry in document.entries]), "not-canonical", "$.entries"),
    )
    for good, reason, where in checks:
        if not good:
            return reason, where
    for i, slot in enumerate(document.slots):
        if (fault := _slot_fault(slot)) is not None:
            return fault, f"$.slots[{i}]"
    for i, entry in enumerate(document.entries):
        if (fault := _entry_fault(entry)) is not None:
            return fault, f"$.entries[{i}]"
    return None


def _ascending(keys: list[str]) -> bool:
    """Sorted and without equals: the order is part of the canonical form."""
    return all(a < b for a, b in pairwise(keys))


def _slot_fault(slot: Slot) -> Reason | None:
    if _SLOT_ID.fullmatch(slot.id) is None or len(slot.wrapped) != KEY_SIZE + TAG_SIZE:
        return "malformed"
    if isinstance(slot, KeyfileSlot):
        return None if len(slot.params.salt) == SALT_SIZE else "malformed"
    cost = slot.params
    if len(cost.salt) != ARGON2_SALT_SIZE:
        return "malformed"
    bounds = ((cost.memory_kib, MEMORY_KIB), (cost.passes, PASSES), (cost.lanes, LANES))
    if not all(least <= value <= most for value, (least, most) in bounds):
        return "over-limit"
    return None


def _entry_fault(entry: Entry) -> Reason | None:
    plain = len(entry.box) - TAG_SIZE
    shapes = (
        NAME.fullmatch(entry.name) is not None,
        _TAIL.fullmatch(entry.tail) is not None,
        len(entry.salt) == SALT_SIZE,
        plain >= BLOCK and plain % BLOCK == 0,
        entry.created.utcoffset() == timedelta(0) and entry.created.microsecond == 0,
    )
    if not all(shapes):
        return "malformed"
    return None if plain <= MAX_PLAIN and 1 <= entry.version <= MAX_VERSION else "over-limit"
