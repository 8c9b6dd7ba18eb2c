"""What people must be told: in order within a chat, once, and the newest state where it had to wait."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, create_engine

from bot.model import Matter, PostKind
from bot.ports import OutboxRow
from bot.runtime.schedule import may_go
from bot.store import SqlStore, outbox, tail
from bot.store.schema import metadata
from tests.store.store_kit import NOW, SetClock, edit, posted, send, taken, titles

SOON = NOW + timedelta(seconds=5)


async def test_posts_come_in_order_until_settled(store: SqlStore) -> None:
    """The first post of each chat is offered, again and again until it is settled; then the next."""
    await posted(store, send("a"), send("b", chat="2"), send("c"))
    first, second = await taken(store)
    assert await titles(store) == ["a", "b"]
    await store.delivered(first.id, "m1")
    await store.delivered(second.id, None)
    assert await titles(store) == ["c"]


async def test_a_deferred_post_blocks_nothing_but_its_name(store: SqlStore) -> None:
    """What was deferred waits for its time, with all of the same name; everything else in its chat goes on."""
    await posted(store, send("a", "s"), send("later", "s"), send("b"), send("c", chat="2"))
    await store.deferred((await taken(store))[0].id, SOON, "flood")
    rows = await taken(store, SOON - timedelta(microseconds=1))
    assert [row.post.message.title for row in rows] == ["b", "c"]
    await store.delivered(rows[0].id, "m1")
    assert await titles(store, SOON - timedelta(microseconds=1)) == ["c"]
    rows = await taken(store, SOON)
    assert [(row.post.message.title, row.attempts) for row in rows] == [("a", 1), ("c", 0)]


async def test_edit_finds_the_message_of_its_slot(store: SqlStore) -> None:
    """An edit carries the platform's id of the newest message under its slot."""
    for number in ("m1", "m2"):
        await posted(store, send("card", "s"))
        await store.delivered((await taken(store))[0].id, number)
    await posted(store, edit("changed", "s"))
    (row,) = await taken(store)
    assert (row.post.kind, row.edits_message) == (PostKind.EDIT, "m2")


async def test_an_edit_between_two_messages_goes_to_the_first(store: SqlStore) -> None:
    """An edit posted before a slot's next message is not turned against that one."""
    await posted(store, send("one", "s"))
    await store.delivered((await taken(store))[0].id, "m1")
    await posted(store, edit("changed", "s"), send("two", "s"), edit("end", "s"))
    (row,) = await taken(store)
    assert (row.post.message.title, row.edits_message) == ("changed", "m1")
    await store.delivered(row.id, "m1")
    assert await titles(store) == ["end"]


async def test_reply_finds_its_message(store: SqlStore) -> None:
    """A reply carries the id of a slot's message or of somebody else's, and none where there is none."""
    answers = [
        send("r", chat=f"{number}", reply_to=to) for number, to in enumerate(("s", "message:a:7", "no such"))
    ]
    await posted(store, send("card", "s"))
    await store.delivered((await taken(store))[0].id, "m1")
    await posted(store, *answers)
    assert [row.replies_to for row in await taken(store)] == ["m1", "a:7", None]


async def test_what_answers_nothing_answers_nothing(store: SqlStore) -> None:
    """A message without a reply is no reply to the newest message that has no name."""
    await posted(store, send("first", chat="1"))
    await store.delivered((await taken(store))[0].id, "m1")
    await posted(store, send("second", chat="1"))
    assert [row.replies_to for row in await taken(store)] == [None]


async def test_an_answer_waits_for_its_message(store: SqlStore) -> None:
    """A reply to a message still to be sent comes after it, and then knows its id."""
    await posted(store, send("card", "s"), send("result", reply_to="s"))
    (row,) = await taken(store)
    await store.delivered(row.id, "m1")
    (result,) = await taken(store)
    assert (result.post.message.title, result.replies_to) == ("result", "m1")


async def test_edit_folds_into_an_unsent_message(store: SqlStore) -> None:
    """An edit of a message still to be sent becomes that message, which keeps its place and its loudness."""
    await posted(store, send("card", "s", loud=True, reply_to="message:9"), send("next"), edit("changed", "s"))
    (row,) = await taken(store)
    assert (row.post.message.title, row.post.message.loud, row.post.kind) == ("changed", True, PostKind.SEND)
    assert row.replies_to == "9"
    await store.delivered(row.id, "m1")
    (following,) = await taken(store)
    assert following.post.message.title == "next"
    await store.delivered(following.id, "m2")
    assert await taken(store) == ()


