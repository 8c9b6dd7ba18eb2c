"""The outcome."""

from datetime import datetime

from bot.card.drill import drilled, is_marked, marked
from bot.card.layout import ask, for_triggers, words_of
from bot.card.order_file import open_file, orders_file
from bot.model import Action, Button, ButtonKind, Identity, MassCancel, Message, Order, State, Verb
from bot.words import cards, drills, refills, reports, results, triggers


def result(record: MassCancel, log_head: str, *, notify: tuple[Identity, ...] = ()) -> Message:
    """The outcome: always a new message, always loud, and the asker is woken."""
    if record.state is State.DRILLED:
        return marked(drilled(record, log_head, notify))
    lines = (*results.facts(record), results.people(record))
    if record.state is State.ZERO_LEFT:
        lines = (*lines, triggers.untouched((record,)))
    if record.degraded:
        lines = (*lines, *results.DEGRADED)
    return Message(
        title=results.title(record),
        lines=(*lines, results.footer(record, log_head)),
        buttons=buttons_of(record),
        attachment=orders_file(record),
        loud=True,
        notify=notify,
    )


def refill(record: MassCancel, rows: tuple[Order, ...], read_at: datetime) -> Message:
    """Orders where zero was proved: loud, with a way to a new card."""
    words = words_of(record.scope)
    return Message(
        title=refills.title(record, rows),
        lines=refills.lines(record, rows, read_at),
        buttons=(ask(refills.card_for(record, rows), words), ask(results.SHOW_ORDERS, words, Verb.ORDERS)),
        attachment=open_file(f"{record.id}-new.csv", rows),
        loud=True,
    )


def unwatched(record: MassCancel) -> Message:
    """Nobody could look whether orders came back where zero was proved: loud, with a way to look now."""
    look = ask(results.SHOW_ORDERS, words_of(record.scope), Verb.ORDERS)
    return Message(
        title=refills.blind_title(record), lines=refills.blind_lines(record), buttons=(look,), loud=True
    )


def buttons_of(record: MassCancel) -> tuple[Button, ...]:
    """What may be done next."""
    words = words_of(record.scope)
    live = for_triggers(record.scope, triggers.live_of(record))
    if record.state is State.STILL_OPEN:
        return (ask(results.NEW_CARD, words), ask(results.SHOW_ORDERS, words, Verb.ORDERS), *live)
    if record.state is State.UNKNOWN:
        check = Action(kind=ButtonKind.CHECK, mass_cancels=(record.id,))
        return (Button(label=results.CHECK_AGAIN, action=check),)
    if record.state is State.NOT_RUN:
        return (ask(cards.PREVIEW_AGAIN, words),)
    return live


def copied(message: Message, where: str, *, to: Identity | None = None) -> Message:
    """The same facts in another place, marked as a copy.

    Args:
        message: what is copied.
        where: where it comes from, in words.
        to: the person it is for, who is woken and may read on by its buttons; a group gets none.
    """
    said = reports.conversation_copy(where)
    reading = (ButtonKind.ASK, ButtonKind.CHECK)
    return Message(
        title=message.title,
        lines=(*message.lines, drills.marked(said) if is_marked(message) else said),
        buttons=tuple(button for button in message.buttons if to is not None and button.action.kind in reading),
        attachment=message.attachment,
        loud=message.loud,
        notify=() if to is None else (to,),
    )
