"""Hostile texts through the whole bot: answered once or not at all, never as markup, and never as a request."""

from functools import partial

from simulator.telegram import Message
from tests.crash.ground import Ground, confirmable, ground
from tests.crash.hostile_texts import ignored, refused


def _answers(here: Ground, said: list[int]) -> dict[int, list[Message]]:
    heard = here.heard()
    return {id_: [message for message in heard if message.reply_to == id_] for id_ in said}


def _is_answered(here: Ground, id_: int) -> bool:
    return any(message.reply_to == id_ for message in here.heard())


def _plain(message: Message) -> bool:
    """Whether nothing is marked up but the first line, in bold."""
    title = message.text.partition("\n")[0]
    length = len(title.encode("utf-16-le")) // 2
    return [(e.type, e.offset, e.length) for e in message.entities] in ([("bold", 0, length)], [])


async def test_hostile_commands_are_answered_once_and_do_nothing() -> None:
    """Over a hundred hostile commands get one plain refusal each; the bot lives on, and HTX hears of none."""
    async with ground() as here:
        await here.start_bot()
        texts = list(refused())
        assert len(texts) >= 110
        said = [here.ann.says(here.desk, text).id for text in texts]
        for id_ in said:  # in turn: each answer takes two commits of a disk
            await here.until(partial(_is_answered, here, id_), f"an answer to {texts[said.index(id_)][:40]!r}")
        await here.quiet()
        answers = _answers(here, said)
        assert [texts[said.index(id_)][:40] for id_, found in answers.items() if len(found) != 1] == []
        every = [message for found in answers.values() for message in found]
        assert [message.text for message in every if not _plain(message)] == []
        assert [message.text for message in every if confirmable(message)] == []
        assert [message.text for message in every if "\x1b" in message.text or "\u202e" in message.text] == []
        assert here.posts() == ()
        assert here.truth.deeds() == []
        assert here.child is not None
        assert here.child.returncode is None
        assert "Traceback" not in here.log()
        assert "\x1b" not in here.log()


async def test_talk_is_passed_over_in_silence_and_hostile_names_stay_text() -> None:
    """What is not addressed to the bot gets no answer, and a name full of markup is shown as it is."""
    async with ground() as here:
        await here.start_bot()
        mallory = here.telegram.person(id=66, first_name="<b>Ann</b>", last_name="\u202e&amp;<a href='tg://x'>")
        said = [here.ann.says(here.desk, text).id for text in ignored()]
        asked = mallory.says(mallory, "/whoami")
        answer = await here.telegram.wait_for(mallory, lambda message: message.by_bot, after=asked.id)
        assert _plain(answer)
        assert "<b>Ann</b>" in answer.text
        here.place(2)
        card = await here.ask()
        here.bo.taps(card, "Cancel 2 orders")
        await here.result(card.id)
        await here.quiet()
        assert [found for found in _answers(here, said).values() if found] == []
        assert len(here.posts()) == 1
