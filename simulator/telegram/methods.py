"""The Bot API methods by name, and those about the bot, its menu and chats in general."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from simulator.telegram import methods_messages as messages
from simulator.telegram import methods_webhook as webhook
from simulator.telegram.errors import bad_request
from simulator.telegram.params import Params
from simulator.telegram.world import World

Method = Callable[[World, Params], object]
"""Acts on the world and returns the `result` of the answer, or raises `ApiError`."""

COMMAND_NAME = range(1, 33)
"""Length of a command in a menu. Bot API, BotCommand.command: 1-32 characters."""
COMMAND_TEXT = range(1, 257)
"""Length of its description. Bot API, BotCommand.description: 1-256 characters."""
MOST_COMMANDS = 100
"""Bot API, setMyCommands.commands: at most 100."""


def get_me(world: World, _: Params) -> object:
    """`getMe`."""
    return {
        **world.bot.json(),
        "can_join_groups": True,
        "can_read_all_group_messages": not world.privacy,
        "supports_inline_queries": False,
    }


def get_chat(world: World, params: Params) -> object:
    """`getChat`, with the fields a `ChatFullInfo` must have."""
    chat = world.room(params.integer("chat_id")).chat
    gifts = dict.fromkeys(
        (
            "unlimited_gifts",
            "limited_gifts",
            "unique_gifts",
            "premium_subscription",
            "gifts_from_channels",
        ),
        False,
    )
    return {
        **chat.json(),
        "accent_color_id": 0,
        "max_reaction_count": 11,
        "accepted_gift_types": gifts,
    }


def leave_chat(world: World, params: Params) -> object:
    """`leaveChat`."""
    room = world.writable(params.integer("chat_id"))
    if room.chat.type == "private":
        raise bad_request("private chat can't be left")
    room.refusal = f"bot is not a member of the {room.chat.type} chat"
    return True


def send_chat_action(world: World, params: Params) -> object:
    """`sendChatAction`: nothing stays on screen."""
    world.writable(params.integer("chat_id"))
    if not params.text("action"):
        raise bad_request("wrong parameter action in request")
    return True


def get_file(world: World, params: Params) -> object:
    """`getFile`."""
    document = world.files.get(params.text("file_id"))
    if document is None:
        raise bad_request("invalid file_id")
    return {
        "file_id": document.file_id,
        "file_unique_id": f"u{document.file_id}",
        "file_size": len(document.content),
        "file_path": f"documents/{document.file_id}",
    }


def set_my_commands(world: World, params: Params) -> object:
    """`setMyCommands`."""
    commands = params.structure("commands")
    if not isinstance(commands, list):
        raise bad_request("can't parse commands JSON array")
    if len(commands) > MOST_COMMANDS:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    world.commands[_menu(params)] = [_command(entry) for entry in commands]
    return True


def get_my_commands(world: World, params: Params) -> object:
    """`getMyCommands`."""
    return world.commands.get(_menu(params), [])


def delete_my_commands(world: World, params: Params) -> object:
    """`deleteMyCommands`."""
    world.commands.pop(_menu(params), None)
    return True


def _menu(params: Params) -> str:
    scope = params.structure("scope")
    named = scope if isinstance(scope, Mapping) else {"type": "default"}
    parts = (named.get("type"), named.get("chat_id"), named.get("user_id"))
    told = ":".join(str(part) for part in parts if part is not None)
    language = params.text("language_code")
    return f"{told}/{language}" if language else told


def _command(entry: object) -> dict[str, str]:
    if not isinstance(entry, Mapping):
        raise bad_request("expected an Object as BotCommand")
    name, description = str(entry.get("command", "")), str(entry.get("description", ""))
    plain = name.removeprefix("/")
    well_formed = plain.isascii() and plain.replace("_", "a").isalnum() and plain.islower()
    if len(plain) not in COMMAND_NAME or not well_formed:
        raise bad_request("BOT_COMMAND_INVALID")
    if len(description) not in COMMAND_TEXT:
        raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
    return {"command": plain, "description": description}


METHODS: Mapping[str, Method] = MappingProxyType(
    {
        "getme": get_me,
        "getchat": get_chat,
        "leavechat": leave_chat,
        "getfile": get_file,
        "sendchataction": send_chat_action,
        "setmycommands": set_my_commands,
        "getmycommands": get_my_commands,
        "deletemycommands": delete_my_commands,
        "sendmessage": messages.send_message,
        "senddocument": messages.send_document,
        "editmessagetext": messages.edit_message_text,
        "editmessagereplymarkup": messages.edit_message_reply_markup,
        "deletemessage": messages.delete_message,
        "setmessagereaction": messages.set_message_reaction,
        "answercallbackquery": messages.answer_callback_query,
        "setwebhook": webhook.set_webhook,
        "deletewebhook": webhook.delete_webhook,
        "getwebhookinfo": webhook.get_webhook_info,
    }
)
"""All methods but `getUpdates`, which waits. Names in lower case: the Bot API ignores their case."""
