"""State -> Message: the layout of cards, pickers, results and reports, the same on every platform.

Rules of this file: the destructive button first, the safe one last; one button a row; at most eight lines on a
card; an edit may remove buttons or change a label, it never puts a button where another one was.
"""

import csv
import io
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from bot.model import (
    ALL,
    AccountName,
    Action,
    Attachment,
    Button,
    ButtonKind,
    Command,
    ContractCode,
    Health,
    MassCancel,
    Message,
    Order,
    PositionSide,
    Scope,
    ScopeWords,
    Side,
    State,
    Style,
    Verb,
)
from bot.words import cards, plain, reports, results

MAX_LINES: Final = 8
MAX_PICKS: Final = 12
"""The most contracts a picker offers as buttons; the rest can be typed."""


def notice(lines: Sequence[str], *buttons: Button, loud: bool = False) -> Message:
    """A plain message: the first line as its title."""
    return Message(title=lines[0], lines=tuple(lines[1:]), buttons=buttons, loud=loud)


def words_of(scope: Scope) -> ScopeWords:
    """A scope as the words that ask for it."""
    return ScopeWords(
        account=scope.account, contract=scope.contract, side=scope.side, position_side=scope.position_side
    )


def ask(label: str, words: ScopeWords, verb: Verb = Verb.CANCELALL, kind: ButtonKind = ButtonKind.ASK) -> Button:
    """A button that asks: it opens a new card or lists, and never fires."""
    return Button(label=label, action=Action(kind=kind, command=Command(verb=verb, words=words)))


def card(record: MassCancel, key_tail: str) -> Message:
    """The card as it is to be shown now, whatever the state."""
    if record.state is State.PENDING:
        return _pending(record, key_tail, buttons=_pending_buttons(record))
    again = (ask(cards.PREVIEW_AGAIN, words_of(record.scope)),) if _lapsed(record) else ()
    return _pending(record, key_tail, buttons=again, ending=_ending(record))


def edited_card(record: MassCancel, key_tail: str) -> Message:
    """A pending card whose preview arrived late: labels may change, no button may be added."""
    buttons = (_confirm(record), _keep(record))
    return _pending(record, key_tail, buttons=buttons)


def _pending(
    record: MassCancel, key_tail: str, *, buttons: tuple[Button, ...], ending: str | None = None
) -> Message:
    scope, preview = record.scope, record.preview
    rows = preview.orders if preview else ()
    mismatch = cards.mode_mismatch(scope, preview)
    facts = [
        cards.account(scope.account, key_tail),
        mismatch or plain.meaning(scope),
        cards.mode_unknown(preview),
        cards.closing(rows),
        cards.size(scope, rows) if rows or preview is None else cards.elsewhere(preview),
        cards.NOT_COVERED,
        ending or cards.times(preview, record.expires_at),
        cards.number(record.id),
    ]
    lines = [line for line in facts if line is not None]
    if len(lines) >= MAX_LINES:
        lines[-2:] = [f"{lines[-2]} · {lines[-1]}"]
    # Loud: a card is somebody's mass cancel in a conversation where others can confirm or keep it.
    title = cards.title(scope, preview)
    return Message(title=title, lines=tuple(lines), buttons=buttons, loud=True)


def _pending_buttons(record: MassCancel) -> tuple[Button, ...]:
    """Red first, then what opens other cards, the safe one last."""
    offers: list[Button] = []
    preview = record.preview
    if preview is not None and not preview.orders:
        if right := cards.right_scope(record.scope, preview.mode):
            offers.append(ask(plain.scope_title(_scope(right, record.scope)), right))
        for contract, n in preview.elsewhere[:MAX_PICKS]:
            scope = _with_contract(record.scope, ContractCode(contract))
            offers.append(ask(cards.picked_label(contract, n), words_of(scope)))
    return (_confirm(record), *offers, _keep(record))


def _confirm(record: MassCancel) -> Button:
    action = Action(kind=ButtonKind.CONFIRM, mass_cancels=(record.id,))
    return Button(label=cards.confirm_label(record.preview), action=action, style=Style.DANGER)


def _keep(record: MassCancel) -> Button:
    return Button(label=cards.KEEP, action=Action(kind=ButtonKind.KEEP, mass_cancels=(record.id,)))


def _lapsed(record: MassCancel) -> bool:
    return record.state is State.EXPIRED and record.replaced_by is None


def _ending(record: MassCancel) -> str:
    """The line that says how a card ended."""
    by, at = record.decided_by, record.decided_at
    if record.state is State.KEPT and by and at:
        return cards.kept(by, at)
    if record.state is State.EXPIRED:
        return cards.replaced(record.replaced_by) if record.replaced_by else cards.expired()
    if by is None or at is None:  # only a record nobody decided on is neither kept nor tapped
        raise ValueError(f"{record.state} without a decision")
    if record.state is State.EXECUTING:
        return cards.tapped(by, at)
    return cards.settled(by, at, results.verdict_words(record))


def _scope(words: ScopeWords, like: Scope) -> Scope:
    return Scope(account=like.account, contract=like.contract, side=words.side, position_side=words.position_side)


def _with_contract(scope: Scope, contract: ContractCode) -> Scope:
    return Scope(account=scope.account, contract=contract, side=scope.side, position_side=scope.position_side)


def account_picker(command: Command, accounts: Sequence[AccountName]) -> Message:
    """One account a row; a pick asks again with the account said."""
    words = command.words or ScopeWords(account=None, contract=None, side=Side.ANY, position_side=PositionSide.ANY)
    buttons = tuple(ask(name, _replace(words, account=name), command.verb, ButtonKind.PICK) for name in accounts)
    return notice(cards.pick_account(), *buttons)


