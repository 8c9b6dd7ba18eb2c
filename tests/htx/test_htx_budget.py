import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.htx.budget import INTERVAL, LEAVES, LIMIT, MARGIN, Budget, Budgets, Kind, Urgency
from bot.model import AccountName
from tests.htx.htx_kit import MAIN, HandClock

NOW = 1_731_657_909.0


def headers(remaining: int, *, limit: int = 72, interval: int = 3000, reset: int | None = 3000) -> dict[str, str]:
    said = {"limit": limit, "interval": interval, "remaining": remaining}
    reset_said = {} if reset is None else {"ratelimit-reset": str(reset)}
    return {f"ratelimit-{name}": str(value) for name, value in said.items()} | reset_said


def spent(count: int, at: float = 0.0) -> Budget:
    budget = Budget()
    for _ in range(count):
        budget.spend(at)
    return budget


def test_a_full_budget_is_no_wait() -> None:
    """Seventy-two requests go at once, the next one waits for the interval and its margin."""
    assert spent(LIMIT - 1).wait(0.0) == 0.0
    assert spent(LIMIT).wait(0.0) == pytest.approx(INTERVAL + MARGIN, abs=0.01)
    assert spent(LIMIT).wait(3.3) == 0.0


def test_what_was_not_sent_is_not_counted() -> None:
    """A request that did not leave after all makes room again."""
    budget = spent(LIMIT)
    budget.unsent()
    assert budget.wait(0.0) == 0.0
    budget.spend(0.0)
    assert budget.wait(0.0) > 0.0


pauses = st.lists(st.floats(0, 1.5), min_size=80, max_size=400)


@given(pauses, st.sampled_from(sorted(LEAVES.values())))
def test_no_interval_holds_more_than_the_limit(gaps: list[float], leave: float) -> None:
    """However requests come, those that wait as told are never more than the limit in any three seconds."""
    budget, now, sent = Budget(), 0.0, list[float]()
    for gap in gaps:
        now += gap / 20
        now += budget.wait(now, leave)
        assert budget.wait(now, leave) == 0.0
        budget.spend(now)
        sent.append(now)
    most = LIMIT if leave == 0 else int(LIMIT * (1 - leave))
    for first, after in zip(sent, sent[most:], strict=False):
        assert after - first > INTERVAL


@given(
    st.lists(
        st.tuples(st.floats(0, 5), st.integers(0, 90), st.integers(1, 90), st.integers(-1, 9000)), max_size=9
    ),
    st.sampled_from(sorted(LEAVES.values())),
)
def test_waiting_always_ends(told: list[tuple[float, int, int, int]], leave: float) -> None:
    """Whatever the headers say, nobody waits longer than a minute, and after the wait there is room."""
    budget, now = spent(LIMIT), 0.0
    for gap, remaining, limit, reset in told:
        sent_at, now = now, now + gap
        said = headers(remaining, limit=limit, reset=None if reset < 0 else reset)
        budget.learn(said, sent_at=sent_at, now=now, exchange_now=NOW)
    wait = budget.wait(now, leave)
    assert 0 <= wait < 60
    assert budget.wait(now + wait, leave) == 0.0


def test_what_others_spend_is_learnt() -> None:
    """With two left by HTX's count two go, and the third waits for the reset."""
    budget = spent(1)
    budget.learn(headers(2, reset=1500), sent_at=0.0, now=0.1, exchange_now=NOW)
    for _ in range(2):
        assert budget.wait(0.2) == 0.0
        budget.spend(0.2)
    assert budget.wait(0.2) == pytest.approx(1.4, abs=0.01)
    assert budget.wait(1.7) == 0.0


def test_an_answer_that_was_overtaken_is_not_believed() -> None:
    """What an earlier request was told does not undo what a later one was told."""
    budget = spent(2)
    budget.learn(headers(0), sent_at=0.2, now=0.3, exchange_now=NOW)
    budget.learn(headers(70), sent_at=0.1, now=0.4, exchange_now=NOW)
    assert budget.wait(0.5) > 2


def test_the_limit_is_learnt() -> None:
    """A limit of five a second is kept as said, and nonsense is not taken in."""
    budget = spent(5)
    budget.learn(headers(9, limit=5, interval=1000), sent_at=0.0, now=0.0, exchange_now=NOW)
    assert budget.wait(0.0) == pytest.approx(1 + MARGIN, abs=0.01)
    for limit, interval in ((0, 1000), (10**9, 1000), (5, 0), (5, 10**6)):
        odd = spent(5)
        odd.learn(headers(9, limit=limit, interval=interval), sent_at=0.0, now=0.0, exchange_now=NOW)
        assert odd.wait(0.0) == 0.0


def test_a_refusal_empties_it_until_the_reset() -> None:
    """After "too many requests" nothing goes before the time that was said."""
    budget = Budget()
    budget.refused(sent_at=0.0, until=2.0)
    assert budget.wait(0.5) == pytest.approx(1.5, abs=0.01)
    assert budget.wait(2.1) == 0.0


