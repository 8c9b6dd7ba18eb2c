"""What an error of a platform means: each documented one is in a table, and no proxy speaks for a platform."""

import json
from importlib.resources import files
from pathlib import Path
from typing import Final

import pytest
from telegram.error import NetworkError, TimedOut

from bot.errors import Remedy, Undelivered, remedies
from handlers.slack import outgoing as slack
from handlers.telegram import outgoing as telegram

DATA: Final = Path(__file__).parents[1] / "data" / "platforms"


def table(adapter: str) -> dict[str, Remedy]:
    return dict(remedies(files(f"handlers.{adapter}").joinpath("errors.txt").read_text("utf-8")))


def documented() -> list[tuple[str, str]]:
    """Method and error, from the list of what Slack documents."""
    lines = [line for line in (DATA / "slack.txt").read_text("utf-8").splitlines() if not line.startswith("#")]
    return [(line.partition(":")[0], word) for line in lines for word in line.partition(":")[2].split()]


def test_every_documented_error_of_slack_has_a_meaning() -> None:
    """Each error that Slack documents for a method of ours stands in the table."""
    known = table("slack")
    assert len(documented()) > 250
    assert not [pair for pair in documented() if pair[1] not in known]


def lines_of(name: str) -> list[tuple[str, str]]:
    """Meaning and description, from a list of what Telegram answers."""
    lines = [line for line in (DATA / name).read_text("utf-8").splitlines() if line and not line.startswith("#")]
    return [(line.partition("  ")[0], line.partition("  ")[2].strip()) for line in lines]


@pytest.mark.parametrize(("meaning", "description"), lines_of("telegram.txt"))
def test_what_telegram_says_is_understood(meaning: str, description: str) -> None:
    """Each description that the open Bot API server and TDLib are known to give has the meaning it must have."""
    assert telegram.remedy(description) == meaning
    assert telegram.remedy(description.upper()) == meaning


def test_unknown_words_are_unknown() -> None:
    """What is in no table is told elsewhere and tried again: it is not taken for something that it resembles."""
    assert telegram.remedy("Bad Request: WHATEVER_COMES_NEXT_YEAR") is Remedy.UNKNOWN
    assert refused_by_slack({"ok": False, "error": "whatever_comes_next_year"}).remedy is Remedy.UNKNOWN


@pytest.mark.parametrize("adapter", ["telegram", "slack"])
def test_the_tables_are_well_formed(adapter: str) -> None:
    """A line without a meaning, or an error twice, is refused: there is none in a table that is shipped."""
    assert len(table(adapter)) > 60
    for bad in ("wait", "wait  ", "sometimes  x", "elsewhere  x\nwait  x"):
        with pytest.raises(ValueError, match=r"wait|sometimes"):
            remedies(bad)


PAGE: Final = b"<html><head><title>403 Forbidden</title></head></html>"


@pytest.mark.parametrize("status", [301, 400, 401, 403, 404, 407, 409, 429, 500, 502, 503])
def test_a_page_is_not_the_platforms_word(status: int) -> None:
    """Whatever a proxy or a front end answers is a reason to try again, and no refusal by Telegram or Slack."""
    error = telegram.undelivered(telegram.Answer(status, PAGE), NetworkError("x"))
    assert (error.remedy, error.lost) == (Remedy.WAIT, False)
    answer = slack.Answer(status=status, body=bytearray(PAGE))
    assert slack.undelivered(answer, ValueError()).remedy is Remedy.WAIT


def answered(status: int, **body: object) -> telegram.Answer:
    return telegram.Answer(status, json.dumps({"ok": False, **body}).encode())


def refused_by_slack(body: object, status: int = 200, retry_after: str | None = None) -> Undelivered:
    answer = slack.Answer(status=status, retry_after=retry_after, body=bytearray(json.dumps(body).encode()))
    return slack.undelivered(answer, ValueError())


def test_waiting_and_moving() -> None:
    """Both platforms' words for "slow down", with a time or without a usable one; a group's new id."""
    error = telegram.undelivered(answered(429, error_code=429, parameters={"retry_after": 900}), NetworkError("x"))
    assert (error.remedy, error.retry_after) == (Remedy.WAIT, 900.0)
    oddities: list[object] = [{}, {"retry_after": "soon"}, {"retry_after": -3}, []]
    for odd in oddities:
        error = telegram.undelivered(answered(429, error_code=429, parameters=odd), NetworkError("x"))
        assert (error.remedy, error.retry_after) == (Remedy.WAIT, None)
    moved = telegram.undelivered(answered(400, parameters={"migrate_to_chat_id": -1005}), NetworkError("x"))
    assert moved.moved_to == "-1005"
    assert refused_by_slack({"ok": False, "error": "ratelimited"}, 429, "900").retry_after == 900.0
    for header in (None, "soon", "-1", "nan", "1e9"):
        assert refused_by_slack({"ok": False, "error": "ratelimited"}, 200, header).retry_after is None


def test_what_may_have_been_taken() -> None:
    """A time-out after sending, and a 200 that is no answer, may have been posted; no connection was not."""
    assert telegram.undelivered(None, TimedOut()).lost
    assert telegram.undelivered(telegram.Answer(200, b"{"), NetworkError("x")).lost
    assert not telegram.undelivered(None, NetworkError("x")).lost


@pytest.mark.parametrize(
    ("body", "id_"),
    [
        (b'{"ok":true,"result":{"message_id":7,"chat":{"id":1}}}', "7"),
        (b'{"ok":true,"result":{"message_id":7,"chat":{"id', "7"),
        (b' {"ok" : true, "result": {"date":1, "message_id": 7', "7"),
        (b'{"ok":true,"result":true}', ""),
        (b'{"ok":true', ""),
        (b'{"ok":false,"description":"x"}', None),
        (b'{"result":{"message_id":7}}', None),
        (b'{"ok":"true"}', None),
        (b"[]", None),
        (b"", None),
        (PAGE, None),
    ],
)
def test_what_says_ok_was_posted(body: bytes, id_: str | None) -> None:
    """An answer that begins with "ok" says that the message stands, whatever follows; nothing else does."""
    assert telegram.posted(telegram.Answer(200, body)) == id_
    assert telegram.posted(telegram.Answer(502, body)) is None
