"""What Slack sends: slash commands, events and taps, field by field."""

from typing import Any

from simulator.slack.channel import Channel
from simulator.slack.message import Button, Message
from simulator.slack.people import User
from simulator.slack.world import World

VERIFICATION_TOKEN = "deprecated"  # noqa: S105 - public, and of no use
"""Slack docs: `token` is deprecated in favour of signatures; it is still sent."""


def slash(world: World, user: User, channel: Channel, typed: str, response_url: str) -> dict[str, str]:
    """A slash command. It carries no time. Slack docs, slash commands: the payload."""
    command, _, text = typed.strip().partition(" ")
    return {
        "token": VERIFICATION_TOKEN,
        "team_id": user.team,
        "team_domain": "desk",
        "channel_id": channel.id,
        "channel_name": channel.spoken_name,
        "user_id": user.id,
        "user_name": user.username,
        "command": command,
        "text": text.strip(),
        "api_app_id": world.app,
        "is_enterprise_install": "false",
        "response_url": response_url,
        "trigger_id": trigger(world),
    }


def event(world: World, kind: str, channel: Channel, message: Message) -> dict[str, Any]:
    """An Events API callback about a message: `app_mention`, or `message` in a direct message."""
    foreign = message.sender.team != world.team
    inner: dict[str, Any] = {
        **message.json(),
        "type": kind,
        "channel": channel.id,
        "event_ts": message.ts,
        "client_msg_id": f"c{world.serial()}",
    }
    if kind == "message":
        inner["channel_type"] = "im" if channel.is_im else "channel"
    if foreign:
        inner |= {"user_team": message.sender.team, "source_team": message.sender.team}
    return {
        "token": VERIFICATION_TOKEN,
        "team_id": world.team,
        "api_app_id": world.app,
        "event": inner,
        "type": "event_callback",
        "event_id": f"Ev{world.serial():010}",
        "event_time": int(world.clock()),
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": world.team,
                "user_id": world.bot.id,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": channel.ext_shared,
        "event_context": f"4-{world.serial()}",
    }


def changed(event: dict[str, Any], before: Message) -> dict[str, Any]:
    """The event of an edit in a direct message. Slack docs, message_changed: the message is inside, twice."""
    around = {key: event[key] for key in ("type", "channel", "channel_type", "event_ts")}
    inner = {key: value for key, value in event.items() if key not in ("channel", "channel_type", "event_ts")}
    previous = {**before.json(), "type": "message"}
    stamps = {"ts": event["event_ts"], "hidden": True}
    return {**around, **stamps, "subtype": "message_changed", "message": inner, "previous_message": previous}


def tap(world: World, user: User, message: Message, button: Button, response_url: str) -> dict[str, Any]:
    """A `block_actions` payload. An ephemeral message is not in it, only its container.

    `team` is the workspace of the app; who really tapped is told by `user.id` with `user.team_id`.
    """
    channel = world.channels[message.channel]
    container = {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": channel.id,
        "is_ephemeral": bool(message.only_for),
    }
    if message.thread_ts:
        container["thread_ts"] = message.thread_ts
    body: dict[str, Any] = {
        "type": "block_actions",
        "user": {"id": user.id, "username": user.username, "name": user.username, "team_id": user.team},
        "api_app_id": world.app,
        "token": VERIFICATION_TOKEN,
        "container": container,
        "trigger_id": trigger(world),
        "team": {"id": world.team, "domain": "desk"},
        "enterprise": None,
        "is_enterprise_install": False,
        "channel": {"id": channel.id, "name": channel.spoken_name},
        "state": {"values": {}},
        "response_url": response_url,
        "actions": [_action(world, button)],
    }
    return body if message.only_for else {**body, "message": message.json()}


def trigger(world: World) -> str:
    """A new `trigger_id`; it opens dialogs for three seconds and tells copies of one deed from another."""
    return f"{world.serial()}.{world.serial()}.{world.app.lower()}"


def _action(world: World, button: Button) -> dict[str, Any]:
    action: dict[str, Any] = {
        "action_id": button.action_id,
        "block_id": button.block_id,
        "text": {"type": "plain_text", "text": button.label, "emoji": True},
        "value": button.value,
        "type": "button",
        "action_ts": world.stamp(),
    }
    return {**action, "style": button.style} if button.style else action
