"""Where people are told what a place does not take: `bot.ports.Elsewhere`.

One copy a person, at one place after the other until one takes it: their private chat on the same platform, that
on another, in the same Slack channel for them alone (which the address of their command can do even where the bot
may not post), the first listed group. A platform in trouble comes last, one that is only slow behind another.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from bot import card
from bot.model import Conversation, Identity, Matter, Member, Message, Platform, Post, PostKind
from bot.policy import Policy
from bot.words import chats


def copy_name(of: str, place: Conversation) -> str:
    """The name of a copy in the outbox: what bears it is posted once."""
    alone = ":alone" if place.private else ""
    return f"{of}@{place.platform}:{place.chat}{alone}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """Knows from the allow list where each person can be reached."""

    policy: Policy

    def copies(
        self, name: str, post: Post, why: str, down: Collection[Platform], doubtful: Collection[Platform] = ()
    ) -> Sequence[Post]:
        """One copy for each person who must hear it, at the next best place. See `bot.ports.Elsewhere`."""
        made: list[Post] = []
        for person in self._people(post.hear):
            places = self._places(person, post, down, doubtful)
            place = next((place for place in places if not _is_tried(place, post)), None)
            if place is not None:
                made.append(_copy(name, post, why, place, _of(person, post)))
        if not made and post.matter is Matter.RESULT:
            group = next((place for place in self._groups(post, down) if not _is_tried(place, post)), None)
            made += [] if group is None else [_copy(name, post, why, group, None)]
        return made

    def _people(self, hear: Sequence[Identity]) -> list[Member]:
        """Each of them once, whichever of their ids was used; nobody who is not listed."""
        members = (self.policy.member(identity) for identity in hear)
        return list(dict.fromkeys(member for member in members if member is not None))

    def _places(
        self, person: Member, post: Post, down: Collection[Platform], doubtful: Collection[Platform]
    ) -> Iterator[Conversation]:
        origin = _origin(post)
        privates = [
            # A private chat can be named by its person's id (Bot API: Chat; Slack: chat.postMessage).
            Conversation(platform=id_.platform, chat=id_.user.rpartition("/")[2], thread=None, private=True)
            for id_ in person.identities
            if id_.platform is not Platform.HOST
        ]
        # Stable: their order stays.
        privates.sort(key=lambda place: (place.platform in doubtful, place.platform is not origin.platform))
        # Marked as private: the same channel, but to this person alone.
        on_slack = any(id_.platform is Platform.SLACK for id_ in person.identities)
        beside = origin.platform is Platform.SLACK and not origin.private and on_slack
        aside = [Conversation(platform=Platform.SLACK, chat=origin.chat, thread=origin.thread, private=True)]
        here = aside if beside else []
        plain_answer = post.matter is Matter.ANSWER and post.again is None
        yield from here if plain_answer else ()  # where they look
        yield from (place for place in privates if place.platform not in down)
        yield from here
        yield from self._groups(post, down)
        yield from privates

    def _groups(self, post: Post, down: Collection[Platform]) -> Iterator[Conversation]:
        like = _origin(post).platform
        listed = sorted(self.policy.chats, key=lambda chat: (chat[0] in down, chat[0] is not like))
        for platform, chat in listed:
            yield Conversation(platform=platform, chat=chat, thread=None, private=False)


def _origin(post: Post) -> Conversation:
    return post.tried[0] if post.tried else post.conversation


def _is_tried(place: Conversation, post: Post) -> bool:
    return any(
        place.same_place(tried) and place.private is tried.private for tried in (*post.tried, post.conversation)
    )


def _of(person: Member, post: Post) -> Identity:
    """The id by which a person must hear it."""
    return next((identity for identity in post.hear if identity in person.identities), person.identities[0])


def _copy(name: str, post: Post, why: str, place: Conversation, person: Identity | None) -> Post:
    origin = _origin(post)
    alone = place.private and place.same_place(origin) and not origin.private
    of = post.copy_of or name
    return Post(
        kind=PostKind.SEND,
        conversation=place,
        message=_message(post, why, person),
        slot=copy_name(of, place),
        only_for=person if alone else None,
        matter=Matter.COPY,
        hear=() if person is None else (person,),
        copy_of=of,
        tried=(*post.tried, post.conversation),
    )


def _message(post: Post, why: str, person: Identity | None) -> Message:
    drill = card.is_marked(post.message)
    if post.matter is Matter.COPY:
        return post.message  # it says already what it is
    if post.again is not None:
        return card.marked_if(drill, card.offered(chats.not_taken(why), post.again))
    return card.copied(post.message, chats.untaken(why), to=person)
