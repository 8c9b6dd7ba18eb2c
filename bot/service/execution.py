"""From the licence to the verdict: attempts, proof, conclusion.

Rules of this file: an attempt is on the audit chain, or in the emergency journal, before it is made; after an
ambiguous one there is no other; the verdict comes from `bot/proof.py` and from nowhere else.
"""

import asyncio
from dataclasses import replace
from datetime import datetime
from typing import Final

from bot import card, proof
from bot.errors import Conflict, StoreUnavailable
from bot.errors import Refused as StepRefused
from bot.mass_cancel import Step, step
from bot.model import (
    Ambiguous,
    Answer,
    Event,
    Maintenance,
    MassCancel,
    NotSent,
    Proof,
    Refused,
    Sent,
    State,
    TooMany,
)
from bot.service.checks import Checks, CleanUp, with_endings
from bot.service.degraded import Degraded
from bot.service.desk import Desk
from bot.service.proving import CLEAN_UP, READING, Proving
from bot.service.refills import Refills
from bot.service.targets import send
from bot.service.telling import people_of
from bot.service.triggers import beside
from bot.service.witness import witnessed
from bot.words import results

DEADLINE: Final = 10.0
"""Seconds from the tap in which a request may be begun."""

LAST_WORD: Final = 19.0
"""Seconds from the tap after which no read is waited for: people hear within 20."""

SAID: Final = 19.5
"""Seconds from the tap after which no store is waited for either."""

_JOURNAL: Final = 3.0
"""Seconds the emergency journal, and then a store that hangs, may need for an outcome before it is told."""

COUNTING: Final = 0.3
"""Seconds a verdict waits for the count of what waits for a price."""

_GLANCE: Final = 1.0
"""Seconds that something good to know, and no more, may hold up a verdict."""

_STORE: Final = 1.0
"""Seconds the store has for a verdict before people are told past it."""

_LEAST: Final = 0.1
"""Seconds the store has in any case."""

_LONGEST_RESET: Final = 3.0
"""Seconds after which a rate limit is over, whatever HTX says: that is its interval (HTX V5 docs)."""

_BACK_OFF: Final = 0.2
_LONGEST_BACK_OFF: Final = 2.0


