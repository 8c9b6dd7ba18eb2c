"""Why not: words not understood, people who may not, times that are past. Each says that nothing was sent."""

import unicodedata
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from bot.command import MAX_BYTES, MAX_LOG
from bot.errors import BadCommand, BadWord
from bot.model import Actor, Conversation, Identity, Platform, State
from bot.policy import Denial
from bot.words import plain

NOTHING_SENT = "Nothing was sent."
_FOR_THE_ADMIN = "Send these ids to whoever runs the bot, to be put on the list."
_EXAMPLE = "Example: /cancelall BTC-USDT-241115 buy long"


def bad_command(error: BadCommand) -> tuple[str, ...]:
    """Which word, what is expected, that nothing was sent."""
    return (_what_is_wrong(error), f"{NOTHING_SENT} {_expected(error)}")


def _what_is_wrong(error: BadCommand) -> str:
    word, meant = _shown(error.word), f" Did you mean `{error.nearest}`?" if error.nearest else ""
    match error.kind:
        case BadWord.NOT_ASCII:
            return f"`{word}` has {_odd_character(error.word)}. Plain letters, digits and - only."
        case BadWord.TOO_LONG:
            return f"That is longer than {MAX_BYTES} bytes."
        case BadWord.UNKNOWN:
            return f"I do not understand `{word}`.{meant}"
        case BadWord.UNKNOWN_COMMAND:
            return f"I do not know /{word}." + (f" Did you mean /{error.nearest}?" if error.nearest else "")
        case BadWord.TWICE:
            return _twice(error, word)
        case BadWord.BAD_CONTRACT:
            return f"`{word}` is not a contract code.{meant}"
        case BadWord.BAD_ACCOUNT:
            return f"`{word}` is not an account name."
        case BadWord.BAD_COUNT:
            return f"`{word}` is not a number from 1 to {MAX_LOG}."
        case BadWord.UNEXPECTED:
            return f"/{error.expected} takes no `{word}`."


def _twice(error: BadCommand, word: str) -> str:
    before = f"@{error.nearest}" if error.expected == "account" else str(error.nearest)
    if word.lower() == before.lower():
        return f"You gave `{word}` twice. Give it once."
    return f"You gave two {error.expected}s: `{before}` and `{word}`. Give one."


def _shown(word: str) -> str:
    """A word as it may be shown: what cannot be seen, or turns the line around, by its number."""
    return "".join(char if char.isprintable() else f"<U+{ord(char):04X}>" for char in word)


def _expected(error: BadCommand) -> str:
    match error.kind:
        case BadWord.BAD_CONTRACT:
            return (
                "A contract looks like BTC-USDT (perpetual) or BTC-USDT-241115 (dated). ALL means every contract."
            )
        case BadWord.BAD_ACCOUNT:
            return "An account looks like @main. /status lists yours."
        case BadWord.BAD_COUNT | BadWord.UNEXPECTED | BadWord.UNKNOWN_COMMAND:
            return "/help lists the commands."
        case _:
            return f"Expected: @account, CONTRACT or ALL, buy or sell, long or short. {_EXAMPLE}"


def _odd_character(word: str) -> str:
    odd = next(char for char in word if not char.isascii())
    return f"the character U+{ord(odd):04X} ({unicodedata.name(odd, 'unnamed')})"


def denial(why: Denial, *, who: Identity, where: Conversation, chats: Sequence[str]) -> tuple[str, ...]:
    """Why somebody may not ask."""
    match why:
        case Denial.NOT_LISTED:
            return (f"You are not on the list. Your id: {plain.id_of(who)}. Nothing sent.",)
        case Denial.CHAT_NOT_LISTED:
            known = f" Listed: {', '.join(chats)}." if chats else ""
            return (
                f"This chat ({where.chat}) is not on the list. {NOTHING_SENT}",
                f"Ask in private, or in a listed chat.{known}",
            )
        case Denial.VIEWER:
            return (f"You may look, not cancel: your role is viewer. {NOTHING_SENT}", "Ask an operator.")
        case Denial.ACCOUNT:
            return (f"You have no such account. {NOTHING_SENT}", "/status lists yours.")
        case Denial.ELSEWHERE:
            return (f"That card belongs to another chat. {NOTHING_SENT}",)
        case Denial.ASKER_ONLY:
            return (f"Only the person who asked can confirm this. {NOTHING_SENT}",)


