"""How a chat is doing, in words for `/status` and the log."""

from collections.abc import Sequence


def second_poller() -> str:
    """Telegram's 409."""
    return (
        "another process polls with this token, or a webhook is set. Stop the other one; "
        "if there is none the token has leaked: /revoke it at BotFather"
    )


def token_refused(platform: str, where: str) -> str:
    """The platform's 401 or 404."""
    return f"{platform} does not accept the bot token: check it at {where}, then `cancelall keys rotate`"


def asked_to_wait(platform: str) -> str:
    """The platform's 429."""
    return f"{platform} asks us to slow down"


def silent(platform: str) -> str:
    """Time-outs and broken connections."""
    return f"{platform} does not answer: check the host's network"


def cannot_write(why: str) -> str:
    """Updates cannot be committed to the inbox, so they are left with the platform."""
    return f"cannot write the inbox ({why}): commands wait"


def out_of_files(platform: str) -> str:
    """Not a connection can be opened, and it is not the network."""
    return f"{platform} cannot be asked: the bot's host is out of file descriptors, raise its limit (LimitNOFILE)"


def certificate(platform: str, why: str) -> str:
    """The platform's certificate, or that of a proxy in between, is not accepted."""
    return f"{platform}'s certificate is not accepted ({why}): check the host's clock, the proxy, SSL_CERT_FILE"


def webhook_elsewhere() -> str:
    """The platform pushes to another address."""
    return "updates go to another address; it was set back to ours"


def too_many_sockets(counted: int, ours: int) -> str:
    """More sockets at Slack than we hold."""
    return f"Slack counts {counted} sockets, we hold {ours}: somebody else holds the app token and gets commands"


def other_workspace(found: str, wanted: str) -> str:
    """The bot token is for another workspace than the one configured."""
    return f"the bot token is for workspace {found}, the configuration says {wanted}"


def not_in_channel(channels: Sequence[str]) -> tuple[str, ...]:
    """The bot was spoken to in a channel that it is not in."""
    listed = f" Listed: {', '.join(channels)}." if channels else ""
    return (
        "I am not in this channel and cannot answer here. Nothing was sent.",
        f"Invite me with /invite, or ask in a listed channel that I am in.{listed}",
    )
