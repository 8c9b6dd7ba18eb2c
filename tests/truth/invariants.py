"""What must be true of every story: what people were told, against what the exchange and the network know."""

from collections.abc import Iterator
from typing import Final

from tests.crash.invariants import path_of
from tests.truth.case import Case
from tests.truth.counts import counted
from tests.truth.history import History, Post, history
from tests.truth.plan import BATCH, CANCEL
from tests.truth.reading import looked, unreadable
from tests.truth.story import Story
from tests.truth.told import Told, id_of, new_orders, results

WORD: Final = 20.0
"""Seconds from the tap to the result."""
END: Final = 90.0
"""Seconds from "all is well" to a final state."""
BY_ID: Final = 60.0
"""Seconds after the tap in which orders may be cancelled by id."""
MOST: Final = 10
"""Ids in one request, at most."""
SLACK: Final = 0.5
"""Seconds a message takes from the bot to the screen, at most."""

_STATES: Final = {"ZERO LEFT": "zero_left", "STILL OPEN": "still_open", "NOT RUN": "not_run", "UNKNOWN": "unknown"}
_ADMIT: Final = {"zero_left", "still_open", "unknown"}


def broken(story: Story) -> list[str]:
    """The invariants that do not hold, in words."""
    true = history(story)
    cases, astray = _cases(story, true)
    found = [f"unexpected: {what}" for what in story.broke]
    found += [f"never settled: {what}" for what in story.loose]
    found += [f"I3: nobody confirmed {post.body} at {post.traffic.begun:.3f}" for post in astray]
    found += [f"I9: tap {tap.id} was not answered" for tap in story.taps if tap.id not in story.answered]
    found += [f"I14: over {story.over_at - story.calm_at:.1f} s after all was well"] * (
        story.over_at - story.calm_at > END + 5
    )
    found += looked(story, true)
    posts = {one.path for one in story.network.traffic if one.method == "POST"} - {CANCEL, BATCH}
    found += [f"I3: a request to {path}" for path in posts]
    for case in cases:
        found += [f"#{case.deed.id} {what}" for what in _case(case)]
    found += _new(story, cases)
    return found


def _case(case: Case) -> Iterator[str]:
    yield from path_of(case.deed, case.story.audit)
    yield from _attempts(case)
    yield from _scope(case)
    yield from _by_id(case)
    yield from _effects(case)
    yield from _in_time(case)
    for told in case.told:
        yield from _verdict(case, told)


def _cases(story: Story, true: History) -> tuple[list[Case], list[Post]]:
    """Each mass cancel with its requests, and the requests that belong to none."""
    cases = []
    for deed in story.deeds:
        asked = story.asked[deed.document["origin"]][1]
        cards = {shown.id for shown in story.screen.messages if id_of(shown) == deed.id}
        taps = [tap.at for tap in story.taps if tap.confirm and tap.card in cards]
        case = Case(
            story=story, true=true, deed=deed, asked=asked, tapped=min(taps, default=None), until=float("inf")
        )
        case.told = results(story, deed.id)
        cases.append(case)
    for case in cases:
        later = [c.tapped for c in cases if c.asked == case.asked and c.tapped and c.tapped > (case.tapped or 0)]
        case.until = min(later, default=case.until)
    astray = [post for post in true.posts if not _taken(post, cases)]
    for batch in true.batches:
        ids = set((batch.body or {}).get("order_id") or ())
        owners = [c for c in cases if c.tapped is not None and c.tapped <= batch.traffic.begun]
        # An order may stand on two cards: the request belongs to one on whose card all of it stood.
        begun = batch.traffic.begun
        owners.sort(key=lambda case: (ids <= case.shown_ids, case.ended <= begun, case.tapped))
        if owners:
            owners[-1].batches.append(batch)
        elif batch.left_the_bot:
            astray.append(batch)
    return cases, astray


def _taken(post: Post, cases: list[Case]) -> bool:
    """Give a request to the mass cancel it was made for; False: there is none."""
    if not post.left_the_bot:
        return True
    for case in sorted(cases, key=lambda one: one.tapped or 0, reverse=True):
        in_time = case.tapped is not None and case.tapped <= post.traffic.begun < case.until
        if in_time and post.body in (None, case.asked.body):
            case.posts.append(post)
            return True
    return False


def _attempts(case: Case) -> Iterator[str]:
    """I1, I10: nothing after an attempt that may have counted; each on the audit before it."""
    for post, later in zip(case.posts, case.posts[1:], strict=False):
        if not post.throttled:
            said = post.said if post.traffic.whole else "no whole reply"
            yield f"I1: another request at {later.traffic.begun:.3f} after an ambiguous one: {said}"
    acted = [post for post in case.posts if post.record is not None and post.record.effects]
    if len(acted) > 1:
        yield f"I1: {len(acted)} requests took effect"
    rows = sum(row.event == "attempt" and row.mass_cancel == case.deed.id for row in case.story.audit)
    if rows < len(case.posts):
        yield f"I10: {len(case.posts)} requests, {rows} on the audit"
    if case.posts and not case.deed.confirmed:
        yield f"I2: {len(case.posts)} requests, and it is {case.deed.state}"


