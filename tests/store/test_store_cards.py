"""Cards in the store: which one stands, whose time is up, and cards of several mass cancels."""

from dataclasses import replace
from datetime import timedelta

from bot.model import (
    AccountName,
    EventKind,
    MassCancel,
    MassCancelId,
    Platform,
    PositionSide,
    Post,
    Scope,
    State,
    Target,
)
from bot.store import SqlStore
from tests.store.store_kit import ASKED, CHAT, NOW, PENDING, SCOPE, SetClock, named, quiet, send, stepped, taken

SECOND = timedelta(seconds=1)


async def test_a_card_on_the_other_book_is_another_card(store: SqlStore) -> None:
    """Asking for triggers does not find the card for the orders of the same scope."""
    assert await store.open([PENDING], [ASKED], quiet)
    other = SCOPE.aimed_at(Target.TRIGGERS)
    assert await store.live(PENDING.conversation, [SCOPE], drill=False) == (PENDING,)
    assert await store.live(PENDING.conversation, [other], drill=False) == ()


async def test_live_is_the_newest_of_the_scope_in_the_chat(store: SqlStore) -> None:
    """The newest PENDING or EXECUTING one of the same scope and chat is live, whatever the topic."""
    newer, elsewhere = named("NEWER"), named("ELSEW", conversation=replace(CHAT, chat="7"))
    wider = named("WIDER", scope=replace(SCOPE, position_side=PositionSide.ANY))
    for one in (PENDING, newer, elsewhere, wider):
        await store.open([one], [], quiet)
    topic = replace(CHAT, thread="5")
    assert await store.live(topic, [SCOPE]) == (newer,)
    await store.commit([stepped(newer, State.KEPT, EventKind.KEEP)])
    assert await store.live(topic, [SCOPE]) == (PENDING,)
    executing = stepped(PENDING, State.EXECUTING)
    await store.commit([executing])
    assert await store.live(topic, [SCOPE]) == (executing.after,)
    await store.commit([stepped(executing.after, State.UNKNOWN, EventKind.NO_PROOF)])
    assert await store.live(topic, [SCOPE]) == ()
    assert await store.live(replace(CHAT, platform=Platform.SLACK), [SCOPE]) == ()


def grouped(*accounts: str, card: str = "G") -> tuple[list[MassCancel], list[Scope]]:
    """One card with a mass cancel for each account."""
    ids = tuple(MassCancelId(f"{card}{n}") for n in range(len(accounts)))
    scopes = [replace(SCOPE, account=AccountName(account)) for account in accounts]
    ones = [
        replace(named(id_, scope=scope), card=ids, origin=f"telegram:{card}")
        for id_, scope in zip(ids, scopes, strict=True)
    ]
    return ones, scopes


async def test_a_card_of_several_is_live_for_exactly_its_scopes(store: SqlStore) -> None:
    """A card for two accounts answers neither for one of them nor for three, and comes whole and in order."""
    ones, scopes = grouped("main", "desk")
    await store.open(ones, [], quiet)
    assert await store.live(CHAT, scopes) == tuple(ones)
    assert await store.live(CHAT, scopes[:1]) == ()
    assert await store.live(CHAT, scopes[1:]) == ()
    assert await store.live(CHAT, [*scopes, replace(SCOPE, account=AccountName("hedge"))]) == ()
    done = stepped(ones[0], State.KEPT, EventKind.KEEP)
    await store.commit([done])
    assert await store.live(CHAT, scopes) == (done.after, ones[1])


async def test_posts_of_a_step_know_the_whole_card(store: SqlStore) -> None:
    """What people are told of one step is made from every mass cancel of the card as it is after it."""
    ones, _ = grouped("main", "desk")
    await store.open(ones, [], quiet)
    seen: list[tuple[State, ...]] = []

    def told(_head: str, card: tuple[MassCancel, ...]) -> list[Post]:
        seen.append(tuple(one.state for one in card))
        return []

    first, second = (replace(stepped(one, State.KEPT, EventKind.KEEP), posts=told) for one in ones)
    await store.commit([first])
    await store.commit([second])
    assert seen == [(State.KEPT, State.PENDING), (State.KEPT, State.KEPT)]


async def test_due_at_the_very_time(store: SqlStore) -> None:
    """A PENDING one is due at its time, not a microsecond before; a decided one never."""
    early, decided = named("EARLY", expires_at=NOW), named("DECID", expires_at=NOW)
    for one in (PENDING, early, decided):
        await store.open([one], [], quiet)
    await store.commit([stepped(decided, State.KEPT, EventKind.KEEP)])
    assert await store.due(NOW - timedelta(microseconds=1)) == ()
    assert await store.due(NOW) == (early,)
    assert await store.due(NOW + 60 * SECOND) == (PENDING, early)


async def test_settled_since_goes_by_the_state_and_the_tap(store: SqlStore) -> None:
    """Those in the state confirmed after the time are listed, those confirmed at or before it are not."""
    for number in range(3):
        one = named(f"MC{number}")
        await store.open([one], [], quiet)
        step = stepped(one, State.EXECUTING, decided_at=NOW + number * SECOND)
        await store.commit([step])
        await store.commit([stepped(step.after, State.UNKNOWN, EventKind.NO_PROOF)])
    assert [one.id for one in await store.settled_since(State.UNKNOWN, NOW)] == ["MC1", "MC2"]
    assert await store.settled_since(State.ZERO_LEFT, NOW) == ()


async def test_recent_is_newest_first_and_of_these_accounts(store: SqlStore) -> None:
    """The last ones of the named accounts come newest first, and no more than asked for."""
    for number, account in enumerate(("main", "desk", "main", "hedge")):
        scope = replace(SCOPE, account=AccountName(account))
        await store.open([named(f"MC{number}", scope=scope)], [], quiet)
    asked = [AccountName("main"), AccountName("desk")]
    assert [one.id for one in await store.recent(asked, 2)] == ["MC2", "MC1"]
    assert await store.recent([], 5) == ()


async def test_drills_and_real_ones_do_not_see_each_other(store: SqlStore) -> None:
    """Of one scope in one chat the live drill and the live real one are found apart."""
    drill = replace(named("DR1LL"), drill=True)
    await store.open([PENDING], [], quiet)
    await store.open([drill], [], quiet)
    assert await store.live(CHAT, [SCOPE]) == (PENDING,)
    assert await store.live(CHAT, [SCOPE], drill=True) == (drill,)


async def test_when_a_message_was_first_shown(store: SqlStore, clock: SetClock) -> None:
    """A slot is shown from the moment its platform took its first message, and edits do not change that."""
    await store.record([], lambda _head: [send("the card", slot="card:K7Q2M")])
    assert await store.shown_at("card:K7Q2M") is None
    (row,) = await taken(store)
    clock.at = NOW + SECOND
    await store.delivered(row.id, "77")
    clock.at = NOW + 9 * SECOND
    assert await store.shown_at("card:K7Q2M") == NOW + SECOND
    assert await store.shown_at("card:M3XQP") is None
