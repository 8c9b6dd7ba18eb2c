"""A group or channel as its people manage it: topics, upgrades, deleted messages."""

from dataclasses import dataclass, field
from typing import Any

from simulator.telegram.chat import Message, Room
from simulator.telegram.people import SERVICE, Chat, User
from simulator.telegram.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A basic group, supergroup, forum or channel."""

    room: Room = field(repr=False)
    world: World = field(repr=False)

    @property
    def id(self) -> int:
        """The chat id."""
        return self.room.id

    @property
    def chat(self) -> Chat:
        """The Bot API `Chat`."""
        return self.room.chat

    def topic(self, name: str) -> int:
        """Open a forum topic and return its `message_thread_id`: the id of its first message.

        The bot is told, as of every service message.

        Raises:
            ValueError: the group is no forum.
        """
        if not self.chat.is_forum:
            raise ValueError(f"chat {self.id} has no topics")
        created = {"forum_topic_created": {"name": name, "icon_color": 7322096}}
        if not self.room.messages():
            self._notice(self.room, {"group_chat_created": True})
        notice = self._notice(self.room, created)
        self.room.topics[notice.id] = name
        self.world.deliver("message", self.room, notice)
        return notice.id

    def removes(self, message_id: int) -> None:
        """An administrator deletes a message; bots are not told."""
        self.room.remove(message_id)
        self.world.pulse.beat()

    def migrates(self, to: int) -> "Group":
        """Upgrade a basic group to the supergroup `to`. Both chats get a service message.

        From then on a message to the old id is refused with `migrate_to_chat_id`.
        """
        chat = Chat(id=to, type="supergroup", title=self.chat.title)
        room = self.world.add_room(chat)
        old = self._notice(self.room, {"migrate_to_chat_id": to})
        new = self._notice(room, {"migrate_from_chat_id": self.id})
        self.room.migrated_to = to
        self.world.deliver("message", self.room, old)
        self.world.deliver("message", room, new)
        return Group(room=room, world=self.world)

    def _notice(self, room: Room, extra: dict[str, Any]) -> Message:
        message = Message(
            id=room.next_id(),
            chat=room.chat,
            sender=User(id=SERVICE.id, first_name=SERVICE.first_name),
            date=self.world.now(),
            extra=extra,
        )
        return self.world.show(room, message)
