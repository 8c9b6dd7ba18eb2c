"""Requests that change something: the cancel request, one attempt a call, and those that name orders."""

from dataclasses import dataclass
from typing import Final

from bot.errors import KeyUnusable
from bot.htx.answers import Items, cancel_answer
from bot.htx.budget import Budgets, Kind, Urgency
from bot.htx.hosts import Hosts
from bot.htx.lanes import Lanes
from bot.htx.limits import seconds_to_reset
from bot.htx.line import Lost, Outcome, Unsent
from bot.htx.notes import Notes
from bot.htx.signer import Signer
from bot.htx.wire import items as wire_items
from bot.model import AccountName, Ambiguous, Answer, NotSent, TooMany
from bot.model.answer import CERTIFICATE
from bot.ports import Clock

_DOWN: Final = ("connect", "dns", "tls")
"""Why a request did not leave, where that is the address's trouble, and not ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Sends signed POSTs. Never raises for what the network or HTX does."""

    hosts: Hosts
    lanes: Lanes
    signer: Signer
    budgets: Budgets
    clock: Clock
    """`monotonic` only."""
    notes: Notes

    async def fire(
        self, account: AccountName, path: str, content: bytes, *, host: int, not_after: float
    ) -> Answer:
        """One attempt on this address, over a connection kept for it, ahead of everything."""
        began = self.clock.monotonic()
        answer: Answer = NotSent(why="deadline")
        if began <= not_after:
            # Counted, and never made to wait: see `bot/htx/budget.py`.
            self.budgets.of(account, Kind.TRADE).spend(began)
            answer = await self._fire(account, path, content, host, began, not_after)
        self.notes.request(self.signer.addresses[host], path, answer, began)
        return answer

    async def _fire(  # noqa: PLR0913, PLR0917  these make one attempt
        self, account: AccountName, path: str, content: bytes, host: int, began: float, not_after: float
    ) -> Answer:
        try:
            call = self.signer.post(account, host, path, content)
        except KeyUnusable:
            return NotSent(why="key")
        outcome = await self.lanes.fire(call, not_after=not_after)
        return self._answer(account, host, outcome, began, wire_items)

    async def post(
        self, account: AccountName, path: str, content: bytes, *, not_after: float, items: Items = wire_items
    ) -> Answer:
        """One POST that names orders, on the best address; on the next where surely nothing was sent.

        It leaves a part of the rate limit, and the connections that are kept for it, to the cancel request.
        """
        answer: Answer = NotSent(why="deadline")
        for host in self.hosts.ranking:
            if not await self.budgets.spend(account, Kind.TRADE, Urgency.CLEAN_UP, not_after=not_after):
                break
            began = self.clock.monotonic()
            try:
                call = self.signer.post(account, host, path, content)
            except KeyUnusable:
                return NotSent(why="key")
            outcome = await self.lanes.others.send(call, not_after=not_after)
            answer = self._answer(account, host, outcome, began, items)
            self.notes.request(call.address, path, answer, began)
            if not isinstance(answer, NotSent):
                break
        return answer

    def _answer(self, account: AccountName, host: int, outcome: Outcome, began: float, items: Items) -> Answer:
        if isinstance(outcome, Unsent):
            if outcome.why in _DOWN or outcome.why.startswith(CERTIFICATE):
                self.hosts.failed(host, outcome.why)
            return NotSent(why=outcome.why)
        if isinstance(outcome, Lost):
            self.hosts.failed(host, outcome.why)
            return Ambiguous(why=outcome.why)
        now = self.signer.now(host)
        wait = seconds_to_reset(outcome.headers, now=now)
        answer = cancel_answer(status=outcome.status, body=outcome.body, wait=wait, items=items)
        self.budgets.learn(account, Kind.TRADE, outcome.headers, sent_at=began, exchange_now=now)
        if isinstance(answer, TooMany):
            self.budgets.refused(account, Kind.TRADE, sent_at=began, wait=wait)
        return answer
