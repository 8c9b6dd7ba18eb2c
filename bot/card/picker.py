"""Pickers: a question with its answers as buttons."""

from collections.abc import Mapping, Sequence
from typing import Final

from bot.card.layout import ask, notice, words_of
from bot.model import (
    ALL_ACCOUNTS,
    AccountName,
    ButtonKind,
    Command,
    ContractCode,
    Message,
    PositionSide,
    Scope,
    ScopeWords,
    Side,
    Unread,
    Verb,
)
from bot.model.scope import can_be_named
from bot.words import cards

MAX_PICKS: Final = 12
"""The most contracts a picker offers as buttons; the rest can be typed."""


def account_picker(command: Command, accounts: Sequence[AccountName]) -> Message:
    """One account a row, and all of them last; a pick asks again with the account said."""
    words = command.words or ScopeWords(account=None, contract=None, side=Side.ANY, position_side=PositionSide.ANY)
    named = [(str(name), name) for name in accounts]
    every = (cards.all_accounts(len(accounts)), ALL_ACCOUNTS)
    buttons = tuple(
        ask(label, _replace(words, account=name), command.verb, ButtonKind.PICK) for label, name in (*named, every)
    )
    return notice(cards.pick_account(), *buttons)


def contract_picker(
    verb: Verb,
    scope: Scope,
    counts: Sequence[tuple[str, int]] | None,
    unread: Mapping[AccountName, Unread] | None = None,
) -> Message:
    """Contracts that have open orders, and all of them.

    Args:
        verb: what is asked for.
        scope: every contract, with the filters that were said.
        counts: open orders of each contract; None where they cannot be read.
        unread: the accounts whose orders are not counted, and why.
    """
    words = words_of(scope)
    named = [(code, n) for code, n in counts or () if can_be_named(code)]
    odd = [(code, n) for code, n in counts or () if not can_be_named(code)]
    offered = named[:MAX_PICKS]
    total = sum(n for _, n in counts or ())
    every = cards.picked_label(cards.ALL_CONTRACTS, total) if counts is not None else cards.ALL_CONTRACTS
    buttons = [
        ask(cards.contract_label(code, n), _replace(words, contract=ContractCode(code)), verb, ButtonKind.PICK)
        for code, n in offered
    ]
    buttons.append(ask(every, words, verb, ButtonKind.PICK))
    known = counts is not None
    lines = (
        cards.pick_contract(scope, counts or (), len(offered), odd) if known else cards.pick_blind(scope.account)
    )
    return notice((lines[0], *cards.not_counted(unread or {}), *lines[1:]), *buttons)


def _replace(
    words: ScopeWords, *, account: AccountName | None = None, contract: ContractCode | None = None
) -> ScopeWords:
    return ScopeWords(
        account=account or words.account,
        contract=contract or words.contract,
        side=words.side,
        position_side=words.position_side,
    )
