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
OPENS: Final = "/v5/trade/order/opens"
MODE: Final = "/v5/position/mode"
TIMESTAMP: Final = "/api/v1/timestamp"
TOKEN: Final = "123456:canary-bot-token-8d1f"
DEAD: Final = "http://127.0.0.1:9"
"""Port 9 (discard) listens nowhere: connecting is refused at once."""

PATIENCE: Final = 12.0
"""Real seconds a test waits for something that must come."""

PositionMode = Literal["dual_side", "single_side"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What differs from the usual desk."""

    accounts: Mapping[str, PositionMode] = field(default_factory=lambda: {"main": "dual_side"})
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
        for name in accounts:
            store.add(name, "htx", (access_key(name), secret_key(name)))
    return app.OpenKeys(store)


def written(setting: Setting, htx: str, telegram: str, desk: int) -> str:
    """The configuration file of a desk whose platforms are at these addresses."""
    every, hook = sorted(setting.accounts), setting.webhook
    hosts = [htx if host == "htx" else DEAD for host in setting.hosts]
    people = {"ann": every, "bo": ["main"], "vic": ["main"], "cy": []}
    lines = [
        f"htx.hosts = {hosts}",
        f'telegram.base_url = "{telegram}"',
        f"telegram.chats = {[desk, *([ANNEX] if setting.annex else [])]}",
        *([f'telegram.mode = "webhook"\ntelegram.listen = "{hook}"'] if hook else []),
        *([f'telegram.public_url = "http://{hook}/hook"'] if hook else []),
        f"limits.card_seconds = {setting.card_seconds}",
        f'limits.confirm = "{setting.confirm}"',
        *(f"[accounts.{name}]" for name in setting.accounts),
    ]
    for number, (name, mine) in enumerate(people.items(), start=11):
        role = "viewer" if name == "vic" else "operator"
        lines += [f"[members.{name}]", f'role = "{role}"', f"telegram = {number}", f"accounts = {mine}"]
    return "\n".join(lines)
