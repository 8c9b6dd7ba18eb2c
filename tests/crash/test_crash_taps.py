"""Two hundred taps on one card."""

import asyncio
import re
from typing import Final

import aiohttp

from simulator.telegram import TapResult
from tests.crash.ground import Ground, ground
from tests.ports import free_port

_FIRST: Final = "Cancelling… the result follows here, in up to 20 s."
_LATER: Final = re.compile(r"Already sent by (Ann|Bo) \d\d:\d\d:\d\d(: ZERO LEFT\.)?")
_KEPT: Final = re.compile(r"Kept by (Ann|Bo) \d\d:\d\d:\d\d\. Nothing was cancelled\.")


async def _answers(here: Ground, taps: list[TapResult]) -> list[str]:
    await here.until(lambda: all(tap.answered for tap in taps), "every tap is answered")
    return [tap.answered.text for tap in taps if tap.answered]


async def test_two_hundred_racing_taps_send_one_request() -> None:
    """Taps of two people, resent and redelivered, make one request, and each is answered with what is true."""
    async with ground() as here:
        await here.start_bot()
        here.place(7)
        card = await here.ask()
        taps = [(here.ann, here.bo)[i % 2].taps(card, "Cancel 7 orders") for i in range(200)]
        for tap in taps[:40]:
            here.telegram.updates.resend(tap.update_id or 0)
        here.telegram.updates.double_next_batch()
        here.telegram.updates.shuffle_next_batch()
        answers = await _answers(here, taps)
        for tap in taps[:20]:
            here.telegram.updates.redeliver(tap.update_id or 0)
        await here.result(card.id)
        await here.quiet()
        assert len(here.posts()) == 1
        assert sum(text == _FIRST for text in answers) <= 1
        assert [text for text in answers if text != _FIRST and not _LATER.fullmatch(text)] == []
        assert [deed.state for deed in here.truth.deeds()] == ["zero_left"]
        assert sum("ZERO LEFT · BTC" in message.text for message in here.heard()) == 1


async def test_racing_taps_over_many_connections_have_one_outcome() -> None:
    """Confirming and keeping taps pushed at once over many connections settle the card once."""
    listen = f"127.0.0.1:{free_port()}"
    hook = f'mode = "webhook"\nlisten = "{listen}"\npublic_url = "http://{listen}/hook"'
    async with ground(telegram_more=hook) as here:
        await _start(here)
        here.place(3)
        card = await here.ask()
        webhook = here.telegram.world.webhook
        taps = [(here.ann, here.bo)[i % 2].taps(card, card.labels[-(i % 3 == 0)]) for i in range(60)]
        headers = {"X-Telegram-Bot-Api-Secret-Token": webhook.secret_token}
        async with aiohttp.ClientSession(headers=headers) as session:
            updates = [here.telegram.updates.get(tap.update_id or 0) for tap in taps]
            posted = await asyncio.gather(*(session.post(webhook.url, json=update) for update in updates * 2))
        assert {answer.status for answer in posted} == {200}
        answers = await _answers(here, taps)
        await here.quiet()
        state = here.truth.deeds()[0].state
        assert state in {"kept", "zero_left"}
        assert len(here.posts()) == (state == "zero_left")
        settled = _KEPT if state == "kept" else _LATER
        assert [text for text in answers if text != _FIRST and not settled.fullmatch(text)] == []
        assert sum(text == _FIRST for text in answers) == (state == "zero_left")


async def _start(here: Ground) -> None:
    """Start by webhook: there is no poll to wait for."""
    here.child = await here.spawn("run")
    await here.until(lambda: here.telegram.world.webhook.url, "the webhook is set")
