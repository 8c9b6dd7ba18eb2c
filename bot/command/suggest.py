"""The whole command that was probably meant. Offered on a button that asks anew, never taken by itself."""

from collections.abc import Collection
from typing import Final

from bot.command.grammar import parse, spelled, words_of
from bot.command.hearing import ALARMS
from bot.command.nearest import LONGEST, VERBS, nearest_verb
from bot.errors import BadCommand, BadWord
from bot.model import ALL, Command, Verb

_MOST: Final = 6
"""Words that may be wrong in one command."""

_NOT_MEANT: Final = frozenset({BadWord.TWICE, BadWord.TOO_LONG})
"""What these name was said, and was not meant instead."""


def suggestion(text: str, known: Collection[str] = ()) -> Command | None:
    """The command with each word that is not understood replaced by what is nearest to it; None: nothing is near.

    Args:
        text: as typed, without the slash and bot name; a verb may be missing where a scope is said.
        known: codes that HTX lists, or that have open orders.
    """
    words = words_of(text)
    bare = bool(words) and words[0].lower() not in VERBS and not nearest_verb(words[0])
    if not bare:
        again = words[1:] if words and words[0].lower() == Verb.CANCELALL and words[1:] else ()
        said_twice = again and nearest_verb(again[0]) is not None  # Slack's command, and one of ours behind it
        return _mended(words, known) or (_mended(list(again), known) if said_twice else None)
    rest = words[1:] if words[0].lower() in ALARMS else words
    found = _mended([Verb.CANCELALL.value, *rest], known) if rest else None
    if found is None or found.words is None:
        return None
    # Talk must not become a scope, least of all the widest: without a verb a contract must be in it, or each word.
    as_typed = {word.lower() for word in rest}
    if found.words.contract in (None, ALL) and as_typed != set(spelled(found).lower().split()[1:]):
        return None
    return found


def _mended(words: list[str], known: Collection[str]) -> Command | None:
    for _ in range(_MOST):
        try:
            return parse(" ".join(words), known)
        except BadCommand as error:
            at = next((at for at, word in enumerate(words) if word[:LONGEST] == error.word), None)
            if error.nearest is None or error.kind in _NOT_MEANT or at is None:
                return None
            words[at : at + 1] = words_of(error.nearest)
    return None
