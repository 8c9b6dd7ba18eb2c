"""What was heard and is no command: said so, with an example, and with what it could mean."""

from typing import Final

from bot.command import spelled
from bot.model import ALL, Command, ContractCode, Doubt, ScopeWords, Verb
from bot.words import plain
from bot.words.refusals import NOTHING_SENT

_EXAMPLE: Final = "Example: /cancelall BTC-USDT-241115 buy long. /help lists the commands."
_SHOWN: Final = 60
"""Characters of a command that are repeated."""

_BELOW: Final = "If you meant what is on the button, tap it: it asks, and cancels nothing."

PREVIEW_ALL: Final = "Preview ALL contracts"
CHOOSE: Final = "Choose a contract"


def doubted(doubt: Doubt, called: str) -> tuple[str, ...]:
    """Why something that was said to us is not run."""
    match doubt:
        case Doubt.NO_COMMAND:
            return ("That is not a command.", f"{NOTHING_SENT} {_EXAMPLE}")
        case Doubt.OTHER_NAME:
            return (f"That is for @{called}, which is not my name.", f"{NOTHING_SENT} {_EXAMPLE}")
        case Doubt.IN_A_SENTENCE:
            return (
                "My name stands inside a sentence: I take no command from that.",
                f"{NOTHING_SENT} Name me first, then the command. {_EXAMPLE}",
            )
        case Doubt.JOINED:
            return ("A blank is missing behind my name.", f"{NOTHING_SENT} {_EXAMPLE}")


def below() -> str:
    """A button offers what was probably meant."""
    return _BELOW


def label(command: Command) -> str:
    """What the button asks: `Preview BTC-USDT-241115 buy long`, `Show orders BTC-USDT`, `/status`."""
    words = command.words
    if words is None:
        return f"/{spelled(command)}"
    if words.contract is not None and words.contract != ALL:
        words = _with_code(words, plain.code(words.contract))
    said = spelled(Command(verb=command.verb, words=words)).removeprefix(command.verb.value).strip()
    match command.verb:
        case Verb.CANCELALL:
            return f"Preview {said}" if said else CHOOSE
        case Verb.DRILL:
            return f"Drill {said}".strip()
        case _:
            return f"Show orders {said}".strip()


def _with_code(words: ScopeWords, code: str) -> ScopeWords:
    return ScopeWords(
        account=words.account,
        contract=ContractCode(code),
        side=words.side,
        position_side=words.position_side,
    )


def alarm() -> tuple[str, ...]:
    """`STOP` and its like: the way, and that nothing has happened yet."""
    return (
        "Nothing is cancelled yet: tap below, then the red button on the card.",
        f"{NOTHING_SENT} The card covers every resting order of your accounts. Positions stay.",
    )


def no_such_code(*, checked: bool) -> str:
    """A word that could be a contract's code is none that is known."""
    if checked:
        return "HTX lists no such contract, and no open order of yours is in one."
    return (
        "Whether HTX has such a contract could not be checked: its list cannot be read. ALL takes every contract."
    )


def answers(text: str) -> str:
    """Which command a message answers that cannot be shown as a reply to it."""
    cut = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
    return f"This answers: {''.join(c if c.isprintable() else ' ' for c in cut)}"
