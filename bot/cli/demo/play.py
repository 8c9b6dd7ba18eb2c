"""`cancelall demo --play`: be Ann on her phone, in the terminal."""

import asyncio
import sys
from collections.abc import Callable

from bot.cli.demo import screen
from bot.cli.demo.stage import CONTRACT, Stage, stage
from simulator.slack import Message as SlackMessage
from simulator.telegram import Message, Person

_HELP = """\
You are Ann, an operator, in the desk's group. HTX, Telegram and Slack are simulated here; the bot is real.
  type a command      /cancelall BTC-USDT-241115 buy long · /cancelall · /orders · /status · /help
  tap a button        its number
  be somebody else    eve: /cancelall ALL   (Eve is not on the list; Bo is)
  use Slack           slack: /cancelall ALL   (there all commands are /cancelall …)
  place more orders   place 5
  stop                quit (or Ctrl-D)
"""


async def play_along(say: Callable[[str], None]) -> None:
    """Read lines from the terminal until it ends."""
    async with stage(card_seconds=60, slack=True) as built:
        built.place(14)
        built.place(3, side="sell", position_side="short")
        built.place(4, contract="ETH-USDT", side="sell", position_side="long")
        say("Starting the bot …")
        await built.start_bot()
        say(_HELP)
        player = _Player(built, say)
        watching = asyncio.ensure_future(player.watch())
        try:
            while (line := await _read_line()) is not None and line not in ("quit", "exit"):
                player.act(line)
        finally:
            watching.cancel()
            await built.stop_bot()


async def _read_line() -> str | None:
    line = await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)
    return line.strip() if line else None


class _Player:
    """Turns lines into messages and taps, and prints what the bot does."""

    def __init__(self, built: Stage, say: Callable[[str], None]) -> None:
        self._stage = built
        self._say = say
        self._seen: dict[str, tuple[str, tuple[str, ...]]] = {}
        self._buttons: list[tuple[Message | SlackMessage, str]] = []

    def act(self, line: str) -> None:
        """Do what a line says."""
        who, _, text = line.partition(":") if ":" in line else ("ann", "", line)
        people = {"ann": self._stage.ann, "bo": self._stage.bo, "eve": self._stage.eve}
        person, text = people.get(who.strip().lower(), self._stage.ann), text.strip()
        if text.isdecimal() and 1 <= int(text) <= len(self._buttons):
            message, data = self._buttons[int(text) - 1]
            self._tap(person, message, data)
        elif text.isdecimal():
            self._say("  (there is no such button)")
        elif text.startswith("place ") and text[6:].isdecimal():
            self._stage.place(min(int(text[6:]), 500))
            self._say(f"  ({text[6:]} buy long orders placed on {CONTRACT})")
        elif text and who.strip().lower() == "slack":
            self._type_on_slack(text)
        elif text:
            person.says(self._stage.desk, text)

    def _tap(self, person: Person, message: Message | SlackMessage, label: str) -> None:
        if isinstance(message, Message):
            tap = person.taps(message, label)
            asyncio.ensure_future(self._pop_up(tap.answer(10)))  # noqa: RUF006 it ends by itself
        elif self._stage.slack is not None:
            desk = self._stage.slack
            (desk.bo if person is self._stage.bo else desk.ann).taps(message, label)

    def _type_on_slack(self, text: str) -> None:
        desk = self._stage.slack
        if desk is None:
            return
        try:
            desk.ann.slash(desk.desk, text)
        except PermissionError as error:
            self._say(f"  (Slack: {error})")

    async def _pop_up(self, answer: "asyncio.Future[str] | object") -> None:
        try:
            self._say(f"  (pops up: {await answer})")  # type: ignore[misc]  # a coroutine
        except TimeoutError:
            self._say("  (no answer to the tap)")

    async def watch(self) -> None:
        """Print new and edited messages of the bot as they come."""
        bot = self._stage.telegram.bot.name
        while True:
            for message in self._stage.telegram.messages(self._stage.desk):
                if message.sender.name == bot and self._is_new(f"{message.id}", message):
                    self._print(message, screen.bubble(message, bot=bot))
            for said in self._on_slack():
                if said.sender.is_bot and self._is_new(f"slack {said.ts}", said):
                    self._print(said, screen.slack_bubble(said))
            await asyncio.sleep(0.05)

    def _on_slack(self) -> tuple[SlackMessage, ...]:
        desk = self._stage.slack
        return (*desk.sim.messages(desk.desk), *desk.sim.ephemerals(desk.ann)) if desk else ()

    def _is_new(self, key: str, message: screen.Shown) -> bool:
        """Whether a message is new, or looks otherwise than before."""
        shown = (message.text, message.labels)
        before, self._seen[key] = self._seen.get(key), shown
        return before != shown

    def _print(self, message: Message | SlackMessage, lines: list[str]) -> None:
        for line in lines:
            if line.startswith("│ [ "):
                continue
            self._say(line)
        for button in message.buttons:
            self._buttons.append((message, button.label))
            self._say(f"│ {len(self._buttons)}: [ {button.label} ]")
        self._say("")
