"""One payload -> what it is to us. Pure: the traps of who is really talking are all in this file.

A person is a (team, user) pair: a guest of another workspace can tap a button that our app posted into a
shared channel, and user ids alone say nothing across workspaces. (Slack docs: slash commands, app_mention,
message.im, block_actions.)
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from bot.command import COMMANDS, Spoken, hear, hear_named
from bot.model import Conversation, Doubt, Identity, Incoming, IncomingTap, OddMessage, Platform, Verb
from bot.service import Delivery
from bot.words import plain
from handlers.slack.rich_text import plain_text, unescaped

_SUB_COMMANDS: Final = frozenset(row.verb.value for row in COMMANDS)
_MENTION: Final = re.compile(r"<@(?P<user>[A-Z0-9]+)(?:\|[^>]*)?>")
_SPOKEN: Final = (None, "file_share", "thread_broadcast", "message_changed")
"""Subtypes of what people say: all others are Slack's own words, or another program's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Us:
    """Our own app, as Slack knows it."""

    team: str
    """The workspace it is installed in, `T…`."""
    bot_user: str
    """Our own user id, `U…`; empty until Slack has told us."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """Words or a tap, with the address for a private answer."""

    what: Incoming | IncomingTap
    response_url: str | None
    """Slack: five uses within thirty minutes; works in channels that the bot is not in."""


def delivery_id(payload: Mapping[str, Any]) -> str | None:
    """What tells one delivery from another: the same however often, and over however many sockets, it comes."""
    if payload.get("type") == "event_callback":
        return _text(payload.get("event_id"))
    if payload.get("type") == "block_actions":
        action = _action(payload)
        stamp = _text(action.get("action_ts")) if action else None
        return _text(payload.get("trigger_id")) or (stamp and f"{stamp}:{_user_of(payload)}")
    return _text(payload.get("trigger_id"))


def read(delivery: Delivery, us: Us) -> Heard | OddMessage | None:
    """What a payload is to us; None: nothing."""
    payload = delivery.payload
    match payload.get("type"):
        case "block_actions":
            return _tap(delivery, us)
        case "event_callback":
            return _event(payload, delivery.origin, us)
        case None if "command" in payload:
            return _slash(payload, delivery.origin)
        case _:
            return None


def identify(payload: Mapping[str, Any]) -> str | None:
    """Whose payload it is, as the configuration wants it: `"ann" · slack = U11 · team T1 · channel C1`."""
    delivery = Delivery(origin="", payload=payload, received_at=datetime.now(UTC))
    heard = read(delivery, Us(team="", bot_user=""))
    if not isinstance(heard, Heard):
        return None
    team, _, user = heard.what.identity.user.rpartition("/")
    name, channel = plain.quoted(heard.what.shown_name), heard.what.conversation.chat
    return f"{name} · slack = {user} · team {team} · channel {channel}"


def _slash(payload: Mapping[str, Any], origin: str) -> Heard | None:
    team, user, channel = (_text(payload.get(key)) for key in ("team_id", "user_id", "channel_id"))
    if not (team and user and channel):
        return None
    incoming = Incoming(
        origin=origin,
        identity=_identity(team, user),
        conversation=_conversation(channel, None),
        message=None,
        text=_slashed(str(payload.get("command") or ""), str(payload.get("text") or "")),
        sent_at=None,  # slash commands carry no time
        shown_name=str(payload.get("user_name") or user),
    )
    return Heard(what=incoming, response_url=_text(payload.get("response_url")))


def is_echo(payload: Mapping[str, Any]) -> bool:
    """Whether a payload tells of what we or another program said: it is worth no row in the inbox.

    In a direct message Slack tells us of each message of our own, and of each edit of it.
    """
    event = payload.get("event")
    if payload.get("type") != "event_callback" or not isinstance(event, Mapping) or event.get("type") != "message":
        return False
    said = _said(event)
    return said is None or bool(said.get("bot_id")) or not _text(said.get("user"))


def _said(event: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """What a person said in a direct message, or changed it to; None: nobody said anything."""
    if event.get("channel_type") != "im" or event.get("subtype") not in _SPOKEN:
        return None
    if event.get("subtype") != "message_changed":
        return event
    now, before = event.get("message"), event.get("previous_message")
    if not isinstance(now, Mapping) or "edited" not in now:
        return None  # Slack has looked at a link
    same = isinstance(before, Mapping) and before.get("text") == now.get("text")
    return None if same else {**now, "channel": event.get("channel")}


def _event(payload: Mapping[str, Any], origin: str, us: Us) -> Heard | OddMessage | None:
    event = payload.get("event")
    if not isinstance(event, Mapping):
        return None
    match event.get("type"):
        case "app_mention":
            return _mention(payload, event, origin, us)
        case "message":
            said = _said(event)
            return None if said is None else _direct(payload, said, origin, us)
        case _:
            return None


def _mention(
    payload: Mapping[str, Any], event: Mapping[str, Any], origin: str, us: Us
) -> Heard | OddMessage | None:
    typed = plain_text(event, f"<@{us.bot_user}" if us.bot_user else "")
    found = _MENTION.finditer(typed)
    ours = next((each for each in found if not us.bot_user or each["user"] == us.bot_user), None)
    if ours is None:
        return None
    before, after = (
        typed[: ours.start()],
        _MENTION.sub(lambda each: _other(each, ours["user"]), typed[ours.end() :]),
    )
    spoken = hear_named(unescaped(before), unescaped(after))
    if spoken.doubt in (None, Doubt.NO_COMMAND):
        spoken = Spoken(text=_command(spoken.text))  # as with the slash command: `cancelall` need not be said
    return _from_person(payload, event, origin, us, spoken)


def _other(mention: re.Match[str], us: str) -> str:
    return "" if mention["user"] == us else mention[0]


def _direct(
    payload: Mapping[str, Any], event: Mapping[str, Any], origin: str, us: Us
) -> Heard | OddMessage | None:
    """Something said to us in a direct message: everything there is for us."""
    typed = plain_text(event, "")
    text = unescaped(_MENTION.sub(lambda each: _other(each, us.bot_user), typed))
    spoken = hear(text, (), private=True) or Spoken(text="", doubt=Doubt.NO_COMMAND)
    return _from_person(payload, event, origin, us, spoken)


def _from_person(
    payload: Mapping[str, Any], event: Mapping[str, Any], origin: str, us: Us, spoken: Spoken
) -> Heard | OddMessage | None:
    """The same with who said it, and where; None: no person did."""
    user, channel, ts = (_text(event.get(key)) for key in ("user", "channel", "ts"))
    if event.get("bot_id") or user == us.bot_user or not (channel and ts):
        return None  # bots are never answered
    team = _author_team(payload, event, us)
    # Outside a thread a mention begins one: Slack wants the first message of a thread named, never a reply like
    # our card. A direct message is nobody else's.
    thread = _text(event.get("thread_ts")) or (None if channel.startswith("D") else ts)
    where = _conversation(channel, thread)
    sender = _identity(team, user) if team and user else None
    kind = _odd_kind(event, sender)
    if sender is None or kind is not None:
        offered = spoken.text if kind in ("edited", "caption") else ""
        return OddMessage(kind=kind or "anonymous", conversation=where, message=ts, sender=sender, text=offered)
    incoming = Incoming(
        origin=origin,
        identity=sender,
        conversation=where,
        message=ts,
        text=spoken.text,
        doubt=spoken.doubt,
        sent_at=_time(ts),
        shown_name=sender.user.rpartition("/")[2],
    )
    return Heard(what=incoming, response_url=None)


def _odd_kind(event: Mapping[str, Any], sender: Identity | None) -> str | None:
    """Why it is not a plain new text of a person; None: it is."""
    if sender is None:
        return "anonymous"
    if "edited" in event:
        return "edited"
    if event.get("files") or event.get("subtype") == "file_share":
        return "caption" if str(event.get("text") or "").strip() else "media"
    return None if event.get("subtype") in _SPOKEN else "anonymous"


def _author_team(payload: Mapping[str, Any], event: Mapping[str, Any], us: Us) -> str | None:
    """The workspace of whoever wrote it. In a channel shared with others it must be said: no guess is ours."""
    said = [team for key in ("user_team", "source_team", "team") if (team := _text(event.get(key)))]
    if said:
        return next((team for team in said if team != us.team), said[0])
    return "?" if payload.get("is_ext_shared_channel") else _text(payload.get("team_id"))


def _tap(delivery: Delivery, us: Us) -> Heard | None:
    """Exactly one action on a message of a channel; everything else is not a card of ours."""
    payload = delivery.payload
    action, user, channel = _action(payload), payload.get("user"), payload.get("channel")
    if action is None or not isinstance(user, Mapping) or not isinstance(channel, Mapping):
        return None
    id_, team, token = _text(user.get("id")), _text(user.get("team_id")), _text(action.get("value"))
    where = _text(channel.get("id"))
    if not (id_ and token and where) or id_ == us.bot_user:
        return None
    tap = IncomingTap(
        origin=delivery.origin,
        identity=_identity(team or "?", id_),
        conversation=_conversation(where, _thread(payload)),
        token=token,
        received_at=_tapped_at(action, delivery.received_at),
        resumed=delivery.resumed,
        shown_name=str(user.get("name") or id_),
    )
    return Heard(what=tap, response_url=_text(payload.get("response_url")))


def _tapped_at(action: Mapping[str, Any], received_at: datetime) -> datetime:
    """When Slack took the tap. After three seconds it says that a tap failed: late ones must not fire."""
    stamp = _time(str(action.get("action_ts") or ""))
    return received_at if stamp is None else min(stamp, received_at)


def _slashed(command: str, text: str) -> str:
    """The words of a slash command: `/drill …` is a drill whatever follows, the other one has sub-commands."""
    text = unescaped(text)
    if command == f"/{Verb.DRILL}":
        return _command(f"{Verb.DRILL} {text}")
    return _command(text)


def _command(text: str) -> str:
    """The words of `/cancelall`. Its sub-commands are our commands; without one it is `cancelall`."""
    words = text.strip()
    first = words.split(maxsplit=1)[0].lower().removeprefix("/") if words else ""
    if first in _SUB_COMMANDS:
        return words.removeprefix("/")
    return f"{Verb.CANCELALL} {words}".rstrip()


def _action(payload: Mapping[str, Any]) -> Mapping[str, Any] | None:
    actions = payload.get("actions")
    if not isinstance(actions, list) or len(actions) != 1 or not isinstance(actions[0], Mapping):
        return None
    return actions[0]


def _thread(payload: Mapping[str, Any]) -> str | None:
    """The thread of the message that was tapped. The first message of a thread carries its own `ts` as thread."""
    message = payload.get("message")
    if not isinstance(message, Mapping) or message.get("thread_ts") == message.get("ts"):
        return None
    return _text(message.get("thread_ts"))


def _user_of(payload: Mapping[str, Any]) -> str:
    user = payload.get("user")
    return str(user.get("id")) if isinstance(user, Mapping) else "?"


def _identity(team: str, user: str) -> Identity:
    return Identity(platform=Platform.SLACK, user=f"{team}/{user}")


def _conversation(channel: str, thread: str | None) -> Conversation:
    return Conversation(platform=Platform.SLACK, chat=channel, thread=thread, private=channel.startswith("D"))


def _time(ts: str) -> datetime | None:
    try:
        return datetime.fromtimestamp(float(ts), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
