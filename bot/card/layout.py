"""What all messages are made of."""

from collections.abc import Sequence

from bot.model import Action, Button, ButtonKind, Command, Message, Order, Scope, ScopeWords, Target, Verb
from bot.words import triggers as words


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


def without_buttons(message: Message) -> Message:
    """What is left of a picker after a pick."""
    return Message(title=message.title, lines=message.lines)
