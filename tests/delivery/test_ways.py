"""Where people are told what a place does not take: one copy a person, at the place where they look first."""

from dataclasses import replace
from typing import Final

from bot.model import (
    AccountName,
    Action,
    Button,
    ButtonKind,
    Command,
    Conversation,
    Identity,
    Matter,
    Member,
    MemberName,
    Message,
    Platform,
    Post,
    PostKind,
    Role,
    Verb,
)
from bot.policy import Confirm, Policy
from bot.service import Ways

ANN_T, ANN_S = Identity(platform=Platform.TELEGRAM, user="11"), Identity(platform=Platform.SLACK, user="T1/U11")
BO_T, CY_S = Identity(platform=Platform.TELEGRAM, user="12"), Identity(platform=Platform.SLACK, user="T1/U14")
SHELL = Identity(platform=Platform.HOST, user="root")


def member(name: str, *identities: Identity) -> Member:
    return Member(
        name=MemberName(name), role=Role.OPERATOR, identities=identities, accounts=(AccountName("main"),)
    )


WAYS: Final = Ways(
    policy=Policy(
        members=(member("ann", ANN_T, ANN_S), member("bo", BO_T), member("cy", CY_S)),
        accounts=(AccountName("main"),),
        chats=((Platform.TELEGRAM, "-100"), (Platform.SLACK, "C1")),
        confirm=Confirm.OPERATOR,
    )
)
DESK: Final = Conversation(platform=Platform.TELEGRAM, chat="-100", thread="7", private=False)
CHANNEL: Final = Conversation(platform=Platform.SLACK, chat="C1", thread=None, private=False)
CHECK: Final = Button(label="Check again", action=Action(kind=ButtonKind.CHECK))
FIRE: Final = Button(label="Cancel", action=Action(kind=ButtonKind.CONFIRM))


def result(conversation: Conversation, *hear: Identity, matter: Matter = Matter.RESULT) -> Post:
    message = Message(title="✅ ZERO LEFT", lines=("main",), buttons=(FIRE, CHECK), loud=True)
    return Post(kind=PostKind.SEND, conversation=conversation, message=message, matter=matter, hear=hear)


def told(post: Post, down: tuple[Platform, ...] = (), doubtful: tuple[Platform, ...] = ()) -> list[str]:
    """Where the first copies go."""
    copies = WAYS.copies("result:K7Q2M", post, "why", down, doubtful)
    return [f"{copy.conversation.platform}:{copy.conversation.chat}" for copy in copies]


def chain(post: Post, down: tuple[Platform, ...] = ()) -> list[str]:
    """Where a copy for one person goes, if no place takes it."""
    places: list[str] = []
    while copies := WAYS.copies("result:K7Q2M", post, "why", down):
        (post,) = copies
        alone = "!" if post.only_for else ""
        places.append(f"{post.conversation.platform}:{post.conversation.chat}{alone}")
    return places


def test_each_person_has_one_copy() -> None:
    """Who asked and who confirmed, by whichever ids; one who did both once; nobody who is not listed."""
    assert told(result(DESK, ANN_T, BO_T)) == ["telegram:11", "telegram:12"]
    assert told(result(DESK, ANN_T, ANN_S)) == ["telegram:11"]
    assert told(result(DESK, Identity(platform=Platform.TELEGRAM, user="99"), BO_T)) == ["telegram:12"]


def test_one_place_after_the_other() -> None:
    """Private on the same platform, private on the other, the group of the other; nothing twice."""
    assert chain(result(DESK, ANN_T)) == ["telegram:11", "slack:U11", "slack:C1"]
    assert chain(result(CHANNEL, CY_S)) == ["slack:U14", "slack:C1!", "telegram:-100"]


def test_a_platform_in_trouble_comes_last() -> None:
    """Where Slack refuses us, Telegram is first; who has Slack alone has the address of their command."""
    assert chain(result(CHANNEL, ANN_S), (Platform.SLACK,))[0] == "telegram:11"
    assert chain(result(CHANNEL, CY_S), (Platform.SLACK,)) == ["slack:C1!", "telegram:-100", "slack:U14"]
    assert told(result(DESK, ANN_T), doubtful=(Platform.TELEGRAM,)) == ["slack:U11"]
    assert told(result(DESK, BO_T), doubtful=(Platform.TELEGRAM,)) == ["telegram:12"]


def test_a_plain_answer_is_told_where_the_person_looks() -> None:
    """An answer on Slack comes in the same channel, to one person alone; a result in private, where it rings."""
    assert told(result(CHANNEL, CY_S, matter=Matter.ANSWER)) == ["slack:C1"]
    assert told(result(CHANNEL, CY_S)) == ["slack:U14"]


def test_a_result_nobody_can_be_told_goes_to_a_group() -> None:
    """Who asked at a shell, or is not listed any more, has no private chat: the desk is told."""
    elsewhere = replace(DESK, chat="-200")
    assert told(result(elsewhere, SHELL)) == ["telegram:-100"]
    assert told(result(elsewhere)) == ["telegram:-100"]
    assert told(result(elsewhere, matter=Matter.ANSWER)) == []


def test_a_copy_says_so_and_fires_nothing() -> None:
    """It says where it comes from, wakes its person, keeps buttons that read, and never one that fires."""
    (copy,) = WAYS.copies("result:K7Q2M", result(DESK, BO_T), "Bad Request: not enough rights", (), ())
    assert copy.message.title == "✅ ZERO LEFT"
    assert copy.message.lines[-1] == "Copied from a chat that does not take it (not enough rights)."
    assert [button.label for button in copy.message.buttons] == ["Check again"]
    assert (copy.message.loud, copy.message.notify, copy.matter) == (True, (BO_T,), Matter.COPY)
    assert (copy.slot, copy.copy_of) == ("result:K7Q2M@telegram:12:alone", "result:K7Q2M")
    (further,) = WAYS.copies("ignored", copy, "blocked", (), ())
    assert (further.message, further.copy_of) == (copy.message, "result:K7Q2M")


def test_a_card_is_offered_and_not_carried() -> None:
    """A card that its chat does not take is never shown elsewhere: there is a button that opens another there."""
    asked = Command(verb=Verb.CANCELALL)
    card = replace(result(DESK, BO_T, matter=Matter.ANSWER), again=asked)
    (copy,) = WAYS.copies("card:K7Q2M", card, "Forbidden: bot was kicked\n<b>", (), ())
    assert copy.message.title.startswith("I cannot post in the chat where you asked.")
    assert "Reason: bot was kicked<b>." in copy.message.lines
    (button,) = copy.message.buttons
    assert (button.action.kind, button.action.command) == (ButtonKind.ASK, asked)
