"""The cryptography: store key, slots, boxes and the HMAC over the whole. Pure: salts and keys are arguments.

Every key made here encrypts exactly one message, because each comes from a fresh salt. That is what makes the
fixed nonce right, and it leaves no counter to get wrong.

The HMAC also commits to the store key: ChaCha20-Poly1305 alone would let a forger craft one ciphertext that
opens under several keys, and "try each slot" is the shape such attacks need.
"""

from typing import Final

import msgspec
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from keystore import format as fmt
from keystore.errors import MemoryShortError
from keystore.secret import Keyfile, Masked, Passphrase, Secret, Unlock, field_names, make_secret
from keystore.values import is_storable

_NONCE: Final = bytes(12)
_KEYFILE_INFO: Final = fmt.PREFIX + b"|keyfile"
_LENGTH: Final = 2
"""Bytes of the length, big-endian, before each value of a plaintext."""


class SealError(Exception):
    """Something does not open. It says nothing more on purpose; the caller knows which file."""


def derive_kek(unlock: Unlock, slot: fmt.Slot) -> Masked | None:
    """The key that wraps the store key in this slot, or None if the slot is of the other type.

    Argon2id at 256 MiB takes about half a second; a key file costs microseconds.

    Raises:
        MemoryShortError: Argon2id did not get its memory.
    """
    kek = Masked(fmt.KEY_SIZE)
    match unlock, slot:
        case Keyfile(), fmt.KeyfileSlot():
            _hkdf(unlock.value, slot.params.salt, _KEYFILE_INFO, kek)
        case Passphrase(), fmt.PassphraseSlot():
            _argon2id(unlock.value, slot.params, kek)
        case _:
            return None
    return kek


def wrap(store_key: Masked, kek: Masked, store_id: str, slot: fmt.Slot) -> fmt.Slot:
    """The slot, with the store key wrapped into it."""
    wrapped = ChaCha20Poly1305(kek).encrypt(_NONCE, store_key, fmt.slot_aad(store_id, slot))
    return msgspec.structs.replace(slot, wrapped=wrapped)


def unwrap(kek: Masked, store_id: str, slot: fmt.Slot) -> Masked:
    """The store key out of a slot.

    Raises:
        SealError: wrong key, or slot altered.
    """
    return _open(kek, slot.wrapped, fmt.slot_aad(store_id, slot))


def new_slot(
    store_key: Masked,
    unlock: Unlock,
    store_id: str,
    slot_id: str,
    params: fmt.Argon2Params | fmt.KeyfileParams,
) -> fmt.Slot:
    """A slot that `unlock` opens, made from a slot id and salt used for nothing else.

    Raises:
        ValueError: the parameters are those of the other slot type.
    """
    slot: fmt.Slot
    match params:
        case fmt.Argon2Params():
            slot = fmt.PassphraseSlot(id=slot_id, params=params, wrapped=b"")
        case fmt.KeyfileParams():
            slot = fmt.KeyfileSlot(id=slot_id, params=params, wrapped=b"")
    if (kek := derive_kek(unlock, slot)) is None:
        raise ValueError("a passphrase goes with Argon2id parameters, a key file with a salt")
    try:
        return wrap(store_key, kek, store_id, slot)
    finally:
        kek.wipe()


def unlock_store(document: fmt.Document, unlock: Unlock) -> Masked:
    """Try the slots of the right type in file order; the store key of the first that opens.

    Raises:
        SealError: none opens, or the HMAC does not match.
        MemoryShortError: Argon2id did not get its memory.
    """
    for slot in document.slots:
        if (kek := derive_kek(unlock, slot)) is None:
            continue
        try:
            store_key = unwrap(kek, document.store_id, slot)
        except SealError:
            continue
        finally:
            kek.wipe()
        check_mac(document, store_key)
        return store_key
    raise SealError


def with_mac(document: fmt.Document, store_key: Masked) -> fmt.Document:
    """The document with its HMAC."""
    return msgspec.structs.replace(document, mac=_mac(document, store_key).finalize())


def check_mac(document: fmt.Document, store_key: Masked) -> None:
    """Compare in constant time.

    Raises:
        SealError: the HMAC is not that of this document under this key.
    """
    try:
        _mac(document, store_key).verify(document.mac)
    except InvalidSignature:
        pass
    else:
        return
    raise SealError


