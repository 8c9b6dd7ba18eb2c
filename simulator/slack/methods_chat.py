"""The Web API methods that write, change and remove messages."""

from typing import Any

from simulator.slack.blocks import problems
from simulator.slack.channel import Channel
from simulator.slack.errors import invalid_blocks, refused
from simulator.slack.message import Message
from simulator.slack.params import Params
from simulator.slack.world import Words, World

LONGEST_POST = 40_000
"""Characters. Slack docs, chat.postMessage: longer text is cut; a bot that relies on it is refused here."""
LONGEST_UPDATE = 4_000
"""Characters. Slack docs, chat.update: `msg_too_long` above this."""


def post_message(world: World, params: Params) -> dict[str, Any]:
    """`chat.postMessage`: a user id as `channel` means the direct message with that user."""
    room = world.writable(params.text("channel"))
    words = read_words(world, params, LONGEST_POST, "chat.postMessage")
    thread = thread_of(world, room, params.text("thread_ts"))
    message = Message(
        ts=world.stamp(),
        channel=room.id,
        sender=world.bot,
        thread_ts=thread,
        broadcast=bool(thread) and params.flag("reply_broadcast"),
        extra=world.own(),
        **world.faces(words),
    )
    world.show(room, message)
    return {"channel": room.id, "ts": message.ts, "message": message.json()}


def post_ephemeral(world: World, params: Params) -> dict[str, Any]:
    """`chat.postEphemeral`: to one person in a channel; not in history, not to be updated."""
    room = world.writable(params.text("channel"))
    user = params.text("user")
    if user not in room.members:
        raise refused("user_not_in_channel")
    words = read_words(world, params, LONGEST_POST, "chat.postEphemeral")
    message = Message(
        ts=world.stamp(),
        channel=room.id,
        sender=world.bot,
        only_for=user,
        thread_ts=thread_of(world, room, params.text("thread_ts")),
        extra=world.own(),
        **world.faces(words),
    )
    world.show_privately(message)
    return {"message_ts": message.ts}


def update(world: World, params: Params) -> dict[str, Any]:
    """`chat.update`: own messages only. Text without blocks takes the blocks away; blocks alone keep no text.

    Slack docs, chat.update: "If the text argument is provided and blocks are not provided, the blocks will be
    removed". With blocks there is no "(edited)".
    """
    room = world.visible(params.text("channel"))
    old = _own_message(world, room, params.text("ts"), "cant_update_message")
    if room.is_archived:
        raise refused("is_archived")
    words = read_words(world, params, LONGEST_UPDATE, "chat.update")
    edited = "" if words.blocks else world.stamp()
    message = world.edit(old, edited_ts=edited, **world.faces(words))
    return {"channel": room.id, "ts": old.ts, "text": message.raw, "message": message.json()}


def delete(world: World, params: Params) -> dict[str, Any]:
    """`chat.delete`: own messages only."""
    room = world.visible(params.text("channel"))
    old = _own_message(world, room, params.text("ts"), "cant_delete_message")
    world.erase(old)
    return {"channel": room.id, "ts": old.ts}


def read_words(world: World, params: Params, longest: int, method: str) -> Words:
    """Text and blocks, checked as Slack checks them.

    Raises:
        SlackError: `no_text`, `msg_too_long`, `invalid_blocks_format` or `invalid_blocks`.
    """
    blocks = params.structure("blocks", "invalid_blocks_format")
    text = params.text("text")
    if not blocks and not text.strip():
        raise refused("no_text")
    if len(text) > longest:
        raise refused("msg_too_long")
    if not blocks:
        blocks = []
    if found := problems(blocks):
        raise invalid_blocks(found)
    if not isinstance(blocks, list):
        raise refused("invalid_blocks_format")
    _warn(world, method, text, blocks)
    return Words(
        text=text,
        blocks=blocks,
        mrkdwn=params.flag("mrkdwn", default=True),
        link_names=params.flag("link_names") or params.text("parse") == "full",
    )


def thread_of(world: World, room: Channel, ts: str) -> str:
    """The thread a message goes to; a reply's `ts` leads to its parent, which Slack advises against."""
    if not ts:
        return ""
    target = room.find(ts)
    if target is None:
        world.warnings.append(f"thread_ts {ts} is no message of {room.id}")
        return ts
    if target.thread_ts and target.thread_ts != ts:
        world.warnings.append(f"thread_ts {ts} is a reply, not the start of a thread")
        return target.thread_ts
    return ts


def _own_message(world: World, room: Channel, ts: str, refusal: str) -> Message:
    message = room.find(ts)
    if message is None:
        raise refused("message_not_found")
    if message.sender.id != world.bot.id:
        raise refused(refusal)
    return message


def _warn(world: World, method: str, text: str, blocks: list[dict[str, Any]]) -> None:
    if blocks and not text.strip():
        world.warnings.append(f"{method}: blocks without text, so notifications are empty")
    named = [each.get("action_id") for block in blocks for each in block.get("elements", [])]
    twice = {name for name in named if name is not None and named.count(name) > 1}
    world.warnings.extend(f"{method}: action_id {name} is not unique in the message" for name in sorted(twice))
