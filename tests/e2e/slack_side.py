"""The desk's Slack: a simulated workspace with the same people, and what they do in it.

card = await world.slack.ask()
await world.slack.ann.taps(card, card.labels[0]).settled()
"""

from collections.abc import Callable
from typing import Final

from simulator.slack import Call, Channel, Delivery, Message, Patience, Person, SlackSimulator
from tests.e2e.setting import ASK, CHANNEL, PATIENCE, SLACK

NAMES: Final = ("Ann", "Bo", "Vic", "Cy", "Eve")
"""As on Telegram: two operators, a viewer, an operator without accounts, and one who is not listed."""


class SlackSide:
    """A workspace: C1 is listed, C9 is not, C8 is without the bot; Mallory is of another team."""

    def __init__(self, clock: Callable[[], float]) -> None:
        bot, app, signing = SLACK
        patience = Patience(retries_s=(0.1, 0.5))
        self.sim = SlackSimulator(
            clock=clock, bot_token=bot, app_token=app, signing_secret=signing, patience=patience
        )
        meet = self.sim.person
        people = [meet(id=f"U{number}", name=name) for number, name in enumerate(NAMES, start=11)]
        self.ann, self.bo, self.vic, self.cy, self.eve = people
        self.mallory = meet(id="U99", name="Mallory", team="T9")
        everybody = [*people, self.mallory]
        self.desk = self.sim.channel(id=CHANNEL, name="desk", members=everybody, ext_shared=True)
        self.lobby = self.sim.channel(id="C9", name="lobby", members=people)
        self.elsewhere = self.sim.channel(id="C8", name="elsewhere", members=people, bot=False)

    @property
    def people(self) -> dict[str, Person]:
        """By their names in lower case."""
        return {person.user.name.lower(): person for person in (self.ann, self.bo, self.vic, self.cy, self.eve)}

    def slash(self, text: str = ASK, who: Person | None = None, where: Channel | None = None) -> Delivery:
        """Somebody types a command, in the desk's channel unless told."""
        return (who or self.ann).slash(where or self.desk, text)

    async def ask(self, text: str = ASK, who: Person | None = None) -> Message:
        """Somebody asks in the desk's channel; returns the card."""
        last = self.last()
        self.slash(text, who)
        return await self.shown("🛑", after=last)

    def last(self) -> str:
        """The `ts` of the newest message in the desk's channel; `0` if there is none."""
        messages = self.sim.messages(self.desk)
        return messages[-1].ts if messages else "0"

    async def shown(self, what: str | Callable[[Message], bool], after: str = "") -> Message:
        """The newest message in the desk's channel that holds a text, or of which something is true."""
        return await self.sim.wait_for(self.desk, what, PATIENCE, after=after)

    async def whispered(self, what: str, who: Person | None = None, after: str = "") -> Message:
        """The newest message for one person alone that holds a text."""
        return await self.sim.wait_for_ephemeral(who or self.ann, what, PATIENCE, after=after)

    async def run(self, text: str = ASK) -> Message:
        """Ann asks and taps; returns the result."""
        card = await self.ask(text)
        self.ann.taps(card, card.labels[0])
        return await self.shown(lambda message: "· log " in message.text, after=card.ts)

    def posted(self, what: str) -> list[Message]:
        """The bot's messages in the desk's channel that hold a text."""
        mine = (m for m in self.sim.messages(self.desk) if m.sender.id == self.sim.me.id)
        return [message for message in mine if what in message.text]

    def calls(self, method: str, since: int = 0) -> list[Call]:
        """The bot's calls of one method."""
        return [call for call in self.sim.calls[since:] if call.method == method]
