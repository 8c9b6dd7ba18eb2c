"""The conversation: what comes in -> the core -> the ports. The only async code around the core.

| file | what |
|---|---|
| `intake` | the way in: inbox, work, settled |
| `service` | the door for the chat adapters |
| `commands` | words and picks |
| `understanding` | from words to a command, or what to answer |
| `strangers` | who is on no list |
| `previews` | the card, and its race with the clock |
| `looks` | what a card shows |
| `late` | cards that went out without it |
| `taps` | the tap, settled locally |
| `confirming` | delivery and licence in one commit, and what it sets off |
| `execution` | from the licence to the verdict |
| `drills` | the same with the write left out |
| `witness` | what must be on a disk before a request |
| `degraded` | a tap while the store cannot commit |
| `licences` | who may fire, in this process |
| `tasks` | work that outlives its update |
| `once` | at most once in a while |
| `turns` | one at a time for each key |
| `rush` | whoever speaks goes first |
| `proving` | reading, and by id what was shown and is left |
| `checks` | reading again, for an outcome that is not known |
| `refills` | the minute after zero |
| `contracts` | HTX's list of contracts, read in the background |
| `unlisted` | a code that is not on it |
| `telling` | who hears of a step, and where |
| `elsewhere` | where people are told what a place does not take |
| `targets` | what to send and read for orders, and for triggers |
| `triggers` | counting what waits for a price, beside other reads |
| `readings` | `/orders`, `/status`, `/log` |
| `upkeep` | time, restarts, loose ends |
| `desk` | what they all work with |
"""

from bot.service.commands import Commands
from bot.service.contracts import Contracts
from bot.service.desk import Desk
from bot.service.elsewhere import Ways
from bot.service.intake import Delivery, Intake, Worker, World
from bot.service.licences import Licences
from bot.service.rush import Rush
from bot.service.service import Service
from bot.service.tasks import Tasks
from bot.service.upkeep import Upkeep

__all__ = [
    "Commands",
    "Contracts",
    "Delivery",
    "Desk",
    "Intake",
    "Licences",
    "Rush",
    "Service",
    "Tasks",
    "Upkeep",
    "Ways",
    "Worker",
    "World",
]
