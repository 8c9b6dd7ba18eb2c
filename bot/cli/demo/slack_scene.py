"""One scene on Slack: slash commands in, cards in the channel, what is for one person shown to that person."""

import asyncio
import time
from dataclasses import dataclass, field

from bot.cli.demo import screen
from bot.cli.demo.scene import LABEL, PATIENCE, Scene
from bot.cli.demo.slack_desk import SlackDesk
from bot.cli.demo.stage import BotFailedError
from simulator.slack import Delivery, Message


@dataclass(kw_only=True)
class SlackScene(Scene):
    """On Slack."""

    first: str = "0"
    """The `ts` of the last message before the scene."""
    shown: dict[str, Message] = field(default_factory=dict)
    """Messages as they looked when something was done to them."""
    result: Message | None = None

    @property
    def slack(self) -> SlackDesk:
        """The desk on Slack.

        Raises:
            BotFailedError: the stage has none.
        """
        if self.stage.slack is None:
            raise BotFailedError("this stage has no Slack")
        return self.stage.slack

    def begin(self) -> None:
        """Remember where the chat and the exchange's log stand."""
        super().begin()
        self.first = self.slack.sim.world.stamp()

    def happened(self, what: str) -> None:
        """Something that is not a message, after all messages so far."""
        self._see_new()
        super().happened(what)

    async def ask(self) -> Message:
        """Ann types a slash command; returns the card."""
        text = self.words()
        since = self.slack.sim.world.stamp()
        self.happened(f"Ann types {text}")
        self.slack.ann.slash(self.slack.desk, text)
        return await self.wait_for("🛑", after=since)

    async def wait_for(self, text: str, after: str | None = None) -> Message:
        """Wait for a message in the channel that holds a text."""
        return await self.slack.sim.wait_for(self.slack.desk, text, PATIENCE, after=after or self.first)

    async def tap(self, who: str, card: Message, label: str = LABEL) -> Delivery:
        """Somebody taps the first button that begins so."""
        person = {"Ann": self.slack.ann, "Bo": self.slack.bo, "Mallory": self.slack.mallory}[who]
        full = next(one for one in card.labels if one.startswith(label))
        self._see_new()
        self.tapped_at = time.monotonic()
        tap = await person.taps(card, full).settled()
        team = "" if person.user.team == self.slack.ann.user.team else f", of the team {person.user.team},"
        self.happened(f"{who}{team} taps [{full}]")
        return tap

    async def told_alone(self, text: str) -> str:
        """Wait for what the other company's Mallory is told alone."""
        told = await self.slack.sim.wait_for_ephemeral(self.slack.mallory, text, PATIENCE)
        self.popups.append(told.text)
        self.happened(f"to Mallory alone: “{told.text}”")
        return told.text

    async def verdict(self, text: str) -> Message:
        """Wait for the result message, and until the card says so, too."""
        self.emptied = text == "ZERO LEFT"
        self.result = await self.wait_for(f"{text} · {self.stage.contract}")
        await self.wait_for(f": {text}")
        self.told.append(text)
        self.must(not self.emptied or self.left() == 0, "ZERO LEFT, and none is open")
        return self.result

    def messages(self) -> list[Message]:
        """The channel since the scene began."""
        every = self.slack.sim.messages(self.slack.desk)
        return [message for message in every if float(message.ts) > float(self.first)]

    def chat(self) -> list[str]:
        """See `Scene`."""
        self._see_new()
        for message in self.messages():
            before = self.shown[message.ts]
            if before.text != message.text or before.labels != message.labels:
                self.lines += screen.changes(before, message)
                self.shown[message.ts] = message
        return self.lines

    def _see_new(self) -> None:
        for message in self.messages():
            if message.ts not in self.shown:
                self.shown[message.ts] = message
                self.lines += screen.slack_bubble(message)

    def result_sent(self) -> float | None:
        """See `Scene`."""
        if self.result is None:
            return None
        sends = (call for call in reversed(self.slack.sim.calls) if call.method == "chat.postMessage")
        return next((call.at for call in sends if (call.answer or {}).get("ts") == self.result.ts), None)


async def settled(scene: SlackScene) -> None:
    """Give what might come a second time the time to come."""
    await asyncio.sleep(0.3)
    scene.must(len(scene.posts()) == 1, "one request")
