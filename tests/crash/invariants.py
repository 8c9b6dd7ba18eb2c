"""What must be true after every crash: the store's rows and the chat against the exchange's truth."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from bot.mass_cancel import TRANSITIONS
from bot.model import EventKind, State
from simulator.htx import Record
from simulator.telegram import Message
from tests.crash.ground import Ground
from tests.crash.truth import Deed, Row

_ADMITS: Final = {"zero_left", "still_open", "unknown"}
"""States that an effect at the exchange may have."""

_MOVES: Final = frozenset(kind.value for kind in EventKind)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """What one round of asking, tapping and killing left behind."""

    said: int
    """The command's message."""
    body: dict[str, str]
    """What the exchange must be sent for it."""
    deeds: Sequence[Deed]
    posts: Sequence[Record]
    audit: Sequence[Row]
    """Every row, from the first."""
    heard: Sequence[Message]
    """What the bot has written since."""
    copies: int
    """How often a message may have been sent again: kills and lost answers."""


def broken(here: Ground, found: Chapter) -> Iterator[str]:
    """The invariants that do not hold, in words."""
    yield from _one_request(found)
    yield from _effects(here, found)
    yield from _told(found)
    for deed in found.deeds:
        yield from path_of(deed, found.audit)


def _one_request(found: Chapter) -> Iterator[str]:
    """I1, I3, I10: one request that may count, for what was asked, each on the audit before it."""
    unsure = [post for post in found.posts if not _refused_for_the_rate(post)]
    if len(unsure) > 1:
        yield f"I1: {len(unsure)} requests that may have counted"
    if unsure and unsure[0] is not found.posts[-1]:
        yield "I1: a request after one that may have counted"
    for post in found.posts:
        if post.json != found.body:
            yield f"I3: asked {found.body}, sent {post.json}"
    ids = {deed.id for deed in found.deeds}
    attempts = sum(row.event == "attempt" and row.mass_cancel in ids for row in found.audit)
    if attempts < len(found.posts):
        yield f"I10: {len(found.posts)} requests, {attempts} on the audit"
    if found.posts and not any(deed.confirmed for deed in found.deeds):
        yield "I2: a request without a confirmation"


def _effects(here: Ground, found: Chapter) -> Iterator[str]:
    """I6, I7, I8: what is claimed against what happened."""
    effect = any(post.effects for post in found.posts)
    confirmed = [deed for deed in found.deeds if deed.confirmed]
    if effect and not any(deed.state in _ADMITS for deed in confirmed):
        yield f"I8: an effect, and {[deed.state for deed in found.deeds]}"
    for deed in confirmed:
        if deed.state == "not_run" and effect:
            yield f"I7: #{deed.id} NOT RUN, and orders were cancelled"
        if deed.state == "zero_left" and (left := in_scope(here, found.body)):
            yield f"I6: #{deed.id} ZERO LEFT, and {left} are open"


def in_scope(here: Ground, body: dict[str, str]) -> int:
    """How many open orders the exchange itself would count to a scope."""
    return len(
        here.account.matching(
            contract=body.get("contract_code"), side=body.get("side"), position_side=body.get("position_side")
        )
    )


def _told(found: Chapter) -> Iterator[str]:
    """I9: the command has an answer, each confirmed mass cancel a result, none of them over and over."""
    if not any(message.reply_to == found.said for message in found.heard):
        yield "I9: no answer to the command"
    for deed in found.deeds:
        results = [one for one in found.heard if f"#{deed.id} · log " in one.text]
        if deed.confirmed and not results:
            yield f"I9: no result of #{deed.id}, {deed.state}"
        if not deed.confirmed and results:
            yield f"I9: a result of #{deed.id}, {deed.state}"
        if len(results) > 2 + found.copies:  # a first word, a later check, and what may have been sent again
            yield f"I13: {len(results)} results of #{deed.id}"
    dangling = {message.text for message in found.heard if "Replaced by #" in message.text}
    ids = {deed.id for deed in found.deeds}
    for text in dangling:
        named = text.partition("Replaced by #")[2][:5]
        if named not in ids:
            yield f"a card says it was replaced by #{named}, which does not exist"


def path_of(deed: Deed, audit: Sequence[Row]) -> Iterator[str]:
    """I5: the audit rows of a mass cancel are one legal way from PENDING to where it is."""
    state = State.PENDING
    for row in audit:
        if row.mass_cancel != deed.id:
            continue
        if row.event == "attempt" and state is not State.EXECUTING:
            yield f"I5: #{deed.id} attempt while {state}"
        if row.event not in _MOVES:
            continue
        before, after = State(row.facts["from"]), State(row.facts["to"])
        if before is not state or TRANSITIONS[before].get(EventKind(row.event)) is not after:
            yield f"I5: #{deed.id} {row.event} from {before} to {after}, was {state}"
        state = after
    if state.value != deed.state:
        yield f"I5: #{deed.id} is {deed.state}, the audit ends at {state}"


def _refused_for_the_rate(post: Record) -> bool:
    if post.answer is None or post.effects:
        return False
    try:
        code = json.loads(post.answer.body).get("code")
    except (ValueError, AttributeError):
        return False
    return bool(code == 1032)
