"""The simulated Bot API refuses and accepts what Telegram refuses and accepts."""

import json
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


def keyboard(label: str = "Cancel 14 orders", data: str = "c:1", **more: str) -> dict[str, Any]:
    return {"inline_keyboard": [[{"text": label, "callback_data": data, **more}]]}


async def test_bot_introduces_itself(api: httpx.AsyncClient) -> None:
    """GetMe names the bot of the token, and its method name ignores case."""
    me = (await call(api, "GETME"))["result"]
    assert (me["id"], me["is_bot"], me["username"]) == (123, True, "kill_switch_bot")


async def test_wrong_token_is_unauthorized(sim: TelegramSimulator) -> None:
    """A token that is not the bot's gets the bare 401."""
    async with httpx.AsyncClient() as client:
        answer = await client.get(f"{sim.url}/bot123:wrong/getMe")
    assert answer.status_code == 401
    assert answer.json() == {"ok": False, "error_code": 401, "description": "Unauthorized"}


@pytest.mark.parametrize("path", ["/bot123:abc/sendRichMessage", "/", "/elsewhere/x"])
async def test_unknown_paths_are_not_found(sim: TelegramSimulator, path: str) -> None:
    """An unknown method, and any other path, gets the bare 404."""
    async with httpx.AsyncClient() as client:
        answer = await client.post(sim.url + path)
    assert answer.status_code == 404
    assert answer.json() == {"ok": False, "error_code": 404, "description": "Not Found"}


async def test_every_encoding_is_read(sim: TelegramSimulator, ops: Group, api: httpx.AsyncClient) -> None:
    """Query string, urlencoded, multipart and JSON bodies mean the same."""
    form = {"chat_id": str(GROUP), "text": "hi", "reply_markup": json.dumps(keyboard())}
    for answer in [
        await api.get("sendMessage", params=form),
        await api.post("sendMessage", data=form),
        await api.post("sendMessage", data=form, files={"spare": b"x"}),
        await api.post("sendMessage", json={**form, "reply_markup": keyboard()}),
    ]:
        assert answer.json()["ok"], answer.text
    assert [m.labels for m in sim.messages(ops)] == [("Cancel 14 orders",)] * 4


async def test_html_becomes_text_and_entities(sim: TelegramSimulator, ops: Group, api: httpx.AsyncClient) -> None:
    """Tags vanish from the text, references are decoded, offsets count UTF-16 units."""
    html = '🛑 <b>Cancel <i>14</i></b> &lt;x&gt; &amp; <a href="https://x.test/?a=1">log</a> &nbsp;'
    sent = (await call(api, "sendMessage", chat_id=GROUP, text=html, parse_mode="HTML"))["result"]
    assert sent["text"] == "🛑 Cancel 14 <x> & log &nbsp;"
    assert sent["entities"] == [
        {"type": "bold", "offset": 3, "length": 9},
        {"type": "italic", "offset": 10, "length": 2},
        {"type": "text_link", "offset": 19, "length": 3, "url": "https://x.test/?a=1"},
    ]
    assert sim.messages(ops)[0].html == html


@pytest.mark.parametrize(
    ("html", "why"),
    [
        ("a < b", 'Unsupported start tag "" at byte offset 2'),
        ("a <b", "Unclosed start tag at byte offset 2"),
        ("é<br/>", 'Unsupported start tag "br/" at byte offset 2'),
        ("<b>x", 'Can\'t find end tag corresponding to start tag "b"'),
        ("x</b>", "Unexpected end tag at byte offset 1"),
        ("<b><i>x</b></i>", 'Unmatched end tag at byte offset 7, expected "</i>", found "</b>"'),
        ("<b class='x'>x</b>", 'Unexpected attribute in the tag "b" at byte offset 0'),
    ],
)
async def test_bad_html_is_refused(
    sim: TelegramSimulator, ops: Group, api: httpx.AsyncClient, html: str, why: str
) -> None:
    """HTML that Telegram cannot parse is refused with its reason, and nothing is posted."""
    said = await refused(api, "sendMessage", chat_id=GROUP, text=html, parse_mode="HTML")
    assert said.startswith("Bad Request: can't parse entities: ")
    assert why in said
    assert sim.messages(ops) == ()


async def test_length_counts_after_parsing(ops: Group, api: httpx.AsyncClient) -> None:
    """4096 characters pass however many tags and references carry them; 4097 do not."""
    full = "<b>&lt;</b>" * 4096
    assert (await call(api, "sendMessage", chat_id=ops.id, text=full, parse_mode="HTML"))["ok"]
    said = await refused(api, "sendMessage", chat_id=ops.id, text="x" * 4097)
    assert said == "Bad Request: message is too long"


