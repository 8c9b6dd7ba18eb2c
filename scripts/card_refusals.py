"""Samples of the card kit: why not, and what a tap is answered with."""

from collections.abc import Iterator
from datetime import timedelta

from bot import card
from bot.command import parse
from bot.errors import BadCommand, ReadFailed
from bot.model import Conversation, Identity, Message, Platform, State
from bot.policy import Denial
from bot.words import cards, refusals, reports
from scripts import card_kit as kit
from scripts.card_samples import Sample

WORDS = (
    ("near-miss", "cancelall byu"),
    ("unknown", "cancelall everything"),
    ("undashed", "cancelall BTCUSDT"),
    ("coin", "cancelall BTC"),
    ("contract", "cancelall BTC-USD"),
    ("twice", "cancelall buy sell"),
    ("two-accounts", "cancelall @main @desk"),
    ("account", "cancelall @main!"),
    ("confusable", "cancelall b\u0443y"),
    ("dash", "cancelall BTC\u2013USDT"),
    ("direction", "cancelall \u202eyub"),
    ("control", "cancelall buy\x00"),
    ("long", "cancelall " + "x" * 300),
    ("count", "log 99"),
    ("unexpected", "status now"),
    ("command", "cancel"),
)


def bad_command(text: str) -> BadCommand:
    """How a text is refused."""
    try:
        parse(text)
    except BadCommand as error:
        return error
    raise ValueError(f"understood: {text!r}")


def refused() -> Iterator[Sample]:
    """Words, people and times that are refused."""
    for name, text in WORDS:
        yield f"refused-{name}", ascii(text[:40]), card.notice(refusals.bad_command(bad_command(text)))
    stranger = Identity(platform=Platform.TELEGRAM, user="123456789")
    odd = Conversation(platform=Platform.TELEGRAM, chat="-100999", thread=None, private=False)
    for why in Denial:
        lines = refusals.denial(why, who=stranger, where=odd, chats=["-1001234567890"])
        yield f"denied-{why.value.replace('_', '-')}", "may not", card.notice(lines)
    yield "denied-no-account", "a member without accounts", card.notice(refusals.no_account())
    for kind in ("edited", "forwarded", "via_bot", "anonymous"):
        yield f"odd-{kind.replace('_', '-')}", "not a plain message", card.notice(refusals.odd_sender(kind))
    late = timedelta(minutes=6, seconds=3)
    yield "stale", "six minutes late", card.notice(refusals.stale(late, down_until=None), loud=True)
    yield "stale-down", "we were down", card.notice(refusals.stale(late, down_until=kit.READ), loud=True)
    yield "store-down", "the store cannot commit", card.notice(refusals.store_down(), loud=True)
    yield "failed", "a fault of ours", card.notice(refusals.failed("7F3A"))


def taps() -> Iterator[Sample]:
    """What the person who tapped is shown; and the short messages around a card."""
    said = {
        "cancelling": refusals.cancelling(),
        "reading": refusals.on_it(),
        "elsewhere": refusals.elsewhere(),
        "unknown": refusals.unknown_button(),
        "stale": refusals.stale_tap(timedelta(seconds=45)),
        "somebody-else": refusals.wrong_tap(["ann", "bo"]),
        "replaced": refusals.decided(State.EXPIRED, None, None, replaced_by="M3XQP"),
    }
    for state in (state for state in State if state is not State.PENDING):
        tapped = state is not State.EXPIRED
        by, at = (kit.BO, kit.TAPPED) if tapped else (None, None)
        said[state.value.replace("_", "-")] = refusals.decided(state, by, at, replaced_by=None)
    for name, words in said.items():
        yield f"tap-{name}", "the answer to a tap", card.notice((words,))
    id_ = kit.pending().id
    yield "again-pending", "asked again", card.notice(cards.still_pending(id_, kit.EXPIRES))
    yield "again-executing", "asked again", card.notice(cards.still_executing(id_, kit.BO, kit.TAPPED))


def told() -> Iterator[Sample]:
    """Help, ids, and what cannot be read."""
    yield "help", "/help", card.notice((reports.help_title(), *reports.help_lines()))
    yield "whoami", "/whoami in private", ids(kit.PRIVATE)
    yield "whoami-group", "/whoami in a group", ids(kit.GROUP)
    coded = ReadFailed(why="code 1411", code="1411")
    yield "orders-unreadable", "/orders, a code", card.notice(reports.unreadable("main", coded))
    yield (
        "orders-offline",
        "/orders, no answer",
        card.notice(reports.unreadable("main", ReadFailed(why="connect"))),
    )


def ids(where: Conversation) -> Message:
    """Somebody's ids."""
    return card.notice(refusals.platform_ids(kit.ANN.identity, where, "Ann Lee"))
