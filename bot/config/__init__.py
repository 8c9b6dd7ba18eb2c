"""File and environment -> one frozen `Config`, or every fault at once.

| file | what |
|---|---|
| `checks` | which names and paths are good ones |
| `tables` | what may be said, field by field |
| `proxies` | through which proxy a chat is reached |
| `urls` | which addresses are good ones |
| `telegram_ids` | which numbers are Telegram ids, of people or of groups |
| `slack_ids` | which texts are Slack ids, of workspaces, people or channels |
| `together` | what the fields must be to each other |
| `left_over` | ids of the example that nobody has changed |
| `safety` | whether others could write the file |
| `sources` | the file and the environment, read but not judged |
| `variables` | names in the environment: which are ours, and what each is about |
| `faults` | what is wrong -> a sentence that says how to make it right |
| `load` | all of it, in order |
| `allow_list` | the configuration -> `bot.policy.Policy`, and which chats are in use |
| `example` | a complete file, with comments |

A new section is a class in `tables` and a field of `Config`: names, environment and faults follow.
"""

from bot.config.allow_list import to_policy, uses_telegram
from bot.config.checks import SYSTEM
from bot.config.example import EXAMPLE
from bot.config.load import load
from bot.config.proxies import Route, passwords, proxy_for, slack_route, telegram_route
from bot.config.sources import SYSTEM_FILE, config_folder, data_dir, find_file
from bot.config.tables import Account, Config, Htx, Limits, Mode, Person, Slack, SlackMode, SlackUser, Telegram

__all__ = [
    "EXAMPLE",
    "SYSTEM",
    "SYSTEM_FILE",
    "Account",
    "Config",
    "Htx",
    "Limits",
    "Mode",
    "Person",
    "Route",
    "Slack",
    "SlackMode",
    "SlackUser",
    "Telegram",
    "config_folder",
    "data_dir",
    "find_file",
    "load",
    "passwords",
    "proxy_for",
    "slack_route",
    "telegram_route",
    "to_policy",
    "uses_telegram",
]
