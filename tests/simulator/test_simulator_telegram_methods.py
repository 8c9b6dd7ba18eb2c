"""Files, menus, small methods and the log of calls in the simulated Bot API."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from simulator.telegram import Group, TelegramSimulator

TOKEN = "123:abc"
GROUP = -1001234567890


@pytest.fixture
async def sim() -> AsyncIterator[TelegramSimulator]:
    async with TelegramSimulator(TOKEN) as simulator:
        yield simulator


@pytest.fixture
def ops(sim: TelegramSimulator) -> Group:
    return sim.group(id=GROUP, title="Ops")


@pytest.fixture
async def api(sim: TelegramSimulator) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=f"{sim.url}/bot{TOKEN}/") as client:
        yield client


async def call(api: httpx.AsyncClient, method: str, **params: object) -> dict[str, Any]:
    answer = await api.post(method, json=params)
    body: dict[str, Any] = answer.json()
    assert answer.status_code == (200 if body["ok"] else body["error_code"])
    return body


async def refused(api: httpx.AsyncClient, method: str, **params: object) -> str:
    body = await call(api, method, **params)
    assert not body["ok"]
    return str(body["description"])


async def test_document_bytes_are_kept(sim: TelegramSimulator, ops: Group, api: httpx.AsyncClient) -> None:
    """An uploaded file is on screen with name, caption and bytes, and can be fetched again."""
    form = {"chat_id": str(GROUP), "caption": "<b>all</b> 14", "parse_mode": "HTML"}
    csv = b"id,price\n1,61900\n"
    sent = await api.post("sendDocument", data=form, files={"document": ("orders.csv", csv, "text/csv")})
    message = sim.messages(ops)[0]
    assert (message.text, message.documents[0].content) == ("all 14", csv)
    assert sent.json()["result"]["caption_entities"] == [{"type": "bold", "offset": 0, "length": 3}]
    file_id = sent.json()["result"]["document"]["file_id"]
    path = (await call(api, "getFile", file_id=file_id))["result"]["file_path"]
    fetched = await api.get(f"{sim.url}/file/bot{TOKEN}/{path}")
    assert fetched.content == csv
    edit = await refused(api, "editMessageText", chat_id=GROUP, message_id=1, text="x")
    assert edit == "Bad Request: there is no text in the message to edit"


async def test_caption_and_file_have_limits(ops: Group, api: httpx.AsyncClient) -> None:
    """A caption above 1024 characters, no file, and an empty file are refused."""
    form = {"chat_id": str(GROUP)}
    long = await api.post("sendDocument", data={**form, "caption": "x" * 1025}, files={"document": b"x"})
    none = await api.post("sendDocument", data=form)
    empty = await api.post("sendDocument", data=form, files={"document": ("a.csv", b"")})
    assert [a.json()["description"] for a in (long, none, empty)] == [
        "Bad Request: message caption is too long",
        "Bad Request: there is no document in the request",
        "Bad Request: file must be non-empty",
    ]


async def test_command_menu_is_kept_by_scope(api: httpx.AsyncClient) -> None:
    """A menu set for one scope is read back there and nowhere else, until it is deleted."""
    menu = [{"command": "cancelall", "description": "Cancel orders"}]
    scope = {"type": "chat_member", "chat_id": GROUP, "user_id": 11}
    await call(api, "setMyCommands", commands=menu, scope=scope)
    assert (await call(api, "getMyCommands"))["result"] == []
    assert (await call(api, "getMyCommands", scope=scope))["result"] == menu
    await call(api, "deleteMyCommands", scope=scope)
    assert (await call(api, "getMyCommands", scope=scope))["result"] == []
    bad = [{"command": "CancelAll", "description": "x"}]
    assert "BOT_COMMAND_INVALID" in await refused(api, "setMyCommands", commands=bad)


async def test_small_methods(sim: TelegramSimulator, ops: Group, api: httpx.AsyncClient) -> None:
    """Reaction, chat action, getChat and leaveChat do what their names say."""
    sim.person(id=11, first_name="Ann").says(ops, "/orders")
    like = [{"type": "emoji", "emoji": "👀"}]
    await call(api, "setMessageReaction", chat_id=GROUP, message_id=1, reaction=like)
    await call(api, "sendChatAction", chat_id=GROUP, action="typing")
    assert sim.messages(ops)[0].reactions == ("👀",)
    tick = [{"type": "emoji", "emoji": "✅"}]
    assert "REACTION_INVALID" in await refused(
        api, "setMessageReaction", chat_id=GROUP, message_id=1, reaction=tick
    )
    assert (await call(api, "getChat", chat_id=GROUP))["result"]["type"] == "supergroup"
    await call(api, "leaveChat", chat_id=GROUP)
    said = await refused(api, "sendMessage", chat_id=GROUP, text="x")
    assert said == "Forbidden: bot is not a member of the supergroup chat"


async def test_calls_are_logged_in_order_without_the_token(
    sim: TelegramSimulator, ops: Group, api: httpx.AsyncClient
) -> None:
    """The log holds method, parameters, status and answer of each call, and never the token."""
    await call(api, "sendMessage", chat_id=GROUP, text="x")
    await refused(api, "sendMessage", chat_id=5, text="x")
    first, second = sim.calls
    assert (first.method, first.params["text"], first.status) == ("sendMessage", "x", 200)
    assert (second.status, second.answer["description"]) == (400, "Bad Request: chat not found")
    assert first.at <= second.at
    assert TOKEN not in repr(sim.calls)


async def test_it_runs_by_hand() -> None:
    """`python -m simulator.telegram` prints its address, serves the given token, and ends on Ctrl-C."""
    command = (sys.executable, "-m", "simulator.telegram", "--port", "0", "--token", TOKEN)
    process = await asyncio.create_subprocess_exec(
        *command,
        stdout=asyncio.subprocess.PIPE,
        # As a terminal starts it; what runs in the background has Ctrl-C ignored, and so have its children.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert process.stdout is not None
    url = (await process.stdout.readline()).decode().strip()
    async with httpx.AsyncClient(timeout=60) as client:
        answer = await client.get(f"{url}{TOKEN}/getMe")
    process.send_signal(signal.SIGINT)
    assert answer.json()["result"]["id"] == 123
    assert await asyncio.wait_for(process.wait(), 60) == 0
