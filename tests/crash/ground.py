"""The ground of the crash tests: both simulators here, and the real bot as a process that can be killed.

async with ground() as here:
    await here.start_bot()
    card = await here.ask()
    here.ann.taps(card, card.labels[0])
    await here.kill_bot()
"""

import asyncio
import os
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypedDict, Unpack

from bot.cli.demo.stage import CONTRACT, GROUP, BotFailedError, Stage
from keystore import Keyfile, Keystore, Masked
from simulator.htx import HtxSimulator, Record
from simulator.telegram import Group, Message, Person, TelegramSimulator
from tests import fair
from tests.crash.truth import Truth

ASK: Final = f"/cancelall {CONTRACT} buy long"
CANCEL: Final = "/v5/trade/cancel_all_orders"
OPENS: Final = "/v5/trade/order/opens"
PATIENCE: Final = 90.0
"""Real seconds a test waits for what must come: an execution takes 19 at most, on a machine of its own."""

_CONFIG: Final = """\
[htx]
hosts = ["{htx}"]
[telegram]
base_url = "{telegram}"
chats = [{group}]
{telegram_more}
[limits]
card_seconds = {card_seconds}
[accounts.main]
[members.ann]
role = "operator"
telegram = 11
accounts = ["main"]
[members.bo]
role = "operator"
telegram = 12
accounts = ["main"]
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Secrets:
    """What must never be seen where it does not belong."""

    access_key: str = "crash-access-key-51c0"
    secret: str = "crash-secret-key-a8d2"
    token: str = "123456:crash-bot-token"
    keyfile: bytes = b"k" * 32


class Setting(TypedDict, total=False):
    """What differs from the usual ground."""

    card_seconds: int
    secrets: Secrets
    telegram_more: str
    """More lines for the table `[telegram]`."""
    journal: bool
    """Whether there can be an emergency journal."""


@dataclass(kw_only=True)
class Ground(Stage):
    """A stage with hooks for hostile tests."""

    secrets: Secrets
    telegram_more: str = ""

    @property
    def data(self) -> Path:
        """The data directory."""
        return Path(self.environ["CANCELALL_DATA_DIR"])

    @property
    def truth(self) -> Truth:
        """What the store says, read beside the bot."""
        return Truth(self.data / "state.sqlite3")

    def configure(self, card_seconds: int) -> None:
        """Write the configuration; it counts from the next start."""
        text = _CONFIG.format(
            htx=self.htx.url,
            telegram=self.telegram.url,
            group=GROUP,
            card_seconds=card_seconds,
            telegram_more=self.telegram_more,
        )
        (self.folder / "config.toml").write_text(text)

    def log(self) -> str:
        """What the bot has written to stderr, over all its lives."""
        return (self.folder / "bot.log").read_text(errors="replace")

    def posts(self) -> tuple[Record, ...]:
        """The cancel requests so far."""
        return self.htx.posts(CANCEL)

    async def start_bot(self) -> None:
        """Start the bot and wait until it polls; its stdout and stderr go on in their files."""
        before = len(self.telegram.calls)
        with (self.folder / "out.log").open("ab") as out, (self.folder / "bot.log").open("ab") as errors:
            self.child = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "bot", "run"), env=self.environ, cwd=self.folder, stdout=out, stderr=errors
            )
        child = self.child
        await self.until(lambda: self._polls_since(before) or child.returncode is not None, "the bot polls")
        if child.returncode is not None:
            raise BotFailedError(self.log()[-3000:])

    def _polls_since(self, before: int) -> bool:
        return any(call.method in {"deleteWebhook", "getUpdates"} for call in self.telegram.calls[before:])

    async def spawn(self, *words: str) -> asyncio.subprocess.Process:
        """Run `cancelall …` and do not wait for it."""
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", *words),
            env=self.environ,
            cwd=self.folder,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )

    async def ask(self, text: str = ASK, who: Person | None = None, *, counted: bool = True) -> Message:
        """Somebody asks in the group; returns the card, which has a button to confirm.

        On a busy machine it may come before its count, which is waited for, unless it cannot come.
        """
        said = (who or self.ann).says(self.desk, text)
        card = await self.card_after(said.id)
        return await self.shown(is_counted, after=said.id) if counted else card

    async def answer(self, text: str) -> Message:
        """Ann says something; the bot's answer to it."""
        said = self.ann.says(self.desk, text)
        return await self.shown(lambda message: message.reply_to == said.id, after=said.id)

    async def card_after(self, said: int) -> Message:
        """The newest card after a message that can still be confirmed."""
        return await self.telegram.wait_for(self.desk, confirmable, timeout=PATIENCE, after=said)

    async def shown(self, what: str | Callable[[Message], bool], after: int = 0) -> Message:
        """The newest message in the group that holds a text, or of which something is true."""
        return await self.telegram.wait_for(self.desk, what, timeout=PATIENCE, after=after)

    async def result(self, after: int) -> Message:
        """The newest result after a message."""
        return await self.shown(is_result, after)

    def heard(self, after: int = 0) -> tuple[Message, ...]:
        """What the bot has written in the group after a message."""
        return tuple(one for one in self.telegram.messages(self.desk) if one.by_bot and one.id > after)

    def clock(self) -> float:
        """Seconds that stand still while the machine runs neither this process nor the bot."""
        return fair.monotonic() - (fair.withheld_from(self.child.pid) if self.child else 0.0)

    async def until(self, holds: Callable[[], object], what: str, seconds: float = PATIENCE) -> None:
        """Wait for a condition; an error if it does not come to hold."""
        end = time.monotonic() + seconds
        while not holds():
            if time.monotonic() > end:
                raise TimeoutError(f"not within {seconds} s: {what}\n{self.log()[-3000:]}")
            await asyncio.sleep(0.01)

    async def quiet(self) -> None:
        """Wait until nothing is left to be taken in, done or told."""
        try:
            await self.until(self.is_quiet, "quiet")
        except TimeoutError as error:
            left = (self.telegram.updates.pending, self.truth.loose_ends())
            raise TimeoutError(f"pending updates and loose ends: {left}\n{error}") from None

    def is_quiet(self) -> bool:
        """Whether nothing is left to be taken in, done or told."""
        return self.telegram.updates.pending == 0 and self.truth.loose_ends() == []

    async def interrupt(self) -> int:
        """SIGTERM; the exit code."""
        if self.child is None:
            raise BotFailedError("not running")
        self.child.send_signal(signal.SIGTERM)
        code = await asyncio.wait_for(self.child.wait(), PATIENCE)
        self.child = None
        return code

    def polls(self) -> int:
        """How many polls have begun so far."""
        return sum(call.method == "getUpdates" for call in self.telegram.calls)


