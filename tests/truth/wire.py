"""The exchange's end of HTTP/1.1, as far as one client speaks it: bytes to a request, a reply to bytes."""

import gzip
from dataclasses import dataclass, field
from http import HTTPStatus

from simulator.htx import Incoming
from simulator.htx.replies import Reply


@dataclass(slots=True, kw_only=True)
class Ear:
    """Gathers the bytes of requests; each comes out when its last byte is in."""

    heard: bytearray = field(default_factory=bytearray)

    def feed(self, data: bytes, connection: int) -> Incoming | None:
        """Take in some bytes; the request that they complete."""
        self.heard += data
        head, found, rest = bytes(self.heard).partition(b"\r\n\r\n")
        if not found:
            return None
        first, *lines = head.decode("ascii").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        size = int(headers.get("content-length", "0"))
        if len(rest) < size:
            return None
        self.heard = bytearray(rest[size:])
        method, target, _version = first.split(" ")
        path, _, query = target.partition("?")
        return Incoming(
            method=method,
            path=path,
            query=query,
            host=headers.get("host", ""),
            content_type=headers.get("content-type", ""),
            body=rest[:size],
            connection=connection,
        )


def spoken(reply: Reply, *, zipped: bool) -> bytes:
    """A whole reply, byte for byte."""
    body = reply.body()
    headers = {"Content-Type": reply.content_type, **dict(reply.headers)}
    if zipped and body:
        body = gzip.compress(body, 1, mtime=0)
        headers["Content-Encoding"] = "gzip"
    headers["Content-Length"] = str(len(body))
    lines = (f"{name}: {value}" for name, value in headers.items())
    head = "\r\n".join([f"HTTP/1.1 {reply.status} {HTTPStatus(reply.status).phrase}", *lines, "", ""])
    return head.encode("ascii") + body
