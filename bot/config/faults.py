"""What is wrong -> one sentence: which field, what is wrong, what is expected, an example. Never a secret."""

import json
import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from enum import EnumType
from types import MappingProxyType
from typing import Any, Final

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from bot.config.tables import Config, table_in, table_of
from bot.model.scope import ACCOUNT

Path = tuple[str | int, ...]
"""Where in the file: `("htx", "hosts", 0)` is `htx.hosts[0]`."""

_SLACK_SECRET: Final = re.compile(r"xox[a-z]-|xapp-", re.IGNORECASE)
_SECRET: Final = re.compile(
    r"[0-9]{6,}:[A-Za-z0-9_-]{20,}"  # a Telegram bot token
    rf"|(?i:{_SLACK_SECRET.pattern})"
    r"|(?=[A-Za-z+/=_-]*[0-9])(?=[0-9+/=_-]*[A-Za-z])[A-Za-z0-9+/=_-]{24,}",  # base64, hex, an exchange's key
    re.ASCII,
)
_SECRET_NAME: Final = re.compile(r"token|secret|passw|passphrase|api_?key|access_?key|private", re.IGNORECASE)
_BARE_KEY: Final = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
_LONGEST: Final = 40
_LOOKED_AT: Final = 4096
"""Characters searched for a secret: far more than is ever repeated, and soon done."""
_WRONG: Final = {
    "missing": "is missing",
    "string_type": "a text in quotes",
    "int_type": "a whole number",
    "tuple_type": "a list",
    "model_type": "a table",
    "dict_type": "a table",
}
_TABLE_TYPES: Final = frozenset(kind for kind, what in _WRONG.items() if what == "a table")
_NOT_YET: Final[Mapping[Path, tuple[str, str, str]]] = MappingProxyType(
    {
        ("htx", "proxy"): (
            "is not there yet: HTX is called directly, whatever the environment says of proxies",
            "no proxy for HTX, and a host that may call it",
            'hosts = ["https://api.hbdm.com"]',
        )
    }
)
"""Keys that people look for, and that come later."""

_KEY: Final = "[key]"
"""What pydantic calls a fault of a table's name, not of what is in it."""


def sentence(path: Path | str, wrong: str, expected: str, example: str, variable: str | None = None) -> str:
    """One fault, said.

    Args:
        path: the field, or what else it is about.
        wrong: continues a sentence that begins with the field's name.
        expected: a noun.
        example: how to write it right.
        variable: the name in the environment that said it, None if it was the file.
    """
    origin = f" (from {variable})" if variable else ""
    subject = path if isinstance(path, str) else dotted(path)
    return f"`{subject}`{origin} {wrong}; expected {expected}, for example: {example}"


def sentences(error: ValidationError, variables: Mapping[Path, str]) -> list[str]:
    """Every fault of single fields.

    Args:
        error: what pydantic found.
        variables: the names in the environment that said something, by what they said it about.
    """
    return [_one(found, variables) for found in error.errors(include_url=False)]


def looks_like_secret(text: str) -> bool:
    """Whether a text had better not be repeated."""
    return bool(_SECRET.search(text[:_LOOKED_AT]))


def secret(path: Path | str, variable: str | None = None, value: object = None) -> str:
    """The sentence for a secret where none belongs; what it is like is not said.

    Args:
        path: the field, or what else it is about.
        variable: the name in the environment that said it, None if it was the file.
        value: what was said; only ever looked at to tell whose secret it is.
    """
    subject = path if isinstance(path, str) else dotted(path)
    origin = f" (from {variable})" if variable else ""
    return (
        f"`{subject}`{origin} looks like a secret, which is not repeated here; expected in the keystore, "
        f"not in the configuration: `cancelall keys add {_keystore_entry(path, value)}`"
    )


def masked(name: str) -> str:
    """A name in the environment without what looks like a secret in it."""
    return "__".join("…" if looks_like_secret(part) else part for part in name.split("__"))


def sounds_like_secret(name: str) -> bool:
    """Whether a key of this name would hold a secret."""
    return bool(_SECRET_NAME.search(name))


def nearest(word: str, known: Iterable[str]) -> str:
    """` (did you mean `hosts`?)`, to be put behind a word, or nothing."""
    found = get_close_matches(word, [name for name in known if not looks_like_secret(name)], n=1, cutoff=0.6)
    return f" (did you mean `{found[0]}`?)" if found else ""


def shown(value: object) -> str:
    """A value, as it may be repeated: short, printable, and no secret."""
    match value:
        case str() if looks_like_secret(value):
            return "something that looks like a secret"
        case str():
            return json.dumps(value if len(value) <= _LONGEST else value[:_LONGEST] + "…")
        case bool():
            return json.dumps(value)
        case int() if abs(value) < 10**_LONGEST:
            return str(value)
        case int():
            return "a very long number"
        case float():
            return repr(value)
        case list():
            return "a list"
        case dict():
            return "a table"
        case _:
            return "a date or time" if value is not None else "null"


