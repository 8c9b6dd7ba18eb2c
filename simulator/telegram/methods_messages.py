"""The Bot API methods that put messages on screen, change them, or answer a tap."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from simulator.telegram.chat import Document, Message, Room
from simulator.telegram.errors import NOT_MODIFIED, QUERY_TOO_OLD, bad_request
from simulator.telegram.keyboard import rows
from simulator.telegram.params import Params
from simulator.telegram.reactions import MOST_REACTIONS, REACTIONS, VARIATION
from simulator.telegram.text import Formatted, parse
from simulator.telegram.world import Answer, World

TEXT_LIMIT = 4096
"""Characters after parsing. Bot API, sendMessage.text: 1-4096."""
CAPTION_LIMIT = 1024
"""Characters after parsing. Bot API, sendDocument.caption: 0-1024."""
TOAST_LIMIT = 200
"""Characters. Bot API, answerCallbackQuery.text: 0-200."""
DELETE_WITHIN_S = 48 * 3600
"""Bot API, deleteMessage: "A message can only be deleted if it was sent less than 48 hours ago"."""
GENERAL_TOPIC = 1
"""The forum's General topic cannot be addressed by its id."""


def send_message(world: World, params: Params) -> object:
    """`sendMessage`."""
    room = world.writable(params.integer("chat_id"))
    words = _words(params)
    return _post(world, room, params, words, html=params.text("text"))


def send_document(world: World, params: Params) -> object:
    """`sendDocument`; the bytes are kept."""
    room = world.writable(params.integer("chat_id"))
    caption = parse(params.text("caption"), params.text("parse_mode"))
    if len(caption.text) > CAPTION_LIMIT:
        raise bad_request("message caption is too long")
    document = _document(world, params)
    return _post(world, room, params, caption, html=params.text("caption"), documents=(document,))


def edit_message_text(world: World, params: Params) -> object:
    """`editMessageText`; buttons that are not repeated are gone."""
    room, message = _mine(world, params, "message to edit not found")
    words, markup = _words(params), _markup(params)
    if message.documents:
        raise bad_request("there is no text in the message to edit")
    if (words.text, words.entities) == (message.text, message.entities) and markup == message.markup:
        raise bad_request(NOT_MODIFIED)
    edited = world.edit(
        room,
        message,
        text=words.text,
        html=params.text("text"),
        entities=words.entities,
        markup=markup,
        edit_date=world.now(),
    )
    return room.as_json(edited)


def edit_message_reply_markup(world: World, params: Params) -> object:
    """`editMessageReplyMarkup`; without a keyboard the buttons are removed."""
    room, message = _mine(world, params, "message to edit not found")
    markup = _markup(params)
    if markup == message.markup:
        raise bad_request(NOT_MODIFIED)
    edited = world.edit(room, message, markup=markup)
    return room.as_json(edited)


def delete_message(world: World, params: Params) -> object:
    """`deleteMessage`."""
    room = world.writable(params.integer("chat_id"))
    message = room.find(params.integer("message_id"))
    if message is None:
        raise bad_request("message to delete not found")
    if world.now() - message.date > DELETE_WITHIN_S:
        raise bad_request("message can't be deleted for everyone")
    room.remove(message.id)
    world.pulse.beat()
    return True


def set_message_reaction(world: World, params: Params) -> object:
    """`setMessageReaction`: one emoji of the list; none takes the reaction away."""
    room = world.writable(params.integer("chat_id"))
    message = room.find(params.integer("message_id"))
    if message is None:
        raise bad_request("message to react not found")
    listed = params.structure("reaction") or []
    if not isinstance(listed, list) or not all(isinstance(entry, Mapping) for entry in listed):
        raise bad_request("expected an Array of ReactionType")
    emoji = tuple(str(entry.get("emoji", "")) for entry in listed)
    if len(emoji) > MOST_REACTIONS:
        raise bad_request("REACTIONS_TOO_MANY")
    if not REACTIONS.issuperset(one.replace(VARIATION, "") for one in emoji):
        raise bad_request("REACTION_INVALID")
    world.show(room, replace(message, reactions=emoji))
    return True


def answer_callback_query(world: World, params: Params) -> object:
    """`answerCallbackQuery`: once, and in time."""
    text = params.text("text")
    if len(text) > TOAST_LIMIT:
        raise bad_request("MESSAGE_TOO_LONG")
    query = world.queries.get(params.text("callback_query_id"))
    too_old = query is None or world.clock() - query.asked_at > world.callback_deadline_s
    if query is None or too_old or query.answer is not None:
        raise bad_request(QUERY_TOO_OLD)
    query.answer = Answer(text=text, alert=params.flag("show_alert"))
    world.pulse.beat()
    return True


def _words(params: Params) -> Formatted:
    source = params.text("text")
    if not source:
        raise bad_request("message text is empty")
    words = parse(source, params.text("parse_mode"))
    if not words.text:
        raise bad_request("text must be non-empty")
    if len(words.text) > TEXT_LIMIT:
        raise bad_request("message is too long")
    return words


def _markup(params: Params) -> Mapping[str, Any]:
    markup = params.structure("reply_markup")
    return markup if rows(markup) and isinstance(markup, Mapping) else {}


def _mine(world: World, params: Params, missing: str) -> tuple[Room, Message]:
    room = world.writable(params.integer("chat_id"))
    message = room.find(params.integer("message_id"))
    if message is None:
        raise bad_request(missing)
    if not message.by_bot:
        raise bad_request("message can't be edited")
    return room, message


def _post(
    world: World,
    room: Room,
    params: Params,
    words: Formatted,
    **fields: Any,  # noqa: ANN401 - dataclass fields
) -> object:
    thread, answered, markup = _thread(room, params), _answered(room, params), _markup(params)
    message = Message(
        id=room.next_id(),
        chat=room.chat,
        sender=world.bot,
        date=world.now(),
        text=words.text,
        entities=words.entities,
        markup=markup,
        reply_to=answered.id if answered else None,
        thread=answered.thread if answered else thread,
        silent=params.flag("disable_notification"),
        protected=params.flag("protect_content"),
        by_bot=True,
        **fields,
    )
    world.show(room, message)
    return room.as_json(message)


def _thread(room: Room, params: Params) -> int | None:
    thread = params.number("message_thread_id")
    if not thread or not room.chat.is_forum:
        return None
    if thread == GENERAL_TOPIC or thread not in room.topics:
        raise bad_request("message thread not found")
    return thread


def _answered(room: Room, params: Params) -> Message | None:
    """The message to reply to; its topic wins over `message_thread_id`."""
    reply = params.structure("reply_parameters")
    if reply is None:
        return None
    if not isinstance(reply, Mapping) or not isinstance(reply.get("message_id"), int):
        raise bad_request("can't parse reply parameters JSON object")
    target = room.find(int(reply["message_id"]))
    if target is None and not reply.get("allow_sending_without_reply"):
        raise bad_request("message to be replied not found")
    return target


def _document(world: World, params: Params) -> Document:
    named = params.text("document").removeprefix("attach://")
    upload = params.files.get("document") or params.files.get(named)
    if upload is None:
        known = world.files.get(named)
        if known is None:
            raise bad_request("there is no document in the request")
        return known
    if not upload.content:
        raise bad_request("file must be non-empty")
    document = Document(
        file_name=upload.file_name,
        content=upload.content,
        file_id=f"doc-{world.serial()}",
        mime_type=upload.mime_type,
    )
    world.files[document.file_id] = document
    return document
