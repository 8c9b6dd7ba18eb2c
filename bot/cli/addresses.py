"""Where the platforms are, for commands that must work before the configuration is complete."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from bot.cli.refusal import Refusal
from bot.config import Htx, Slack, Telegram
from bot.config.load import at_home
from bot.config.sources import find_file, from_environment, from_file, merged
from bot.surroundings import counting, from_others

_NAMES: Final = ("CANCELALL_HTX", "CANCELALL_TELEGRAM", "CANCELALL_SLACK")


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """What is configured of each platform so far."""

    htx: Htx
    telegram: Telegram
    slack: Slack


def addresses(option: Path | None, environ: Mapping[str, str]) -> Addresses:
    """Where the platforms are, as configured so far; the real ones where nothing is.

    Raises:
        Refusal: what is configured about them cannot be read.
    """
    environ = counting(environ)
    file, _ = find_file(option, environ)
    others = from_others(environ)
    names = {name: value for name, value in environ.items() if name.startswith(_NAMES) and name not in others}
    try:
        said = from_file(file) if file is not None and file.exists() else {}
        tree = at_home(merged(said, from_environment(names)), environ)
        slack = tree.get("slack", {})
        return Addresses(
            htx=Htx.model_validate(tree.get("htx", {})),
            telegram=Telegram.model_validate(tree.get("telegram", {})),
            slack=Slack.model_validate({"team": "T0", **slack}),
        )
    except (OSError, ValueError, ValidationError):
        raise Refusal("[htx], [telegram] or [slack] has faults: `cancelall config check` names them.") from None
