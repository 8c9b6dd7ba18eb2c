"""Names in the environment: which are ours, and what each is about."""

from collections.abc import Iterator, Mapping
from typing import Final

from bot.config.faults import Path, masked, nearest, secret, sentence, sounds_like_secret
from bot.config.sources import DELIMITER
from bot.config.tables import Config, table_of
from bot.surroundings import PREFIX, from_others

ELSEWHERE: Final = frozenset(
    {
        "CANCELALL_CONFIG",
        "CANCELALL_DATA_DIR",
        "CANCELALL_KEYFILE",
        "CANCELALL_KEYSTORE",
        "CANCELALL_LOG",
        "CANCELALL_LOG_LEVEL",
        "CANCELALL_PASSPHRASE",
    }
)
"""Names that are ours and configure nothing here."""

_EXPECTED: Final = "a section and a key in capitals, with two underscores between them"
_EXAMPLE: Final = "CANCELALL_HTX__HOSTS='[\"https://api.hbdm.com\"]'"


def about(environ: Mapping[str, str]) -> tuple[dict[Path, str], list[str]]:
    """Our names by what they are about (`("htx", "hosts")`), and one sentence for each that nothing reads.

    What Kubernetes or Docker made for a service that is called like us is none of ours.
    """
    not_ours = ELSEWHERE | from_others(environ)
    ours = sorted(name for name in environ if name.upper().startswith(PREFIX) and name not in not_ours)
    known = {path: name for name in ours if (path := _path(name)) is not None}
    return known, [_unknown(name, environ[name]) for name in ours if name not in known.values()]


def _path(name: str) -> Path | None:
    if name != name.upper() or not name.startswith(PREFIX):
        return None
    section, *rest = name.removeprefix(PREFIX).lower().split(DELIMITER)
    if section not in Config.model_fields or not all(rest):
        return None
    _, many = table_of(section)
    return (section, *rest) if len(rest) <= 1 + many else None


def _unknown(name: str, value: str) -> str:
    shown = masked(name)
    if sounds_like_secret(name):
        return secret(shown, value=value)
    wrong = f"is set in the environment, but nothing reads it{nearest(name.upper(), _readable())}"
    return sentence(shown, wrong, _EXPECTED, _EXAMPLE)


def _readable() -> Iterator[str]:
    yield from ELSEWHERE
    for section in Config.model_fields:
        table, many = table_of(section)
        yield f"{PREFIX}{section}".upper()
        if not many:
            yield from (f"{PREFIX}{section}{DELIMITER}{key}".upper() for key in table.model_fields)
