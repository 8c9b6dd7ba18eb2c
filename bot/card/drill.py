"""A drill: everything that is shown of one says DRILL, on every line and every button. This is the one place."""

from collections.abc import Sequence
from dataclasses import replace

from bot.card.layout import ask, words_of
from bot.model import ALL_ACCOUNTS, Action, Button, Identity, MassCancel, Message, Style, Verb
from bot.words import drills, groups, results


def marked(message: Message) -> Message:
    """A message of a drill: no line without the word, no red button, and no button that leads out of the drill.

    Doing it twice changes nothing more.
    """
    if is_marked(message):
        return message
    return replace(
        message,
        title=drills.marked(message.title),
        lines=tuple(drills.marked(line) for line in message.lines),
        buttons=tuple(_marked(button) for button in message.buttons),
    )


def marked_if(drill: bool, message: Message) -> Message:  # noqa: FBT001 it reads as it is said
    """The message as it is, or as one of a drill."""
    return marked(message) if drill else message


def is_marked(message: Message) -> bool:
    """Whether a message is one of a drill."""
    return message.title.startswith(drills.MARK)


def drilled(record: MassCancel, log_head: str, notify: tuple[Identity, ...]) -> Message:
    """The outcome of a drill, not yet marked: what would have gone, what is open, and how long it took."""
    words = words_of(record.scope)
    return Message(
        title=drills.title(record),
        lines=(
            *drills.facts(record),
            results.people(record),
            results.footer(record, log_head),
            *drills.times(record),
        ),
        buttons=(ask(drills.AGAIN, words, Verb.DRILL), ask(results.SHOW_ORDERS, words, Verb.ORDERS)),
        loud=True,
        notify=notify,
    )


def drilled_together(records: Sequence[MassCancel], log_head: str, notify: tuple[Identity, ...]) -> Message:
    """The same for several accounts on one card."""
    words = replace(words_of(records[0].scope), account=ALL_ACCOUNTS)
    return Message(
        title=drills.title_of_all(records),
        lines=(
            *drills.facts_of_all(records),
            results.people(records[0]),
            groups.footer(records, log_head),
            *drills.times_of_all(records),
        ),
        buttons=(ask(drills.AGAIN, words, Verb.DRILL), ask(results.SHOW_ORDERS, words, Verb.ORDERS)),
        loud=True,
        notify=notify,
    )


def _marked(button: Button) -> Button:
    return Button(label=drills.label(button.label), action=_kept_inside(button.action), style=Style.PLAIN)


def _kept_inside(action: Action) -> Action:
    """The same deed within the drill: what would open a card opens a drill, and its taps are told as a drill's."""
    command = action.command
    if command is not None and command.verb is Verb.CANCELALL:
        command = replace(command, verb=Verb.DRILL)
    return replace(action, command=command, drill=True)
