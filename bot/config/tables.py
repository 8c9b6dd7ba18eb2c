"""What may be said, field by field. Descriptions and examples are what a fault tells the reader."""

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType, UnionType
from typing import Annotated, Final, get_args, get_origin

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.fields import FieldInfo

from bot.config import checks, proxies, slack_ids, telegram_ids, urls
from bot.model import Role
from bot.policy import Confirm

FAST_CARD: Final = 15
"""Seconds; shorter cards cannot be read before they end, so they are for tests against this machine only."""

_NAMES: Final = "a name of a-z, 0-9, _ and -, at most 32"

_Proxy = Annotated[
    str | None,
    AfterValidator(lambda text: text if text is None else proxies.checked(text)),
    Field(
        description=(
            "the proxy to this chat, http://, https:// or socks5://, a host and a port; none for no proxy, "
            "whatever the environment says"
        ),
        examples=["http://proxy.example.com:3128"],
    ),
]
"""None: what the environment says."""


class Mode(StrEnum):
    """How updates come from Telegram."""

    POLLING = "polling"
    """We ask for them."""
    WEBHOOK = "webhook"
    """Telegram brings them, to `public_url`."""


class SlackMode(StrEnum):
    """How commands come from Slack."""

    SOCKET = "socket"
    """Over a connection that we open."""
    HTTP = "http"
    """Slack brings them, signed, to where we listen."""


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Htx(_Table):
    """`[htx]`: where the exchange is."""

    hosts: Annotated[
        tuple[Annotated[str, AfterValidator(urls.origin)], ...],
        AfterValidator(checks.at_least_one),
        Field(
            description="a list of at least one https:// and a host, nothing more (http:// for this machine only)",
            examples=[["https://api.hbdm.com"]],
        ),
    ] = ("https://api.hbdm.com", "https://api.hbdm.vn")
    """Lower case, no last slash; in this order until they are measured."""
    ca_file: Annotated[
        str | None,
        AfterValidator(lambda text: text if text is None else checks.trust(text)),
        Field(
            description=(
                "whose certificates are good for HTX: the absolute path of a PEM file of roots, and no others, or "
                "system for those that this machine trusts"
            ),
            examples=["/etc/ssl/certs/our-root.pem"],
        ),
    ] = None
    """None: the roots that come with the program (certifi)."""


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
    proxy: _Proxy = None
    mode: Annotated[Mode, Field(description="polling or webhook", examples=["polling"])] = Mode.POLLING
    listen: Annotated[
        str | None,
        AfterValidator(lambda text: text if text is None else urls.listen(text)),
        Field(description="a host and a port to listen on", examples=["127.0.0.1:8443"]),
    ] = None
    """`host:port`; said where `mode` is webhook."""
    public_url: Annotated[
        str | None,
        AfterValidator(lambda text: text if text is None else urls.base(text)),
        Field(
            description="the https:// address at which Telegram reaches the bot (http:// for this machine only)",
            examples=["https://bot.example.com"],
        ),
    ] = None
    """No last slash; said where `mode` is webhook."""
    chats: Annotated[
        tuple[
            Annotated[
                int, BeforeValidator(telegram_ids.group), Field(strict=True, gt=-telegram_ids.LARGEST, lt=0)
            ],
            ...,
        ],
        Field(
            description="a list of the numeric ids of groups, which are negative",
            examples=[[-1001234567890]],
        ),
    ] = ()
    """Groups in which the bot works. Members' private chats need no listing."""


class Slack(_Table):
    """`[slack]`: the other chat. Left out, there is none; then no member may have a Slack id."""

    team: Annotated[
        str,
        AfterValidator(slack_ids.team),
        Field(
            description="the workspace's id, T… (E… for an organisation), as in https://app.slack.com/client/T…",
            examples=["T0123456789"],
        ),
    ]
    """Where members are who are listed by their user id alone."""
    base_url: Annotated[
        str,
        AfterValidator(urls.slack_api),
        Field(
            description="an https:// address to which method names are appended (http:// for this machine only)",
            examples=["https://slack.com/api/"],
        ),
    ] = "https://slack.com/api/"
    """With one last slash."""
    proxy: _Proxy = None
    mode: Annotated[SlackMode, Field(description="socket or http", examples=["socket"])] = SlackMode.SOCKET
    listen: Annotated[
        str | None,
        AfterValidator(lambda text: text if text is None else urls.listen(text)),
        Field(description="a host and a port to listen on", examples=["127.0.0.1:8444"]),
    ] = None
    """`host:port`; said where `mode` is http."""
    channels: Annotated[
        tuple[Annotated[str, AfterValidator(slack_ids.channel)], ...],
        Field(
            description="a list of the ids of channels, C… or G… (at the end of a channel's details in Slack)",
            examples=[["C0123456789"]],
        ),
    ] = ()
    """Channels in which the bot works. Members' direct messages need no listing."""


