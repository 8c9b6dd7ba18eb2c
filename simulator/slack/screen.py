"""What is on screen, and waiting for it."""

from collections.abc import Callable

from simulator.slack.channel import Channel, order
from simulator.slack.message import Message
from simulator.slack.person import Person
from simulator.slack.sockets import Sockets
from simulator.slack.transcript import transcript
from simulator.slack.wire import Call, Wire
from simulator.slack.world import World

Where = Channel | Person | str
"""A channel; a person, for their direct message with the bot; or a channel id."""


class Screen:
    """The reading half of the simulator."""

    def __init__(self, world: World, wire: Wire, sockets: Sockets) -> None:
        self.world = world
        self.sockets = sockets
        self._wire = wire

    @property
    def calls(self) -> tuple[Call, ...]:
        """All requests so far in order of arrival."""
        return tuple(self._wire.calls)

    def messages(self, where: Where) -> tuple[Message, ...]:
        """Everything on screen for everybody, replies in threads included, oldest first."""
        return self._room(where).messages()

    def thread(self, where: Where, ts: str) -> tuple[Message, ...]:
        """The first message of a thread and its replies."""
        return self._room(where).thread(ts)

    def ephemerals(self, person: Person) -> tuple[Message, ...]:
        """What only this person sees now, oldest first; Slackbot's words about failed commands included."""
        mine = (message for message in self.world.private if message.only_for == person.id)
        return tuple(sorted(mine, key=lambda message: order(message.ts)))

    def transcript(self, where: Where, *, eyes: Person | None = None) -> str:
        """A channel in plain text with times in UTC; with `eyes`, what that person sees privately too."""
        room = self._room(where)
        private = self.ephemerals(eyes) if eyes else ()
        return transcript(room, [message for message in private if message.channel == room.id])

    async def wait_for(
        self,
        where: Where,
        what: str | Callable[[Message], bool],
        timeout: float = 5.0,  # noqa: ASYNC109 - a person's patience
        *,
        after: str = "",
    ) -> Message:
        """The newest message that contains a text, or satisfies a predicate, as soon as there is one.

        Only messages with a `ts` later than `after` count.

        Raises:
            TimeoutError: none within `timeout` real seconds; the channel as it is then is in the text.
        """
        found = await self._look_for(lambda: self.messages(where), what, timeout, after)
        if found is None:
            raise TimeoutError(f"nothing like {what!r} within {timeout} s in\n{self.transcript(where)}")
        return found

    async def wait_for_ephemeral(
        self,
        person: Person,
        what: str | Callable[[Message], bool],
        timeout: float = 5.0,  # noqa: ASYNC109 - a person's patience
        *,
        after: str = "",
    ) -> Message:
        """The same among what only `person` sees.

        Raises:
            TimeoutError: none within `timeout` real seconds.
        """
        found = await self._look_for(lambda: self.ephemerals(person), what, timeout, after)
        if found is None:
            seen = [message.text for message in self.ephemerals(person)]
            raise TimeoutError(f"nothing like {what!r} within {timeout} s among {seen}")
        return found

    async def wait_for_call(
        self,
        method: str,
        timeout: float = 5.0,  # noqa: ASYNC109 - a person's patience
        *,
        count: int = 1,
    ) -> Call:
        """The `count`-th request of a method, as soon as it has arrived, answered or not.

        Raises:
            TimeoutError: fewer within `timeout` real seconds.
        """

        def look() -> Call | None:
            made = [call for call in self.calls if call.method == method]
            return made[count - 1] if len(made) >= count else None

        found = await self.world.pulse.until(look, timeout)
        if found is None:
            raise TimeoutError(f"no call {count} of {method} within {timeout} s")
        return found

    async def connected(self, count: int = 1, timeout: float = 5.0) -> None:  # noqa: ASYNC109 - patience
        """Wait until at least `count` sockets are open.

        Raises:
            TimeoutError: fewer after `timeout` real seconds.
        """
        enough = await self.world.pulse.until(lambda: len(self.sockets.connections) >= count or None, timeout)
        if not enough:
            raise TimeoutError(f"only {len(self.sockets.connections)} of {count} sockets within {timeout} s")

    def _room(self, where: Where) -> Channel:
        if isinstance(where, Channel):
            return where
        return self.world.direct(where.id) if isinstance(where, Person) else self.world.channels[where]

    async def _look_for(
        self,
        seen: Callable[[], tuple[Message, ...]],
        what: str | Callable[[Message], bool],
        timeout_s: float,
        after: str,
    ) -> Message | None:
        def wanted(message: Message) -> bool:
            hit = what in message.text if isinstance(what, str) else what(message)
            return hit and (not after or order(message.ts) > order(after))

        return await self.world.pulse.until(
            lambda: next((message for message in reversed(seen()) if wanted(message)), None), timeout_s
        )
