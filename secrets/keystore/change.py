"""What can be done to a document: pure functions from one document to the next.

The HMAC is put on when a document is written (`disk.publish`).
"""

from collections.abc import Callable
from typing import Final

from msgspec.structs import replace

from keystore import format as fmt
from keystore import seal
from keystore.errors import EntryExistsError, EntryMissingError, FullError, SameKeyError, SlotError, WrongKindError
from keystore.secret import Kind, Masked
from keystore.values import public_tail

_NO_MAC: Final = bytes(fmt.KEY_SIZE)


def blank(store_id: str, *slots: fmt.Slot) -> fmt.Document:
    """A document without entries."""
    ordered = tuple(sorted(slots, key=lambda slot: slot.id))
    return fmt.Document(
        format="cancelall-keystore", version=1, store_id=store_id, slots=ordered, entries=(), mac=_NO_MAC
    )


def find(document: fmt.Document, name: str) -> fmt.Entry:
    """The entry of this name.

    Raises:
        EntryMissingError: there is none.
    """
    for entry in document.entries:
        if entry.name == name:
            return entry
    raise EntryMissingError(name=name)


def find_kind(document: fmt.Document, name: str, kind: Kind) -> fmt.Entry:
    """The entry of this name and kind.

    Raises:
        EntryMissingError: there is none of this name.
        WrongKindError: there is, and it opens something else.
    """
    entry = find(document, name)
    if entry.kind != kind:
        raise WrongKindError(name=name, kind=entry.kind, expected=kind)
    return entry


def add_entry(document: fmt.Document, entry: fmt.Entry) -> fmt.Document:
    """With one entry more.

    Raises:
        EntryExistsError: the name is taken.
        FullError: there are `format.MAX_ENTRIES` already.
    """
    if any(other.name == entry.name for other in document.entries):
        raise EntryExistsError(name=entry.name)
    if len(document.entries) >= fmt.MAX_ENTRIES:
        raise FullError(things="entries", limit=fmt.MAX_ENTRIES)
    return _with_entries(document, *document.entries, entry)


def refuse_same_key(document: fmt.Document, key: Masked, name: str, values: tuple[Masked, ...]) -> None:
    """Raise if another HTX entry holds the same access key.

    Raises:
        SameKeyError: it does.
        SealError: an entry was altered.
    """
    tail = public_tail("htx", values)
    for entry in document.entries:
        if entry.kind == "htx" and entry.tail == tail and entry.name != name:
            secret = seal.open_box(key, document.store_id, entry)
            try:
                if secret.values()[0] == values[0]:
                    raise SameKeyError(name=name, other=entry.name)
            finally:
                secret.wipe()


def remove_entry(document: fmt.Document, name: str) -> fmt.Document:
    """Without the entry.

    Raises:
        EntryMissingError: there is none of this name.
    """
    gone = find(document, name)
    return _with_entries(document, *(entry for entry in document.entries if entry is not gone))


def add_slot(document: fmt.Document, slot: fmt.Slot) -> fmt.Document:
    """With one way more to open it.

    Raises:
        FullError: there are `format.MAX_SLOTS` already.
    """
    if len(document.slots) >= fmt.MAX_SLOTS:
        raise FullError(things="slots", limit=fmt.MAX_SLOTS)
    return _with_slots(document, *document.slots, slot)


def remove_slot(document: fmt.Document, slot_id: str) -> fmt.Document:
    """With one way less to open it.

    Raises:
        SlotError: there is no such slot, or it is the last one.
    """
    left = tuple(slot for slot in document.slots if slot.id != slot_id)
    if len(left) == len(document.slots):
        raise SlotError(slot_id=slot_id, problem="there is no slot with this id")
    if not left:
        raise SlotError(slot_id=slot_id, problem="it is the last slot")
    return _with_slots(document, *left)


def reseal(
    document: fmt.Document, old: Masked, new: Masked, salt: Callable[[int], bytes], *slots: fmt.Slot
) -> fmt.Document:
    """Every entry sealed again under a new store key, opened by these slots only; nothing visible changes.

    Raises:
        SealError: an entry does not open under the old key.
    """

    def again(entry: fmt.Entry) -> fmt.Entry:
        secret = seal.open_box(old, document.store_id, entry)
        try:
            return seal.seal_entry(new, document.store_id, entry.info, secret.values(), salt(fmt.SALT_SIZE))
        finally:
            secret.wipe()

    return _with_entries(_with_slots(document, *slots), *map(again, document.entries))


def _with_entries(document: fmt.Document, *entries: fmt.Entry) -> fmt.Document:
    return replace(document, entries=tuple(sorted(entries, key=lambda entry: entry.name)))


def _with_slots(document: fmt.Document, *slots: fmt.Slot) -> fmt.Document:
    return replace(document, slots=tuple(sorted(slots, key=lambda slot: slot.id)))