async def test_edit_leaves_a_message_being_sent(store: SqlStore) -> None:
    """A message in the courier's hands is not changed under them: the edits follow, folded into one."""
    await posted(store, send("card", "s"))
    (row,) = await taken(store)
    await posted(store, edit("second", "s"), edit("third", "s"))
    assert await titles(store) == ["card"]
    await store.delivered(row.id, "m1")
    (change,) = await taken(store)
    assert (change.post.message.title, change.edits_message) == ("third", "m1")


async def test_a_deferred_message_takes_up_its_edits(store: SqlStore) -> None:
    """A message given back takes the content of the edit that came meanwhile, and waits no shorter."""
    await posted(store, send("card", "s"))
    (row,) = await taken(store)
    await posted(store, edit("changed", "s"))
    await store.deferred(row.id, SOON, "flood")
    assert await taken(store) == ()
    (again,) = await taken(store, SOON)
    assert (again.id, again.post.message.title, again.attempts) == (row.id, "changed", 1)


async def test_unsent_edits_fold_to_the_newest(store: SqlStore) -> None:
    """Of several edits of a delivered message that wait, the newest content goes out, once."""
    await posted(store, send("card", "s"))
    await store.delivered((await taken(store))[0].id, "m1")
    await posted(store, *(edit(f"state {number}", "s") for number in range(4)))
    (row,) = await taken(store)
    assert row.post.message.title == "state 3"
    await posted(store, edit("state 4", "s"))
    await store.deferred(row.id, SOON, "flood")
    assert await titles(store, SOON) == ["state 4"]


async def test_message_in_is_the_newest(store: SqlStore) -> None:
    """A slot's newest message is known from the post on, and stays known after delivery."""
    assert await store.message_in("s") is None
    await posted(store, send("card", "s"), send("else", "other"))
    await store.delivered((await taken(store))[0].id, "m1")
    assert await store.message_in("s") == send("card").message
    await posted(store, edit("changed", "s"))
    assert await store.message_in("s") == send("changed").message
    await posted(store, send("anew", "s"))
    assert await store.message_in("s") == send("anew").message


async def test_dropped_is_recorded(store: SqlStore) -> None:
    """A post given up is offered no more, frees its chat, and leaves one audit row that says why."""
    await posted(store, send("card", "s"), send("next", reply_to="s"))
    (row,) = await taken(store)
    await store.dropped(row.id, "chat not found")
    await store.dropped(row.id, "again")
    (entry,) = tail(store.engine, 9)
    assert entry.note.event == "dropped"
    assert dict(entry.note.facts) == {
        "platform": "telegram",
        "chat": "-100",
        "kind": "send",
        "slot": "s",
        "why": "chat not found",
    }
    (following,) = await taken(store)
    assert (following.post.message.title, following.replies_to) == ("next", None)


async def test_what_is_told_elsewhere_is_told_once(store: SqlStore) -> None:
    """A post is spread once, and a copy that stands in a place already does not come there again."""
    result = replace(send("result", "result:K7Q2M"), matter=Matter.RESULT)
    copies = [replace(send("copy", "result:K7Q2M@telegram:7", chat="7"), copy_of="result:K7Q2M")] * 2
    await posted(store, result, send("there", "result:K7Q2M@slack:C1", chat="9"))
    (row, _) = await taken(store)
    assert await store.spread(row.id, lambda post: copies if post == result else ()) == (copies[0],)
    assert await store.spread(row.id, lambda _post: [send("more", "other")]) == ()
    (queued, *_) = await store.queued()
    assert (queued.id, queued.matter, queued.spread) == (row.id, Matter.RESULT, True)
    assert [entry.note.event for entry in tail(store.engine, 9)] == ["told elsewhere"]
    await posted(store, replace(result, slot="result:M3XQP"))
    (*_, other) = await store.queued()
    again = replace(send("again", "result:K7Q2M@slack:C1"), copy_of="result:M3XQP")
    assert await store.spread(other.id, lambda _post: [again]) == ()


async def test_edit_of_a_dropped_message_has_no_target(store: SqlStore) -> None:
    """An edit of what never arrived says so; where it is sent as a message of its own, later ones find that."""
    await posted(store, send("card", "s"))
    await store.dropped((await taken(store))[0].id, "gone")
    await posted(store, edit("changed", "s"))
    (row,) = await taken(store)
    assert row.edits_message is None
    await store.delivered(row.id, "m2")
    await posted(store, edit("again", "s"))
    assert [row.edits_message for row in await taken(store)] == ["m2"]


async def test_edit_never_reaches_behind_the_newest_message(store: SqlStore) -> None:
    """Where a slot's newest message never arrived, an edit of it does not fall upon the one before."""
    await posted(store, send("one", "s"))
    await store.delivered((await taken(store))[0].id, "m1")
    await posted(store, send("two", "s"))
    await store.dropped((await taken(store))[0].id, "gone")
    await posted(store, edit("changed", "s"))
    assert [row.edits_message for row in await taken(store)] == [None]


