"""The Web API methods by name, and those about the app, its people and channels."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from simulator.slack import methods_chat as chat
from simulator.slack import methods_files as files
from simulator.slack.errors import refused
from simulator.slack.params import Params
from simulator.slack.world import World

Method = Callable[[World, Params], dict[str, Any]]
"""Acts on the world and returns the members of the answer besides `ok`, or raises `SlackError`."""

LARGEST_PAGE = 1000
"""Slack docs, conversations.members.limit: at most 1000, 100 unless told."""


def auth_test(world: World, _: Params) -> dict[str, Any]:
    """`auth.test`."""
    return {
        "url": "https://desk.slack.test/",
        "team": "Desk",
        "team_id": world.team,
        "user": world.bot.username,
        "user_id": world.bot.id,
        "bot_id": world.bot.bot_id,
        "is_enterprise_install": False,
    }


def conversations_info(world: World, params: Params) -> dict[str, Any]:
    """`conversations.info`."""
    return {"channel": world.visible(params.text("channel")).json(world.bot.id)}


def conversations_open(world: World, params: Params) -> dict[str, Any]:
    """`conversations.open` with one user: the direct message."""
    user = params.text("users")
    if user not in world.people:
        raise refused("user_not_found")
    return {"channel": {"id": world.direct(user).id}}


def conversations_members(world: World, params: Params) -> dict[str, Any]:
    """`conversations.members`, page by page; the cursor is the number of members seen."""
    members = sorted(world.visible(params.text("channel")).members)
    try:
        limit, begin = int(params.text("limit", "100")), int(params.text("cursor", "0") or 0)
    except ValueError:
        raise refused("invalid_cursor") from None
    end = begin + max(1, min(limit, LARGEST_PAGE))
    cursor = str(end) if end < len(members) else ""
    return {"members": members[begin:end], "response_metadata": {"next_cursor": cursor}}


def users_info(world: World, params: Params) -> dict[str, Any]:
    """`users.info`."""
    user = world.people.get(params.text("user"))
    if user is None:
        raise refused("user_not_found")
    return {"user": user.json()}


METHODS: Mapping[str, Method] = MappingProxyType(
    {
        "auth.test": auth_test,
        "chat.postMessage": chat.post_message,
        "chat.postEphemeral": chat.post_ephemeral,
        "chat.update": chat.update,
        "chat.delete": chat.delete,
        "conversations.info": conversations_info,
        "conversations.open": conversations_open,
        "conversations.members": conversations_members,
        "users.info": users_info,
        "files.getUploadURLExternal": files.get_upload_url,
        "files.completeUploadExternal": files.complete_upload,
    }
)
"""All methods of the bot token. `apps.connections.open` takes the app token and is elsewhere."""
