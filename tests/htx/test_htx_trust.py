"""Whom the client trusts: a certificate for the name it called, now, from a root it knows."""

import errno
import os
import ssl
from collections.abc import Callable
from pathlib import Path

import httpcore
import pytest

from benchmarks.certificate import Certificate, certificate
from bot.app import htx_trust, slack_way, telegram_way
from bot.errors import ConfigFaults
from bot.htx import HtxClient
from bot.htx.address import address
from bot.model import Answer, Answered, NotSent
from bot.model.answer import NO_FILES
from tests.htx.htx_kit import (
    ACCESS,
    LONG_AFTER,
    HandClock,
    OneKey,
    Wire,
    answering,
    client_of,
    envelope,
    raw_server,
    scope_of,
)

BODY = envelope([{"order_id": "1", "code": 200}])


def serving(made: Certificate) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(made.public, made.key)
    return context


async def cancel(client: HtxClient) -> Answer:
    return await client.cancel_all(scope_of(), host=0, not_after=LONG_AFTER)


async def test_a_trusted_certificate(tmp_path: Path) -> None:
    """Over TLS with a certificate that is trusted, the request goes through; the port is in the signed host."""
    made = certificate(tmp_path)
    async with raw_server(answering(BODY), tls=serving(made)) as raw:
        for host in ("127.0.0.1", "localhost"):
            trust = ssl.create_default_context(cafile=made.public)
            async with client_of(f"https://{host}:{raw.port}", trust=trust) as client:
                assert isinstance(await cancel(client), Answered)
                assert f"Host: {host}:{raw.port}".encode() in raw.received


async def test_an_unknown_certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A self-signed certificate is refused before a byte of the request leaves, whatever SSL_CERT_FILE says."""
    made = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(made.public))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    async with raw_server(answering(BODY), tls=serving(made)) as raw:
        client = HtxClient(
            urls=[f"https://localhost:{raw.port}"], keys=OneKey(), clock=HandClock(), system_now=lambda: 1.7e9
        )
        async with client:
            assert await cancel(client) == NotSent(why="certificate: self-signed certificate")
        assert raw.received == b""


async def test_an_expired_certificate(tmp_path: Path) -> None:
    """A trusted certificate past its time is refused."""
    made = certificate(tmp_path, days=-1)
    async with raw_server(answering(BODY), tls=serving(made)) as raw:
        trust = ssl.create_default_context(cafile=made.public)
        async with client_of(f"https://localhost:{raw.port}", trust=trust) as client:
            assert await cancel(client) == NotSent(why="certificate: certificate has expired")
        assert raw.received == b""


async def test_a_certificate_for_another_name(tmp_path: Path) -> None:
    """A trusted certificate of another host is refused."""
    made = certificate(tmp_path)
    async with raw_server(answering(BODY), tls=serving(made)) as raw:
        trust = ssl.create_default_context(cafile=made.public)
        async with client_of(f"https://127.0.0.2:{raw.port}", trust=trust) as client:
            # 127.0.0.2 is this machine too, but the server listens on 127.0.0.1 alone.
            assert isinstance(await cancel(client), NotSent)
        assert raw.received == b""


async def test_tls_to_a_plain_server() -> None:
    """A server that speaks no TLS gets one handshake and no byte of the request; nothing below us tries again."""

    async def script(wire: Wire) -> None:
        wire.seen += await wire.reader.read(65536)
        await wire.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    async with raw_server(script) as raw, client_of(f"https://127.0.0.1:{raw.port}") as client:
        assert await cancel(client) == NotSent(why="tls")
        assert len(raw.wires) == 1
        assert ACCESS.encode() not in raw.received
        assert b"POST" not in raw.received


def not_checking_names() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    return context


def not_verifying() -> ssl.SSLContext:
    context = not_checking_names()
    context.verify_mode = ssl.CERT_NONE
    return context


@pytest.mark.parametrize("made", [not_checking_names, not_verifying])
def test_a_context_that_does_not_verify_is_refused(made: Callable[[], ssl.SSLContext]) -> None:
    """There is no switch for verification, not even through a context of one's own."""
    with pytest.raises(ValueError, match="verify"):
        HtxClient(
            urls=["https://api.hbdm.com"],
            keys=OneKey(),
            clock=HandClock(),
            system_now=lambda: 0.0,
            ssl_context=made(),
        )


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://api.hbdm.com", "api.hbdm.com"),
        ("https://API.HBDM.com/", "api.hbdm.com"),
        ("https://api.hbdm.com:443", "api.hbdm.com"),
        ("https://api.hbdm.com:8443", "api.hbdm.com:8443"),
        ("http://127.0.0.1:8080", "127.0.0.1:8080"),
        ("http://127.9.9.9", "127.9.9.9"),
        ("http://localhost:80", "localhost"),
        ("http://[::1]:81", "[::1]:81"),
    ],
)
def test_addresses(url: str, host: str) -> None:
    """An address's host is what the Host header says: lower case, with the port where it is not the default."""
    assert address(url).host == host


