"""Who may ask and who may confirm, against tables written down by hand."""

from dataclasses import replace
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model import (
    AccountName,
    Actor,
    Conversation,
    Identity,
    MassCancel,
    Member,
    MemberName,
    Platform,
    Role,
    Verb,
)
from bot.policy import Confirm, Denial, Policy
from scripts.card_kit import pending, scope

MAIN, DESK, GHOST = (AccountName(name) for name in ("main", "desk", "ghost"))
KINDS: Final = {
    "opens": (Verb.WHOAMI, Verb.START, Verb.HELP),
    "reads": (Verb.ORDERS, Verb.STATUS, Verb.LOG),
    "fires": (Verb.CANCELALL, Verb.DRILL),
}


def telegram(user: str) -> Identity:
    return Identity(platform=Platform.TELEGRAM, user=user)


def listed(name: str, role: Role, user: str, *accounts: AccountName) -> Member:
    return Member(name=MemberName(name), role=role, identities=(telegram(user),), accounts=accounts)


ANN: Final = listed("ann", Role.OPERATOR, "1", MAIN, DESK)
BO: Final = listed("bo", Role.OPERATOR, "2", MAIN)
CY: Final = listed("cy", Role.OPERATOR, "3", DESK)
DI: Final = listed("di", Role.OPERATOR, "4")
ED: Final = listed("ed", Role.VIEWER, "5", MAIN)
FAY: Final = listed("fay", Role.VIEWER, "6")
GUS: Final = listed("gus", Role.OPERATOR, "7", GHOST)
TWIN: Final = listed("twin", Role.OPERATOR, "8", MAIN)
OTHER_TWIN: Final = listed("twin2", Role.OPERATOR, "8", MAIN)
POLICY: Final = Policy(
    members=(ANN, BO, CY, DI, ED, FAY, GUS, TWIN, OTHER_TWIN),
    accounts=(MAIN, DESK),
    chats=((Platform.TELEGRAM, "-100"), (Platform.SLACK, "C1")),
    confirm=Confirm.OPERATOR,
)
NOBODY: Final = Policy(members=(), accounts=(), chats=(), confirm=Confirm.OPERATOR)
PEOPLE: Final[dict[str, Identity]] = {
    **{member.name: member.identities[0] for member in POLICY.members},
    "stranger": telegram("999"),
    "slack-1": Identity(platform=Platform.SLACK, user="1"),
    "root": Identity(platform=Platform.HOST, user="root"),
}
PLACES: Final = {
    "private": Conversation(platform=Platform.TELEGRAM, chat="1", thread=None, private=True),
    "group": Conversation(platform=Platform.TELEGRAM, chat="-100", thread=None, private=False),
    "topic": Conversation(platform=Platform.TELEGRAM, chat="-100", thread="7", private=False),
    "channel": Conversation(platform=Platform.SLACK, chat="C1", thread=None, private=False),
    "unlisted": Conversation(platform=Platform.TELEGRAM, chat="-101", thread=None, private=False),
    "slack-100": Conversation(platform=Platform.SLACK, chat="-100", thread=None, private=False),
    "host": Conversation(platform=Platform.HOST, chat="4711", thread=None, private=True),
}

# who | kind of command | in private or on the host | in a listed chat | in a chat that is not listed
ASKING: Final = """
operator | opens | yes        | yes        | yes
operator | reads | yes        | yes        | chat_not_listed
operator | fires | yes        | yes        | chat_not_listed
viewer   | opens | yes        | yes        | yes
viewer   | reads | yes        | yes        | chat_not_listed
viewer   | fires | viewer     | viewer     | chat_not_listed
nobody   | opens | yes        | not_listed | not_listed
nobody   | reads | not_listed | not_listed | not_listed
nobody   | fires | not_listed | not_listed | not_listed
"""
ROLES: Final[dict[str, str]] = {
    **dict.fromkeys(("ann", "bo", "cy", "di", "gus", "root"), "operator"),
    **dict.fromkeys(("ed", "fay"), "viewer"),
    **dict.fromkeys(("twin", "twin2", "stranger", "slack-1"), "nobody"),
}
COLUMNS: Final = {"private": 0, "host": 0, "group": 1, "topic": 1, "channel": 1, "unlisted": 2, "slack-100": 2}
USING: Final = {"ann": {MAIN, DESK}, "bo": {MAIN}, "cy": {DESK}, "ed": {MAIN}, "root": {MAIN, DESK}}
"""Which accounts a person may touch; everybody else none."""