def contract_picker(verb: Verb, scope: Scope, counts: Sequence[tuple[str, int]] | None) -> Message:
    """Contracts that have open orders, and all of them.

    Args:
        verb: what is asked for.
        scope: every contract, with the filters that were said.
        counts: open orders of each contract; None where they cannot be read.
    """
    words, offered = words_of(scope), (counts or ())[:MAX_PICKS]
    total = sum(n for _, n in counts or ())
    every = cards.picked_label(cards.ALL_CONTRACTS, total) if counts is not None else cards.ALL_CONTRACTS
    buttons = [
        ask(cards.picked_label(code, n), _replace(words, contract=ContractCode(code)), verb, ButtonKind.PICK)
        for code, n in offered
    ]
    buttons.append(ask(every, words, verb, ButtonKind.PICK))
    known = counts is not None
    lines = cards.pick_contract(scope, counts or (), len(offered)) if known else cards.pick_blind(scope.account)
    return notice(lines, *buttons)


def _replace(
    words: ScopeWords, *, account: AccountName | None = None, contract: ContractCode | None = None
) -> ScopeWords:
    return ScopeWords(
        account=account or words.account,
        contract=contract or words.contract,
        side=words.side,
        position_side=words.position_side,
    )


def result(record: MassCancel, log_head: str) -> Message:
    """The outcome: always a new message, always loud."""
    lines = (*results.facts(record), results.people(record))
    if record.state is State.ZERO_LEFT:
        lines = (*lines, results.NOT_COVERED)
    return Message(
        title=results.title(record),
        lines=(*lines, results.footer(record, log_head)),
        buttons=_result_buttons(record),
        attachment=_orders_file(record),
        loud=True,
    )


def _result_buttons(record: MassCancel) -> tuple[Button, ...]:
    words = words_of(record.scope)
    if record.state is State.STILL_OPEN:
        return (ask(results.NEW_CARD, words), ask(results.SHOW_ORDERS, words, Verb.ORDERS))
    if record.state is State.UNKNOWN:
        check = Action(kind=ButtonKind.CHECK, mass_cancels=(record.id,))
        return (Button(label=results.CHECK_AGAIN, action=check),)
    if record.state is State.NOT_RUN:
        return (ask(cards.PREVIEW_AGAIN, words),)
    return ()


def copied(message: Message, where: str) -> Message:
    """A private result for the group: the same facts, no buttons."""
    return Message(
        title=message.title,
        lines=(*message.lines, reports.conversation_copy(where)),
        attachment=message.attachment,
        loud=message.loud,
    )


def without_buttons(message: Message) -> Message:
    """What is left of a picker after a pick."""
    return Message(title=message.title, lines=message.lines)


def order_list(scope: Scope, rows: tuple[Order, ...], read_at: datetime) -> Message:
    """`/orders`."""
    lines = results.orders(rows, with_contract=scope.contract == ALL)
    name = f"orders-{scope.account}.csv"
    attachment = _csv(name, [(row.order_id, row, "open") for row in rows]) if len(rows) > results.LISTED else None
    return Message(
        title=reports.orders_title(scope, rows),
        lines=(*lines, reports.read_at(scope, read_at)),
        attachment=attachment,
    )


def status(health: Health, started_at: datetime) -> Message:
    """`/status`."""
    return Message(title=reports.status_title(health), lines=reports.status_lines(health, started_at))


def log(rows: Sequence[MassCancel]) -> Message:
    """`/log`."""
    return Message(title=reports.log_title(rows), lines=reports.log_lines(rows))


def _orders_file(record: MassCancel) -> Attachment | None:
    """Every order of the mass cancel with what became of it, so that they can be placed again."""
    verdict = record.verdict
    if verdict is None or verdict.not_run is not None:
        return None
    left = verdict.proof.left if verdict.proof else ()
    shown = record.preview.orders if record.preview else ()
    rows: dict[str, Order | None] = dict.fromkeys((*verdict.cancelled, *verdict.filled, *verdict.gone))
    rows |= {order.order_id: order for order in (*shown, *left)}
    if len(rows) <= results.LISTED:
        return None
    fates = _fates(record)
    return _csv(f"{record.id}.csv", [(id_, row, fates.get(id_, "unknown")) for id_, row in rows.items()])


def _fates(record: MassCancel) -> dict[str, str]:
    """What became of each order. Without a proof nothing is known, whatever HTX said of them."""
    verdict = record.verdict
    if verdict is None or verdict.proof is None:
        return {}
    fates = dict.fromkeys(verdict.gone, "gone") | dict.fromkeys(verdict.cancelled, "cancelled")
    fates |= dict.fromkeys(verdict.filled, "filled")
    return fates | {order.order_id: "open" for order in verdict.proof.left}


_COLUMNS: Final = (
    "order_id",
    "client_order_id",
    "contract",
    "side",
    "position_side",
    "price",
    "volume",
    "filled",
    "reduce_only",
    "result",
)


def _csv(name: str, rows: Sequence[tuple[str, Order | None, str]]) -> Attachment:
    """One line an order; of an order nobody has read only its id and what became of it."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for id_, row, fate in rows:
        writer.writerow((id_, *_cells(row), fate))
    return Attachment(name=name, content=text.getvalue())


def _cells(row: Order | None) -> tuple[str, ...]:
    if row is None:
        return ("",) * (len(_COLUMNS) - 2)
    price = "" if row.price is None else f"{row.price:f}"
    sizes = (price, f"{row.volume:f}", f"{row.filled:f}", "yes" if row.reduce_only else "no")
    return (row.client_order_id or "", row.contract, row.side.value, row.position_side.value, *sizes)
