"""What all messages are made of."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from bot.model import Action, Button, ButtonKind, Command, Message, Order, Scope, ScopeWords, Target, Verb
from bot.words import chats
from bot.words import triggers as words

MOST_BARE: Final = 20
LONGEST_BARE: Final = 200
"""How much of a message is left where a chat has refused the whole: lines, and characters of each."""


def notice(lines: Sequence[str], *buttons: Button, loud: bool = False) -> Message:
    """A plain message: the first line as its title."""
    return Message(title=lines[0], lines=tuple(lines[1:]), buttons=buttons, loud=loud)


def words_of(scope: Scope) -> ScopeWords:
    """A scope as the words that ask for it."""
    return ScopeWords(
        account=scope.account,
        contract=scope.contract,
        side=scope.side,
        position_side=scope.position_side,
        target=scope.target,
    )


def ask(label: str, words: ScopeWords, verb: Verb = Verb.CANCELALL, kind: ButtonKind = ButtonKind.ASK) -> Button:
    """A button that asks: it opens a new card or lists, and never fires."""
    return Button(label=label, action=Action(kind=kind, command=Command(verb=verb, words=words)))


def ask_for(label: str, command: Command) -> Button:
    """A button that asks for a whole command."""
    return Button(label=label, action=Action(kind=ButtonKind.ASK, command=command))


def for_triggers(scope: Scope, triggers: Sequence[Order] | None) -> tuple[Button, ...]:
    """The button that opens a card for the triggers of a scope, where some are live."""
    if not triggers:
        return ()
    return (ask(words.card_for(triggers), words_of(scope.aimed_at(Target.TRIGGERS))),)


def offered(lines: Sequence[str], command: Command) -> Message:
    """What a person is told elsewhere instead of a card or a picker: why, and a way to it here."""
    button = Button(label=chats.OPEN_HERE, action=Action(kind=ButtonKind.ASK, command=command))
    return notice(lines, button, loud=True)


def bare(message: Message) -> Message:
    """The facts alone, short, for a chat that has refused the whole."""
    lines = (line[:LONGEST_BARE] for line in message.lines[:MOST_BARE])
    said = (*lines, *chats.bare(message.buttons))
    return Message(title=message.title[:LONGEST_BARE], lines=said, loud=message.loud)


def without_file(message: Message, way: str) -> Message:
    """A message whose file was not taken: it says so, and how to get it."""
    return replace(message, lines=(*message.lines, way), attachment=None, loud=False)


def without_buttons(message: Message) -> Message:
    """What is left of a picker after a pick."""
    return Message(title=message.title, lines=message.lines)
