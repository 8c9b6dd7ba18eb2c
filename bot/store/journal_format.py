"""The emergency journal's file, version 1: a header and 128 places of 2048 bytes each, made once and never grown.

Every place holds its block twice, so that no single damaged sector or flipped bit loses an entry:

    2 bytes   "CJ"
    2 bytes   the length of the entry, big-endian
    8 bytes   its number, big-endian: later entries have higher ones
   16 bytes   the first half of SHA-256 over the three fields above and the entry
    n bytes   the entry: JSON (`bot.ports.Entry`), at most 996 bytes
              zeros up to 1024 bytes

A place of zeros was never used. A place without one good block is what a write left that was cut off: nothing was
sent on its word, since `write` had not returned. The header names format, version and sizes, twice.
"""

import hashlib
import re
import struct
from typing import Final

import msgspec

from bot.ports import Entry
from bot.store.codec import dump, load

PLACES: Final = 128
"""How many entries there can be at once."""

PLACE: Final = 2048
"""Bytes of the header, and of each place."""

SIZE: Final = PLACE * (PLACES + 1)
"""Bytes of the file."""

_VERSION: Final = 1
_BLOCK: Final = PLACE // 2
_HEAD: Final = struct.Struct(">2sHQ")
_DIGEST: Final = 16
_MARK: Final = b"CJ"
_LONGEST: Final = _BLOCK - _HEAD.size - _DIGEST
_NAME: Final = re.compile(rb"cancelall emergency journal, version (\d{1,9})\b")


class BadJournal(Exception):  # noqa: N818 it reads as what it is
    """The file is not a journal that this program may use; the text says why."""


def blank() -> bytes:
    """A journal without entries."""
    return _header() + bytes(PLACE * PLACES)


def check(header: bytes) -> None:
    """Look at the first place of a file.

    Raises:
        BadJournal: of another version, of another program, or damaged.
    """
    if _half(_header()) in (header[:_BLOCK], header[_BLOCK:PLACE]):
        return
    named = _NAME.search(header)
    if named is None:
        raise BadJournal("is damaged, or a file of another program")
    version = int(named[1])
    if version != _VERSION:
        raise BadJournal(f"has version {version}, this program knows {_VERSION}: run the newer program")
    raise BadJournal("is damaged")


def pack(number: int, entry: Entry) -> bytes:
    """One place's bytes.

    Raises:
        BadJournal: the entry is too long.
    """
    text = dump(entry).encode()
    if len(text) > _LONGEST:
        raise BadJournal(f"has no room for an entry of {len(text)} bytes")
    head = _HEAD.pack(_MARK, len(text), number)
    block = head + _digest(head, text) + text
    return block.ljust(_BLOCK, b"\0") * 2


def unpack(place: bytes) -> tuple[int, Entry] | None:
    """A place's number and entry; None if it has none that is whole.

    Raises:
        BadJournal: it was written whole, but not by a program like this one.
    """
    for block in (place[:_BLOCK], place[_BLOCK:PLACE]):
        found = _unpacked(block)
        if found is not None:
            return found
    return None


def _unpacked(block: bytes) -> tuple[int, Entry] | None:
    if len(block) < _BLOCK:
        return None
    head, rest = block[: _HEAD.size], block[_HEAD.size :]
    mark, length, number = _HEAD.unpack(head)
    digest, text = rest[:_DIGEST], rest[_DIGEST : _DIGEST + length]
    if mark != _MARK or len(text) != length or _digest(head, text) != digest:
        return None
    try:
        return number, load(text.decode(), Entry)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise BadJournal("holds an entry that this program cannot read") from None


def _digest(head: bytes, text: bytes) -> bytes:
    return hashlib.sha256(head + text).digest()[:_DIGEST]


def _header() -> bytes:
    text = f"cancelall emergency journal, version {_VERSION}: {PLACES} places of {PLACE} bytes\n".encode()
    return text.ljust(_BLOCK, b"\0") * 2


def _half(header: bytes) -> bytes:
    return header[:_BLOCK]
