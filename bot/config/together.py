"""What the fields must be to each other.

Looks at the tree as it was written, so that it finds its faults beside those of single fields, in one go. A field
that is wrong by itself is not complained of a second time.
"""

from collections.abc import Iterator
from typing import Final

from bot.config import urls
from bot.config.faults import Path, dotted, nearest, sentence, shown
from bot.config.sources import Tree
from bot.config.tables import FAST_CARD
from bot.model import Role

_HOW_TO_FIND_IDS: Final = (
    "run `cancelall whoami`, or send /whoami to the bot, to learn a person's numeric id, and list it"
)
_EXAMPLE_MEMBER: Final = 'members.ann = { role = "operator", telegram = 123456789, accounts = ["main"] }'


def faults(tree: Tree) -> Iterator[str]:
    """One sentence a fault."""
    yield from _webhook(_table(tree, "telegram"))
    yield from _fast_cards(_table(tree, "limits"), _table(tree, "htx"))
    yield from _accounts(tree)
    yield from _members(tree)


def _webhook(telegram: Tree) -> Iterator[str]:
    if telegram.get("mode") == "webhook":
        for key, example in (("listen", "127.0.0.1:8443"), ("public_url", "https://bot.example.com")):
            if key not in telegram:
                yield sentence(
                    ("telegram", key), "is missing", 'it, since mode is "webhook"', f'{key} = "{example}"'
                )


def _fast_cards(limits: Tree, htx: Tree) -> Iterator[str]:
    seconds, hosts = limits.get("card_seconds"), htx.get("hosts")
    # Without a list of hosts there are the real ones.
    on_loopback = isinstance(hosts, list) and all(isinstance(h, str) and urls.on_loopback(h) for h in hosts)
    if isinstance(seconds, int) and 3 <= seconds < FAST_CARD and not on_loopback:  # noqa: PLR2004 the field's own limit
        wrong = f"is {seconds}, too short to read a card"
        expected = f"at least {FAST_CARD}, unless every one of htx.hosts is this machine"
        yield sentence(("limits", "card_seconds"), wrong, expected, "card_seconds = 60")


def _accounts(tree: Tree) -> Iterator[str]:
    accounts = tree.get("accounts", {})
    if accounts == {}:
        yield sentence(("accounts",), "is empty", "at least one account", "[accounts.main]")
        return
    for name, person in _people(tree):
        for index, account in enumerate(_list(person, "accounts")):
            if isinstance(accounts, dict) and isinstance(account, str) and account not in accounts:
                path: Path = ("members", name, "accounts", index)
                wrong = f"is {shown(account)}, which is not configured{nearest(account, accounts)}"
                yield sentence(path, wrong, "a name that has an [accounts.NAME]", 'accounts = ["main"]')


def _members(tree: Tree) -> Iterator[str]:
    first: dict[int, str] = {}
    for name, person in _people(tree):
        number = person.get("telegram")
        if type(number) is not int:
            continue  # true is no number, although Python takes it for one
        if number in first:
            wrong = f"is {number}, which is {dotted((first[number],))}'s already"
            yield sentence(("members", name, "telegram"), wrong, "one member a person", "telegram = 123456789")
        first.setdefault(number, name)
    if tree.get("members", {}) == {}:
        wrong = f"is empty, so nobody could do anything: {_HOW_TO_FIND_IDS}"
        yield sentence(("members",), wrong, "at least one operator who has an account", _EXAMPLE_MEMBER)
    elif isinstance(tree["members"], dict) and not any(_could_operate(person) for _, person in _people(tree)):
        wrong = f"has no operator who has an account, so nobody could cancel anything: {_HOW_TO_FIND_IDS}"
        yield sentence(("members",), wrong, "at least one operator who has an account", _EXAMPLE_MEMBER)


def _could_operate(person: Tree) -> bool:
    """Whether this is an operator of an account, or would be once single faults are mended."""
    return person.get("role") != Role.VIEWER and person.get("accounts", []) != []


def _people(tree: Tree) -> Iterator[tuple[str, Tree]]:
    for name, person in _table(tree, "members").items():
        if isinstance(person, dict):
            yield name, person


def _table(tree: Tree, key: str) -> Tree:
    found = tree.get(key)
    return found if isinstance(found, dict) else {}


def _list(tree: Tree, key: str) -> list[object]:
    found = tree.get(key)
    return found if isinstance(found, list) else []
