"""How a chat is doing, in words for `/status` and the log."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from bot.model import Waiting
from bot.words import plain


def second_poller() -> str:
    """Telegram's 409."""
    return (
        "another process polls with this token, or a webhook is set. Stop the other process; "
        "if there is none, the token has leaked: /revoke it at BotFather"
    )


def token_refused(platform: str, where: str) -> str:
    """The platform's 401 or 404."""
    return f"{platform} does not accept the bot token: check it at {where}, then `cancelall keys rotate`"


def asked_to_wait(platform: str) -> str:
    """The platform's 429."""
    return f"{platform} asks me to slow down"


def silent(platform: str) -> str:
    """Time-outs and broken connections."""
    return f"{platform} does not answer: check the host's network"


def cannot_write(why: str) -> str:
    """Updates cannot be committed to the inbox, so they are left with the platform."""
    return f"I cannot write my log ({why}): commands wait"


def out_of_files(platform: str) -> str:
    """Not a connection can be opened, and it is not the network."""
    return f"{platform} cannot be asked: the bot's host is out of file descriptors, raise its limit (LimitNOFILE)"


def certificate(platform: str, why: str) -> str:
    """The platform's certificate, or that of a proxy in between, is not accepted."""
    return f"{platform}'s certificate is not accepted ({why}): check the host's clock, the proxy, SSL_CERT_FILE"


def webhook_elsewhere() -> str:
    """The platform pushes to another address."""
    return "Telegram's webhook pointed to another address; I set it back to mine"


def too_many_sockets(counted: int, ours: int) -> str:
    """More sockets at Slack than we hold."""
    return f"Slack counts {counted} sockets, {ours} are mine: somebody else uses the app token and gets commands"


def other_workspace(found: str, wanted: str) -> str:
    """The bot token is for another workspace than the one configured."""
    return f"the bot token is for workspace {found}, but the configuration says {wanted}"


OPEN_HERE: Final = "Open the card here"
"""The button of what is told instead of a card."""

_WHY: Final = {
    "not_in_channel": "I am not in that channel: invite me with /invite",
    "channel_not_found": "I am not in that channel: invite me with /invite",
    "is_archived": "that channel is archived",
    "too many requests": "it asks me to slow down",
    "message_limit_exceeded": "this workspace sends too many messages",
    "timeout": "no answer",
    "no answer": "no answer",
    "token_revoked": "the bot token was revoked",
    "invalid_auth": "the bot token is not accepted",
    "account_inactive": "the bot token is not accepted",
}
"""A platform's word for a refusal, in plain ones; others are shown as they came."""

_FIRST: Final = ("bad request: ", "forbidden: ", "unauthorized: ")
_LONGEST: Final = 80


def why_not(why: str) -> str:
    """Why a chat did not take a message: `not enough rights to send text messages to the chat`."""
    known = _WHY.get(why)
    if known is not None:
        return known
    for prefix in _FIRST:
        if why.lower().startswith(prefix):
            why = why[len(prefix) :]
    return "".join(char for char in why if char.isprintable())[:_LONGEST] or "it does not say why"


def untaken(why: str) -> str:
    """Where a copy comes from, as `reports.conversation_copy` goes on."""
    return f"a chat that does not take it ({why_not(why)})"


def not_taken(why: str) -> tuple[str, ...]:
    """A card or a picker could not be posted where it was asked for."""
    return (
        "I cannot post in the chat where you asked. Nothing was sent to HTX.",
        f"Reason: {why_not(why)}.",
        "You can go on here:",
    )


def waiting(one: Waiting, now: datetime, names: Sequence[str]) -> str:
    """A result that its place has not taken: which, whose, where, why, and for how long."""
    kind, _, id_ = one.what.partition(":")
    what = f"result #{id_.partition('@')[0]}" if kind == "result" else "a result"
    people = f" for {' and '.join(names)}" if names else ""
    place = f"{one.platform} {one.chat}"
    told = "also told elsewhere" if one.told_elsewhere else "told nowhere else"
    why = why_not(one.why) if one.why else "no answer yet"
    return f"{what}{people} waits for {place} since {plain.age(now - one.since)} ({why}); {told}"


def bare(buttons: Sequence[object]) -> tuple[str, ...]:
    """The last line of a message that is shown in short."""
    lost = " and without its buttons" if buttons else ""
    return (f"(Shown in short{lost}: this chat refused the full message.)",)


def no_file(mass_cancel: str | None) -> str:
    """A message's file was not taken."""
    if mass_cancel is None:
        return "The file could not be sent."
    return f"The file could not be sent: /log {mass_cancel} or `cancelall log {mass_cancel} --csv` on the host"
