"""Whose certificates are good for HTX: what the configuration says, and nothing of the environment."""

import ssl
from pathlib import Path
from typing import Final

from bot.config import SYSTEM
from bot.errors import ConfigFaults
from bot.htx import trust

_EXAMPLE: Final = "/etc/ssl/certs/ca-certificates.crt"


def htx_trust(ca_file: str | None) -> ssl.SSLContext:
    """The program's own roots, or what `htx.ca_file` says; nothing of the environment.

    Raises:
        ConfigFaults: what it says cannot be used.
    """
    try:
        if ca_file is None:
            return trust.of_the_program()
        return trust.of_the_system() if ca_file == SYSTEM else trust.of_file(Path(ca_file))
    except ValueError as error:
        what = "This machine's roots" if ca_file == SYSTEM else "`htx.ca_file`"
        fault = f"{what} {error}; expected the path of a PEM file of roots, for example: {_EXAMPLE}"
        raise ConfigFaults(faults=(fault,)) from None
