"""State -> Message: the layout of cards, pickers, results and reports, the same on every platform.

Rules: the destructive button first, the safe one last; one button a row; at most eight lines on a card; an edit
may remove buttons or change a label, it never puts a button where another one was.
"""

from bot.card.card import MAX_LINES, card, edited_card, no_key, no_list
from bot.card.drill import is_marked, marked, marked_if
from bot.card.group import group_card, group_result
from bot.card.layout import ask, ask_for, bare, notice, offered, without_buttons, without_file, words_of
from bot.card.listing import not_listed
from bot.card.picker import MAX_PICKS, account_picker, contract_picker
from bot.card.report import log, logged, order_list, status, whole_file
from bot.card.result import copied, refill, result, unwatched

__all__ = [
    "MAX_LINES",
    "MAX_PICKS",
    "account_picker",
    "ask",
    "ask_for",
    "bare",
    "card",
    "contract_picker",
    "copied",
    "edited_card",
    "group_card",
    "group_result",
    "is_marked",
    "log",
    "logged",
    "marked",
    "marked_if",
    "no_key",
    "no_list",
    "not_listed",
    "notice",
    "offered",
    "order_list",
    "refill",
    "result",
    "status",
    "unwatched",
    "whole_file",
    "without_buttons",
    "without_file",
    "words_of",
]