# The card: asked by ann in the group, on the account main.
# Who taps there | all operators may confirm | only the asker may confirm
CONFIRMING: Final = """
ann      | yes        | yes
bo       | yes        | asker_only
cy       | account    | account
di       | account    | account
ed       | viewer     | viewer
fay      | viewer     | viewer
gus      | account    | account
twin     | not_listed | not_listed
twin2    | not_listed | not_listed
stranger | not_listed | not_listed
slack-1  | not_listed | not_listed
root     | yes        | asker_only
"""


def rows(table: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.split("|")] for line in table.strip().splitlines()]


def word(denial: Denial | None) -> str:
    return denial.value if denial else "yes"


def card(place: str = "group", account: str = "main", asker: str = "ann") -> MassCancel:
    by = Actor(identity=PEOPLE[asker], name=asker)
    return replace(pending(scope(account=account), asker=by), conversation=PLACES[place])


@pytest.mark.parametrize("who", PEOPLE)
@pytest.mark.parametrize("place", PLACES)
def test_asking_is_allowed_exactly_by_the_table(who: str, place: str) -> None:
    """Each kind of person may give each command in each place exactly as the table says."""
    table = {(role, kind): answers for role, kind, *answers in rows(ASKING)}
    for kind, verbs in KINDS.items():
        for verb in verbs:
            denial = POLICY.may_ask(verb, PEOPLE[who], PLACES[place])
            assert word(denial) == table[ROLES[who], kind][COLUMNS[place]], verb


def test_the_verbs_of_the_table_are_all_verbs() -> None:
    """No command is forgotten by the table of asking."""
    assert sorted(verb for verbs in KINDS.values() for verb in verbs) == sorted(Verb)


@pytest.mark.parametrize("who", PEOPLE)
def test_accounts_are_used_exactly_by_the_list(who: str) -> None:
    """A person may touch the configured accounts listed under their name, and no others."""
    for account in (MAIN, DESK, GHOST, AccountName("nowhere")):
        expected = "yes" if account in USING.get(who, set()) else "account"
        assert word(POLICY.may_use(PEOPLE[who], account)) == expected


@pytest.mark.parametrize("row", rows(CONFIRMING), ids=lambda row: row[0])
@pytest.mark.parametrize("place", PLACES)
def test_confirming_is_allowed_exactly_by_the_table(row: list[str], place: str) -> None:
    """A card is confirmed in its own chat, by whom the table says, for both settings of `confirm`."""
    who, by_all, by_asker = row
    for mode, expected in ((Confirm.OPERATOR, by_all), (Confirm.ASKER, by_asker)):
        denial = replace(POLICY, confirm=mode).may_confirm(PEOPLE[who], PLACES[place], card())
        assert word(denial) == (expected if place in ("group", "topic") else "elsewhere")


def test_the_table_of_confirming_names_everybody() -> None:
    """No kind of person is forgotten by the table of confirming."""
    assert [row[0] for row in rows(CONFIRMING)] == list(PEOPLE)


@pytest.mark.parametrize("who", PEOPLE)
@pytest.mark.parametrize("account", ["main", "desk", "ghost"])
@pytest.mark.parametrize("place", PLACES)
def test_who_may_confirm_might_have_asked(who: str, account: str, place: str) -> None:
    """A tap is allowed only to those who may ask for the same there: the rights are checked anew."""
    denial = POLICY.may_confirm(PEOPLE[who], PLACES[place], card(place, account))
    ask = POLICY.may_ask(Verb.CANCELALL, PEOPLE[who], PLACES[place])
    use = POLICY.may_use(PEOPLE[who], AccountName(account))
    assert denial == (ask or use)


def test_a_right_that_was_taken_away_is_gone_at_the_tap() -> None:
    """An asker who was unlisted, demoted or parted from the account since may no longer confirm."""
    for members, expected in (
        ((), Denial.NOT_LISTED),
        ((replace(ANN, role=Role.VIEWER),), Denial.VIEWER),
        ((replace(ANN, accounts=(DESK,)),), Denial.ACCOUNT),
    ):
        policy = replace(POLICY, members=members)
        assert policy.may_confirm(PEOPLE["ann"], PLACES["group"], card()) is expected
    assert replace(POLICY, chats=()).may_confirm(PEOPLE["ann"], PLACES["group"], card()) is Denial.CHAT_NOT_LISTED


