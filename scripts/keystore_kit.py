"""What the keystore test kit is made of: stores with fixed keys, and ways to break them.

Nothing here is random. `make_keystore_kit.py` has the cases.
"""

import base64
import hashlib
import hmac
import json
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any, Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from keystore import EntryInfo, Keyfile, Kind, Masked, Passphrase, Unlock, change, seal
from keystore import format as fmt
from keystore.values import public_tail

Plain = dict[str, Any]
"""A keystore as JSON has it, before it is written."""
Row = tuple[str, Kind, tuple[str, ...]]
"""Name, kind and values of an entry."""

CREATED: Final = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def fixed(label: str, size: int) -> bytes:
    """Bytes that look random and are always the same for a label."""
    return hashlib.shake_256(b"cancelall keystore kit|" + label.encode()).digest(size)


def key_file(label: str = "key file") -> Keyfile:
    """A key file of the kit."""
    return Keyfile(value=Masked(fixed(label, 32)))


def phrase(text: str = "seven quiet rivers") -> Passphrase:
    """A passphrase of the kit."""
    return Passphrase(value=Masked(text.encode()))


class Kit:
    """One store of the kit: its key and id, and the documents made with them."""

    def __init__(self, label: str = "first") -> None:
        self.label = label
        self.key = Masked(fixed(f"{label} store key", fmt.KEY_SIZE))
        self.store_id = fixed(f"{label} store id", fmt.STORE_ID_SIZE).hex()

    def slot(self, label: str, unlock: Unlock) -> fmt.Slot:
        """A slot; passphrases at the lowest cost there may be, so that the kit is quick."""
        params: fmt.Argon2Params | fmt.KeyfileParams
        salt = f"{self.label} slot {label} salt"
        if isinstance(unlock, Keyfile):
            params = fmt.KeyfileParams(salt=fixed(salt, fmt.SALT_SIZE))
        else:
            short = fixed(salt, fmt.ARGON2_SALT_SIZE)
            params = fmt.Argon2Params(lanes=1, memory_kib=fmt.MEMORY_KIB[0], passes=fmt.PASSES[0], salt=short)
        slot_id = fixed(f"{self.label} slot {label} id", fmt.SLOT_ID_SIZE).hex()
        return seal.new_slot(self.key, unlock, self.store_id, slot_id, params)

    def entry(self, row: Row, version: int = 1) -> fmt.Entry:
        """A sealed entry."""
        name, kind, values = row
        hidden = tuple(Masked(value.encode()) for value in values)
        tail = public_tail(kind, hidden)
        info = EntryInfo(name=name, kind=kind, version=version, created=CREATED, tail=tail)
        return seal.seal_entry(self.key, self.store_id, info, hidden, fixed(f"{self.label} {name}", fmt.SALT_SIZE))

    def document(self, *rows: Row, unlocks: tuple[Unlock, ...] = (), version: int = 1) -> Plain:
        """A good document, opened by the kit's key file unless something else is given."""
        slots = [self.slot(str(i), unlock) for i, unlock in enumerate(unlocks or (key_file(),))]
        document = change.blank(self.store_id, *slots)
        for row in rows:
            document = change.add_entry(document, self.entry(row, version))
        return self.signed(json.loads(fmt.encode(document)))

    def signed(self, plain: Plain) -> Plain:
        """With the right HMAC, whatever is in it.

        Computed apart from the code under test, which refuses bad documents.
        """
        rest = {key: value for key, value in plain.items() if key != "mac"}
        info = fmt.mac_info(self.store_id)
        key = HKDF(algorithm=hashes.SHA256(), length=32, salt=b"", info=info).derive(bytes(self.key))
        return rest | {"mac": b64(hmac.digest(key, canonical(rest), "sha256"))}

    def boxed(self, row: Row, plaintext: bytes) -> Plain:
        """A document whose one entry has this plaintext in its box, properly encrypted."""
        entry = self.entry(row)
        info = fmt.entry_info(entry.name, entry.version)
        key = HKDF(algorithm=hashes.SHA256(), length=32, salt=entry.salt, info=info).derive(bytes(self.key))
        box = ChaCha20Poly1305(key).encrypt(bytes(12), plaintext, fmt.entry_aad(self.store_id, entry))
        return self.signed(put(self.document(row), "entries.0.box", b64(box)))


def b64(data: bytes) -> str:
    """Padded base64."""
    return base64.b64encode(data).decode()


def canonical(plain: Plain) -> bytes:
    """Canonical JSON by the standard library, to agree with what the keystore writes by another."""
    return json.dumps(plain, sort_keys=True, separators=(",", ":")).encode()


def flipped(plain: Plain, path: str) -> Plain:
    """With the lowest bit of the first byte of a base64 value flipped."""
    data = bytearray(base64.b64decode(get(plain, path)))
    data[0] ^= 1
    return put(plain, path, b64(bytes(data)))


def get(plain: Plain, path: str) -> Any:  # noqa: ANN401 - JSON
    """The value at a path such as slots.0.params.salt."""
    at: Any = plain
    for step in path.split("."):
        at = at[int(step)] if step.isdigit() else at[step]
    return at


def put(plain: Plain, path: str, value: object = None) -> Plain:
    """A copy with another value at a path; without it if the value is None."""
    copy = deepcopy(plain)
    parent, _, last = path.rpartition(".")
    at: Any = get(copy, parent) if parent else copy
    key: int | str = int(last) if last.isdigit() else last
    if value is None:
        del at[key]
    else:
        at[key] = value
    return copy
