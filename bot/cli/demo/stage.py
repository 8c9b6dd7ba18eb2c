"""The stage: exchange and chats simulated on loopback, and the real bot as a child process that can be killed."""

import asyncio
import os
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal, TypeVar

from bot.cli.demo.slack_desk import SlackDesk
from simulator.htx import LISTED, Account, HtxSimulator
from simulator.telegram import Group, Person, TelegramSimulator

T = TypeVar("T")

GROUP: Final = -1001234567890
CONTRACT: Final = "BTC-USDT-241115"
_UP: Final = 60.0
"""Seconds within which the bot must have come up, on a machine that is busy with something else."""
COINS: Final = ("BTC", "ETH", "SOL", "XRP", "DOGE", "ADA", "AVAX", "LINK", "DOT", "LTC", "BCH", "ATOM")
"""Each scene that ends with nothing left has its own coin: the next one's orders would count as coming back."""

_CONFIG: Final = """\
[htx]
hosts = ["{htx}"]
[telegram]
base_url = "{telegram}"
chats = [{group}]
{slack}[limits]
card_seconds = {card_seconds}
[accounts.main]
[members.ann]
role = "operator"
telegram = 11
{slack_ann}accounts = ["main"]
[members.bo]
role = "operator"
telegram = 12
{slack_bo}accounts = ["main"]
"""


class BotFailedError(Exception):
    """The bot's process ended, or did not come up; its log is the message."""


@dataclass(kw_only=True)
class Stage:
    """Everything a scene needs."""

    folder: Path
    htx: HtxSimulator
    telegram: TelegramSimulator
    account: Account
    ann: Person
    bo: Person
    eve: Person
    """Not on the list."""
    desk: Group
    slack: SlackDesk | None = None
    """The same desk on Slack, where the stage has one."""
    contract: str = CONTRACT
    """What people ask about in the present scene."""
    child: asyncio.subprocess.Process | None = None
    environ: dict[str, str] = field(default_factory=dict)

    def place(
        self,
        n: int,
        *,
        contract: str | None = None,
        side: Literal["buy", "sell"] = "buy",
        position_side: Literal["long", "short", "both"] = "long",
    ) -> list[str]:
        """Put n resting orders on the book, prices apart; returns their ids."""
        return [
            self.account.place(
                contract=contract or self.contract,
                side=side,
                position_side=position_side,
                price=str(61_200 + 50 * i),
                volume="50",
            )
            for i in range(n)
        ]

    def next_contract(self) -> None:
        """From now on people ask about the next coin."""
        coin, date = self.contract.split("-")[0], CONTRACT.split("-", 1)[1]
        self.contract = f"{COINS[(COINS.index(coin) + 1) % len(COINS)]}-{date}"

    async def start_bot(self) -> None:
        """Start the bot and wait until it polls, and is connected to Slack if there is one.

        Raises:
            BotFailedError: it does not.
        """
        before = len(self.telegram.calls)
        with (self.folder / "bot.log").open("ab") as log:
            self.child = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "bot", "run"),
                env=self.environ,
                cwd=self.folder,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=log,
            )
        end = time.monotonic() + _UP
        while time.monotonic() < end:
            if any(call.method == "getUpdates" for call in self.telegram.calls[before:]) or self._polling(before):
                await self._connected()
                return
            if self.child.returncode is not None:
                break
            await asyncio.sleep(0.01)
        raise BotFailedError((self.folder / "bot.log").read_text("utf-8", "replace"))

    async def _connected(self) -> None:
        if self.slack is not None:
            await self.slack.sim.connected(2, _UP)

    def _polling(self, before: int) -> bool:
        """A first poll that is still held open shows only by what comes before it."""
        return any(call.method == "deleteWebhook" for call in self.telegram.calls[before:])

    async def kill_bot(self) -> None:
        """`kill -9`: nothing is put in order."""
        await self._end(signal.SIGKILL)

    async def stop_bot(self) -> None:
        """SIGTERM: what is being done is finished."""
        await self._end(signal.SIGTERM)

    async def _end(self, number: int) -> None:
        if self.child is not None and self.child.returncode is None:
            self.child.send_signal(number)
            await self.child.wait()
        self.child = None

    async def command(self, *words: str, stdin: str = "") -> tuple[int, str]:
        """Run `cancelall …` on this stage; returns exit code and what it printed."""
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", *words),
            env=self.environ,
            cwd=self.folder,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        out, _ = await child.communicate(stdin.encode())
        return child.returncode or 0, out.decode()


