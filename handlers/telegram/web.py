"""The way to Telegram: httpx is told all of it, and reads nothing of the environment."""

from typing import Any

from bot.ports import Way


def through(way: Way | None) -> dict[str, Any]:
    """What a request object of the library's is to be told."""
    way = way or Way()
    trusted = {} if way.trust is None else {"verify": way.trust}
    return {"proxy": way.proxy, "httpx_kwargs": {"trust_env": False} | trusted}
