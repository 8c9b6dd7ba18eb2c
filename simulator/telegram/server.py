"""The handle that tests and demos hold: start, stop, people, what is on screen."""

import asyncio
import contextlib
import time
from collections.abc import Callable
from dataclasses import replace
from types import TracebackType
from typing import Any, Self, TypedDict, Unpack

from aiohttp import web

from simulator.telegram.chat import Message
from simulator.telegram.compose import Where, chat_id
from simulator.telegram.faults import FaultBoard
from simulator.telegram.flood import FloodLimits
from simulator.telegram.group import Group
from simulator.telegram.people import Chat, User, group_type
from simulator.telegram.person import Person, meet
from simulator.telegram.poison import Poison, unreadable
from simulator.telegram.polling import Poller
from simulator.telegram.pulse import Pulse
from simulator.telegram.transcript import transcript
from simulator.telegram.updates import UpdateQueue
from simulator.telegram.webhook import Pusher
from simulator.telegram.wire import Call, Wire
from simulator.telegram.world import World


class Options(TypedDict, total=False):
    """What can be set when the simulator is built."""

    port: int
    """TCP port on 127.0.0.1; 0, the default, takes a free one."""
    clock: Callable[[], float]
    """Unix seconds: dates, deadlines and flood limits go by it. Waiting goes by real time."""
    callback_deadline_s: float
    """Seconds within which a tap must be answered. Telegram states no number; 10 is cautious."""
    first_update_id: int
    """`update_id` of the first update; 1001 unless told."""
    privacy: bool
    """Group privacy mode, on by default as for any new bot."""
    username: str
    """The bot's username."""
    spin_guard: bool
    """Slow down a client that polls the same offset again at once, as the open Bot API server does."""
    webhook_retry_s: float
    """Seconds before an update is pushed again; doubles each time. 1 by default."""


class TelegramSimulator:
    """A stateful Telegram for one bot: `async with TelegramSimulator("123:abc") as sim: sim.url`.

    State survives `stop()` and `start()`, so those two in a row are a network outage. Use it from
    the thread of its event loop only.

    Raises:
        ValueError: the token does not begin with the bot's numeric id.
    """

    def __init__(self, token: str = "123456:simulated", **options: Unpack[Options]) -> None:  # noqa: S107
        self._token = token
        self._port = options.get("port", 0)
        self._retry_s = options.get("webhook_retry_s", 1.0)
        pulse = Pulse()
        self.world = World(
            bot=User(
                id=int(token.partition(":")[0]),
                first_name="Kill switch",
                username=options.get("username", "kill_switch_bot"),
                is_bot=True,
            ),
            clock=options.get("clock", time.time),
            callback_deadline_s=options.get("callback_deadline_s", 10.0),
            privacy=options.get("privacy", True),
            updates=UpdateQueue(options.get("first_update_id", 1001), pulse.beat),
            pulse=pulse,
        )
        poller = Poller(self.world, spin_guard=options.get("spin_guard", False))
        self._wire = Wire(token, self.world, poller)
        self._runner: web.AppRunner | None = None
        self._pushing: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        """`http://127.0.0.1:<port>`; a client adds `/bot<token>/<method>`."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def token(self) -> str:
        """The bot's token."""
        return self._token

    @property
    def bot(self) -> User:
        """The bot under test."""
        return self.world.bot

    @property
    def calls(self) -> tuple[Call, ...]:
        """All requests so far in order of arrival."""
        return tuple(self._wire.calls)

    @property
    def faults(self) -> FaultBoard:
        """Where faults are armed: `sim.faults.arm("sendMessage", faults.cut_after())`."""
        return self._wire.faults

    @property
    def updates(self) -> UpdateQueue:
        """The update queue, with its own faults: redeliver, resend, jump, shuffle, double."""
        return self.world.updates

    async def start(self) -> None:
        """Listen. A second start takes the same port again."""
        self._runner = web.AppRunner(
            self._wire.app(), access_log=None, handler_cancellation=True, shutdown_timeout=0.05
        )
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port, reuse_address=True).start()
        self._port = self._runner.addresses[0][1]
        self._pushing = asyncio.create_task(Pusher(self.world, self._retry_s).run())

    async def stop(self) -> None:
        """Stop listening, drop all connections, push nothing; nothing is forgotten."""
        if self._pushing is not None:
            self._pushing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._pushing
            self._pushing = None
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()

    def person(self, **who: Any) -> Person:  # noqa: ANN401 - the fields of User
        """Somebody with a phone. The fields of `User`: id, first_name, last_name, username, is_bot."""
        return meet(self.world, User(**who))

    def group(self, *, id: int, title: str = "Ops", forum: bool = False) -> Group:  # noqa: A002
        """A group the bot is in; ids below -10**12 are supergroups, and so is every forum."""
        kind = "supergroup" if forum else group_type(id)
        chat = Chat(id=id, type=kind, title=title, is_forum=forum)
        return Group(room=self.world.add_room(chat), world=self.world)

    def channel(self, *, id: int, title: str = "News") -> Group:  # noqa: A002
        """A channel the bot is in."""
        chat = Chat(id=id, type="channel", title=title)
        return Group(room=self.world.add_room(chat), world=self.world)

    def rename_bot(self, username: str) -> None:
        """Give the bot another username, as BotFather does: the old one is nobody's from now on."""
        self.world.bot = replace(self.world.bot, username=username)

    def limit_flood(self, limits: FloodLimits | None) -> None:
        """Switch flood limits on, or off with None."""
        self._wire.flood.limits = limits

    def send_unreadable(self, kind: Poison) -> int:
        """Queue an update that a client cannot read; the `update_id` is sound."""
        return self.world.updates.add_raw(unreadable(kind))

    def messages(self, where: Where) -> tuple[Message, ...]:
        """What is on screen in a chat now, oldest first; empty for a chat nobody opened."""
        room = self.world.rooms.get(chat_id(where))
        return room.messages() if room else ()

    def transcript(self, where: Where) -> str:
        """The chat as a person sees it, in plain text with times in UTC.

        Raises:
            KeyError: no such chat.
        """
        return transcript(self.world.rooms[chat_id(where)])

    async def wait_for(
        self,
        where: Where,
        what: str | Callable[[Message], bool],
        timeout: float = 5.0,  # noqa: ASYNC109 - a person's patience
        *,
        after: int = 0,
    ) -> Message:
        """The newest message that contains a text, or satisfies a predicate, as soon as there is one.

        Only messages with an id above `after` count.

        Raises:
            TimeoutError: none within `timeout` real seconds; the chat as it is then is in the text.
        """

        def wanted(message: Message) -> bool:
            hit = what in message.text if isinstance(what, str) else what(message)
            return hit and message.id > after

        def look() -> Message | None:
            return next((m for m in reversed(self.messages(where)) if wanted(m)), None)

        found = await self.world.pulse.until(look, timeout)
        if found is None:
            seen = self.transcript(where) if self.messages(where) else "an empty chat"
            raise TimeoutError(f"nothing like {what!r} within {timeout} s in\n{seen}")
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
            made = [call for call in self.calls if call.method.lower() == method.lower()]
            return made[count - 1] if len(made) >= count else None

        found = await self.world.pulse.until(look, timeout)
        if found is None:
            raise TimeoutError(f"no call {count} of {method} within {timeout} s")
        return found
