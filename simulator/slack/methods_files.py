"""The three steps of an upload: ask for a URL, post the bytes there, share the file."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from simulator.slack.errors import refused
from simulator.slack.message import File, Message
from simulator.slack.methods_chat import thread_of
from simulator.slack.params import Params
from simulator.slack.world import Words, World

LARGEST_UPLOAD = 1024**3
"""Bytes. Slack docs, working with files: 1 GB."""
UPLOAD_PATH = "/upload/v1/"
"""Where bytes are posted; the file id follows."""


def get_upload_url(world: World, params: Params) -> dict[str, Any]:
    """`files.getUploadURLExternal`; `upload_url` is a path here, made whole by the wire."""
    name, length = params.text("filename"), params.text("length")
    if not name:
        raise refused("missing_argument")
    if not length.isdigit() or not 0 < int(length) <= LARGEST_UPLOAD:
        raise refused("invalid_arguments")
    file = File(id=f"F{world.serial():08}", file_name=name, title=name, content=b"")
    world.uploads[file.id] = file
    return {"file_id": file.id, "upload_url": f"{UPLOAD_PATH}{file.id}?length={length}"}


def complete_upload(world: World, params: Params) -> dict[str, Any]:
    """`files.completeUploadExternal`: the file, with `initial_comment`, becomes a message of the channel.

    Without a channel the file stays private to the bot, and nobody sees it.
    """
    asked = params.structure("files", "invalid_arguments")
    if not isinstance(asked, list) or not asked:
        raise refused("invalid_arguments")
    where = params.text("channel_id") or params.text("channels")
    room = world.writable(where) if where else None
    files = tuple(_taken(world, entry) for entry in asked)
    for file in files:
        del world.uploads[file.id]
    if room is None:
        world.warnings.append("files.completeUploadExternal: no channel, so nobody sees the file")
    else:
        message = Message(
            ts=world.stamp(),
            channel=room.id,
            sender=world.bot,
            thread_ts=thread_of(world, room, params.text("thread_ts")),
            files=files,
            extra=world.own(),
            **world.faces(Words(text=params.text("initial_comment"))),
        )
        world.show(room, message)
    return {"files": [file.json() for file in files]}


def _taken(world: World, entry: object) -> File:
    if not isinstance(entry, Mapping):
        raise refused("invalid_arguments")
    file = world.uploads.get(str(entry.get("id")))
    if file is None or not file.content:
        raise refused("file_not_found")
    return replace(file, title=str(entry.get("title", file.title)))
