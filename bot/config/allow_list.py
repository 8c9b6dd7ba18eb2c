"""The configuration -> the allow list, and which chats are in use."""

from collections.abc import Iterator

from bot.config.tables import Config, Person, Slack
from bot.model import AccountName, Identity, Member, MemberName, Platform
from bot.policy import Policy


def to_policy(config: Config) -> Policy:
    """The allow list, in the order of the configuration; Telegram's chats before Slack's."""
    channels = config.slack.channels if config.slack else ()
    return Policy(
        members=tuple(
            Member(
                name=MemberName(name),
                role=person.role,
                identities=tuple(_identities(person, config.slack)),
                accounts=tuple(AccountName(account) for account in person.accounts),
            )
            for name, person in config.members.items()
        ),
        accounts=tuple(AccountName(name) for name in config.accounts),
        chats=(
            *((Platform.TELEGRAM, str(chat)) for chat in config.telegram.chats),
            *((Platform.SLACK, channel) for channel in channels),
        ),
        confirm=config.limits.confirm,
    )


def uses_telegram(config: Config) -> bool:
    """Whether anybody or any group is listed there. Slack is in use where `config.slack` is not None."""
    on_telegram = any(person.telegram is not None for person in config.members.values())
    return on_telegram or bool(config.telegram.chats)


def _identities(person: Person, slack: Slack | None) -> Iterator[Identity]:
    if person.telegram is not None:
        yield Identity(platform=Platform.TELEGRAM, user=str(person.telegram))
    if slack and person.slack:
        team = person.slack.team or slack.team
        yield Identity(platform=Platform.SLACK, user=f"{team}/{person.slack.user}")
