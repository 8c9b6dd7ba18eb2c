"""The data directory, and whether it is this user's: root could write into somebody else's, and lock them out."""

import os
import pwd
from pathlib import Path
from typing import Final

from bot.cli.refusal import Refusal
from bot.config import data_dir as find_data_dir

AS_BOT: Final = (
    "On a host with systemd it is `sudo cancelall-as-bot …`, in Docker `docker compose exec cancelall cancelall "
    "…`, that runs it as the bot's user"
)


def data_dir(option: Path | None) -> Path:
    """Where the store is.

    Raises:
        ConfigFaults: nobody knows.
        Refusal: it is somebody else's.
    """
    folder = find_data_dir(option, os.environ)
    try:
        owner = folder.stat().st_uid
    except PermissionError:
        raise Refusal(f"{folder} may not be looked into by this user ({_name(os.geteuid())}). {_HINT}") from None
    except OSError:
        return folder  # not there yet, or whatever the store will say of it
    if owner != os.geteuid():
        raise Refusal(f"{folder} belongs to {_name(owner)}, and this is {_name(os.geteuid())}. {_HINT}")
    return folder


_HINT: Final = f"This command sent nothing. {AS_BOT}; if it is urgent, use the HTX app."


def _name(user: int) -> str:
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return f"user {user}"