def confirmable(message: Message) -> bool:
    """Whether a message is a card that can still be confirmed."""
    return message.text.startswith("🛑") and "Keep orders" in message.labels


def is_counted(message: Message) -> bool:
    """Whether a message is such a card, and says how many orders it is about."""
    return confirmable(message) and "count unknown" not in message.text


def is_result(message: Message) -> bool:
    """Whether a message is a result: it carries the audit log's head."""
    return "· log " in message.text


@asynccontextmanager
async def ground(**setting: Unpack[Setting]) -> AsyncIterator[Ground]:
    """Build the ground, with a keystore and a configuration; the bot is not started yet."""
    secrets = setting.get("secrets", Secrets())
    with tempfile.TemporaryDirectory(prefix="cancelall-crash-") as name:
        folder = Path(name)
        async with HtxSimulator() as htx, TelegramSimulator(secrets.token, callback_deadline_s=60) as telegram:
            account = htx.add_account(access_key=secrets.access_key, secret=secrets.secret)
            people = [telegram.person(id=11 + i, first_name=who) for i, who in enumerate(("Ann", "Bo", "Eve"))]
            desk: Group = telegram.group(id=GROUP, title="Desk")
            here = Ground(
                folder=folder,
                htx=htx,
                telegram=telegram,
                account=account,
                ann=people[0],
                bo=people[1],
                eve=people[2],
                desk=desk,
                environ=_environ(folder),
                secrets=secrets,
                telegram_more=setting.get("telegram_more", ""),
            )
            if not setting.get("journal", True):
                here.environ["CANCELALL_STORE__JOURNAL"] = "/dev/null/journal"
            here.configure(setting.get("card_seconds", 60))
            _store_keys(folder, secrets)
            try:
                yield here
            finally:
                await here.kill_bot()


def _environ(folder: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CANCELALL_")}
    return kept | {
        "CANCELALL_CONFIG": str(folder / "config.toml"),
        "CANCELALL_DATA_DIR": str(folder / "data"),
        "CANCELALL_KEYSTORE": str(folder / "keystore.json"),
        "CANCELALL_KEYFILE": str(folder / "key"),
        "CANCELALL_LOG": "json",
        "PYTHONPATH": os.pathsep.join(str(Path(path).absolute()) for path in sys.path if path),
    }


def _store_keys(folder: Path, secrets: Secrets) -> None:
    """What `cancelall keys init` and `keys add` leave, without three processes."""
    key = folder / "key"
    key.touch(mode=0o600)
    key.write_bytes(secrets.keyfile)
    store = Keystore.create(folder / "keystore.json", Keyfile(value=Masked(secrets.keyfile)))
    store.add("main", "htx", (secrets.access_key, secrets.secret))
    store.add("telegram", "telegram", (secrets.token,))
