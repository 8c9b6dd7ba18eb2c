"""What may be said, field by field. Descriptions and examples are what a fault tells the reader."""

import re
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from bot.config import urls
from bot.model import Role
from bot.model.scope import ACCOUNT
from bot.policy import Confirm

LARGEST_ID: Final = 2**52
"""Telegram's ids have at most 52 significant bits (Bot API, `Chat.id`)."""

NOT_PEOPLE: Final = MappingProxyType(
    {
        1087968824: "GroupAnonymousBot, behind which every anonymous administrator writes",
        136817688: "the bot behind which channels write",
        777000: "Telegram's own service account",
    }
)
"""Ids that stand for more than one person: whoever listed one would let in a crowd."""

FAST_CARD: Final = 15
"""Seconds; shorter cards cannot be read before they end, so they are for tests against this machine only."""

_MEMBER: Final = re.compile(r"[a-z][a-z0-9_-]{0,31}", re.ASCII)
_NAMES: Final = "a name of a-z, 0-9, _ and -, at most 32"


def _account_name(text: str) -> str:
    if not ACCOUNT.fullmatch(text):
        raise ValueError("is not a good account name")
    return text


def _member_name(text: str) -> str:
    # The first is a letter: somebody who is not listed is shown by the bare id, and the two must never look alike.
    if not _MEMBER.fullmatch(text):
        raise ValueError("is not a good member name")
    return text


def _nobody() -> Mapping[str, Any]:
    # Refused, but by `together`, which tells how to find out who to list.
    return MappingProxyType({})


def _person(value: object) -> object:
    if isinstance(value, str):
        raise ValueError("is a text, but names can be taken over, so only the numeric id counts")  # noqa: TRY004
    if type(value) is int and value in NOT_PEOPLE:
        raise ValueError(f"is {value}, {NOT_PEOPLE[value]}, not a person")
    if type(value) is int and value < 0:
        raise ValueError(f"is {value}, a group's id")
    return value


def _at_least_one(hosts: tuple[str, ...]) -> tuple[str, ...]:
    # Not `min_length`: that one also counts what a fault of its own has taken out.
    if not hosts:
        raise ValueError("is empty")
    return hosts


def _group(value: object) -> object:
    if type(value) is int and value > 0:
        raise ValueError(
            f"is {value}, a person's id: members' private chats are always allowed and not listed here"
        )
    if isinstance(value, str):
        raise ValueError("is a text, but names can be taken over, so only the numeric id counts")  # noqa: TRY004
    return value


class Mode(StrEnum):
    """How updates come from Telegram."""

    POLLING = "polling"
    """We ask for them."""
    WEBHOOK = "webhook"
    """Telegram brings them, to `public_url`."""


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Htx(_Table):
    """`[htx]`: where the exchange is."""

    hosts: Annotated[
        tuple[Annotated[str, AfterValidator(urls.origin)], ...],
        AfterValidator(_at_least_one),
        Field(
            description="a list of at least one https:// and a host, nothing more (http:// for this machine only)",
            examples=[["https://api.hbdm.com"]],
        ),
    ] = ("https://api.hbdm.com", "https://api.hbdm.vn")
    """Tried in this order; lower case, no last slash."""


class Telegram(_Table):
    """`[telegram]`: where the chats are. May be left out: everything in it has a default."""

    base_url: Annotated[
        str,
        AfterValidator(urls.bot_api),
        Field(
            description="an https:// address without /bot (http:// for this machine only)",
            examples=["https://api.telegram.org"],
        ),
    ] = "https://api.telegram.org"
    """Without `/bot` and without a last slash."""
    mode: Annotated[Mode, Field(description="polling or webhook", examples=["polling"])] = Mode.POLLING
    listen: Annotated[
        str | None,
        AfterValidator(lambda text: text if text is None else urls.listen(text)),
        Field(description="a host and a port to listen at", examples=["127.0.0.1:8443"]),
    ] = None
    """`host:port`; said where `mode` is webhook."""
    public_url: Annotated[
        str | None,
        AfterValidator(lambda text: text if text is None else urls.base(text)),
        Field(
            description="the https:// address at which Telegram reaches us (http:// for this machine only)",
            examples=["https://bot.example.com"],
        ),
    ] = None
    """No last slash; said where `mode` is webhook."""
    chats: Annotated[
        tuple[Annotated[int, BeforeValidator(_group), Field(strict=True, gt=-LARGEST_ID, lt=0)], ...],
        Field(
            description="a list of the numeric ids of groups, which are negative",
            examples=[[-1001234567890]],
        ),
    ] = ()
    """Groups in which the bot works. Members' private chats need no listing."""


class Limits(_Table):
    """`[limits]`: how long and by whom a card may be tapped."""

    card_seconds: Annotated[
        int,
        Field(strict=True, ge=3, le=300, description="a whole number of seconds from 3 to 300", examples=[60]),
    ] = 60
    """How long a card may be tapped, in seconds."""
    confirm: Annotated[Confirm, Field(description="operator or asker", examples=["operator"])] = Confirm.OPERATOR


class Account(_Table):
    """`[accounts.NAME]`: an empty table. The keystore entry of the same name holds the key pair."""


class Person(_Table):
    """`[members.NAME]`: somebody on the allow list."""

    role: Annotated[Role, Field(description="operator or viewer", examples=["operator"])]
    telegram: Annotated[
        int,
        BeforeValidator(_person),
        Field(
            strict=True,
            gt=0,
            lt=LARGEST_ID,
            description="the person's numeric Telegram id (`cancelall whoami` prints it)",
            examples=[123456789],
        ),
    ]
    """The person's numeric id."""
    accounts: Annotated[
        tuple[str, ...], Field(description="a list of names that have an [accounts.NAME]", examples=[["main"]])
    ] = ()
    """What this person may touch. None listed: none."""


class Config(_Table):
    """Everything that is configured. Frozen, and complete: made by `bot.config.load` only."""

    accounts: Annotated[
        Mapping[Annotated[str, AfterValidator(_account_name)], Account],
        AfterValidator(MappingProxyType),
        Field(
            default_factory=_nobody, description=f"{_NAMES}, letter or digit first", examples=["[accounts.main]"]
        ),
    ]
    """By name; never empty."""
    htx: Annotated[Htx, Field(description="a table", examples=["[htx]"])] = Htx()
    telegram: Annotated[Telegram, Field(description="a table", examples=["[telegram]"])] = Telegram()
    limits: Annotated[Limits, Field(description="a table", examples=["[limits]"])] = Limits()
    members: Annotated[
        Mapping[Annotated[str, AfterValidator(_member_name)], Person],
        AfterValidator(MappingProxyType),
        Field(default_factory=_nobody, description=f"{_NAMES}, a letter first", examples=["[members.ann]"]),
    ]
    """By name; at least one is an operator of an account."""


def table_of(section: str) -> tuple[type[BaseModel], bool]:
    """What the section holds, and whether it holds many of them by name (`[members.NAME]`)."""
    annotation = Config.model_fields[section].annotation
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation, False
    many: type[BaseModel] = annotation.__args__[1]  # type: ignore[union-attr]  # Mapping[str, Table], see above
    return many, True
