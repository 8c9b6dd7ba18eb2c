"""What the client logs and raises, and never a secret."""

import logging
import time
import traceback
from urllib.parse import parse_qsl, quote

import pytest
from structlog.testing import capture_logs

from bot.errors import ReadFailed
from bot.htx import HtxClient
from bot.model import NothingMatched
from simulator.htx import Drop, Html, HtxSimulator, Mangle, Redirect, Refuse
from tests.htx.htx_desk import CANCEL, cancel, desk
from tests.htx.htx_kit import ACCESS, BTC, EVERYTHING, MAIN, SECRET, HandClock, OneKey


def signatures(sim: HtxSimulator) -> set[str]:
    pairs = [parse_qsl(record.raw_query) for record in sim.log]
    return {value for each in pairs for name, value in each if name == "Signature"}


def words_of(error: BaseException | None) -> str:
    """All that an error and what it drags along could say."""
    said = ""
    while error is not None:
        request = getattr(error, "request", None)
        said += repr(error) + str(error) + repr(vars(error)) + repr(getattr(request, "extensions", ""))
        said += "".join(traceback.format_exception(error))
        error = error.__cause__ or error.__context__
    return said


async def test_no_secret_in_logs_or_errors(caplog: pytest.LogCaptureFixture) -> None:
    """Keys, signatures and queries are in no log line, at any level of any library, and in no exception."""
    caplog.set_level(logging.DEBUG)
    errors: list[BaseException] = []
    with capture_logs() as logs:
        async with desk() as (client, sim, _):
            await cancel(client)
            await client.open_orders(MAIN, BTC)
            for fault in (Refuse(code=1411), Html(), Drop(), Mangle(kind="garbage"), Redirect(location="/?x=1")):
                switch = sim.faults.add(fault)
                await cancel(client)
                await client.measure()
                for read in (client.open_orders(MAIN, BTC), client.position_mode(MAIN)):
                    with pytest.raises(ReadFailed) as caught:
                        await read
                    errors.append(caught.value)
                switch.clear()
            canaries = {ACCESS, SECRET, "AccessKeyId", "Signature", *signatures(sim)}
            canaries |= {quote(canary, safe="") for canary in canaries}
    assert len(canaries) > 6
    heard = repr(logs) + caplog.text + "".join(words_of(error) for error in errors) + repr(client)
    assert [canary for canary in canaries if canary in heard] == []
    assert all(error.__cause__ is None and error.__context__ is None for error in errors)


async def test_what_is_logged() -> None:
    """An attempt is one line: host, path, outcome, milliseconds, and the code or the reason where there is one."""
    async with desk() as (client, sim, _):
        sim.faults.add(Refuse(code=1100), CANCEL)
        with capture_logs() as logs:
            await cancel(client, EVERYTHING)
        (line,) = logs
        assert isinstance(line.pop("ms"), int)
        assert line == {
            "event": "htx",
            "log_level": "info",
            "host": sim.host,
            "path": CANCEL,
            "outcome": "refused",
            "code": "1100",
        }


async def test_a_log_that_cannot_be_written_changes_no_outcome() -> None:
    """A full disk under the log does not turn an answer into an exception."""

    class Full:
        def info(self, event: str, /, **facts: object) -> None:
            raise OSError(28, "No space left on device")

    async with HtxSimulator() as sim:
        sim.add_account(access_key=ACCESS, secret=SECRET)
        client = HtxClient(urls=[sim.url], keys=OneKey(), clock=HandClock(), system_now=time.time, log=Full())
        async with client:
            assert await cancel(client) == NothingMatched()
