"""The exchange's side of a transcript: what goes wrong there, and what it must have received.

`htx fault PATH [once|8-times] KIND [NUMBER…]` · `htx clear` · `htx down` · `htx up` ·
`htx secret changed [ACCOUNT]` · `htx list [CODE…]` · `htx unlisted known` · `htx posts N` ·
`htx open N [ACCOUNT]` · `htx triggers open N` · `htx no writes` · `htx body {…}` · `htx proof`
"""

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from simulator.htx import (
    Cut,
    Delay,
    Drop,
    Fault,
    FillDuring,
    Half,
    Hang,
    Html,
    ItemCodes,
    Late,
    Lie,
    Maintain,
    Mangle,
    RateLimited,
    Record,
    Refill,
    Refuse,
    Words,
)
from tests.e2e.setting import ALGO_CANCEL, ALGO_OPENS, BATCH, CANCEL, CONTRACTS, MODE, OPENS, ORDER
from tests.e2e.world import World

PATHS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "cancel": (CANCEL,),
        "by-id": (BATCH,),
        "cancels": (CANCEL, BATCH),
        "opens": (OPENS,),
        "order": (ORDER,),
        "mode": (MODE,),
        "trigger-cancel": (ALGO_CANCEL,),
        "trigger-opens": (ALGO_OPENS,),
        "contracts": (CONTRACTS,),
        "everything": (),
    }
)

_TIMES: Final[Mapping[str, int]] = MappingProxyType({"once": 1, "8-times": 8})


def _in(minutes: int) -> int:
    """Unix milliseconds, so many minutes from now."""
    return round((time.time() + 60 * minutes) * 1000)


FAULTS: Final[Mapping[str, Callable[..., Fault]]] = MappingProxyType(
    {
        "refuse": lambda code: Refuse(code=int(code), message="无权限"),
        "lost": lambda: Drop(acts=True),
        "dropped": lambda: Drop(acts=False),
        "hang": lambda: Hang(acts=True),
        "html": lambda status: Html(status=int(status), acts=True),
        "html-unacted": lambda status: Html(status=int(status)),
        "cut": lambda at: Cut(at=int(at)),
        "garbage": lambda: Mangle(kind="garbage"),
        "maintain": lambda minutes=0: Maintain(until_ms=_in(int(minutes)) if minutes else None),
        "busy": lambda ms: RateLimited(reset_ms=int(ms)),
        "fills": lambda n: FillDuring(count=int(n), reported=True),
        "fills-unsaid": lambda n: FillDuring(count=int(n)),
        "refill": lambda n: Refill(count=int(n)),
        "half": Half,
        "lie": Lie,
        "late": lambda seconds: Late(seconds=float(seconds)),
        "slow": lambda seconds: Delay(before=float(seconds)),
        "null-words": lambda: Words(text=None),
    }
)
"""What can go wrong, by the word for it. `codes CODE N` stands beside it: it needs the book."""


class ExchangeLines:
    """Performs the `htx` lines of one transcript."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._posts: int | None = None
        """How many cancel requests there may be at the end."""

    async def line(self, words: str) -> None:
        """One line, without its `htx`.

        Raises:
            ValueError: there is no such line.
            AssertionError: the exchange received something else.
        """
        verb, _, rest = words.partition(" ")
        match verb, rest.split():
            case "fault", [path, *kind]:
                self._fault(path, kind)
            case "clear", []:
                self._world.htx.faults.clear()
            case "down", []:
                await self._world.htx.refuse()
            case "up", []:
                await self._world.htx.accept()
            case "secret", ["changed", *name]:
                account = self._world.accounts[name[0]] if name else self._world.account
                account.secret_of[account.access_key] = "another secret"
            case "posts", [n]:
                self._posts = int(n)
                await self._world.until(lambda: len(self._world.posts()) >= int(n), f"{n} cancel requests")
                self.check()
            case "no", ["writes"]:
                self._posts = 0
                self.check()
            case "body", _:
                assert self._world.posts()[-1].json == json.loads(rest)
            case _:
                await self._later(verb, rest.split())

    async def _later(self, verb: str, rest: list[str]) -> None:
        """What comes to hold, and what is listed."""
        match verb, rest:
            case "open", [n, *who]:
                book = self._world.accounts[who[0] if who else "main"]
                await self._world.until(lambda: len(book.open_orders()) == int(n), f"{n} open orders")
            case "unlisted", ["known"]:
                self._world.htx.behaviour.unknown_contract = None
            case "list", codes:
                await self._list(codes)
            case "trigger", ["posts", n]:
                sent = self._world.htx.posts
                await self._world.until(lambda: len(sent(ALGO_CANCEL)) >= int(n), f"{n} trigger cancels")
                assert len(sent(ALGO_CANCEL)) == int(n)
            case "triggers", ["open", n]:
                account = self._world.account
                await self._world.until(lambda: len(account.open_algos()) == int(n), f"{n} open triggers")
            case "unwatched", []:
                await self._world.until(lambda: not _watching(), "nobody looks at the orders any more")
            case "proof", []:
                await self._world.until(self._read_since, "open orders were read after the request")
            case _:
                raise ValueError(f"no such line: htx {verb}")

    async def _list(self, codes: list[str]) -> None:
        """These alone are listed, and the bot has read so; without a code: it has read what there is."""
        listed, parts = self._world.htx.contracts, self._world.parts
        for contract in listed.all() if codes else ():
            listed.delist(contract.code)
        for code in codes:
            listed.list(code)
        assert parts is not None, "the bot does not run"
        if codes:
            assert await parts.contracts.refresh(), "the list cannot be read"
        await self._world.until(lambda: parts.contracts.read_at is not None, "the list is read")

    def check(self) -> None:
        """What was received is still what was last expected."""
        if self._posts is not None:
            assert len(self._world.posts()) == self._posts
        if self._posts == 0:
            assert not [record for record in self._world.htx.log if record.method != "GET"]

    def _fault(self, path: str, kind: list[str]) -> None:
        times = _TIMES.get(kind[0])
        word, *numbers = kind[1:] if times else kind
        if word == "codes":
            code, n = map(int, numbers)
            ids = self._world.account.open_ids()[:n]
            fault: Fault = ItemCodes(codes=dict.fromkeys(ids, code))
        else:
            fault = FAULTS[word](*numbers)
        self._world.htx.faults.add(fault, *PATHS[path], times=times)

    def _read_since(self) -> bool:
        """Whether reads of the open orders came after the last cancel request, and were let go."""
        posts = self._world.posts() + self._world.htx.posts(ALGO_CANCEL)
        return bool(posts) and any(map(self._is_later_read(posts[-1]), self._world.htx.log))

    @staticmethod
    def _is_later_read(post: Record) -> Callable[[Record], bool]:
        return lambda record: record.path in {OPENS, ALGO_OPENS} and record.number > post.number


def _watching() -> bool:
    """Whether the minute after a ZERO LEFT is still being looked at."""
    return any(task.get_name().startswith("refills ") for task in asyncio.all_tasks())
