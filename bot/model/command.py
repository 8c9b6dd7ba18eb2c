"""What somebody asked for, after the grammar and before any default is filled in."""

from dataclasses import dataclass
from enum import StrEnum

from bot.model.scope import AccountName, ContractCode
from bot.model.side import PositionSide, Side
from bot.model.target import Target


class Verb(StrEnum):
    """The commands, by the word that people type."""

    CANCELALL = "cancelall"
    DRILL = "drill"
    ORDERS = "orders"
    STATUS = "status"
    LOG = "log"
    WHOAMI = "whoami"
    START = "start"
    HELP = "help"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopeWords:
    """The words of a scope as typed. None means "not said": it is asked for, never guessed."""

    account: AccountName | None
    contract: ContractCode | None
    side: Side
    position_side: PositionSide
    target: Target = Target.ORDERS
    """Never typed: a card for triggers begins with a count of them that somebody saw, and its button."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One command, understood."""

    verb: Verb
    words: ScopeWords | None = None
    """With `cancelall`, `drill` and `orders`, None otherwise."""
    count: int | None = None
    """With `log`: how many."""
    id: str | None = None
    """With `log`: the one mass cancel that is meant, in place of a count."""
    unlisted: bool = False
    """Never typed: a button or an option said it, to go on although HTX's list has no such contract."""