def dotted(path: Path) -> str:
    """`members.ann.accounts[0]`."""
    text = ""
    for part in path:
        match part:
            case int():
                text += f"[{part}]"
            case _ if looks_like_secret(part):
                text += ".…"
            case _ if _BARE_KEY.fullmatch(part):
                text += f".{part}"
            case _:
                text += f".{shown(part)}"
    return text.removeprefix(".")


def _keystore_entry(path: Path | str, value: object) -> str:
    """Where a secret belongs, by what it is like, else by where it was put."""
    if isinstance(value, str) and _SLACK_SECRET.search(value[:_LOOKED_AT]):
        return "slack --kind slack"
    match path:
        case str():
            about_slack = "SLACK" in path.upper()
        case ("accounts", str(account), *_) if ACCOUNT.fullmatch(account) and not looks_like_secret(account):
            return f"{account} --kind htx"
        case _:
            about_slack = path[0] == "slack" or path[2:3] == ("slack",)
    return "slack --kind slack" if about_slack else "telegram --kind telegram"


def _one(found: Any, variables: Mapping[Path, str]) -> str:  # noqa: ANN401 pydantic's own dict
    path: Path = tuple(part for part in found["loc"] if part != _KEY)
    variable = _variable(path, variables)
    if _hides_secret(path, found["input"], found["type"]):
        return secret(path, variable, found["input"])
    if found["type"] == "extra_forbidden":
        return _unknown(path, variable)
    # A bad name is told what names are like, anything else what its field is like.
    field = _field(path[:1] if found["loc"][-1] == _KEY else path)
    wrong = _wrong(found, field, variable)
    is_field = field is not None and found["type"] not in _TABLE_TYPES
    expected = field.description if field and is_field else "a table"
    return sentence(path, wrong, expected or "something else", _example(path, field, variable), variable)


def _hides_secret(path: Path, value: object, kind: str) -> bool:
    if kind == "extra_forbidden" and sounds_like_secret(str(path[-1])):
        return True
    return any(looks_like_secret(text) for text in (value, path[-1]) if isinstance(text, str))


def _unknown(path: Path, variable: str | None) -> str:
    """A key that nothing reads."""
    *table, key = path
    if path in _NOT_YET:
        return sentence(path, *_NOT_YET[path], variable)
    known = _keys_of(tuple(table))
    if not known:
        return sentence(path, "is not a known key", "an empty table", f"[{dotted(tuple(table))}]", variable)
    close = get_close_matches(str(key), known, n=1)
    meant = (*table, *(close or known[:1]))
    wrong = f"is not a known key{nearest(str(key), known)}"
    return sentence(path, wrong, f"one of {', '.join(known)}", _example(meant, _field(meant), None), variable)


def _wrong(found: Any, field: FieldInfo | None, variable: str | None) -> str:  # noqa: ANN401 pydantic's own dict
    value, kind = found["input"], found["type"]
    match kind:
        case "value_error":
            return str(found["ctx"]["error"])
        case "missing":
            return _WRONG[kind]
        case "enum":
            words = field.annotation if field else None
            known = [str(word) for word in words] if isinstance(words, EnumType) else []
            return f"is {shown(value)}{nearest(str(value), known)}"
        case "tuple_type" if variable:
            return "is not a list (lists in the environment are JSON)"
        case _:
            return f"is {shown(value)}" + (f", not {_WRONG[kind]}" if kind in _WRONG else "")


def _example(path: Path, field: FieldInfo | None, variable: str | None) -> str:
    """How to write it right, where it was written wrong."""
    good = field.examples[0] if field and field.examples else f"[{path[0]}.NAME]"
    if isinstance(good, str) and good.startswith("["):  # a table
        whole = field is None or len(path) == 1
        return f"{variable}='{{}}'" if variable and whole else good
    text = json.dumps(good)
    if variable is None:
        return f"{next(part for part in reversed(path) if isinstance(part, str))} = {text}"
    return f"{variable}='{text}'" if isinstance(good, list) else f"{variable}={good}"


def _field(path: Path) -> FieldInfo | None:
    """The field at this place; the items of a list have that of the list, a table by name has none."""
    section, *rest = (part for part in path if isinstance(part, str))
    if section not in Config.model_fields or not rest:
        return Config.model_fields.get(section)
    table, many = table_of(section)
    field = table.model_fields.get(rest[many]) if len(rest) > many else None
    inside = table_in(field)
    return inside.model_fields.get(rest[many + 1]) if inside and len(rest) > many + 1 else field


def _keys_of(path: Path) -> list[str]:
    """The keys that may stand in this table."""
    if not path:
        return list(Config.model_fields)
    table, _ = table_of(str(path[0]))
    return list((table_in(_field(path)) or table).model_fields)


def _variable(path: Path, variables: Mapping[Path, str]) -> str | None:
    """The name in the environment that said this; the most particular one, if several did."""
    ends = range(len(path), 0, -1)
    return next((masked(variables[path[:end]]) for end in ends if path[:end] in variables), None)
