"""Secrets that sing wherever they are found: made up at random, searched for in every coat they may wear."""

import base64
import secrets
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final
from urllib.parse import quote

from tests.crash.ground import Secrets

SLICE: Final = 12
"""Characters of a secret that count as the secret."""


def made_up() -> Secrets:
    """Fresh secrets, with characters that encodings change."""
    return Secrets(
        access_key=f"{secrets.token_hex(4)}-{secrets.token_hex(4)}-{secrets.token_hex(8)}",
        secret=f"{secrets.token_hex(4)}+{secrets.token_hex(4)}/{secrets.token_hex(8)}=",
        token=f"{secrets.randbelow(10**9) + 10**9}:AA{secrets.token_urlsafe(24)}",
        keyfile=secrets.token_bytes(32),
    )


def coats(secret: bytes) -> dict[str, bytes]:
    """A secret as it is, and encoded in the ways that programs do by themselves."""
    return {
        "raw": secret,
        "reversed": secret[::-1],
        "hex": secret.hex().encode(),
        "HEX": secret.hex().upper().encode(),
        "base64": base64.b64encode(secret).rstrip(b"="),
        "base64 url": base64.urlsafe_b64encode(secret).rstrip(b"="),
        "url": quote(secret, safe="").encode(),
        "repr": repr(secret)[2:-1].encode(),
        "utf-16": secret.decode("latin-1").encode("utf-16-le"),
    }


def pieces(secret: bytes) -> Iterator[tuple[str, bytes]]:
    """Every coat, and every slice of twelve bytes of each."""
    for name, coat in coats(secret).items():
        yield name, coat
        for start in range(max(len(coat) - SLICE, 0) + 1):
            yield f"{name} from {start}", coat[start : start + SLICE]


def hits(planted: Secrets, places: Mapping[str, bytes]) -> list[str]:
    """Where which secret was found; the secret itself is not said."""
    named = {
        "access key": planted.access_key.encode(),
        "secret key": planted.secret.encode(),
        "bot token": planted.token.partition(":")[2].encode(),  # the number before it is the bot's public id
        "key file": planted.keyfile,
    }
    return [
        f"{name} ({coat}) in {place}"
        for name, secret in named.items()
        for coat, piece in pieces(secret)
        for place, content in places.items()
        if piece in content
    ]


def files(folder: Path, *, but: frozenset[str]) -> dict[str, bytes]:
    """Every file below a folder with its bytes, but for those of these names."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name not in but
    }
