"""Answers from Telegram that are none: whatever a server or a proxy in front of it says, the bot lives on."""

import time
from typing import Final

from simulator.telegram.faults import Fault
from tests.crash.ground import Ground, ground

_NO_ANSWERS: Final = ("[]", '"x"', '{"ok":true}', '{"ok":true,"result":{}}', "[" * 5000)
"""JSON, or nearly, and HTTP 200 on it, but nothing the Bot API ever says."""


async def test_answers_that_are_none_neither_kill_nor_silence_the_bot() -> None:
    """Polls and deliveries answered with nonsense are tried again, and what was to be told is told."""
    async with ground() as here:
        await here.start_bot()
        for body in _NO_ANSWERS:
            here.telegram.faults.arm("getUpdates", Fault(kind="raw", body=body))
            if "true" not in body:  # what says "ok" was posted, and is not posted again
                here.telegram.faults.arm("sendMessage", Fault(kind="raw", body=body))
            here.ann.says(here.desk, "this ends the poll that is open")
            await here.answer("/whoami")
        assert here.child is not None
        assert here.child.returncode is None


async def test_a_delivery_that_goes_wrong_in_a_new_way_is_not_repeated_without_pause() -> None:
    """While every send is answered with nonsense the bot pauses between tries, and delivers afterwards."""
    async with ground() as here:
        await here.start_bot()
        here.telegram.faults.arm("sendMessage", Fault(kind="raw", body="[]"), times=None)
        said = here.ann.says(here.desk, "/whoami")
        await here.telegram.wait_for_call("sendMessage", count=2)
        began = time.monotonic()
        sends = _calls(here, "sendMessage")
        polls = here.polls()
        await here.until(lambda: time.monotonic() > began + 1, "a second has passed")
        passed = time.monotonic() - began
        assert _calls(here, "sendMessage") - sends < 4 * passed
        assert here.polls() - polls < 10 * passed
        here.telegram.faults.clear()
        await here.shown(lambda message: message.reply_to == said.id, after=said.id)


async def test_updates_that_are_numbered_anew_are_taken_once_without_spinning() -> None:
    """When Telegram begins to number updates from a lower id they are answered and confirmed."""
    async with ground() as here:
        await here.start_bot()
        await here.answer("/whoami")
        await here.quiet()  # confirmed: an update of before would never be, once the numbers are lower
        here.telegram.updates.jump(5)
        await here.answer("/whoami")
        await here.quiet()
        began, polls = time.monotonic(), here.polls()
        await here.until(lambda: time.monotonic() > began + 1, "a second has passed")
        assert here.polls() - polls < 10 * (time.monotonic() - began)


def _calls(here: Ground, method: str) -> int:
    return sum(call.method == method for call in here.telegram.calls)
