"""Why a platform cannot be reached, where its silence is not the network's."""

from bot import causes
from bot.words import chats


def unreachable(platform: str, error: Exception) -> str:
    """The trouble, in words for `/status` and the log."""
    if (why := causes.certificate(error)) is not None:
        return chats.certificate(platform, why)
    return chats.out_of_files(platform) if causes.out_of_files(error) else chats.silent(platform)
