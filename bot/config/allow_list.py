"""The configuration -> the allow list."""

from bot.config.tables import Config
from bot.model import AccountName, Identity, Member, MemberName, Platform
from bot.policy import Policy


def to_policy(config: Config) -> Policy:
    """The allow list, in the order of the configuration."""
    return Policy(
        members=tuple(
            Member(
                name=MemberName(name),
                role=person.role,
                identities=(Identity(platform=Platform.TELEGRAM, user=str(person.telegram)),),
                accounts=tuple(AccountName(account) for account in person.accounts),
            )
            for name, person in config.members.items()
        ),
        accounts=tuple(AccountName(name) for name in config.accounts),
        chats=tuple((Platform.TELEGRAM, str(chat)) for chat in config.telegram.chats),
        confirm=config.limits.confirm,
    )