@given(st.sampled_from([member.name for member in POLICY.members]), st.sampled_from(Verb))
def test_names_never_matter(name: str, verb: Verb) -> None:
    """Somebody whose id is a member's name, or who asks under it, is nobody."""
    for imposter in (telegram(name), Identity(platform=Platform.SLACK, user=name)):
        for place in PLACES.values():
            assert POLICY.may_ask(verb, imposter, place) == POLICY.may_ask(verb, PEOPLE["stranger"], place)
        assert POLICY.may_use(imposter, MAIN) is Denial.ACCOUNT
        assert POLICY.may_confirm(imposter, PLACES["group"], card(asker="ann")) is Denial.NOT_LISTED


def test_the_asker_is_told_by_id_and_not_by_name() -> None:
    """Where only the asker confirms, a card that bears the name of another person is not theirs."""
    policy = replace(POLICY, confirm=Confirm.ASKER)
    forged = replace(card(), asked_by=Actor(identity=PEOPLE["ann"], name="bo"))
    assert policy.may_confirm(PEOPLE["bo"], PLACES["group"], forged) is Denial.ASKER_ONLY
    assert policy.may_confirm(PEOPLE["ann"], PLACES["group"], forged) is None


def test_the_asker_may_confirm_from_another_platform_of_theirs() -> None:
    """A person with two identities is one person: what one asks the other may confirm."""
    slack = Identity(platform=Platform.SLACK, user="T1/U1")
    ann = replace(ANN, identities=(*ANN.identities, slack))
    policy = replace(POLICY, members=(ann, BO), confirm=Confirm.ASKER)
    assert policy.may_confirm(slack, PLACES["group"], card()) is None
    assert policy.actor(slack).name == policy.actor(PEOPLE["ann"]).name == "ann"


@pytest.mark.parametrize("who", [name for name in PEOPLE if name != "root"])
def test_empty_lists_deny(who: str) -> None:
    """Without members nobody may read, fire, use or confirm; with members but no accounts nothing may be used."""
    for verb in (*KINDS["reads"], *KINDS["fires"]):
        for place in PLACES.values():
            assert NOBODY.may_ask(verb, PEOPLE[who], place) is Denial.NOT_LISTED
    for policy in (NOBODY, replace(POLICY, accounts=())):
        assert policy.may_use(PEOPLE[who], MAIN) is Denial.ACCOUNT
        assert policy.may_confirm(PEOPLE[who], PLACES["group"], card()) is not None


def test_two_members_with_one_id_are_both_nobody() -> None:
    """An id that stands under two names belongs to neither, and one of them alone has it."""
    assert POLICY.member(PEOPLE["twin"]) is None
    assert replace(POLICY, members=(TWIN,)).member(PEOPLE["twin"]) == TWIN


def test_a_shell_on_the_host_is_an_operator_of_every_account() -> None:
    """The host's identity needs no listing, is named as such, and touches configured accounts only."""
    member = POLICY.member(PEOPLE["root"])
    assert member is not None
    assert (member.name, member.role, member.accounts) == ("host:root", Role.OPERATOR, (MAIN, DESK))
    assert POLICY.actor(PEOPLE["root"]).name == "host:root"
    assert POLICY.may_use(PEOPLE["root"], GHOST) is Denial.ACCOUNT
    assert POLICY.may_confirm(PEOPLE["root"], PLACES["host"], card("host", "desk", "root")) is None


def test_an_actor_is_called_by_their_name_or_their_id() -> None:
    """A member has the name of the list, anybody else the bare id."""
    assert POLICY.actor(PEOPLE["bo"]).name == "bo"
    assert POLICY.actor(PEOPLE["stranger"]).name == "999"


def test_those_who_may_confirm_are_named_the_asker_first() -> None:
    """The names offered to somebody who may not confirm are the operators of that account on that platform."""
    assert POLICY.confirmers(card()) == ("ann", "bo")
    assert POLICY.confirmers(card(account="desk", asker="cy")) == ("cy", "ann")
    assert replace(POLICY, confirm=Confirm.ASKER).confirmers(card()) == ("ann",)


def test_a_card_of_several_accounts_names_who_may_use_all_of_them() -> None:
    """Somebody who may use one account of a card is not among those who may confirm it."""
    both = (card(), card(account="desk"))
    named = POLICY.confirmers(*both)
    assert named[0] == "ann"
    assert set(named) <= set(POLICY.confirmers(both[0])) & set(POLICY.confirmers(both[1])) | {"ann"}


@pytest.mark.parametrize("mode", Confirm)
def test_whom_we_name_may_confirm(mode: Confirm) -> None:
    """Everybody who is named as one who may confirm is let through, and everybody who is let through is named."""
    policy = replace(POLICY, confirm=mode)
    let = {who for who in PEOPLE if policy.may_confirm(PEOPLE[who], PLACES["group"], card()) is None}
    assert set(policy.confirmers(card())) == let - {"root"}
