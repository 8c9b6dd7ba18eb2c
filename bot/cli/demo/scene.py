"""One scene: what is done on the stage, and whether what the bot said is what truly happened."""

import time
from abc import ABC, abstractmethod
from dataclasses import dataclass, field

from bot.cli.demo import screen
from bot.cli.demo.stage import Stage
from simulator.htx import Record
from simulator.telegram import Message, TapResult

CANCEL = "/v5/trade/cancel_all_orders"
BATCH = "/v5/trade/cancel_batch_orders"
OPENS = "/v5/trade/order/opens"
LABEL = "Cancel "
PATIENCE = 40.0
"""Seconds within which whatever a scene waits for must come: the bot reads for 19 before it says UNKNOWN."""


class UntrueError(Exception):
    """The bot did, or said, something else than it should."""


@dataclass(kw_only=True)
class Scene(ABC):
    """What happened since the scene began, in one chat and at the exchange."""

    stage: Stage
    first_request: int = 0
    popups: list[str] = field(default_factory=list)
    """What people were shown alone when they tapped."""
    lines: list[str] = field(default_factory=list)
    """The chat so far, in the order in which a person saw it."""
    tapped_at: float | None = None
    told: list[str] = field(default_factory=list)
    """The verdicts told, or what was told in their place."""
    emptied: bool = False
    """The scene ended with nothing left."""

    def begin(self) -> None:
        """Remember where the exchange's log stands."""
        self.first_request = len(self.stage.htx.log)

    def words(self, verb: str = "/cancelall") -> str:
        """What Ann types."""
        return f"{verb} {self.stage.contract} buy long"

    def left(self) -> int:
        """How many orders are open in the scope that Ann names."""
        wanted = (self.stage.contract, "buy", "long")
        orders = self.stage.account.open_orders()
        return sum((order.contract, order.side, order.position_side) == wanted for order in orders)

    def truth(self) -> str:
        """What really happened, by the exchange's log and book."""
        writes = [record for record in self.requests() if record.method == "POST"]
        if not writes:
            return f"nothing sent, {self.left()} open"
        by_id = f", {len(writes) - len(self.posts())} by id" if len(writes) > len(self.posts()) else ""
        gone = sum(len(record.cancelled) for record in writes)
        return f"{len(self.posts())} sent{by_id}: {gone} gone, {self.left()} open"

    @abstractmethod
    def chat(self) -> list[str]:
        """The chat as a person saw it: messages as they came, then what an edit changed."""

    @abstractmethod
    def result_sent(self) -> float | None:
        """When the result was posted, on the simulators' monotonic clock; None while there is none."""

    def happened(self, what: str) -> None:
        """Something that is not a message."""
        self.lines += screen.aside(what)

    def requests(self) -> list[Record]:
        """What the exchange received since the scene began."""
        return [record for record in self.stage.htx.log[self.first_request :] if record.path.startswith("/v5/")]

    def posts(self) -> list[Record]:
        """The cancel requests among them."""
        return [record for record in self.requests() if record.path == CANCEL]

    def must(self, holds: object, what: str) -> None:
        """Stop the story where the truth is another.

        Raises:
            UntrueError: it does not hold.
        """
        if not holds:
            raise UntrueError(what)

    def times(self) -> tuple[float, float] | None:
        """Seconds from tap to the request's arrival, and from tap to the result in the chat."""
        posts, shown = self.posts(), self.result_sent()
        if self.tapped_at is None or not posts or shown is None:
            return None
        return posts[-1].received - self.tapped_at, shown - self.tapped_at


@dataclass(kw_only=True)
class TelegramScene(Scene):
    """On Telegram."""

    first_message: int = 0
    shown: dict[int, Message] = field(default_factory=dict)
    """Messages as they looked when something was done to them."""
    result: Message | None = None

    def begin(self) -> None:
        """Remember where the chat and the exchange's log stand."""
        super().begin()
        messages = self.stage.telegram.messages(self.stage.desk)
        self.first_message = messages[-1].id if messages else 0

    def happened(self, what: str) -> None:
        """Something that is not a message, after all messages so far."""
        self._see_new()
        super().happened(what)

    async def ask(self, verb: str = "/cancelall") -> Message:
        """Ann asks; returns the card."""
        said = self.stage.ann.says(self.stage.desk, self.words(verb))
        return await self.wait_for("🛑", after=said.id)

    async def wait_for(self, text: str, after: int | None = None) -> Message:
        """Wait for a message of the bot's that holds a text."""
        since = self.first_message if after is None else after
        return await self.stage.telegram.wait_for(self.stage.desk, text, after=since, timeout=PATIENCE)

    async def tap(self, who: str, card: Message, label: str = LABEL) -> TapResult:
        """Somebody taps the first button that begins so, and reads what pops up."""
        person = {"Ann": self.stage.ann, "Bo": self.stage.bo, "Eve": self.stage.eve}[who]
        full = next(one for one in card.labels if one.startswith(label))
        self._see_new()
        self.tapped_at = time.monotonic()
        tap = person.taps(card, full)
        self.popups.append(await tap.answer(PATIENCE))
        self.happened(f"{who} taps [{full}] → “{self.popups[-1]}”")
        return tap

    def chat(self) -> list[str]:
        """See `Scene`."""
        self._see_new()
        for message in self.messages():
            before = self.shown[message.id]
            if before.text != message.text or before.labels != message.labels:
                self.lines += screen.changes(before, message)
                self.shown[message.id] = message
        return self.lines

    def _see_new(self) -> None:
        bot = self.stage.telegram.bot.name
        for message in self.messages():
            if message.id not in self.shown:
                self.shown[message.id] = message
                self.lines += screen.bubble(message, bot=bot)

    async def verdict(self, text: str) -> Message:
        """Wait for the result message."""
        self.emptied = text == "ZERO LEFT"
        self.result = await self.wait_for(f"{text} · {self.stage.contract}")
        self.told.append(text)
        self.must(not self.emptied or self.left() == 0, "ZERO LEFT, and none is open")
        return self.result

    def messages(self) -> list[Message]:
        """The chat since the scene began."""
        every = self.stage.telegram.messages(self.stage.desk)
        return [message for message in every if message.id > self.first_message]

    def result_sent(self) -> float | None:
        """See `Scene`."""
        if self.result is None:
            return None
        first_line = self.result.text.splitlines()[0]
        sends = (call for call in reversed(self.stage.telegram.calls) if call.method == "sendMessage")
        return next((call.at for call in sends if first_line in str(call.params.get("text", ""))), None)
