"""What was typed, and what it asks for.

| module | what |
|---|---|
| `table` | the commands, as people are told about them |
| `hearing` | a chat's text -> for us or not, and the command in it |
| `grammar` | a command -> `Command`, or which word is not understood |
| `nearest` | what was probably meant by a word |
| `suggest` | the whole command that was probably meant: only ever offered |
"""

from bot.command.grammar import MASS_CANCEL, MAX_BYTES, MAX_LOG, may_be_codes, parse, parse_scope, spelled
from bot.command.hearing import Spoken, hear, hear_named, is_alarm, stray_name
from bot.command.suggest import suggestion
from bot.command.table import COMMANDS, SCOPE_WORDS, CommandRow

__all__ = [
    "COMMANDS",
    "MASS_CANCEL",
    "MAX_BYTES",
    "MAX_LOG",
    "SCOPE_WORDS",
    "CommandRow",
    "Spoken",
    "hear",
    "hear_named",
    "is_alarm",
    "may_be_codes",
    "parse",
    "parse_scope",
    "spelled",
    "stray_name",
    "suggestion",
]
