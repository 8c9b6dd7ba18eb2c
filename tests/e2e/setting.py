"""How a desk is set up: what differs from the usual, as a configuration, and a keystore for it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, Literal

from bot import app
from keystore import Keyfile, Keystore, Masked

DESK: Final = -1001234567890
ANNEX: Final = -1008888888888
LOBBY: Final = -1009999999999
CONTRACT: Final = "BTC-USDT-241115"
ASK: Final = f"/cancelall {CONTRACT} buy long"
CANCEL: Final = "/v5/trade/cancel_all_orders"
BATCH: Final = "/v5/trade/cancel_batch_orders"
ORDER: Final = "/v5/trade/order"
OPENS: Final = "/v5/trade/order/opens"
ALGO_OPENS: Final = "/v5/algo/order/opens"
ALGO_CANCEL: Final = "/v5/algo/cancel_orders"
CONTRACTS: Final = "/linear-swap-api/v1/swap_contract_info"
MODE: Final = "/v5/position/mode"
TIMESTAMP: Final = "/api/v1/timestamp"
TOKEN: Final = "123456:canary-bot-token-8d1f"
SLACK: Final = ("xoxb-canary-bot-51c0", "xapp-canary-app-a8d2", "canary-signing-secret-77e1")
"""Slack's bot token, app token and signing secret."""
CHANNEL: Final = "C1"
DEAD: Final = "http://127.0.0.1:9"
"""Port 9 (discard) listens nowhere: connecting is refused at once."""

STOP: Final = 20.0
"""Real seconds within which an orderly stop must have ended."""

PATIENCE: Final = 12.0
"""Real seconds a test waits for something that must come."""

PositionMode = Literal["dual_side", "single_side"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What differs from the usual desk."""

    accounts: Mapping[str, PositionMode] = field(default_factory=lambda: {"main": "dual_side"})
    keyless: tuple[str, ...] = ()
    """Accounts whose keys are not in the keystore."""
    chats: tuple[str, ...] = ("telegram",)
    """The platforms that are used, of `telegram` and `slack`."""
    slack_http: str | None = None
    """`host:port` to listen on for Slack; None: Socket Mode."""
    card_seconds: int = 60
    confirm: str = "operator"
    forum: bool = False
    """The desk is a forum with a topic."""
    basic: bool = False
    """The desk is a basic group, which can become a supergroup."""
    annex: bool = False
    """A second group is listed."""
    hosts: tuple[str, ...] = ("htx",)
    """`htx` is the simulator, `dead` an address where nothing listens."""
    webhook: str | None = None
    """`host:port` to listen on; None: polling."""
    rate_limit: int = 10_000
    journal: bool = True
    """Whether there can be an emergency journal."""
    ahead: float = 0.0
    """Seconds by which both platforms are ahead of this machine."""


def access_key(account: str) -> str:
    """A made-up access key."""
    return f"canary-access-{account}-9f2c"


def secret_key(account: str) -> str:
    """A made-up secret key."""
    return f"canary-secret-{account}-77ab01"


@cache
def opened_keys(accounts: tuple[str, ...]) -> app.OpenKeys:
    """A keystore that a key file opens. It is made once: an opened one is read from memory and never changes."""
    with TemporaryDirectory(prefix="cancelall-keys-") as folder:
        store = Keystore.create(Path(folder) / "keystore.json", Keyfile(value=Masked(b"k" * 32)))
        store.add("telegram", "telegram", (TOKEN,))
        store.add("slack", "slack", SLACK)
        for name in accounts:
            store.add(name, "htx", (access_key(name), secret_key(name)))
    return app.OpenKeys(store)


def written(setting: Setting, htx: str, telegram: str, desk: int, slack: str = "") -> str:
    """The configuration file of a desk whose platforms are at these addresses."""
    hosts = [htx if host == "htx" else DEAD for host in setting.hosts]
    lines = [
        f"htx.hosts = {hosts}",
        *(_telegram(setting, telegram, desk) if "telegram" in setting.chats else ()),
        *(_slack(setting, slack) if "slack" in setting.chats else ()),
        *(() if setting.journal else ('store.journal = "/dev/null/journal"',)),
        f"limits.card_seconds = {setting.card_seconds}",
        f'limits.confirm = "{setting.confirm}"',
        *(f"[accounts.{name}]" for name in setting.accounts),
    ]
    return "\n".join([*lines, *_people(setting)])


def _telegram(setting: Setting, url: str, desk: int) -> list[str]:
    hook = setting.webhook
    return [
        f'telegram.base_url = "{url}"',
        f"telegram.chats = {[desk, *([ANNEX] if setting.annex else [])]}",
        *([f'telegram.mode = "webhook"\ntelegram.listen = "{hook}"'] if hook else []),
        *([f'telegram.public_url = "http://{hook}/hook"'] if hook else []),
    ]


def _slack(setting: Setting, url: str) -> list[str]:
    hook = setting.slack_http
    return [
        f'slack.base_url = "{url}"',
        'slack.team = "T1"',
        f'slack.channels = ["{CHANNEL}"]',
        *([f'slack.mode = "http"\nslack.listen = "{hook}"'] if hook else []),
    ]


def _people(setting: Setting) -> list[str]:
    """Who is listed, with an id on each platform that is used."""
    people = {"ann": sorted(setting.accounts), "bo": ["main"], "vic": ["main"], "cy": []}
    lines: list[str] = []
    for number, (name, mine) in enumerate(people.items(), start=11):
        role = "viewer" if name == "vic" else "operator"
        ids = {"telegram": str(number), "slack": f'"U{number}"'}
        lines += [f"[members.{name}]", f'role = "{role}"', f"accounts = {mine}"]
        lines += [f"{platform} = {ids[platform]}" for platform in setting.chats]
    return lines
