"""A second keystore reader, made from docs/keystore-format.md: argon2-cffi, PyNaCl and the standard library.

It shares no line and no cryptographic library with the first. It is lenient where the format is strict about
spelling: its job is to open what is good and nothing whose keys, tags or associated data are wrong.
"""

import base64
import hashlib
import hmac
import json
from typing import Any

from argon2.low_level import Type, hash_secret_raw
from nacl.bindings import crypto_aead_chacha20poly1305_ietf_decrypt
from nacl.exceptions import CryptoError

PREFIX = b"cancelall-keystore/1"
FIELDS = {"htx": 2, "telegram": 1, "slack": 3}


class NotOpenedError(Exception):
    """The second reader could not open the file either."""


def read(data: bytes, *, keyfile: bytes = b"", passphrase: bytes = b"") -> list[tuple[str, str, list[str]]]:
    """Name, kind and values of every entry."""
    document = json.loads(data)
    store_id = document["store_id"].encode()
    key = _store_key(document, store_id, keyfile, passphrase)
    rest = {name: value for name, value in document.items() if name != "mac"}
    mac_key = _hkdf(key, b"", b"|".join((PREFIX, b"mac", store_id)))
    mac = hmac.new(mac_key, _canonical(rest), hashlib.sha256).digest()
    if not hmac.compare_digest(mac, base64.b64decode(document["mac"])):
        raise NotOpenedError
    return [(e["name"], e["kind"], _values(key, store_id, e)) for e in document["entries"]]


def _store_key(document: dict[str, Any], store_id: bytes, keyfile: bytes, passphrase: bytes) -> bytes:
    for slot in document["slots"]:
        params = slot["params"]
        salt = base64.b64decode(params["salt"])
        if slot["type"] == "keyfile" and keyfile:
            kek = _hkdf(keyfile, salt, PREFIX + b"|keyfile")
        elif slot["type"] == "passphrase" and passphrase:
            kek = hash_secret_raw(
                passphrase,
                salt,
                time_cost=params["passes"],
                memory_cost=params["memory_kib"],
                parallelism=params["lanes"],
                hash_len=32,
                type=Type.ID,
                version=0x13,
            )
        else:
            continue
        visible = {name: value for name, value in slot.items() if name != "wrapped"}
        try:
            return _open(kek, slot["wrapped"], b"|".join((PREFIX, b"slot", store_id, _canonical(visible))))
        except NotOpenedError:
            continue
    raise NotOpenedError


def _values(store_key: bytes, store_id: bytes, entry: dict[str, Any]) -> list[str]:
    info = b"|".join((PREFIX, b"entry", entry["name"].encode(), str(entry["version"]).encode()))
    key = _hkdf(store_key, base64.b64decode(entry["salt"]), info)
    visible = {name: value for name, value in entry.items() if name != "box"}
    plain = _open(key, entry["box"], b"|".join((PREFIX, b"entry", store_id, _canonical(visible))))
    values = []
    for _ in range(FIELDS[entry["kind"]]):
        size = int.from_bytes(plain[:2], "big")
        value, plain = plain[2 : 2 + size], plain[2 + size :]
        if not (1 <= len(value) == size <= 256) or any(not 0x21 <= byte <= 0x7E for byte in value):
            raise NotOpenedError
        values.append(value.decode("ascii"))
    if len(plain) >= 256 or any(plain):
        raise NotOpenedError
    return values


def _open(key: bytes, sealed: str, aad: bytes) -> bytes:
    try:
        return crypto_aead_chacha20poly1305_ietf_decrypt(base64.b64decode(sealed), aad, bytes(12), key)
    except CryptoError:
        raise NotOpenedError from None


def _hkdf(secret: bytes, salt: bytes, info: bytes) -> bytes:
    """HKDF-SHA-256 for 32 bytes: extract, then one block of expand (RFC 5869)."""
    extracted = hmac.new(salt or bytes(32), secret, hashlib.sha256).digest()
    return hmac.new(extracted, info + b"\x01", hashlib.sha256).digest()


def _canonical(value: dict[str, Any]) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()
