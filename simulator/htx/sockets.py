"""Rude things to do to a connection, below what a web framework offers."""

import asyncio
import socket
import struct
from collections.abc import Mapping


def abort(transport: asyncio.Transport | None, *, reset: bool) -> None:
    """Closes a connection at once; with `reset` the peer sees a TCP RST instead of an end."""
    if transport is None:
        return
    if reset:
        # Lingering for zero seconds makes the kernel send a RST on close.
        handle: socket.socket = transport.get_extra_info("socket")
        handle.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


def send_part(
    transport: asyncio.Transport | None,
    status: str,
    headers: Mapping[str, str],
    body: bytes,
    size: int,
) -> None:
    """Writes a whole head, announcing the whole `body`, then `size` bytes of it, and closes."""
    if transport is None:
        return
    lines = [f"{name}: {value}" for name, value in headers.items()]
    head = "\r\n".join([f"HTTP/1.1 {status}", *lines, f"Content-Length: {len(body)}", "", ""])
    transport.write(head.encode() + body[:size])
    transport.close()
