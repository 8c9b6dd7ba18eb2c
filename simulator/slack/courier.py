"""Carries deliveries to the bot, over sockets or over HTTP, and tries again where Slack does."""

import asyncio
import json
import time
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any

import aiohttp

from simulator.slack.delivery import TIMED_OUT, UNREACHABLE, Attempt, Delivery
from simulator.slack.message import Message
from simulator.slack.people import SLACKBOT
from simulator.slack.responses import Responses
from simulator.slack.signed import JSON, NO_RETRY, RETRY_NUMBER, RETRY_REASON, Signed, Signer
from simulator.slack.sockets import Sockets
from simulator.slack.world import Words, World

OK = range(200, 300)
"""Slack docs, Events API: any 2xx is an acknowledgement."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long Slack waits, in real seconds."""

    ack_s: float = 3.0
    """Slack docs, acknowledging: 3 seconds for commands, taps and events."""
    retries_s: tuple[float, ...] = (0.0, 60.0, 300.0)
    """Slack docs, Events API: again nearly at once, after a minute, after five. Commands and taps are not."""


class Courier:
    """One task per delivery, so that a slow one holds up no other."""

    def __init__(self, world: World, sockets: Sockets, responses: Responses, patience: Patience) -> None:
        self._world = world
        self._sockets = sockets
        self._responses = responses
        self._patience = patience
        self._tasks: set[asyncio.Task[None]] = set()
        self._session: aiohttp.ClientSession | None = None
        self.request_url = ""
        """Where the bot listens; empty means Socket Mode."""
        self.deliveries: list[Delivery] = []

    @property
    def signer(self) -> Signer:
        """Signs with the app's secret, by the simulator's clock."""
        return Signer(secret=self._world.secrets.signing_secret, clock=self._world.clock)

    def start(self) -> None:
        """Be ready to send."""
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=self._patience.ack_s))

    async def stop(self) -> None:
        """Drop what is under way."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for delivery in self.deliveries:
            if not delivery.over:
                delivery.end(UNREACHABLE)
        if self._session is not None:
            await self._session.close()
            self._session = None

    def hand_over(self, delivery: Delivery) -> Delivery:
        """Send it as soon as the loop turns."""
        self.deliveries.append(delivery)
        self._start(self._carry(delivery))
        return delivery

    def again(self, delivery: Delivery) -> None:
        """Send the same payload once more, as if Slack had forgotten that it did."""
        self._start(self._once_more(delivery))

    async def post(self, request: Signed) -> int:
        """Send any request to the bot and return the HTTP status of its answer."""
        answer = await self._exchange(request)
        return answer.status

    async def verify(self) -> bool:
        """The `url_verification` handshake: whether the challenge came back."""
        challenge = f"challenge-{self._world.serial()}"
        body = {"token": "deprecated", "challenge": challenge, "type": "url_verification"}
        answer = await self._exchange(self.signer.sign(json.dumps(body).encode(), JSON))
        return answer.status == OK[0] and challenge in answer.text

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _carry(self, delivery: Delivery) -> None:
        waits = (0.0, *self._patience.retries_s) if delivery.kind == "events_api" else (0.0,)
        error, reason = UNREACHABLE, ""
        for number, wait_s in enumerate(waits):
            await asyncio.sleep(wait_s)
            outcome = await self._try(delivery, number, reason)
            if not outcome.error:
                self._accept(delivery)
                return
            error, reason = outcome.error, outcome.reason
            if outcome.final:
                break
        self._give_up(delivery, error)

    async def _once_more(self, delivery: Delivery) -> None:
        if self.request_url:
            await self._by_http(delivery, 0, "")
        else:
            await self._sockets.send(delivery, 0, "")

    async def _try(self, delivery: Delivery, number: int, reason: str) -> "_Outcome":
        if self.request_url:
            return await self._by_http(delivery, number, reason)
        if not await self._sockets.send(delivery, number, reason):
            return _Outcome(error=UNREACHABLE, reason="connection_failed")
        heard = await delivery.heard(self._patience.ack_s)
        return _Outcome() if heard else _Outcome(error=TIMED_OUT, reason="timeout")

    async def _by_http(self, delivery: Delivery, number: int, reason: str) -> "_Outcome":
        request = self.signer.wrap(delivery.kind, delivery.payload)
        if number:
            request = request.having({RETRY_NUMBER: str(number), RETRY_REASON: reason})
        attempt = Attempt(
            id=f"h{self._world.serial()}",
            sent_at=time.monotonic(),
            retry=number,
            retry_reason=reason,
            request=request,
        )
        delivery.attempts.append(attempt)
        try:
            answer = await self._exchange(request)
        except TimeoutError:
            return _Outcome(error=TIMED_OUT, reason="http_timeout")
        except aiohttp.ClientError:
            return _Outcome(error=UNREACHABLE, reason="connection_failed")
        attempt.status = answer.status
        if answer.status not in OK:
            return _Outcome(error=UNREACHABLE, reason="http_error", final=answer.no_retry)
        attempt.acked_at, attempt.acks = time.monotonic(), 1
        attempt.payload = answer.payload()
        delivery.acknowledged()
        return _Outcome()

    async def _exchange(self, request: Signed) -> "_Answer":
        if self._session is None:
            raise aiohttp.ClientConnectionError("the simulator is stopped")
        async with self._session.post(
            self.request_url, data=request.body, headers=dict(request.headers), allow_redirects=False
        ) as answer:
            return _Answer(
                status=answer.status,
                text=await answer.text(errors="replace"),
                is_json=answer.content_type == JSON,
                no_retry=answer.headers.get(NO_RETRY) == "1",
            )

    def _accept(self, delivery: Delivery) -> None:
        payload = next((a.payload for a in delivery.attempts if a.acked_at is not None), None)
        if delivery.kind == "slash_commands" and payload:
            self._responses.reply(delivery.response_url, payload)
        elif payload and delivery.kind == "interactive":
            self._world.warnings.append(f"{delivery.kind}: the acknowledgement's body was ignored")
        delivery.end()
        self._world.pulse.beat()

    def _give_up(self, delivery: Delivery, error: str) -> None:
        if delivery.kind == "slash_commands":
            told = f"{delivery.payload['command']} failed with the error “{error}”"
            self._world.show_privately(
                Message(
                    ts=self._world.stamp(),
                    channel=delivery.payload["channel_id"],
                    sender=SLACKBOT,
                    only_for=delivery.payload["user_id"],
                    **self._world.faces(Words(text=told)),
                )
            )
        delivery.end(error)
        self._world.pulse.beat()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Outcome:
    """Of one attempt."""

    error: str = ""
    """What the user sees; empty when it was acknowledged."""
    reason: str = ""
    """Told as `retry_reason` with the next attempt."""
    final: bool = False
    """The bot does not want to be asked again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    status: int
    text: str
    is_json: bool
    no_retry: bool

    def payload(self) -> Any:  # noqa: ANN401 - whatever the bot sent
        """The body of an acknowledgement: JSON, plain text, or nothing."""
        if not self.text:
            return None
        if not self.is_json:
            return {"text": self.text}
        try:
            return json.loads(self.text)
        except ValueError:
            return {"text": self.text}