def _scope(case: Case) -> Iterator[str]:
    """I3: what was cancelled had been asked for."""
    for post in case.posts:
        if post.body is not None and post.body != case.asked.body:
            yield f"I3: asked {case.asked.body}, posted {post.body}"
        if case.tapped is not None and post.traffic.begun > case.tapped + 10 + SLACK and not case.story.deaths:
            yield f"I4: a request {post.traffic.begun - case.tapped:.1f} s after the tap"
    for post in (*case.posts, *case.batches):
        for order_id in post.record.cancelled if post.record else ():
            if not case.asked.holds(case.true.lives[order_id].order):
                yield f"I3: {order_id} was cancelled, and is outside the scope"


def _by_id(case: Case) -> Iterator[str]:
    """What is cancelled by id stood on the card, at most ten a call, within a minute."""
    for post in case.batches:
        if post.body is None:
            continue
        ids = post.body.get("order_id") or []
        if not ids or len(ids) > MOST or set(post.body) - {"contract_code", "order_id"}:
            yield f"by id: {post.body}"
        if strange := set(ids) - case.shown_ids:
            yield f"by id: {sorted(strange)} did not stand on the card"
        if post.traffic.begun < case.ended:
            yield "by id: before the request had ended"
        if case.tapped is None or post.traffic.begun > case.tapped + BY_ID + SLACK:
            yield "by id: later than a minute after the tap"


def _effects(case: Case) -> Iterator[str]:
    """I7, I8: what the exchange did is admitted, and "not run" is sure."""
    state = case.deed.state
    if case.effects and state not in _ADMIT:
        yield f"I8: an effect, and it is {state}"
    if state == "not_run":
        unsure = [post for post in case.posts if not post.traffic.whole]
        if unsure:
            yield f"I7: NOT RUN, and a request has no whole reply: {unsure[0].traffic}"
    if case.told and _STATES[case.told[-1].verdict] != state:
        yield f"told {case.told[-1].verdict}, stored {state}"


def _in_time(case: Case) -> Iterator[str]:
    """I9, I14: a confirmed one is told of, in time."""
    if not case.deed.confirmed or case.tapped is None:
        if case.told:
            yield f"I9: a result, and it is {case.deed.state}"
        return
    if not case.told:
        yield "I9: no result"
        return
    # A process that died took the time with it: its successor counts from its own start.
    begin = max([case.tapped, *(at for at in case.story.starts if at > case.tapped and case.story.deaths)])
    if case.told[0].at > begin + WORD + SLACK:
        yield f"I9: told {case.told[0].at - begin:.1f} s after the tap"


def _verdict(case: Case, told: Told) -> Iterator[str]:
    match told.verdict:
        case "ZERO LEFT" | "STILL OPEN":
            yield from _proved(case, told)
        case "UNKNOWN":
            if not case.story.plan.key_breaks:
                yield from unreadable(case, told.at)


def _proved(case: Case, told: Told) -> Iterator[str]:
    """I6: there is a complete reading, begun after the last request ended, that shows just so many."""
    contract = case.asked.contract or "ALL"
    since = max(case.ended, case.cleaned(told.at) or 0.0)
    reads = [
        read
        for read in case.story.reads
        if read.found is not None
        and read.contract == contract
        and read.ended is not None
        and read.begun >= since
        and read.ended <= told.at
    ]
    if not reads:
        yield f"I6: {told.verdict} without a reading after {since:.3f}"
        return
    # Two looks at once: the one that ended last is the last word, whenever it was begun.
    shown = [case.inside(read) for read in sorted(reads, key=lambda read: read.ended or 0.0)]
    # Another mass cancel may have read after ours: then it is one of the last few, each checked for itself.
    fitting = [
        found for found in (shown if case.story.plan.second else shown[-1:]) if len(found) == (told.left or 0)
    ]
    if not fitting:
        yield f"I6: {told.verdict} {told.left}, and the last reading shows {len(shown[-1])}"
        return
    found = fitting[-1]
    yield from counted(case, told, found)


def _new(story: Story, cases: list[Case]) -> Iterator[str]:
    """Orders that are told to be back had been read."""
    for at, id_, count in new_orders(story):
        case = next(case for case in cases if case.deed.id == id_)
        reads = [read for read in story.reads if read.found is not None and read.ended and read.ended <= at]
        shown = [len(case.inside(read)) for read in reads]
        # Where another mass cancel is watched beside it, that one may have told of the rest.
        fits = max(shown, default=0) >= count if story.plan.second else count in shown
        if not fits or case.deed.state != "zero_left":
            yield f"#{id_} told {count} new after zero"