@pytest.mark.parametrize(
    "url",
    [
        "http://api.hbdm.com",
        "http://10.0.0.1",
        "http://0.0.0.0",
        "http://128.0.0.1",
        "http://[::2]",
        "http://[::ffff:127.0.0.1]",
        "http://localhost.evil.example",
        "http://127.0.0.1.evil.example",
        "http://127.1",
        "ftp://127.0.0.1",
        "api.hbdm.com",
        "https://",
        "",
        "https://user:pass@api.hbdm.com",
        "https://api.hbdm.com/v5",
        "https://api.hbdm.com?x=1",
        "https://api.hbdm.com#x",
        "https://api.hbdm.com:99999999",
    ],
)
def test_addresses_that_are_refused(url: str) -> None:
    """Plain http is for this machine alone, and an address is nothing but scheme, host and port."""
    with pytest.raises(ValueError, match=r".") as caught:
        address(url)
    assert "pass" not in str(caught.value)


def test_no_address_at_all() -> None:
    """A client without an address is a fault of the caller."""
    with pytest.raises(ValueError, match="no address"):
        HtxClient(urls=[], keys=OneKey(), clock=HandClock(), system_now=lambda: 0.0)


async def test_roots_of_the_configuration(tmp_path: Path) -> None:
    """`htx.ca_file` is trusted for HTX; the system's store is a choice, and does not know it."""
    made = certificate(tmp_path)
    async with raw_server(answering(BODY), tls=serving(made)) as raw:
        url = f"https://localhost:{raw.port}"
        async with client_of(url, trust=htx_trust(str(made.public))) as client:
            assert isinstance(await cancel(client), Answered)
        async with client_of(url, trust=htx_trust("system")) as client:
            assert await cancel(client) == NotSent(why="certificate: self-signed certificate")


@pytest.mark.parametrize(
    "text", ["", "no certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"]
)
def test_roots_that_are_none(tmp_path: Path, text: str) -> None:
    """A file that holds no certificate, or is not there, is told in one sentence that names it."""
    file = tmp_path / "roots.pem"
    if text:
        file.write_text(text)
    with pytest.raises(ConfigFaults) as caught:
        htx_trust(str(file))
    (fault,) = caught.value.faults
    assert fault.startswith(f"`htx.ca_file` names {file}, which ")


def test_no_context_writes_a_key_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`SSLKEYLOGFILE` reaches neither HTX's context nor a chat's, even where nobody took it out."""
    monkeypatch.setenv("SSLKEYLOGFILE", str(tmp_path / "keys"))
    ways = (telegram_way("https://h", None, {}), slack_way("https://h", None, {}))
    for context in (htx_trust(None), htx_trust("system"), *(way.trust for way in ways)):
        assert context is not None
        assert not context.keylog_filename
        assert context.verify_mode is ssl.CERT_REQUIRED
        assert context.check_hostname


class NoFiles(httpcore.AsyncNetworkBackend):
    """A network on a host without a file descriptor left."""

    async def connect_tcp(self, *args: object, **kwargs: object) -> httpcore.AsyncNetworkStream:
        try:
            os.close(os.open("/no/such/place", os.O_RDONLY))
        except OSError as error:
            error.errno = errno.EMFILE
            raise httpcore.ConnectError(error) from error
        raise AssertionError


async def test_no_file_descriptors_left() -> None:
    """It is told as what it is, and not as the network's trouble."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    async with HtxClient(
        urls=["https://localhost:1"],
        keys=OneKey(),
        clock=HandClock(),
        system_now=lambda: 1.7e9,
        ssl_context=context,
        network=NoFiles(),
    ) as client:
        assert await cancel(client) == NotSent(why=NO_FILES)