@asynccontextmanager
async def stage(
    *,
    card_seconds: int = 60,
    mode: Literal["dual_side", "single_side"] = "dual_side",
    slack: bool = False,
    within: Path | None = None,
) -> AsyncIterator[Stage]:
    """Build a stage, with a keystore and a configuration, on one chat or both; the bot is not started yet.

    Its folder is made `within` another: the benchmark wants a real disk. None: where temporary files go.
    """
    with tempfile.TemporaryDirectory(prefix="cancelall-", dir=within) as name:
        folder = Path(name)
        listed = [f"{coin}-{CONTRACT.split('-', 1)[1]}" for coin in COINS]
        async with (
            HtxSimulator(contracts=[*LISTED, *listed]) as htx,
            TelegramSimulator("123456:demo-token") as telegram,
        ):
            account = htx.add_account(position_mode=mode)
            desk = telegram.group(id=GROUP, title="Desk")
            people = [telegram.person(id=11 + i, first_name=who) for i, who in enumerate(("Ann", "Bo", "Eve"))]
            built = Stage(
                folder=folder,
                htx=htx,
                telegram=telegram,
                account=account,
                ann=people[0],
                bo=people[1],
                eve=people[2],
                desk=desk,
                slack=SlackDesk() if slack else None,
                environ=_environ(folder, os.environ),
            )
            async with built.slack.sim if built.slack else nullcontext():
                (folder / "config.toml").write_text(_config(built, card_seconds), "utf-8")
                await _store_keys(built)
                try:
                    yield built
                finally:
                    await built.kill_bot()


async def cleared_away(story: Coroutine[Any, Any, T]) -> T:
    """Play; a SIGTERM or a lost terminal ends the bots and their folders too, as Ctrl-C does.

    Raises:
        SystemExit: one of them came; 1, since not every verdict was seen.
    """
    playing = asyncio.ensure_future(story)
    for number in (signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, playing.cancel)
    await asyncio.wait((playing,))
    if playing.cancelled():
        sys.exit(1)
    return playing.result()


def _config(built: Stage, card_seconds: int) -> str:
    there = built.slack
    return _CONFIG.format(
        htx=built.htx.url,
        telegram=built.telegram.url,
        group=GROUP,
        card_seconds=card_seconds,
        slack=there.config() if there else "",
        slack_ann=f'slack = "{there.ann.id}"\n' if there else "",
        slack_bo=f'slack = "{there.bo.id}"\n' if there else "",
    )


def _environ(folder: Path, environ: Mapping[str, str]) -> dict[str, str]:
    """The bot's environment: ours without our own settings, and everything on the stage."""
    kept = {name: value for name, value in environ.items() if not name.startswith("CANCELALL_")}
    return kept | {
        "CANCELALL_CONFIG": str(folder / "config.toml"),
        "CANCELALL_DATA_DIR": str(folder / "data"),
        "CANCELALL_KEYSTORE": str(folder / "keystore.json"),
        "CANCELALL_KEYFILE": str(folder / "key"),
        "CANCELALL_LOG": "json",
        "PYTHONUTF8": "1",  # what they print is read here, whatever the terminal's encoding is
        "PYTHONIOENCODING": "utf-8",
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
    }


async def _store_keys(built: Stage) -> None:
    """As the README has it: make a keystore, add the key pair and the chats' tokens."""
    account, token = built.account, built.telegram.token
    steps: list[tuple[tuple[str, ...], str]] = [
        (("keys", "init", "--keyfile", str(built.folder / "key")), ""),
        (("keys", "add", "main", "--kind", "htx"), f"{account.access_key}\n{account.secret}\n"),
        (("keys", "add", "telegram", "--kind", "telegram"), f"{token}\n"),
    ]
    if built.slack is not None:
        steps.append((("keys", "add", "slack", "--kind", "slack"), built.slack.secrets()))
    for words, stdin in steps:
        code, said = await built.command(*words, stdin=stdin)
        if code != 0:
            raise BotFailedError(said)
