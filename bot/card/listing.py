"""What answers a contract code that HTX does not list."""

from dataclasses import replace

from bot.card.layout import ask, notice, words_of
from bot.listing import Unlisted
from bot.model import Action, Button, ButtonKind, Command, Message, Scope, Verb
from bot.words import listing, plain


def not_listed(found: Unlisted, scope: Scope, verb: Verb) -> Message:
    """The nearest listed contracts, each with the same other words, and at last the code as it was said."""
    words = words_of(scope)
    near = [ask(plain.code(code), replace(words, contract=code), verb) for code in found.nearest]
    insists = Action(kind=ButtonKind.ASK, command=Command(verb=verb, words=words, unlisted=True))
    anyway = Button(label=listing.anyway(found.code, verb), action=insists)
    return notice(listing.not_listed(found), *near, anyway)
