"""Whose certificates are good, and nothing of the environment in it.

`ssl.create_default_context` reads `SSLKEYLOGFILE`, and the system's store by OpenSSL's default is whatever
`SSL_CERT_FILE` and `SSL_CERT_DIR` say; so the contexts are put together here by hand.
"""

import ssl
import sys
from pathlib import Path
from typing import Final

import certifi

_STRICT: Final = (3, 13)
"""From this Python on chains are judged as strictly as `ssl.create_default_context` has it there."""


def bare() -> ssl.SSLContext:
    """A context that verifies, and trusts nobody yet."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if sys.version_info >= _STRICT:
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN | ssl.VERIFY_X509_STRICT
    return context


def of_the_program() -> ssl.SSLContext:
    """The roots that come with the program."""
    context = bare()
    context.load_verify_locations(cafile=certifi.where())
    return context


def of_the_system() -> ssl.SSLContext:
    """The roots that this machine trusts, where OpenSSL was built to look for them.

    Raises:
        ValueError: there are none; the message continues a sentence about them.
    """
    paths, context = ssl.get_default_verify_paths(), bare()
    file, folder = Path(paths.openssl_cafile), Path(paths.openssl_capath)
    if file.is_file():
        context.load_verify_locations(cafile=file)
    if folder.is_dir() and any(folder.iterdir()):
        context.load_verify_locations(capath=folder)
    elif not file.is_file():
        raise ValueError(f"are nowhere: neither {file} nor {folder} has any")
    return context


def of_file(path: Path) -> ssl.SSLContext:
    """The roots in a PEM file, and no others.

    Raises:
        ValueError: it cannot be read, or holds none; the message continues a sentence that begins with its name.
    """
    context = bare()
    try:
        context.load_verify_locations(cafile=path)
    except ssl.SSLError:
        raise ValueError(f"names {path}, which holds no certificates in PEM") from None
    except OSError as error:
        raise ValueError(
            f"names {path}, which cannot be read ({error.strerror or type(error).__name__})"
        ) from None
    return context


def of_folder(path: Path) -> ssl.SSLContext:
    """The roots in a folder, named by their hashes as OpenSSL has it (`openssl rehash`).

    Raises:
        ValueError: it cannot be looked into, or is empty; the message continues a sentence that begins with what
            named it.
    """
    try:
        empty = not any(path.iterdir())
    except OSError as error:
        raise ValueError(
            f"names {path}, which cannot be read ({error.strerror or type(error).__name__})"
        ) from None
    if empty:
        raise ValueError(f"names {path}, which is empty")
    context = bare()
    context.load_verify_locations(capath=path)
    return context
