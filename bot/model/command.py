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


class Doubt(StrEnum):
    """Why something that is for us must not be run as it was said: it is answered with what it could mean."""

    NO_COMMAND = "no_command"
    """Nothing in it is a command."""
    OTHER_NAME = "other_name"
    """It names a bot that is not us, or that we are not called any more."""
    IN_A_SENTENCE = "in_a_sentence"
    """Our name stands in the middle of a sentence."""
    JOINED = "joined"
    """Words run into each other: `/cancelall@OurBot@main`."""


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
