"""Secrets go in, the bot lives through foul weather at log level DEBUG, and all that it left is searched."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.cli.demo.stage import CONTRACT
from simulator.htx import Drop, Hang, Html, Refuse
from simulator.telegram import faults
from tests.crash.canary import SLICE, coats, hits, made_up
from tests.crash.canary import files as files_in
from tests.crash.ground import CANCEL, OPENS, Ground, ground

_KEY = frozenset({"key"})
"""The key file is a secret, and lies where the person put it."""


def _chats(here: Ground) -> Iterator[tuple[str, bytes]]:
    """Everything that Telegram was told, but the address it was told at."""
    for number, call in enumerate(here.telegram.calls):
        yield f"telegram call {number} {call.method}", json.dumps(call.params, ensure_ascii=False).encode()
    for message in here.telegram.messages(here.desk):
        for document in message.documents:
            yield f"file {document.file_name}", document.content


def _exchange(here: Ground) -> Iterator[tuple[str, bytes]]:
    """What HTX received where the access key must not be: bodies, and of queries all but its own place."""
    for record in here.htx.log:
        yield f"HTX {record.number} {record.path}", record.redacted_query.encode() + b" " + record.body


def _process(here: Ground) -> dict[str, bytes]:
    """What the system shows of the running bot."""
    assert here.child is not None
    shown = Path("/proc") / str(here.child.pid)
    if not shown.exists():
        return {}
    return {name: (shown / name).read_bytes() for name in ("cmdline", "environ")}


async def _weather(here: Ground) -> None:
    """An ordinary cancel, a file, refusals, lost and hanging answers, pages that are no answers, a broken chat."""
    here.place(14)
    for number, fault in enumerate((None, Refuse(code=1100), Drop(acts=True), Html(status=502))):
        switch = here.htx.faults.add(fault, CANCEL) if fault else None
        here.place(2)
        if number == 1:
            here.telegram.faults.arm("sendMessage", faults.bad_gateway())
            here.telegram.faults.arm("getUpdates", faults.unauthorized())
            here.telegram.faults.arm("answerCallbackQuery", faults.cut_before())
        card = await here.ask()
        here.bo.taps(card, card.labels[0])
        await here.result(card.id)
        if switch:
            switch.clear()
    reads = here.htx.faults.add(Html(status=403), OPENS)
    for text in ("/orders", "/status", "/log 50", "/whoami", f"/cancelall {CONTRACT} nonsense", "/cancelall"):
        await here.answer(text)
    reads.clear()


async def _storm(here: Ground) -> None:
    """A kill in the middle of a request, hosts that are gone, and terminals that meet all of it."""
    here.place(2)
    card = await here.ask()
    hang = here.htx.faults.add(Hang(acts=True), CANCEL, times=1)
    before = len(here.posts())
    here.ann.taps(card, card.labels[0])
    await here.htx.until(lambda: len(here.posts()) > before)
    await here.kill_bot()
    hang.clear()
    await here.start_bot()
    await here.result(card.id)
    code, said = await here.command("now", "ALL", "--yes")
    assert code == 0, said
    await here.htx.refuse()
    await here.answer("/status")
    await here.telegram.stop()
    await here.until(lambda: here.log().count("telegram polling failed") > 1, "the outage is noticed")
    await here.kill_bot()


async def _terminals(here: Ground) -> dict[str, bytes]:
    """What the commands print, with HTX and Telegram gone and with a key file that does not fit."""
    said: dict[str, bytes] = {}
    for words in ("keys list", "keys verify --online", "whoami", "config check", "audit tail"):
        said[words] = (await here.command(*words.split()))[1].encode()
    wrong = here.folder / "wrong"
    wrong.touch(mode=0o600)
    wrong.write_bytes(bytes(32))
    here.environ["CANCELALL_KEYFILE"] = str(wrong)
    said["run, locked"] = (await here.command("run"))[1].encode()
    here.environ["CANCELALL_CONFIG"] = str(here.folder / "key")
    said["run, no configuration"] = (await here.command("run"))[1].encode()
    return said


async def test_no_secret_is_found_anywhere() -> None:
    """No secret, raw, encoded or in part, is in logs, files, database, chat, terminals or process table."""
    planted = made_up()
    async with ground(secrets=planted) as here:
        here.environ |= {"CANCELALL_LOG_LEVEL": "DEBUG"}
        await here.start_bot()
        await _weather(here)
        alive = _process(here)
        await _storm(here)
        places = alive | await _terminals(here) | dict(_chats(here)) | dict(_exchange(here))
        places |= files_in(here.folder, but=_KEY)
        for needed in ("data/state.sqlite3", "bot.log", "keystore.json", "environ", "audit tail"):
            assert len(places[needed]) > 100, needed
        assert any(name.startswith("file ") for name in places)
        assert hits(planted, places) == []


@pytest.mark.parametrize("coat", coats(b"x"))
def test_a_planted_secret_is_found_in_every_coat(coat: str) -> None:
    """The search itself finds a slice of each secret in each of its encodings."""
    planted = made_up()
    for secret in (planted.access_key.encode(), planted.secret.encode(), planted.keyfile):
        dressed = coats(secret)[coat]
        assert hits(planted, {"here": b"before " + dressed[2 : 2 + SLICE] + b" after"})