def no_account() -> tuple[str, ...]:
    """A member without accounts asked."""
    return (
        f"You have no accounts yet. {NOTHING_SENT}",
        "An admin must add accounts under your name in the configuration.",
    )


def wrong_tap(confirmers: Sequence[str]) -> str:
    """Somebody else's tap, told to them alone."""
    return f"Only {plain.names(confirmers)} can confirm this. Your tap was recorded."


def stale(age: timedelta, *, down_until: datetime | None) -> tuple[str, ...]:
    """A command that arrived too old to be run."""
    down = f" I was down then (back {plain.clock(down_until)} UTC)." if down_until else ""
    return (f"Not run: you wrote this {plain.age(age)} ago.{down}", NOTHING_SENT)


def stale_tap(age: timedelta) -> str:
    """A tap that waited too long to be acted on."""
    return f"Not run: you tapped {plain.age(age)} ago, and your tap reached me too late. {NOTHING_SENT} Tap again."


def odd_sender(kind: str) -> tuple[str, ...]:
    """A message that is not a plain new one of a real person."""
    reasons = {
        "edited": "An edited message is not a command. Send it as a new message.",
        "forwarded": "A forwarded message is not a command. Type it yourself.",
        "via_bot": "A message sent through another bot is not a command. Type it yourself.",
        "caption": "I read no captions: send the words as a message of their own.",
        "media": "I read text only, no pictures, voice or files. Example: /cancelall BTC-USDT-241115 buy long",
        "anonymous": "I cannot see who you are: you post as a group or channel. Post as yourself.",
    }
    return (reasons[kind], NOTHING_SENT)


HOW_LONG: Final = "up to 20 s"
"""From the tap to the result at the latest: `bot.service.execution` ends it in time."""


def cancelling() -> str:
    """The tap counts."""
    return f"Cancelling… the result follows here, in {HOW_LONG}."


def on_it() -> str:
    """A button that reads: what it reads follows as a message."""
    return "One moment…"


def elsewhere() -> str:
    """A tap in another chat than the card's."""
    return f"That card belongs to another chat. {NOTHING_SENT}"


def unknown_button() -> str:
    """A tap on something we have no record of."""
    return f"This button is no longer valid. {NOTHING_SENT} Ask again."


def decided(state: State, by: Actor | None, at: datetime | None, *, replaced_by: str | None) -> str:
    """A tap on a card that was settled before."""
    who = f" by {plain.name(by)} {plain.clock(at)}" if by and at else ""
    match state:
        case State.KEPT:
            return f"Kept{who}. Nothing was cancelled."
        case State.EXPIRED if replaced_by:
            return f"Replaced by #{replaced_by}. Nothing was cancelled."
        case State.EXPIRED:
            return "Expired. Nothing was cancelled."
        case State.NOT_RUN:
            return f"Confirmed{who}, but NOT RUN. Nothing was cancelled."
        case State.ZERO_LEFT | State.STILL_OPEN | State.UNKNOWN:
            return f"Already sent{who}: {state.replace('_', ' ').upper()}."
        case _:
            return f"Already sent{who}"


def store_down() -> tuple[str, ...]:
    """The store cannot commit, so nothing may be done."""
    return (
        "⛔ NOT RUN · I cannot write my log (disk full, damaged, or no file descriptors left). I must not send.",
        f"{NOTHING_SENT} If you tapped before this, that cancel still runs.",
        "Use the HTX app.",
    )


def check_failed() -> tuple[str, ...]:
    """A check that could not be told through the log."""
    return (
        "❓ I cannot write my log (disk full, damaged, or no file descriptors left), so I cannot check.",
        "Use the HTX app to see what is open.",
    )


def failed(incident: str) -> tuple[str, ...]:
    """Something broke that should not have."""
    return (
        "Something went wrong on my side, before anything was sent.",
        f"{NOTHING_SENT} Ask again, or use the HTX app. Incident {incident} is in the log.",
    )


def platform_ids(identity: Identity, conversation: Conversation, shown_name: str) -> tuple[str, ...]:
    """What an admin needs to list somebody: `Ann Lee · telegram = 123456789 · chat -100…`."""
    ids = f"{identity.platform} = {plain.id_of(identity)}"
    if identity.platform is Platform.TELEGRAM and conversation.private:
        return (f"{shown_name} · {ids}", _FOR_THE_ADMIN)
    return (f"{shown_name} · {ids} · chat {conversation.chat}", _FOR_THE_ADMIN)