def test_the_less_urgent_see_less() -> None:
    """A quarter is left by cards and lists, a tenth by looks and cancels by id, nothing by a proof."""
    left = {urgency: next(n for n in range(100) if spent(n).wait(0.0, LEAVES[urgency])) for urgency in Urgency}
    assert left == {Urgency.PROOF: 72, Urgency.CLEAN_UP: 64, Urgency.LOOK: 64, Urgency.USUAL: 54}
    tiny = Budget()
    tiny.learn(headers(1, limit=1), sent_at=0.0, now=0.0, exchange_now=NOW)
    assert tiny.wait(9.0, LEAVES[Urgency.USUAL]) == 0.0


async def test_a_proof_goes_while_cards_wait() -> None:
    """Cards that used up their share wait, and a proof that comes after them goes at once."""
    clock = HandClock()
    budgets = Budgets(clock)
    for _ in range(54):
        assert await budgets.spend(MAIN, Kind.READ, Urgency.USUAL)
    assert clock.slept == []
    assert await budgets.spend(MAIN, Kind.READ, Urgency.PROOF)
    assert clock.slept == []
    assert await budgets.spend(MAIN, Kind.READ, Urgency.USUAL)
    assert clock.slept == [pytest.approx(INTERVAL + MARGIN, abs=0.1)]


@pytest.mark.parametrize("urgency", [Urgency.LOOK, Urgency.USUAL])
async def test_while_a_proof_is_under_way_others_leave_it_most(urgency: Urgency) -> None:
    """Looks and cards of its account wait for the next interval; another proof, and another account's, do not."""
    clock = HandClock()
    budgets = Budgets(clock)
    with budgets.proof(MAIN):
        for _ in range(21):
            assert await budgets.spend(MAIN, Kind.READ, urgency)
        assert await budgets.spend(AccountName("other"), Kind.READ, urgency)
        for _ in range(50):
            assert await budgets.spend(MAIN, Kind.READ, Urgency.PROOF)
        assert clock.slept == []
        assert await budgets.spend(MAIN, Kind.READ, urgency)
        assert sum(clock.slept) == pytest.approx(INTERVAL + MARGIN, abs=0.2)


async def test_what_gave_way_goes_on_when_the_proof_ends() -> None:
    """It does not sleep out a wait that was only the proof's."""
    clock = HandClock()
    budgets = Budgets(clock)
    with budgets.proof(MAIN):
        for _ in range(21):
            await budgets.spend(MAIN, Kind.READ, Urgency.USUAL)
        card = asyncio.ensure_future(budgets.spend(MAIN, Kind.READ, Urgency.USUAL))
        await asyncio.sleep(0)
    assert await card
    assert sum(clock.slept) < 0.3


async def test_what_others_spent_is_not_left_to_the_proof() -> None:
    """Where the desk's own programs have used a third, a card beside a proof goes at once all the same."""
    clock = HandClock()
    budgets = Budgets(clock)
    now = clock.monotonic()
    budgets.learn(MAIN, Kind.READ, headers(48), sent_at=now, exchange_now=NOW)
    with budgets.proof(MAIN):
        assert await budgets.spend(MAIN, Kind.READ, Urgency.USUAL)
    assert clock.slept == []


async def test_after_a_proof_others_have_their_share_again() -> None:
    """What a proof was left is free once it has ended."""
    clock = HandClock()
    budgets = Budgets(clock)
    with budgets.proof(MAIN):
        pass
    for _ in range(54):
        assert await budgets.spend(MAIN, Kind.READ, Urgency.USUAL)
    assert clock.slept == []


async def test_accounts_and_kinds_have_budgets_of_their_own() -> None:
    """A used up budget of reads holds back neither trade requests nor another account."""
    clock = HandClock()
    budgets = Budgets(clock)
    budgets.refused(MAIN, Kind.READ, sent_at=clock.monotonic(), wait=None)
    assert await budgets.spend(MAIN, Kind.TRADE, Urgency.CLEAN_UP)
    assert await budgets.spend(AccountName("other"), Kind.READ, Urgency.USUAL)
    assert clock.slept == []
    await asyncio.gather(*(budgets.spend(MAIN, Kind.READ, Urgency.PROOF) for _ in range(2)))
    assert clock.slept[0] == pytest.approx(1.0, abs=0.01)


async def test_no_room_before_the_deadline_is_said_at_once() -> None:
    """Where the wait would outlast the deadline nobody waits and nothing is counted."""
    clock = HandClock()
    budgets = Budgets(clock)
    now = clock.monotonic()
    budgets.refused(MAIN, Kind.TRADE, sent_at=now, wait=2.5)
    assert not await budgets.spend(MAIN, Kind.TRADE, Urgency.CLEAN_UP, not_after=now + 1)
    assert clock.slept == []
    assert await budgets.spend(MAIN, Kind.TRADE, Urgency.CLEAN_UP, not_after=now + 9)
