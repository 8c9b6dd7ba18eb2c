"""The handle that tests and demos hold: start, stop, people, tokens."""

import time
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Self, TypedDict, Unpack

from aiohttp import web

from simulator.slack.channel import Channel
from simulator.slack.courier import Courier, Patience
from simulator.slack.delivery import Delivery
from simulator.slack.faults import FaultBoard
from simulator.slack.limits import RateLimits
from simulator.slack.people import User
from simulator.slack.person import Person
from simulator.slack.responses import Responses
from simulator.slack.screen import Screen
from simulator.slack.signed import Signed, Signer
from simulator.slack.sockets import Sockets
from simulator.slack.wire import Wire
from simulator.slack.world import Secrets, World
from simulator.telegram.pulse import Pulse


class Options(TypedDict, total=False):
    """What can be set when the simulator is built."""

    port: int
    """TCP port on 127.0.0.1; 0, the default, takes a free one."""
    clock: Callable[[], float]
    """Unix seconds: dates, signatures, limits and `response_url` go by it. Waiting goes by real time."""
    bot_token: str
    """`xoxb-simulated` unless told."""
    app_token: str
    """`xapp-simulated` unless told."""
    signing_secret: str
    """`simulated-secret` unless told."""
    team: str
    """The workspace the app is installed in."""
    app: str
    """The app's id."""
    patience: Patience
    """How long an acknowledgement may take, and when events are tried again."""


class SlackSimulator(Screen):
    """A stateful Slack with one workspace and one app: `async with SlackSimulator() as sim: sim.url`.

    State survives `stop()` and `start()`, so those two in a row are an outage. Use it from the thread of its event
    loop only.
    """

    def __init__(self, **options: Unpack[Options]) -> None:
        self._port = options.get("port", 0)
        app, team = options.get("app", "A1"), options.get("team", "T1")
        bot = User(id="UBOT", name="Kill switch", team=team, is_bot=True, app=app)
        world = World(
            team=team,
            app=app,
            bot=bot,
            secrets=Secrets(
                bot_token=options.get("bot_token", "xoxb-simulated"),
                app_token=options.get("app_token", "xapp-simulated"),
                signing_secret=options.get("signing_secret", "simulated-secret"),
            ),
            clock=options.get("clock", time.time),
            pulse=Pulse(),
            people={bot.id: bot},
        )
        sockets = Sockets(world)
        self.responses = Responses(world=world)
        self._courier = Courier(world, sockets, self.responses, options.get("patience", Patience()))
        super().__init__(world, Wire(world, sockets, self.responses), sockets)
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        """`http://127.0.0.1:<port>`."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def api_url(self) -> str:
        """What a client takes as its base URL: it ends in `/api/`."""
        return f"{self.url}/api/"

    @property
    def secrets(self) -> Secrets:
        """The tokens and the signing secret."""
        return self.world.secrets

    @property
    def me(self) -> Person:
        """The bot's own user, for taps and messages that come back to their author."""
        return self._person(self.world.bot)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What Slack lets pass and a careful author would not do."""
        return tuple(self.world.warnings)

    @property
    def deliveries(self) -> tuple[Delivery, ...]:
        """All commands, events and taps so far."""
        return tuple(self._courier.deliveries)

    @property
    def faults(self) -> FaultBoard:
        """Where faults are armed: `sim.faults.arm("chat.postMessage", faults.cut_after())`."""
        return self._wire.faults

    @property
    def signer(self) -> Signer:
        """Signs requests as Slack does, and forges them."""
        return self._courier.signer

    async def start(self) -> None:
        """Listen. A second start takes the same port again."""
        self._runner = web.AppRunner(
            self._wire.app(), access_log=None, handler_cancellation=True, shutdown_timeout=0.05
        )
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port, reuse_address=True).start()
        self._port = self._runner.addresses[0][1]
        self._courier.start()

    async def stop(self) -> None:
        """Stop listening, drop all connections, send nothing; nothing is forgotten."""
        await self._courier.stop()
        self.sockets.cut()
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

    def person(self, *, id: str, name: str, team: str | None = None, app: str = "") -> Person:  # noqa: A002
        """Somebody with Slack open; with `app`, another app's bot user.

        Raises:
            ValueError: somebody has this id already.
        """
        if id in self.world.people:
            raise ValueError(f"there is a user {id} already")
        user = User(id=id, name=name, team=team or self.world.team, is_bot=bool(app), app=app)
        self.world.people[id] = user
        return self._person(user)

    def channel(  # noqa: PLR0913 - each has a default
        self,
        *,
        id: str,  # noqa: A002
        name: str = "desk",
        members: Iterable[Person] = (),
        bot: bool = True,
        ext_shared: bool = False,
        private: bool = False,
    ) -> Channel:
        """A channel with these members, and with the bot unless told otherwise.

        Raises:
            ValueError: there is one with this id already, or a member of another team in it without Slack Connect.
        """
        if id in self.world.channels:
            raise ValueError(f"there is a channel {id} already")
        members = tuple(members)
        if not ext_shared and any(member.user.team != self.world.team for member in members):
            raise ValueError(f"channel {id} is not shared with other teams")
        inside = {member.id for member in members} | ({self.world.bot.id} if bot else set())
        made = Channel(id=id, name=name, members=inside, ext_shared=ext_shared, is_private=private)
        self.world.channels[id] = made
        return made

    async def use_http(self, url: str, *, verify: bool = True) -> None:
        """From now on send signed requests to `url`; an empty one goes back to Socket Mode.

        Raises:
            ValueError: the bot did not answer the `url_verification` challenge.
        """
        self._courier.request_url = url
        if url and verify and not await self._courier.verify():
            raise ValueError(f"{url} did not return the challenge")

    async def post(self, request: Signed) -> int:
        """Send any request to the bot's HTTP address and return the status of the answer."""
        return await self._courier.post(request)

    def again(self, delivery: Delivery) -> None:
        """Send the same payload once more: a replay, or Slack being unsure."""
        self._courier.again(delivery)

    def revoke(self, *, bot: bool = True, app: bool = True, error: str = "invalid_auth") -> None:
        """From now on refuse the tokens with `error`. Open sockets stay; see `Sockets.disconnect`."""
        given = self.world.secrets
        self.world.revoked |= {given.bot_token: error} if bot else {}
        self.world.revoked |= {given.app_token: error} if app else {}

    def restore(self) -> None:
        """Accept the tokens again."""
        self.world.revoked.clear()

    def limit_rate(self, limits: RateLimits | None) -> None:
        """Switch rate limits on, or off with None."""
        self._wire.gate.limits = limits

    def _person(self, user: User) -> Person:
        return Person(
            user=user,
            world=self.world,
            courier=self._courier,
            responses=self.responses,
            base_url=lambda: self.url,
        )
