"""The keystore as its users see it: open it once, open an entry for one signing, change it under a lock."""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Literal, Self, overload

from keystore import change, disk, file, seal, slots
from keystore import format as fmt
from keystore.errors import (
    StoreClosedError,
    StoreExistsError,
    WrongKeyOrDamagedError,
)
from keystore.options import Options
from keystore.secret import (
    HtxSecret,
    Kind,
    Masked,
    Secret,
    SlackSecret,
    TelegramSecret,
    Unlock,
    Values,
    masked,
)
from keystore.values import check_name, check_values, public_tail

_Step = Callable[[fmt.Document, Masked], fmt.Document]
"""From a document and the store key to the next document."""


def inspect(path: Path) -> tuple[fmt.EntryInfo, ...]:
    """What is visible without any key, sorted by name. Not authenticated: only opening the store is.

    Raises:
        StoreMissingError, UnsafeFileError, FormatError: see their classes.
    """
    return tuple(entry.info for entry in disk.load(path)[1].entries)


def inspect_slots(path: Path) -> tuple[fmt.SlotInfo, ...]:
    """The ways to open a store, visible without any key. Raises as `inspect` does."""
    return tuple(fmt.slot_info(slot) for slot in disk.load(path)[1].slots)


class Keystore:
    """An open store; `create` or `open` make one, `close` (or leaving a ``with`` block) wipes its key.

    Entries are read from memory, as they were when the store was opened or last changed through this object.
    Changes read the file again under the lock, so two processes lose nothing of each other's. All of them may
    raise StoreBusyError, StoreChangedError, StoreClosedError, WriteError and NotDurableError besides what is
    listed.
    """

    __slots__ = ("_document", "_key", "_options", "_path")

    def __init__(self, path: Path, document: fmt.Document, key: Masked, options: Options) -> None:
        self._path = path
        self._document = document
        self._key: Masked | None = key
        self._options = options

    @classmethod
    def create(cls, path: Path, unlock: Unlock, options: Options | None = None) -> Self:
        """Make an empty store with one slot, in a folder that is made (0700) if need be.

        Raises:
            StoreExistsError: something is at the path.
            WeakPassphraseError, MemoryShortError, WriteError, StoreBusyError: see their classes.
        """
        options = options or Options()
        store_id = options.random(fmt.STORE_ID_SIZE).hex()
        key = Masked(options.random(fmt.KEY_SIZE))
        document = change.blank(store_id, slots.new_slot(key, unlock, store_id, options))
        file.make_folder(path.parent)
        with file.locked(path, options.lock_timeout):
            if os.path.lexists(path):
                raise StoreExistsError(path=path)
            document = disk.publish(path, document, key, previous=None)
        return cls(path, document, key, options)

    @classmethod
    def open(cls, path: Path, unlock: Unlock, options: Options | None = None) -> Self:
        """Read the file, find a slot that opens, check the HMAC over everything.

        Raises:
            WrongKeyOrDamagedError: no slot opens, or the file was altered.
            StoreMissingError, UnsafeFileError, FormatError, MemoryShortError: see their classes.
        """
        _, document = disk.load(path)
        return cls(path, document, slots.store_key(path, document, unlock), options or Options())

    def close(self) -> None:
        """Wipe the store key; closing twice is harmless."""
        if self._key is not None:
            self._key.wipe()
            self._key = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Keystore({str(self._path)!r})"

    def entries(self) -> tuple[fmt.EntryInfo, ...]:
        """The visible part of every entry, sorted by name."""
        return tuple(entry.info for entry in self._document.entries)

    def entry(self, name: str) -> fmt.EntryInfo:
        """The visible part of one entry.

        Raises:
            EntryMissingError: there is none of this name.
        """
        return change.find(self._document, name).info

    def slots(self) -> tuple[fmt.SlotInfo, ...]:
        """The ways to open this store, sorted by id."""
        return tuple(fmt.slot_info(slot) for slot in self._document.slots)

    def verify(self) -> tuple[fmt.EntryInfo, ...]:
        """Open every entry and wipe it again; returns what was opened.

        Raises:
            WrongKeyOrDamagedError: an entry was altered.
            StoreClosedError: the store is closed.
        """
        for info in self.entries():
            with self._opened(info.name, info.kind):
                pass
        return self.entries()

    @overload
    def open_entry(self, name: str, kind: Literal["htx"]) -> AbstractContextManager[HtxSecret]: ...
    @overload
    def open_entry(self, name: str, kind: Literal["telegram"]) -> AbstractContextManager[TelegramSecret]: ...
    @overload
    def open_entry(self, name: str, kind: Literal["slack"]) -> AbstractContextManager[SlackSecret]: ...
    @overload
    def open_entry(self, name: str, kind: Kind) -> AbstractContextManager[Secret]: ...
    def open_entry(self, name: str, kind: Kind) -> AbstractContextManager[Secret]:
        """A context that yields the entry's values and wipes them at its end. Microseconds; no disk, no network.

        Entering it raises:
            EntryMissingError, WrongKindError, StoreClosedError: see their classes.
            WrongKeyOrDamagedError: the entry was altered.
        """
        return self._opened(name, kind)

    def add(self, name: str, kind: Kind, values: Values) -> fmt.EntryInfo:
        """Store a new entry; ``values`` are those of the kind, in `field_names` order.

        Raises:
            BadNameError, ValueCountError, BadValueError: what came is not what it should be.
            EntryExistsError, FullError: there is no place for it.
        SameKeyError: the key pair is there under another name.
        """
        values = masked(values)
        check_name(name)
        check_values(kind, values)

        def added(document: fmt.Document, key: Masked) -> fmt.Document:
            if kind == "htx":
                change.refuse_same_key(document, key, name, values)
            info = self._describe(name, kind, 1, values)
            return change.add_entry(document, self._sealed(document, key, info, values))

        self._change(added)
        return self.entry(name)

    def rotate(self, name: str, values: Values) -> fmt.EntryInfo:
        """Replace the values of an entry; its version goes up by one. The old values stay in ``.prev`` only.

        Raises:
            EntryMissingError: no such entry.
            ValueCountError, BadValueError: what came is not what it should be.
        """
        values = masked(values)
        kind = self.entry(name).kind
        check_values(kind, values)

        def rotated(document: fmt.Document, key: Masked) -> fmt.Document:
            old = change.find_kind(document, name, kind)
            if kind == "htx":
                change.refuse_same_key(document, key, name, values)
            info = self._describe(name, kind, old.version + 1, values)
            rest = change.remove_entry(document, name)
            return change.add_entry(rest, self._sealed(document, key, info, values))

        self._change(rotated)
        return self.entry(name)

    def remove(self, name: str) -> None:
        """Take an entry out. It stays in ``.prev`` until the next change.

        Raises:
            EntryMissingError: no such entry.
        """
        self._change(lambda document, _: change.remove_entry(document, name))

    def add_slot(self, unlock: Unlock) -> fmt.SlotInfo:
        """Let something else open the store, too.

        Raises:
            FullError: there are `format.MAX_SLOTS` already.
            WeakPassphraseError, MemoryShortError: see their classes.
        """
        slot = slots.new_slot(self._open_key(), unlock, self._document.store_id, self._options)
        self._change(lambda document, _: change.add_slot(document, slot))
        return fmt.slot_info(slot)

    def remove_slot(self, slot_id: str) -> None:
        """Take one way away to open the store. Whoever used it may know the store key: think of `rekey`.

        Raises:
            SlotError: there is no such slot, or it is the last one.
        """
        self._change(lambda document, _: change.remove_slot(document, slot_id))

    def rekey(self, unlock: Unlock, *more: Unlock) -> None:
        """Take a new store key, seal every entry again, and let only these unlocks open the store from now on.

        Slots of anything else are dropped: nobody can wrap a new key for a passphrase that is not at hand.

        Raises:
            WeakPassphraseError, MemoryShortError: see their classes.
            WrongKeyOrDamagedError: an entry was altered.
        """
        new = Masked(self._options.random(fmt.KEY_SIZE))
        ways = [slots.new_slot(new, one, self._document.store_id, self._options) for one in (unlock, *more)]

        def rekeyed(document: fmt.Document, old: Masked) -> fmt.Document:
            return change.reseal(document, old, new, self._options.random, *ways)

        self._change(rekeyed, new)

    @contextmanager
    def _opened(self, name: str, kind: Kind) -> Iterator[Secret]:
        entry = change.find_kind(self._document, name, kind)
        try:
            secret = seal.open_box(self._open_key(), self._document.store_id, entry)
        except seal.SealError:
            raise WrongKeyOrDamagedError(path=self._path) from None
        try:
            yield secret
        finally:
            secret.wipe()

    def _describe(self, name: str, kind: Kind, version: int, values: tuple[Masked, ...]) -> fmt.EntryInfo:
        tail = public_tail(kind, values)
        created = self._options.created()
        return fmt.EntryInfo(name=name, kind=kind, version=version, created=created, tail=tail)

    def _sealed(
        self, document: fmt.Document, key: Masked, info: fmt.EntryInfo, values: tuple[Masked, ...]
    ) -> fmt.Entry:
        salt = self._options.random(fmt.SALT_SIZE)
        return seal.seal_entry(key, document.store_id, info, values, salt)

    def _open_key(self) -> Masked:
        if self._key is None:
            raise StoreClosedError(path=self._path)
        return self._key

    def _change(self, step: _Step, new_key: Masked | None = None) -> None:
        """Lock, read again, take the step, write; then this object has the new state."""
        key = self._open_key()
        with file.locked(self._path, self._options.lock_timeout):
            before, document = disk.reload(self._path, key)
            try:
                document = step(document, key)
            except seal.SealError:
                raise WrongKeyOrDamagedError(path=self._path) from None
            self._document = disk.publish(self._path, document, new_key or key, before)
        if new_key is not None:
            key.wipe()
            self._key = new_key
