"""Where the platforms are, for commands that must work before the configuration is complete."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from bot.cli.refusal import Refusal
from bot.config import Htx, Telegram
from bot.config.sources import find_file, from_environment, from_file, merged

_NAMES: Final = ("CANCELALL_HTX_", "CANCELALL_TELEGRAM_")


def addresses(option: Path | None, environ: Mapping[str, str]) -> tuple[tuple[str, ...], str]:
    """HTX's hosts and Telegram's base URL, as configured so far; the real ones where nothing is.

    Raises:
        Refusal: what is configured about them cannot be read.
    """
    file, _ = find_file(option, environ)
    names = {name: value for name, value in environ.items() if name.startswith(_NAMES)}
    try:
        said = from_file(file) if file is not None and file.exists() else {}
        tree = merged(said, from_environment(names))
        htx = Htx.model_validate(tree.get("htx", {}))
        telegram = Telegram.model_validate(tree.get("telegram", {}))
    except (OSError, ValueError, ValidationError):
        raise Refusal("[htx] or [telegram] has faults: `cancelall config check` names them.") from None
    return htx.hosts, telegram.base_url
