"""Several mass cancels on one card, one an account: one card, one tap, one result with a line each."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from bot.card.card import MAX_LINES, asked_by, ending_of, fitted
from bot.card.drill import drilled_together, marked, marked_if
from bot.card.layout import ask, words_of
from bot.card.order_file import group_file
from bot.card.result import buttons_of
from bot.model import (
    ALL_ACCOUNTS,
    AccountName,
    Action,
    Button,
    ButtonKind,
    Identity,
    MassCancel,
    Message,
    State,
    Style,
)
from bot.words import cards, groups, listing, plain, results, triggers

_OFFERS: Final = 6
"""The most buttons of a result: more than a phone shows help nobody."""

_UNSENT: Final = (State.EXPIRED, State.KEPT)
_UNSETTLED: Final = (State.PENDING, State.EXECUTING)


def group_card(records: Sequence[MassCancel], tails: Mapping[AccountName, str]) -> Message:
    """The card as it is to be shown now. Its buttons stay two, whatever arrives late."""
    return marked_if(records[0].drill, _group_card(records, tails))


def _group_card(records: Sequence[MassCancel], tails: Mapping[AccountName, str]) -> Message:
    first = records[0]
    rows = tuple(order for one in records if one.preview for order in one.preview.orders)
    facts = [
        *groups.accounts(records, tails),
        groups.mismatch(records) or plain.meaning(first.scope),
        listing.line(first.listing),
        " · ".join(filter(None, (cards.closing(rows), cards.odd(first.scope, rows)))) or None,
        cards.size(first.scope, rows),
        cards.untouched(first.scope, [one.preview for one in records]),
        *((ending,) if (ending := _ending(records)) else groups.reading(records)),
        groups.numbers(records),
    ]
    lines = [line for line in facts if line is not None]
    if (nothing := cards.nothing([one.preview for one in records])) and len(lines) < MAX_LINES:
        lines.insert(-3, nothing)
    lines = fitted(lines, asked_by(first))
    return Message(title=groups.title(records), lines=tuple(lines), buttons=_card_buttons(records), loud=True)


def _card_buttons(records: Sequence[MassCancel]) -> tuple[Button, ...]:
    first, ids = records[0], tuple(one.id for one in records)
    if all(one.state is State.PENDING for one in records):
        keep = Button(label=cards.KEEP, action=Action(kind=ButtonKind.KEEP, mass_cancels=ids))
        if all(one.unread is not None and one.unread.hopeless for one in records):
            return (keep,)
        fire = Action(kind=ButtonKind.CONFIRM, mass_cancels=ids)
        return (Button(label=groups.confirm_label(records), action=fire, style=Style.DANGER), keep)
    if all(one.state is State.EXPIRED and one.replaced_by is None for one in records):
        return (ask(cards.PREVIEW_AGAIN, replace(words_of(first.scope), account=ALL_ACCOUNTS)),)
    return ()


def _ending(records: Sequence[MassCancel]) -> str | None:
    """How the card ended, or how far it is; None while it can be tapped."""
    decided = [one for one in records if one.state is not State.PENDING]
    if not decided:
        return None
    sent = [one for one in decided if one.state not in _UNSENT]
    first = next((one for one in sent if one.state is State.EXECUTING), (sent or decided)[0])
    by, at = first.decided_by, first.decided_at
    if by is None or at is None or first.state in (State.EXECUTING, State.KEPT, State.EXPIRED, State.DRILLED):
        return ending_of(first)
    if any(one.state in _UNSETTLED or (one.verdict is None and one.state not in _UNSENT) for one in records):
        return cards.tapped(by, at)
    return cards.settled(by, at, groups.verdicts(records))


def group_result(records: Sequence[MassCancel], log_head: str, *, notify: tuple[Identity, ...] = ()) -> Message:
    """The outcome of all, once each is known: nothing that failed hides behind what did not."""
    if records[0].drill:
        return marked(drilled_together(records, log_head, notify))
    sent = next((one for one in records if one.verdict is not None), records[0])
    lines = (*groups.result_lines(records), results.people(sent))
    if any(one.state is State.ZERO_LEFT for one in records):
        lines = (*lines, triggers.untouched(records))
    if any(one.degraded for one in records):
        lines = (*lines, *results.DEGRADED)
    return Message(
        title=groups.result_title(records),
        lines=(*lines, groups.footer(records, log_head)),
        buttons=_result_buttons(records),
        attachment=group_file(records),
        loud=True,
        notify=notify,
    )


def _result_buttons(records: Sequence[MassCancel]) -> tuple[Button, ...]:
    """What each account's own result would offer, with the account named; the first of each before the rest."""
    offered = [(one, buttons_of(one)) for one in groups.worst_first(records)]
    first = [(one, buttons[0]) for one, buttons in offered if buttons]
    rest = [(one, button) for one, buttons in offered for button in buttons[1:]]
    return tuple(
        replace(button, label=groups.of_account(button.label, one.scope.account))
        for one, button in (*first, *rest)[:_OFFERS]
    )