def seal_entry(
    store_key: Masked,
    store_id: str,
    info: fmt.EntryInfo,
    values: tuple[Masked, ...],
    salt: bytes,
) -> fmt.Entry:
    """An entry with its values in the box, under a key made from a salt used for nothing else."""
    entry = fmt.Entry(**msgspec.structs.asdict(info), salt=salt, box=b"")
    key, plain = _entry_key(store_key, entry), _pack(values)
    try:
        box = ChaCha20Poly1305(key).encrypt(_NONCE, plain, fmt.entry_aad(store_id, entry))
    finally:
        key.wipe()
        plain.wipe()
    return msgspec.structs.replace(entry, box=box)


def open_box(store_key: Masked, store_id: str, entry: fmt.Entry) -> Secret:
    """The values of an entry; whoever gets them wipes them.

    Raises:
        SealError: the box or anything visible of its entry was altered, or another store or name is meant.
    """
    key = _entry_key(store_key, entry)
    try:
        plain = _open(key, entry.box, fmt.entry_aad(store_id, entry))
    finally:
        key.wipe()
    try:
        return make_secret(entry.kind, _unpack(plain, len(field_names(entry.kind))))
    finally:
        plain.wipe()


def _pack(values: tuple[Masked, ...]) -> Masked:
    """Each value after its length, then zeros up to the next multiple of `BLOCK`."""
    size = sum(_LENGTH + len(value) for value in values)
    plain = Masked(-(-size // fmt.BLOCK) * fmt.BLOCK)
    at = 0
    for value in values:
        start = at + _LENGTH
        plain[at:start] = len(value).to_bytes(_LENGTH, "big")
        plain[start : start + len(value)] = value
        at = start + len(value)
    return plain


def _unpack(plain: Masked, count: int) -> tuple[Masked, ...]:
    """The reverse of `_pack`.

    Raises:
        SealError: whoever wrote it had the key, and did not follow the format.
    """
    values: list[Masked] = []
    at = 0
    for _ in range(count):
        start = at + _LENGTH
        at = start + int.from_bytes(plain[at:start], "big")
        values.append(Masked(plain[start:at]))
    padding = len(plain) - at
    if not (0 <= padding < fmt.BLOCK and all(map(is_storable, values)) and not any(plain[at:])):
        raise SealError
    return tuple(values)


def _entry_key(store_key: Masked, entry: fmt.Entry) -> Masked:
    key = Masked(fmt.KEY_SIZE)
    _hkdf(store_key, entry.salt, fmt.entry_info(entry.name, entry.version), key)
    return key


def _mac(document: fmt.Document, store_key: Masked) -> hmac.HMAC:
    key = Masked(fmt.KEY_SIZE)
    _hkdf(store_key, b"", fmt.mac_info(document.store_id), key)
    mac = hmac.HMAC(key, hashes.SHA256())
    key.wipe()
    mac.update(fmt.mac_input(document))
    return mac


def _open(key: Masked, sealed: bytes, aad: bytes) -> Masked:
    plain = Masked(len(sealed) - fmt.TAG_SIZE)
    try:
        ChaCha20Poly1305(key).decrypt_into(_NONCE, sealed, aad, plain)
    except InvalidTag:
        plain.wipe()
    else:
        return plain
    raise SealError


def _hkdf(secret: Masked, salt: bytes, info: bytes, out: Masked) -> None:
    """HKDF-SHA-256 (RFC 5869) into ``out``; an empty salt stands for 32 zero bytes, as the RFC says."""
    HKDF(algorithm=hashes.SHA256(), length=len(out), salt=salt, info=info).derive_into(secret, out)


def _argon2id(secret: Masked, cost: fmt.Argon2Params, out: Masked) -> None:
    """Argon2id version 1.3 (RFC 9106) without secret or associated data, into ``out``."""
    kdf = Argon2id(
        salt=cost.salt,
        length=len(out),
        iterations=cost.passes,
        lanes=cost.lanes,
        memory_cost=cost.memory_kib,
    )
    try:
        # Takes any buffer; the stub of cryptography 50 has not heard of it yet.
        kdf.derive_into(secret, out)  # type: ignore[arg-type]
    except MemoryError:
        raise MemoryShortError(memory_mib=cost.memory_kib // 1024) from None