async def test_settled_stays_settled(store: SqlStore) -> None:
    """Word on a post that was settled before, or never was, changes nothing."""
    await posted(store, send("card", "s"))
    (row,) = await taken(store)
    await store.delivered(row.id, "m1")
    await store.delivered(row.id, "m2")
    await store.deferred(row.id, NOW, "flood")
    await store.dropped(row.id, "late")
    await store.delivered(999, "m3")
    await store.deferred(999, NOW, "flood")
    await posted(store, edit("changed", "s"))
    assert [row.edits_message for row in await taken(store)] == ["m1"]
    assert tail(store.engine, 9) == ()


async def test_pruning_forgets_old_posts(store: SqlStore, clock: SetClock) -> None:
    """A delivered post is known for 30 days and then no more; one that waits is never pruned."""
    await posted(store, send("card", "s"), send("waits", "w"))
    await store.delivered((await taken(store))[0].id, "m1")
    await store.prune(NOW + timedelta(days=30))
    assert await store.message_in("s") is not None
    await store.prune(NOW + timedelta(days=30, microseconds=1))
    assert await store.message_in("s") is None
    assert await titles(store) == ["waits"]


@dataclass
class Courier:
    """A courier with a platform behind it, and what that shows."""

    connection: Connection
    at: int = 0
    hands: list[OutboxRow] = field(default_factory=list)
    shown: dict[str, str] = field(default_factory=dict)
    sent: list[tuple[str, str]] = field(default_factory=list)
    """Chat and slot of each new message, in order."""

    def take(self) -> None:
        """Ask for what may be sent, once the hands are empty."""
        if not self.hands:
            going = may_go(outbox.queued(self.connection), self._now(), (), {})
            self.hands = list(outbox.take(self.connection, [row.id for row in going]))

    def hand_over(self) -> None:
        """Have the platform take the next one."""
        if not self.hands:
            return
        row = self.hands.pop(0)
        message = row.edits_message or f"m{len(self.shown)}"
        if row.post.kind is PostKind.SEND:
            self.sent.append((row.post.conversation.chat, row.post.slot or ""))
        else:
            assert row.edits_message in self.shown
        self.shown[message] = row.post.message.title
        outbox.deliver(self.connection, row.id, message, self._now())

    def give_back(self) -> None:
        """Have the platform refuse the next one."""
        if self.hands:
            row = self.hands.pop(0)
            outbox.defer(self.connection, row.id, self._now() + timedelta(seconds=2), "flood", self._now())

    def wait(self) -> None:
        """Let time pass."""
        self.at += 1

    def _now(self) -> datetime:
        return NOW + timedelta(seconds=self.at)


SLOTS = {"a": "1", "b": "1", "c": "2"}
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("send"), st.sampled_from("abc")),
        st.tuples(st.just("edit"), st.sampled_from("abc")),
        st.sampled_from([("take", ""), ("hand_over", ""), ("give_back", ""), ("wait", "")]),
    ),
    max_size=40,
)


@pytest.fixture(scope="module")
def connection() -> Iterator[Connection]:
    """Tables in memory: the rules do not depend on a disk."""
    engine = create_engine("sqlite://")
    with engine.connect() as connection:
        metadata.create_all(connection)
        yield connection
    engine.dispose()


@settings(max_examples=150, deadline=None)
@given(steps=STEPS)
def test_every_message_ends_with_its_newest_content(connection: Connection, steps: list[tuple[str, str]]) -> None:
    """Whatever was deferred and folded, each message arrives once, in its name's order, and ends as posted."""
    connection.execute(metadata.tables["outbox"].delete())
    courier = Courier(connection)
    wanted: dict[str, list[str]] = {slot: [] for slot in SLOTS}
    order: list[tuple[str, str]] = []
    for number, (step, slot) in enumerate(steps):
        if step not in ("send", "edit"):
            getattr(courier, step)()
        elif step == "send":
            wanted[slot].append(f"{number}")
            order.append((SLOTS[slot], slot))
            outbox.put(connection, [send(f"{number}", slot, chat=SLOTS[slot])], NOW)
        elif wanted[slot]:
            wanted[slot][-1] = f"{number}"
            outbox.put(connection, [edit(f"{number}", slot, chat=SLOTS[slot])], NOW)
    while outbox.queued(connection):
        courier.take()
        courier.hand_over()
        courier.wait()
    assert sorted(courier.shown.values()) == sorted(title for of_slot in wanted.values() for title in of_slot)
    for slot in SLOTS:
        assert [one for one in courier.sent if one[1] == slot] == [one for one in order if one[1] == slot]