class Limits(_Table):
    """`[limits]`: how long and by whom a card may be tapped."""

    card_seconds: Annotated[
        int,
        Field(strict=True, ge=3, le=300, description="a whole number of seconds from 3 to 300", examples=[60]),
    ] = 60
    """How long a card may be tapped, in seconds."""
    confirm: Annotated[Confirm, Field(description="operator or asker", examples=["operator"])] = Confirm.OPERATOR


class Store(_Table):
    """`[store]`: where the bot's own files are, beside the data directory. May be left out."""

    journal: Annotated[
        Path | None,
        AfterValidator(lambda path: path if path is None else checks.absolute(path)),
        Field(
            description="the absolute path of the emergency journal, best on another disk than the data directory",
            examples=["/var/lib/cancelall-journal/emergency.journal"],
        ),
    ] = None
    """None: in the data directory."""


class Account(_Table):
    """`[accounts.NAME]`: an empty table. The keystore entry of the same name holds the key pair."""


class SlackUser(_Table):
    """`members.NAME.slack`: one person in one workspace."""

    team: Annotated[
        str | None,
        AfterValidator(lambda text: text if text is None else slack_ids.team(text)),
        Field(
            description="the id of the person's workspace, T… (E… for an organisation)", examples=["T0123456789"]
        ),
    ] = None
    """None: `slack.team`."""
    user: Annotated[
        str,
        AfterValidator(slack_ids.user),
        Field(description="the person's Slack id, U… or W…", examples=["U0123456789"]),
    ]


class Person(_Table):
    """`[members.NAME]`: somebody on the allow list."""

    role: Annotated[Role, Field(description="operator or viewer", examples=["operator"])]
    telegram: Annotated[
        Annotated[int, BeforeValidator(telegram_ids.person), Field(strict=True, gt=0, lt=telegram_ids.LARGEST)]
        | None,
        Field(description="the person's numeric Telegram id (`cancelall whoami` prints it)", examples=[123456789]),
    ] = None
    """The person's numeric id; None where the person is on Slack only."""
    slack: Annotated[
        SlackUser | None,
        BeforeValidator(checks.slack_user),
        Field(
            description=(
                "the person's Slack id, U… or W… (`cancelall whoami` prints it), "
                'or { team = "T…", user = "U…" } where the workspace is not slack.team'
            ),
            examples=["U0123456789"],
        ),
    ] = None
    """None where the person is on Telegram only."""
    accounts: Annotated[
        tuple[str, ...], Field(description="a list of names that have an [accounts.NAME]", examples=[["main"]])
    ] = ()
    """What this person may touch. None listed: none."""


class Config(_Table):
    """Everything that is configured. Frozen, and complete: made by `bot.config.load` only."""

    accounts: Annotated[
        Mapping[Annotated[str, AfterValidator(checks.account_name)], Account],
        AfterValidator(MappingProxyType),
        Field(
            default_factory=checks.nobody,
            description=f"{_NAMES}, letter or digit first",
            examples=["[accounts.main]"],
        ),
    ]
    """By name; never empty."""
    htx: Annotated[Htx, Field(description="a table", examples=["[htx]"])] = Htx()
    telegram: Annotated[Telegram, Field(description="a table", examples=["[telegram]"])] = Telegram()
    slack: Annotated[Slack | None, Field(description="a table", examples=["[slack]"])] = None
    """None: no Slack."""
    store: Annotated[Store, Field(description="a table", examples=["[store]"])] = Store()
    limits: Annotated[Limits, Field(description="a table", examples=["[limits]"])] = Limits()
    members: Annotated[
        Mapping[Annotated[str, AfterValidator(checks.member_name)], Person],
        AfterValidator(MappingProxyType),
        Field(default_factory=checks.nobody, description=f"{_NAMES}, a letter first", examples=["[members.ann]"]),
    ]
    """By name; at least one is an operator of an account."""


def table_of(section: str) -> tuple[type[BaseModel], bool]:
    """What the section holds, and whether it holds many of them by name (`[members.NAME]`)."""
    field = Config.model_fields[section]
    if one := table_in(field):
        return one, False
    many: type[BaseModel] = field.annotation.__args__[1]  # type: ignore[union-attr]  # Mapping[str, Table], see above
    return many, True


def table_in(field: FieldInfo | None) -> type[BaseModel] | None:
    """The one table that a field holds, perhaps; None for every other field."""
    annotation = field.annotation if field else None
    kinds = get_args(annotation) if get_origin(annotation) is UnionType else (annotation,)
    return next((kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)), None)
