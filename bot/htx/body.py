"""A reply's body, whole or not at all, and never more than 8 MiB of it in memory."""

import zlib
from typing import Final

import httpx

LARGEST: Final = 8 * 1024 * 1024
"""Bytes, decoded. A page of 100 orders is about 100 KB."""

_GZIP: Final = 16 + zlib.MAX_WBITS


class BodyError(Exception):
    """A body that cannot be decoded, or ends too early."""


async def read_body(response: httpx.Response) -> bytes | None:
    """The decoded body; None if it is over the limit, and then the rest is not read.

    Raises:
        BodyError: an encoding we did not ask for, or broken compression.
        httpx.HTTPError: the transport failed, or the body ended before its announced length.
    """
    encoding = response.headers.get("content-encoding", "").strip().lower()
    if encoding not in ("", "identity", "gzip"):
        raise BodyError("encoding")
    # Not httpx's decoders: they take no limit, and let a cut gzip stream pass.
    gzip = zlib.decompressobj(_GZIP) if encoding == "gzip" else None
    whole = bytearray()
    async for chunk in response.aiter_raw():
        whole += chunk if gzip is None else _unpacked(gzip, chunk, LARGEST + 1 - len(whole))
        if len(whole) > LARGEST:
            return None
    if gzip is not None and whole and not gzip.eof:
        raise BodyError("truncated")
    return bytes(whole)


def _unpacked(gzip: "zlib._Decompress", chunk: bytes, room: int) -> bytes:
    try:
        plain = gzip.decompress(chunk, room)
    except zlib.error:
        raise BodyError("compression") from None
    if gzip.unused_data:
        raise BodyError("compression")
    return plain
