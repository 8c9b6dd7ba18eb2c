"""`getUpdates`: the long poll, and the conflicts that end it."""

import time

from simulator.telegram.errors import ApiError
from simulator.telegram.methods_webhook import remember_allowed
from simulator.telegram.params import Params
from simulator.telegram.updates import BATCH_LIMIT, Update
from simulator.telegram.world import World

LONGEST_POLL_S = 50
"""A longer `timeout` is cut to this by the open Bot API server."""
SPIN_WAIT_S = 3
"""With the spin guard, a repeated offset waits at least this long for an update."""
SPIN_SINGLE_S = 0.5
"""With the spin guard, an offset repeated within this time gets one update at most."""
OTHER_POLL = "terminated by other getUpdates request; make sure that only one bot instance is running"
"""Told to the older of two polls."""
WEBHOOK_SET = "terminated by setWebhook request"
"""Told to a poll that runs while a webhook is set."""
WEBHOOK_ACTIVE = (
    "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
)
"""Told to every poll after that."""


class Poller:
    """One bot, one running poll: a second one ends the first."""

    def __init__(self, world: World, *, spin_guard: bool) -> None:
        self._world = world
        self._spin_guard = spin_guard
        self._newest = 0
        self._last = (0, float("-inf"))

    async def poll(self, params: Params) -> list[Update]:
        """Wait for updates; confirm those below `offset`.

        Raises:
            ApiError: 409 when a webhook is set, or when another poll begins meanwhile.
        """
        if self._world.webhook.url:
            raise ApiError(code=409, reason=WEBHOOK_ACTIVE)
        offset = params.integer("offset", 0)
        limit = min(BATCH_LIMIT, max(1, params.integer("limit", BATCH_LIMIT)))
        timeout_s = min(LONGEST_POLL_S, max(0, params.integer("timeout", 0)))
        if self._spin_guard:
            limit, timeout_s = self._slowed(offset, limit, timeout_s)
        self._newest += 1
        ticket = self._newest
        remember_allowed(self._world, params)
        self._world.updates.confirm(offset)
        self._world.pulse.beat()
        return await self._world.pulse.until(lambda: self._look(ticket, limit), timeout_s) or []

    def _look(self, ticket: int, limit: int) -> list[Update] | None:
        if self._world.webhook.url:
            raise ApiError(code=409, reason=WEBHOOK_SET)
        if ticket != self._newest:
            raise ApiError(code=409, reason=OTHER_POLL)
        return self._world.updates.batch(limit) or None

    def _slowed(self, offset: int, limit: int, timeout_s: int) -> tuple[int, int]:
        now, (last_offset, last_at) = time.monotonic(), self._last
        self._last = (offset, now)
        if offset != last_offset or now >= last_at + SPIN_WAIT_S:
            return limit, timeout_s
        soon = now < last_at + SPIN_SINGLE_S
        return 1 if soon else limit, max(timeout_s, SPIN_WAIT_S)
