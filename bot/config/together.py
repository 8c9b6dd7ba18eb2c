"""What the fields must be to each other.

Looks at the tree as it was written, so that it finds its faults beside those of single fields, in one go. A field
that is wrong by itself is not complained of a second time.
"""

from collections.abc import Iterator
from typing import Final

from bot.config import slack_ids, urls
from bot.config.faults import Path, dotted, nearest, sentence, shown
from bot.config.sources import Tree
from bot.config.tables import FAST_CARD, Mode, SlackMode
from bot.model import Role

_HOW_TO_FIND_IDS: Final = "`cancelall whoami`, or /whoami sent to the bot, tells a person's id"
_EXAMPLE_IDS: Final = 'telegram = 123456789, or slack = "U0123456789"'
_SLACK_LISTEN: Final = "127.0.0.1:8444"
_SECTION: Final = "a [slack] section with the id of the workspace"
_SLACK: Final = 'slack.team = "T0123456789"'
_EXAMPLE_MEMBER: Final = 'members.ann = { role = "operator", telegram = 123456789, accounts = ["main"] }'


def faults(tree: Tree) -> Iterator[str]:
    """One sentence a fault."""
    yield from _listening(_table(tree, "telegram"), _table(tree, "slack"))
    yield from _fast_cards(_table(tree, "limits"), _table(tree, "htx"))
    yield from _accounts(tree)
    yield from _same_telegram(tree)
    yield from _slack_ids(tree)
    yield from _members(tree)


def _listening(telegram: Tree, slack: Tree) -> Iterator[str]:
    hook, signed = telegram.get("mode") == Mode.WEBHOOK, slack.get("mode") == SlackMode.HTTP
    if hook:
        yield from _needed(telegram, "telegram", listen="127.0.0.1:8443", public_url="https://bot.example.com")
    if signed:
        yield from _needed(slack, "slack", listen=_SLACK_LISTEN)
    place = slack.get("listen")
    if hook and signed and isinstance(place, str) and place == telegram.get("listen"):
        example = f'listen = "{_SLACK_LISTEN}"'
        yield sentence(("slack", "listen"), "is the same as telegram.listen", "another address", example)


def _needed(table: Tree, section: str, **examples: str) -> Iterator[str]:
    for key, example in examples.items():
        if table.get(key) is None:
            wrong = f'is missing, and mode "{table["mode"]}" needs it'
            yield sentence((section, key), wrong, "an address", f'{key} = "{example}"')


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


def _same_telegram(tree: Tree) -> Iterator[str]:
    first: dict[int, str] = {}
    for name, person in _people(tree):
        number = person.get("telegram")
        if type(number) is not int:
            continue  # true is no number, although Python takes it for one
        if number in first:
            wrong = f"is {number}, which is {dotted((first[number],))}'s already"
            yield sentence(("members", name, "telegram"), wrong, "one person, one member", "telegram = 123456789")
        first.setdefault(number, name)


def _slack_ids(tree: Tree) -> Iterator[str]:
    team, missing = _table(tree, "slack").get("team"), tree.get("slack") is None
    first: dict[tuple[object, str], str] = {}
    for name, person in _people(tree):
        pair = _pair(person.get("slack"), team)
        if missing and person.get("slack") is not None:
            yield sentence(("members", name, "slack"), "is given, but there is no [slack]", _SECTION, _SLACK)
            missing = False  # one section will do for all of them
        if pair in first:
            wrong = f"is {pair[1]}, which is {dotted((first[pair],))}'s already"
            yield sentence(("members", name, "slack"), wrong, "one person, one member", 'slack = "U0123456789"')
        elif pair:
            first[pair] = name


def _pair(said: object, team: object) -> tuple[object, str] | None:
    """Workspace and person; None where it is no good id by itself."""
    match said:
        case str(user):
            pass
        case {"user": str(user), **rest}:
            team = rest.get("team") or team
        case _:
            return None
    return (team, user) if isinstance(team, str | None) and _is_user(user) else None


def _is_user(text: str) -> bool:
    try:
        slack_ids.user(text)
    except ValueError:
        return False
    return True


def _members(tree: Tree) -> Iterator[str]:
    for name, person in _people(tree):
        if person.get("telegram") is None and person.get("slack") is None:
            wrong = f"has neither a Telegram nor a Slack id ({_HOW_TO_FIND_IDS})"
            yield sentence(("members", name), wrong, "at least one of the two", _EXAMPLE_IDS)
    if tree.get("members", {}) == {}:
        wrong = f"is empty, so nobody could do anything ({_HOW_TO_FIND_IDS})"
        yield sentence(("members",), wrong, "at least one operator with an account", _EXAMPLE_MEMBER)
    elif isinstance(tree["members"], dict) and not any(_could_operate(person) for _, person in _people(tree)):
        wrong = f"has no operator with an account, so nobody could cancel anything ({_HOW_TO_FIND_IDS})"
        yield sentence(("members",), wrong, "at least one operator with an account", _EXAMPLE_MEMBER)


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
