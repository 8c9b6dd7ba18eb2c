"""Pushes updates to the bot's webhook, one after the other, until each is taken."""

import asyncio
from dataclasses import replace

import aiohttp

from simulator.telegram.updates import Update
from simulator.telegram.world import World

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - the header's name
"""Bot API, setWebhook.secret_token: the header sent with every push."""
LONGEST_RETRY_S = 60.0
"""The delay between attempts doubles up to this."""
FOR_EVER_S = 365 * 24 * 3600.0
"""Seconds to wait for something to push; then it looks again."""
PUSH_TIMEOUT_S = 10.0
"""Seconds a push may take; then it counts as failed."""
OK = range(200, 300)
"""Bot API, setWebhook: "In case of an unsuccessful request (… different from 2XY), we will repeat"."""


class Pusher:
    """Delivers while a webhook is set. Order is kept, and so is an update that is not taken."""

    def __init__(self, world: World, retry_s: float) -> None:
        self._world = world
        self._retry_s = retry_s

    async def run(self) -> None:
        """Push until cancelled."""
        timeout = aiohttp.ClientTimeout(total=PUSH_TIMEOUT_S)
        async with aiohttp.ClientSession(timeout=timeout) as session:
            while True:
                update = await self._world.pulse.until(self._next, FOR_EVER_S)
                if update is not None:
                    await self._deliver(session, update)

    def _next(self) -> Update | None:
        batch = self._world.updates.batch(1) if self._world.webhook.url else []
        for copy in batch[1:]:
            self._world.updates.give_back(copy)
        return batch[0] if batch else None

    async def _deliver(self, session: aiohttp.ClientSession, update: Update) -> None:
        delay_s, url = self._retry_s, self._world.webhook.url
        while self._world.webhook.url == url:
            fault = await self._push(session, update)
            if not fault:
                self._world.updates.drop(update["update_id"])
                return
            now = self._world.now()
            self._world.webhook = replace(self._world.webhook, last_error_date=now, last_error_message=fault)
            await asyncio.sleep(delay_s)
            delay_s = min(LONGEST_RETRY_S, 2 * delay_s)

    async def _push(self, session: aiohttp.ClientSession, update: Update) -> str:
        """Why the update was not taken; empty when it was."""
        hook = self._world.webhook
        headers = {SECRET_HEADER: hook.secret_token} if hook.secret_token else {}
        try:
            async with session.post(hook.url, json=update, headers=headers, allow_redirects=False) as answer:
                if answer.status in OK:
                    return ""
                return f"Wrong response from the webhook: {answer.status} {answer.reason}"
        except TimeoutError:
            return "Read timeout expired"
        except aiohttp.ClientError:
            return "Connection refused"