@pytest.mark.parametrize(
    ("params", "why"),
    [
        ({"text": "x"}, "chat_id is empty"),
        ({"chat_id": 5, "text": "x"}, "chat not found"),
        ({"chat_id": GROUP}, "message text is empty"),
        ({"chat_id": GROUP, "text": " \n"}, "text must be non-empty"),
        ({"chat_id": GROUP, "text": "x", "parse_mode": "Markdown"}, "unsupported parse_mode"),
        ({"chat_id": GROUP, "text": "x", "reply_parameters": {"message_id": 9}}, "replied not found"),
        ({"chat_id": GROUP, "text": "x", "reply_markup": "{"}, "can't parse reply_markup JSON object"),
        ({"chat_id": GROUP, "text": "x", "reply_markup": keyboard(data="é" * 33)}, "BUTTON_DATA_INVALID"),
        ({"chat_id": GROUP, "text": "x", "reply_markup": keyboard(data="x" * 65)}, "BUTTON_DATA_INVALID"),
        ({"chat_id": GROUP, "text": "x", "reply_markup": keyboard(data="")}, "BUTTON_DATA_INVALID"),
        ({"chat_id": GROUP, "text": "x", "reply_markup": keyboard(label=" ")}, "text must be non-empty"),
        ({"chat_id": GROUP, "text": "x", "reply_markup": keyboard(style="red")}, "invalid button style"),
        (
            {"chat_id": GROUP, "text": "x", "reply_markup": {"inline_keyboard": [[{"text": "x"}]]}},
            "Text buttons are unallowed in the inline keyboard",
        ),
        (
            {"chat_id": GROUP, "text": "x", "reply_markup": {"inline_keyboard": [{"text": "x"}]}},
            "must be an Array of Arrays",
        ),
    ],
)
async def test_senseless_messages_are_refused(
    sim: TelegramSimulator, ops: Group, api: httpx.AsyncClient, params: dict[str, Any], why: str
) -> None:
    """Each rule of sendMessage is kept, with Telegram's own words, and nothing is posted."""
    assert why in await refused(api, "sendMessage", **params)
    assert sim.messages(ops) == ()


async def test_a_message_keeps_how_it_was_sent(sim: TelegramSimulator, ops: Group, api: httpx.AsyncClient) -> None:
    """Silence, protection, reply, style and 64 bytes of data are on screen as sent."""
    await call(api, "sendMessage", chat_id=GROUP, text="first", disable_notification=True)
    await call(
        api,
        "sendMessage",
        chat_id=GROUP,
        text="second",
        protect_content=True,
        reply_parameters={"message_id": 1},
        reply_markup=keyboard(data="x" * 64, style="danger"),
    )
    first, second = sim.messages(ops)
    assert (first.silent, first.protected, first.reply_to) == (True, False, None)
    assert (second.silent, second.protected, second.reply_to) == (False, True, 1)
    assert second.buttons == (("Cancel 14 orders", "x" * 64, "danger"),)


async def test_reply_may_do_without_its_target(sim: TelegramSimulator, ops: Group, api: httpx.AsyncClient) -> None:
    """allow_sending_without_reply posts the message although its target is gone."""
    reply = {"message_id": 77, "allow_sending_without_reply": True}
    await call(api, "sendMessage", chat_id=GROUP, text="x", reply_parameters=reply)
    assert sim.messages(ops)[0].reply_to is None


async def test_edit_replaces_text_and_buttons(sim: TelegramSimulator, ops: Group, api: httpx.AsyncClient) -> None:
    """EditMessageText drops the buttons it does not repeat; a value held earlier stays as it was."""
    await call(api, "sendMessage", chat_id=GROUP, text="card", reply_markup=keyboard())
    before = sim.messages(ops)[0]
    edited = await call(api, "editMessageText", chat_id=GROUP, message_id=1, text="Cancelling…")
    assert edited["result"]["edit_date"] > 0
    assert "reply_markup" not in edited["result"]
    after = sim.messages(ops)[0]
    assert (before.text, before.labels, before.edits) == ("card", ("Cancel 14 orders",), 0)
    assert (after.text, after.labels, after.edits) == ("Cancelling…", (), 1)


async def test_edit_of_nothing_is_an_error(ops: Group, api: httpx.AsyncClient) -> None:
    """An edit that changes neither text nor buttons is a 400, also through different HTML."""
    await call(api, "sendMessage", chat_id=GROUP, text="a &lt; b", parse_mode="HTML")
    same = {"chat_id": GROUP, "message_id": 1}
    assert "message is not modified" in await refused(api, "editMessageText", text="a < b", **same)
    assert "message is not modified" in await refused(api, "editMessageReplyMarkup", **same)
    again = await call(api, "editMessageReplyMarkup", reply_markup=keyboard(), **same)
    assert again["result"]["text"] == "a < b"
    assert (await call(api, "editMessageReplyMarkup", **same))["ok"]


async def test_only_own_messages_can_be_edited(sim: TelegramSimulator, ops: Group, api: httpx.AsyncClient) -> None:
    """A missing message and somebody else's message are refused, each with its own words."""
    ann = sim.person(id=11, first_name="Ann")
    said = ann.says(ops, "hello")
    other = await refused(api, "editMessageText", chat_id=GROUP, message_id=said.id, text="x")
    gone = await refused(api, "editMessageText", chat_id=GROUP, message_id=99, text="x")
    assert (other, gone) == (
        "Bad Request: message can't be edited",
        "Bad Request: message to edit not found",
    )


async def test_delete_takes_a_message_off_screen_once() -> None:
    """A deleted message is gone, a second delete fails, and after 48 hours it is too late."""
    now = [1_000_000.0]
    async with (
        TelegramSimulator(TOKEN, clock=lambda: now[0]) as sim,
        httpx.AsyncClient(base_url=f"{sim.url}/bot{TOKEN}/") as api,
    ):
        ops = sim.group(id=GROUP)
        for text in ("one", "two"):
            await call(api, "sendMessage", chat_id=GROUP, text=text)
        assert (await call(api, "deleteMessage", chat_id=GROUP, message_id=1))["result"] is True
        again = await refused(api, "deleteMessage", chat_id=GROUP, message_id=1)
        now[0] += 48 * 3600 + 1
        late = await refused(api, "deleteMessage", chat_id=GROUP, message_id=2)
        assert [m.text for m in sim.messages(ops)] == ["two"]
    assert again == "Bad Request: message to delete not found"
    assert late == "Bad Request: message can't be deleted for everyone"