class Execution:
    """Carries confirmed mass cancels out."""

    def __init__(self, desk: Desk, checks: Checks, refills: Refills, degraded: Degraded) -> None:
        self._desk = desk
        self._checks = checks
        self._refills = refills
        self._degraded = degraded

    async def run(self, record: MassCancel, tapped: float) -> None:
        """Use the licence: the record has just become EXECUTING, and its first attempt has a witness.

        Args:
            record: as committed.
            tapped: when the tap came in, monotonic seconds.
        """
        if record.drill:
            raise ValueError("a drill never fires")
        try:
            event = await self._event(record, tapped)
        except Exception:  # noqa: BLE001 whatever broke: it may have been sent, so it must be proved like a lost answer
            self._desk.log().exception("execution broke", mass_cancel=record.id)
            event = await self._after_a_break(record, tapped)
        if self._desk.journal.entries(record.id):
            after = await self._degraded.conclude(record, event)
            if after is not None:
                self._follow(after, record, tapped)
        else:
            await self.conclude(record, event, tapped)

    async def _after_a_break(self, record: MassCancel, tapped: float) -> Event:
        """The verdict on a request that nobody knows anything of; whatever breaks, there is one."""
        lost = Ambiguous(why="internal")
        try:
            return await self._prove(record, lost, None, tapped)
        except Exception:  # noqa: BLE001 an outcome that is never told is the worst of all
            self._desk.log().exception("proof broke", mass_cancel=record.id)
        clock = self._desk.clock
        took = clock.monotonic() - tapped
        return proof.judge(lost, preview=record.preview, proof=None, sent_at=clock.now(), took=took)

    async def _event(self, record: MassCancel, tapped: float) -> Event:
        answer, sent_at = await self._attempts(record, tapped + DEADLINE)
        self._desk.log().info("answered", mass_cancel=record.id, answer=type(answer).__name__)
        if isinstance(answer, Sent):
            return await self._prove(record, answer, sent_at, tapped)
        if isinstance(answer, Refused):  # perhaps for its time: the next one is signed by clocks measured anew
            self._desk.tasks.start(self._desk.exchange.measure(), "measure", idle=True)
        until = await self._recovery() if isinstance(answer, Maintenance) else None
        return proof.not_run(answer, sent_at=sent_at, until=until)

    async def _recovery(self) -> datetime | None:
        """When HTX expects to be back, where it says so at once."""
        try:
            async with asyncio.timeout(_GLANCE):
                return await self._desk.exchange.recovery()
        except Exception as error:  # noqa: BLE001 what is good to know must not cost a verdict that is sure
            self._desk.log().info("recovery time not read", error=repr(error))
            return None

    async def _attempts(self, record: MassCancel, deadline: float) -> tuple[Answer, datetime]:
        """Try until something was sent, or surely refused, or the deadline is near."""
        desk, turn, number, pause = self._desk, 0, 1, _BACK_OFF
        hosts = desk.exchange.ranking
        throttled: TooMany | None = None
        said: Answer | None = None
        while True:
            sent_at = desk.clock.now()
            answer = await send(desk, record, host=hosts[turn], not_after=deadline)
            if not _may_repeat(answer):
                return answer, sent_at
            said = said if said and answer == NotSent(why="deadline") else answer  # what kept us until then
            if isinstance(answer, TooMany):
                # Once as HTX says; a reset that is over and changes nothing is not believed again and again.
                least = pause if throttled else 0.0
                throttled = answer
                wait = pause if answer.wait is None else min(max(answer.wait, least), _LONGEST_RESET)
            else:
                turn = (turn + 1) % len(hosts)
                wait = pause if turn == 0 else 0.0  # the other address at once, then a pause a round
            pause = min(pause * 2, _LONGEST_BACK_OFF) if wait else pause
            number += 1
            late = desk.clock.monotonic() + wait >= deadline
            if not late:
                await desk.clock.sleep(wait)
            if late or not await witnessed(desk, record, number):
                return throttled or said, sent_at  # "nothing was sent" is not true of one that was throttled

    async def _prove(self, record: MassCancel, answer: Sent, sent_at: datetime | None, tapped: float) -> Event:
        desk = self._desk
        begun = desk.clock.monotonic()
        last = LAST_WORD - _JOURNAL if desk.journal.entries(record.id) else LAST_WORD
        hard = max(tapped + last, begun + 1.0)
        proving = Proving(
            desk=desk,
            record=record,
            preview=record.preview,  # as it was confirmed: what came in since, nobody has seen
            soft=begun + READING,
            owed=hard,
            hard=hard,
            clean_until=tapped + CLEAN_UP,
        )
        timed = self._timed(proving)
        (found, done), triggers = await beside(desk, record.scope, timed, grace=COUNTING, by=proving.hard)
        event = proof.judge(
            answer,
            preview=(await self._preview_of(record, proving.hard)).preview if found else record.preview,
            proof=replace(found, triggers=triggers) if found else None,
            sent_at=sent_at or desk.clock.now(),
            took=done - tapped,
            cleaned=proving.cleaned,
        )
        return await with_endings(proving, event)

    async def _timed(self, proving: Proving) -> tuple[Proof | None, float]:
        """The proof, and when it was done: the count of triggers comes later, and is no part of that time."""
        return await proving.prove(), self._desk.clock.monotonic()

    async def _preview_of(self, record: MassCancel, hard: float) -> MassCancel:
        """The record with a preview that may have come in after the tap."""
        left = hard - self._desk.clock.monotonic()
        try:
            async with asyncio.timeout(min(_GLANCE, max(left, _LEAST))):
                return await self._desk.store.mass_cancel(record.id) or record
        except (StoreUnavailable, TimeoutError):
            return record

    async def conclude(self, record: MassCancel, event: Event, tapped: float) -> None:
        """Commit the verdict and tell people; with the store down tell them now, and commit when it is back."""
        pause, told = _BACK_OFF, False
        while True:
            committing = asyncio.ensure_future(self._conclude_once(record, event))
            try:
                told = told or await self._told_meanwhile(committing, record, event, tapped + SAID)
                taken = await committing
            except (StepRefused, Conflict):
                await self._note_late(record, event)
                return
            except Exception:  # noqa: BLE001 an outcome is known and must not be lost, whatever stands in its way
                self._desk.log().exception("verdict not recorded yet", mass_cancel=record.id)
                told = told or await self._shout(record, event)
                await self._desk.clock.sleep(pause)
                pause = min(pause * 2, 30.0)
                continue
            self._follow(taken.after, record, tapped)
            return

    def _follow(self, after: MassCancel, confirmed: MassCancel, tapped: float) -> None:
        """Go on looking, as long as the outcome wants it."""
        if after.state is State.UNKNOWN:
            clean_up = CleanUp(until=tapped + CLEAN_UP, shown=confirmed.preview)
            watch = self._checks.watch(after.id, clean_up=clean_up)
            self._desk.tasks.start(watch, f"watch {after.id}", idle=True)
        self._refills.follow(after)

    async def _told_meanwhile(
        self, committing: "asyncio.Future[Step]", record: MassCancel, event: Event, by: float
    ) -> bool:
        """Tell people past a store that hangs. The commit is not given up: it may be under way already."""
        left = by - self._desk.clock.monotonic()
        try:
            done, _ = await asyncio.wait({committing}, timeout=min(_STORE, max(left, _LEAST)))
            return not done and await self._shout(record, event)
        except BaseException:
            committing.cancel()
            raise

    async def _note_late(self, record: MassCancel, event: Event) -> None:
        """The mass cancel was settled by somebody else meanwhile: what we found stands on the audit chain only."""
        self._desk.log().error(
            "verdict came after the mass cancel had ended", mass_cancel=record.id, verdict=event.kind
        )
        note = self._desk.note("late verdict", None, record.id, ("verdict", event.kind.value))
        try:
            await self._desk.store.record([note])
        except StoreUnavailable as error:
            self._desk.log().error("late verdict not recorded", mass_cancel=record.id, why=error.why)

    async def _conclude_once(self, record: MassCancel, event: Event) -> Step:
        fresh = await self._desk.store.mass_cancel(record.id) or record
        return await self._desk.take(fresh, event)

    async def _shout(self, record: MassCancel, event: Event) -> bool:
        after = step(record, event, self._desk.clock.now()).after
        shout, people = self._desk.messenger.shout, people_of(record)
        told = await shout(record.conversation, card.result(after, results.LOG_PENDING), *people)
        for other in self._desk.untold_beside(record):  # theirs would have been told together with this one
            await shout(record.conversation, card.result(other, results.LOG_WRITTEN), *people)
        return told


def _may_repeat(answer: Answer) -> bool:
    """Another attempt is allowed only where surely nothing was sent, or it was refused for the rate."""
    if isinstance(answer, NotSent):
        return answer.why != "key"
    return isinstance(answer, TooMany)
