"""The real python-telegram-bot library talks to the simulator as it talks to Telegram."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from telegram import Bot, BotCommand, InlineKeyboardButton, InlineKeyboardMarkup, ReplyParameters
from telegram.error import BadRequest, ChatMigrated, Conflict, Forbidden, InvalidToken, RetryAfter

from simulator.telegram import Group, Person, TelegramSimulator, faults

TOKEN = "123:abc"
GROUP = -1001234567890
CARD = InlineKeyboardMarkup([[InlineKeyboardButton("Cancel 14 orders", callback_data="c:1", style="danger")]])


@pytest.fixture
async def sim() -> AsyncIterator[TelegramSimulator]:
    async with TelegramSimulator(TOKEN) as simulator:
        yield simulator


@pytest.fixture
def ann(sim: TelegramSimulator) -> Person:
    return sim.person(id=11, first_name="Ann")


@pytest.fixture
def ops(sim: TelegramSimulator) -> Group:
    return sim.group(id=GROUP, title="Ops")


@pytest.fixture
async def bot(sim: TelegramSimulator) -> AsyncIterator[Bot]:
    async with Bot(TOKEN, base_url=f"{sim.url}/bot", base_file_url=f"{sim.url}/file/bot") as made:
        yield made


async def test_a_whole_conversation(sim: TelegramSimulator, ann: Person, ops: Group, bot: Bot) -> None:
    """Command, card, tap, toast, edit and result all pass through the library unharmed."""
    ann.says(ops, "/cancelall ALL")
    (asked,) = await bot.get_updates(timeout=1)
    assert asked.message is not None
    await asked.message.reply_html("🛑 <b>Cancel 14?</b>", reply_markup=CARD)
    shown = await sim.wait_for(ops, "Cancel 14?")
    assert shown.buttons == (("Cancel 14 orders", "c:1", "danger"),)
    tap = ann.taps(shown, "Cancel 14 orders")
    (tapped,) = await bot.get_updates(offset=asked.update_id + 1, timeout=1)
    query = tapped.callback_query
    assert query is not None
    await query.answer("Cancelling…")
    await query.edit_message_text("Cancelling… tapped by Ann")
    assert await tap.answer() == "Cancelling…"
    sent = await bot.send_message(GROUP, "✅ ZERO LEFT", reply_parameters=ReplyParameters(shown.id))
    assert sent.reply_to_message is not None
    assert [m.text for m in sim.messages(ops)] == [
        "/cancelall ALL",
        "Cancelling… tapped by Ann",
        "✅ ZERO LEFT",
    ]


@pytest.mark.filterwarnings("ignore:Deprecated since version v22.2")  # RetryAfter warns when it is made
async def test_errors_become_the_librarys_own(sim: TelegramSimulator, ann: Person, ops: Group, bot: Bot) -> None:
    """Each refusal arrives as the exception the library has for it, with its parameters."""
    await bot.send_message(GROUP, "x")
    with pytest.raises(BadRequest, match="not modified"):
        await bot.edit_message_text("x", GROUP, 1)
    with pytest.raises(Forbidden, match="can't initiate conversation"):
        await bot.send_message(ann.id, "x")
    with pytest.raises(BadRequest, match="Query is too old"):
        await bot.answer_callback_query("1")
    sim.group(id=-55).migrates(to=-1005)
    with pytest.raises(ChatMigrated) as moved:
        await bot.send_message(-55, "x")
    assert moved.value.new_chat_id == -1005
    sim.faults.arm("sendMessage", faults.flooded(3))
    with pytest.raises(RetryAfter, match="3"):
        await bot.send_message(GROUP, "x")
    sim.faults.arm("getUpdates", faults.unauthorized())
    with pytest.raises(InvalidToken):
        await bot.get_updates()


async def test_two_pollers_conflict(sim: TelegramSimulator, bot: Bot) -> None:
    """The library reports the older of two polls as Conflict."""
    older = asyncio.create_task(bot.get_updates(timeout=20))
    await sim.wait_for_call("getUpdates")
    async with Bot(TOKEN, base_url=f"{sim.url}/bot") as other:
        assert await other.get_updates(timeout=0) == ()
    with pytest.raises(Conflict):
        await older


async def test_files_menus_and_chats(sim: TelegramSimulator, ops: Group, bot: Bot) -> None:
    """Upload, download, reaction, command menu, chat and webhook calls are understood both ways."""
    sent = await bot.send_document(GROUP, b"id\n1\n", filename="orders.csv", caption="all")
    assert sent.document is not None
    fetched = await (await sent.document.get_file()).download_as_bytearray()
    assert bytes(fetched) == b"id\n1\n" == sim.messages(ops)[0].documents[0].content
    await bot.set_message_reaction(GROUP, sent.message_id, "👀")
    assert sim.messages(ops)[0].reactions == ("👀",)
    await bot.set_my_commands([BotCommand("cancelall", "Cancel orders")])
    assert [c.command for c in await bot.get_my_commands()] == ["cancelall"]
    assert (await bot.get_chat(GROUP)).title == "Ops"
    await bot.send_chat_action(GROUP, "typing")
    await bot.delete_message(GROUP, sent.message_id)
    assert sim.messages(ops) == ()
    assert (await bot.get_webhook_info()).url == ""


async def test_odd_updates_parse(sim: TelegramSimulator, ann: Person, ops: Group, bot: Bot) -> None:
    """Everything people can do arrives as an update the library can read."""
    news, forum = sim.channel(id=-1009), sim.group(id=-1007, title="Desk", forum=True)
    thread = forum.topic("Alarms")
    said = ann.says(ops, "/a")
    ann.says(ops, "/b", edits=said.id)
    ann.says(ops, "/c", forwarded_from=ann.user, via_bot=sim.bot)
    ann.says(ops, "/d", anonymous=True)
    ann.says(ops, "/e", as_channel=news)
    ann.says(ops, "/f", auto_forward=news)
    ann.says(forum, "/g", thread=thread, photo=True)
    ann.says(news, "/h")
    await bot.send_message(GROUP, "card", reply_markup=CARD)
    ann.taps_inaccessible(sim.messages(ops)[-1], "c:1")
    ann.taps_inline("AAA", "c:1")
    ann.kicks_bot(ops)
    updates = await bot.get_updates()
    kinds = [update.effective_message is not None for update in updates]
    assert len(updates) == 12
    assert kinds[:9] == [True] * 9
    topic = updates[7].message
    assert topic is not None
    assert (topic.message_thread_id, topic.caption) == (thread, "/g")
    tap = updates[9].callback_query
    assert tap is not None
    assert tap.message is not None
    assert not tap.message.is_accessible
    assert updates[11].my_chat_member is not None
