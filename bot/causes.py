"""What lies behind an error, where its own name would send people the wrong way."""

import errno
import os
import ssl
from collections.abc import Iterator
from typing import Final

_NO_FILES: Final = frozenset({errno.EMFILE, errno.ENFILE})


def certificate(error: BaseException | None) -> str | None:
    """Why the other side's certificate is not accepted, in OpenSSL's words; None where that is not the trouble."""
    for each in _chain(error):
        if isinstance(each, ssl.SSLCertVerificationError):
            return each.verify_message.rstrip(".") or "not accepted"
    return None


def out_of_files(error: BaseException | None) -> bool:
    """Whether it came of the process, or the machine, having no file descriptor left.

    Libraries often hide it (a name that cannot be looked up, a database that cannot be opened), so it is tried.
    """
    if error is None:
        return False
    if any(isinstance(each, OSError) and each.errno in _NO_FILES for each in _chain(error)):
        return True
    try:
        os.close(os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC))
    except OSError as tried:
        return tried.errno in _NO_FILES
    return False


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
