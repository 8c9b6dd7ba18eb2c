"""The card: before the tap, and how it ended."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from bot.card.drill import marked_if
from bot.card.layout import ask, for_triggers, notice, words_of
from bot.card.order_file import list_of_triggers
from bot.model import (
    ALL_ACCOUNTS,
    Action,
    Button,
    ButtonKind,
    ContractCode,
    MassCancel,
    Message,
    Platform,
    Preview,
    Scope,
    ScopeWords,
    State,
    Style,
    Unread,
    Verb,
)
from bot.model.scope import can_be_named
from bot.words import cards, drills, listing, plain, results

MAX_LINES: Final = 8
"""Lines of a card, its title among them: what a phone shows without scrolling."""

MAX_OFFERS: Final = 12
"""The most contracts that a card with nothing in scope offers as buttons."""


def card(record: MassCancel, key_tail: str) -> Message:
    """The card as it is to be shown now, whatever the state."""
    return marked_if(record.drill, _card(record, key_tail))


def _card(record: MassCancel, key_tail: str) -> Message:
    if record.state is State.PENDING:
        return replace(
            _pending(record, key_tail, buttons=_pending_buttons(record)), attachment=list_of_triggers(record)
        )
    again = (ask(cards.PREVIEW_AGAIN, words_of(record.scope)),) if _lapsed(record) else ()
    return _pending(record, key_tail, buttons=again, ending=ending_of(record))


def no_list(scope: Scope, seen: Preview | Unread | None) -> Message:
    """Instead of a card for triggers, where there are none or nobody knows: it would have nothing to confirm."""
    again = ask(cards.PREVIEW_AGAIN, words_of(scope))
    if isinstance(seen, Preview):
        return notice(cards.unclear_triggers(scope, seen.orders), again) if seen.orders else _none(scope)
    return notice(cards.triggers_unread(scope, seen), again)


def _none(scope: Scope) -> Message:
    return notice(cards.no_triggers(scope))


def no_key(scopes: Sequence[Scope], verb: Verb) -> Message:
    """Instead of a card that could only end NOT RUN: a red button must be able to do something."""
    words = words_of(scopes[0])
    if len(scopes) > 1:
        words = replace(words, account=ALL_ACCOUNTS)
    return notice(cards.no_key([scope.account for scope in scopes]), ask(cards.PREVIEW_AGAIN, words, verb))


def edited_card(record: MassCancel, key_tail: str) -> Message:
    """A pending card whose preview arrived late: labels may change, no button may be added."""
    buttons = (*_red(record), _keep(record))
    return marked_if(record.drill, _pending(record, key_tail, buttons=buttons))


def _pending(
    record: MassCancel, key_tail: str, *, buttons: tuple[Button, ...], ending: str | None = None
) -> Message:
    scope, preview = record.scope, record.preview
    rows = preview.orders if preview else ()
    mismatch = cards.mode_mismatch(scope, preview)
    facts = [
        drills.account(scope.account, key_tail) if record.drill else cards.account(scope.account, key_tail),
        mismatch or plain.meaning(scope),
        _warnings(record),
        " · ".join(filter(None, (cards.closing(rows), cards.odd(scope, rows)))) or None,
        cards.nothing((preview,)),
        cards.size(scope, rows) if rows or preview is None else cards.elsewhere(preview),
        cards.untouched(scope, (preview,)),
        *((ending,) if ending else _reading(record)),
        cards.number(record.id),
    ]
    lines = [line for line in facts if line is not None]
    lines = fitted(lines, asked_by(record))
    # Loud: a card is somebody's mass cancel in a conversation where others can confirm or keep it.
    title = cards.title(scope, preview)
    return Message(title=title, lines=tuple(lines), buttons=buttons, loud=True)


def _reading(record: MassCancel) -> tuple[str, ...]:
    """How the read went, and until when a tap counts."""
    if record.preview is not None:
        return (cards.times(record.preview, record.expires_at),)
    if record.unread is not None:
        return cards.not_read(record.unread, record.expires_at)
    return (cards.reading(record.expires_at),)


def asked_by(record: MassCancel) -> str | None:
    """Who asked, where nobody saw it: in a channel a slash command of Slack's is on nobody's screen."""
    where = record.conversation
    on_nobodys_screen = where.platform is Platform.SLACK and not where.private
    return cards.asked(record.asked_by) if on_nobodys_screen else None


def fitted(lines: list[str], asked: str | None) -> list[str]:
    """A card's lines below its title, the last of them its number, so that all fit a phone's screen."""
    if asked is not None and len(lines) < MAX_LINES - 1:
        lines = [*lines[:-1], asked, lines[-1]]
    elif asked is not None:
        lines = [*lines[:-1], f"{lines[-1]} · {asked}"]
    return [*lines[:-2], f"{lines[-2]} · {lines[-1]}"] if len(lines) >= MAX_LINES else lines


def _warnings(record: MassCancel) -> str | None:
    """What could not be made sure of, on one line: a card has no room for more."""
    mode, contract = cards.mode_unknown(record.preview), listing.line(record.listing)
    return listing.with_mode(record.listing) if mode and contract else mode or contract


def _pending_buttons(record: MassCancel) -> tuple[Button, ...]:
    """Red first, then what opens other cards, the safe one last."""
    offers: list[Button] = []
    preview = record.preview
    if preview is not None and not preview.orders:
        offers += for_triggers(record.scope, preview.triggers)
        if right := cards.right_scope(record.scope, preview.mode):
            offers.append(ask(plain.scope_title(_scope(right, record.scope)), right))
        named = [(contract, n) for contract, n in preview.elsewhere if can_be_named(contract)]
        for contract, n in named[:MAX_OFFERS]:
            scope = _with_contract(record.scope, ContractCode(contract))
            offers.append(ask(cards.contract_label(contract, n), words_of(scope)))
    return (*_red(record), *offers, _keep(record))


def _red(record: MassCancel) -> tuple[Button, ...]:
    """The button that fires; none where a tap could send nothing."""
    return () if record.unread is not None and record.unread.hopeless else (_confirm(record),)


def _confirm(record: MassCancel) -> Button:
    action = Action(kind=ButtonKind.CONFIRM, mass_cancels=(record.id,))
    return Button(label=cards.confirm_label(record.scope, record.preview), action=action, style=Style.DANGER)


def _keep(record: MassCancel) -> Button:
    return Button(label=cards.KEEP, action=Action(kind=ButtonKind.KEEP, mass_cancels=(record.id,)))


def _lapsed(record: MassCancel) -> bool:
    return record.state is State.EXPIRED and record.replaced_by is None


def ending_of(record: MassCancel) -> str:
    """The line that says how a card ended."""
    by, at = record.decided_by, record.decided_at
    if record.state is State.KEPT and by and at:
        return cards.kept(by, at)
    if record.state is State.EXPIRED:
        return cards.replaced(record.replaced_by) if record.replaced_by else cards.expired()
    if by is None or at is None:  # only a record nobody decided on is neither kept nor tapped
        raise ValueError(f"{record.state} without a decision")
    if record.state is State.EXECUTING:
        return drills.tapped(by, at) if record.drill else cards.tapped(by, at)
    if record.state is State.DRILLED:
        return drills.settled(by, at)
    return cards.settled(by, at, results.verdict_words(record))


def _scope(words: ScopeWords, like: Scope) -> Scope:
    return Scope(account=like.account, contract=like.contract, side=words.side, position_side=words.position_side)


def _with_contract(scope: Scope, contract: ContractCode) -> Scope:
    return Scope(account=scope.account, contract=contract, side=scope.side, position_side=scope.position_side)
