"""docs/benchmarks.md: what was measured, as tables of ratios and times, beside what was to be reached."""

import os
import platform
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Final

from benchmarks.calls import USUAL, Calls, Samples
from benchmarks.contenders import FLOOR, HTTPX, OURS, TRANSPORT
from benchmarks.desk import FIRST, Desk
from benchmarks.memory import Memory
from benchmarks.rounds import Sample, percentile

IMPLICIT: Final = "ccxt implicit"

_HEAD: Final = """\
# Benchmarks

Written by `make bench`, {machine}.
`make bench QUICK=1` takes a minute or two and writes nothing. Read the ratios: the times are those of one machine,
and of what else it did; on a busy one they say little.

## How
- One process goes through rounds. In a round everybody has one turn, in an order drawn anew (seeded): drift hits
  all alike. Each has a connection of its own, kept as it does by default.
- Everybody sends the same signed cancel-all, reads the whole answer and decodes it. `{floor}` writes the bytes to
  a blocking socket and counts what comes back: less cannot be done. `{ours}` is `bot.htx` with all its checks, its
  log line, and the keystore opened for the signing. `{httpx}` is `AsyncClient().post(url, json=…)` as it comes,
  `{transport}` its `AsyncHTTPTransport` alone: it signs, and counts the bytes as the floor does.
  ccxt is its asynchronous HTX class, once by the endpoint's implicit method and once by `cancel_all_orders`.
- The exchange is one stub (`benchmarks/stub.py`), a process of its own on loopback: ready replies, no checks,
  TLS 1.3 with a certificate made for the run. CPU is this side's process time for one call, without the stub's.
  The garbage collector leaves alone what was there before the rounds (`gc.freeze`), as in the bot.
- The 50 ms round trip is a relay before the stub that holds all bytes back by 25 ms each way, TLS's handshake
  included, and the first bytes of a connection by 50 ms more, which on loopback stand for TCP's handshake.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """What was to be reached."""

    what: str
    limit: float
    reached: float | None
    """None: not measured."""
    unit: str

    def row(self) -> tuple[str, ...]:
        """A line of the table."""
        if self.reached is None:
            return self.what, f"{self.limit:g} {self.unit}".strip(), "not measured", ""
        verdict = "yes" if self.reached <= self.limit else "no"
        return self.what, f"{self.limit:g} {self.unit}".strip(), f"{self.reached:.3g} {self.unit}".strip(), verdict


def page(calls: Calls, desk: Desk) -> str:
    """The whole page."""
    head = _HEAD.format(machine=_machine(), floor=FLOOR, ours=OURS, httpx=HTTPX, transport=TRANSPORT)
    parts = [
        head,
        _section("To be reached", _table(("what", "at most", "measured", "reached"), _goals(calls, desk))),
        _section("CPU of one call, call after call, over TLS: ratio to the floor", _cpu(calls.warm)),
        _section("The same over plain http", _cpu(calls.plain)),
        _section("Time of one call, call after call, over TLS", _times(calls.warm)),
        _section(f"After 45 ms without a call, {USUAL} orders", _times({USUAL: calls.paused})),
        _section(f"After 6 s without a call, 50 ms away, {USUAL} orders", _idle(calls.idle)),
        _section("The whole bot, from tap to request and to proof", _desk(desk)),
        _section("Start and memory", _starts(desk)),
    ]
    return "\n".join(parts)


def goals(calls: Calls, desk: Desk) -> Sequence[Goal]:
    """What was to be reached, and what was."""
    ours, theirs = calls.idle[OURS], calls.idle[HTTPX]
    thousand = calls.warm[1000]
    ccxt = thousand.get(IMPLICIT)
    requests = [second for taps in desk.taps.values() for second in taps.request]
    memory = desk.after.rss if desk.after else None
    return (
        Goal(what="after 6 s idle, 50 ms away: share of httpx's time", limit=0.36, unit="",
             reached=_median(ours.wall) / _median(theirs.wall)),
        Goal(what="the same in round trips", limit=1.2, unit="", reached=_median(ours.wall) / 0.05),
        Goal(what="1000 orders: CPU against ccxt's implicit call", limit=1.0, unit="",
             reached=_median(thousand[OURS].cpu) / _median(ccxt.cpu) if ccxt else None),
        Goal(what="tap to the last byte of the request, p99, both chats", limit=20, unit="ms",
             reached=percentile(requests, 0.99) * 1000),
        Goal(what="start to ready", limit=2, unit="s", reached=_median([each.seconds for each in desk.starts])),
        Goal(what=f"memory with both chats, after {FIRST} mass cancels", limit=120, unit="MiB", reached=memory),
    )  # fmt: skip


def _goals(calls: Calls, desk: Desk) -> Iterable[Sequence[str]]:
    return (goal.row() for goal in goals(calls, desk))


def _cpu(by_orders: dict[int, Samples]) -> str:
    sizes = list(by_orders)
    names = list(by_orders[USUAL])
    rows = [(name, *(_against(by_orders[orders], name) for orders in sizes)) for name in names]
    return _table(("", *(f"{orders} orders" for orders in sizes)), rows)


def _against(samples: Samples, name: str) -> str:
    if name not in samples:
        return ""
    cpu = _median(samples[name].cpu)
    return f"{cpu / _median(samples[FLOOR].cpu):.1f} ({cpu * 1000:.2f} ms)"


def _times(by_orders: dict[int, Samples]) -> str:
    rows = []
    for orders, samples in by_orders.items():
        floor = _median(samples[FLOOR].wall)
        rows += [(str(orders), name, *_time(sample, floor)) for name, sample in samples.items()]
    return _table(("orders", "", "ratio", "median, ms", "p99, ms", "CPU, ms"), rows)


def _time(sample: Sample, floor: float) -> tuple[str, ...]:
    median, worst, cpu = _median(sample.wall), percentile(sample.wall, 0.99), _median(sample.cpu)
    return f"{median / floor:.1f}", f"{median * 1000:.2f}", f"{worst * 1000:.2f}", f"{cpu * 1000:.2f}"


def _idle(samples: Samples) -> str:
    stock = _median(samples[HTTPX].wall)
    rows = [
        (
            name,
            f"{_median(each.wall) / stock:.3f}",
            f"{_median(each.wall) * 1000:.1f}",
            f"{max(each.wall) * 1000:.1f}",
        )
        for name, each in samples.items()
    ]
    return _table(("", "against httpx", "median, ms", "worst, ms"), rows)


def _desk(desk: Desk) -> str:
    rows = [
        (chat, what, str(len(seconds)), *_shares(seconds))
        for chat, taps in desk.taps.items()
        for what, seconds in (("to the request", taps.request), ("to the proof in the chat", taps.proof))
    ]
    rows += [
        (chat, f"{what}, the first tap after a start", str(len(seconds)), *_shares(seconds))
        for chat, taps in desk.taps.items()
        for what, seconds in (("to the request", taps.first), ("to the proof in the chat", taps.first_proof))
    ]
    rows.append(("", "one bare commit on this disk", str(len(desk.commits)), *_shares(desk.commits)))
    said = """
14 orders each, tapped 0.12 s after the card came. The bot is the real command in a process of its own, its store
on the disk of the working directory, every flush made. The time is from the moment a simulated platform sends the
tap to the moment the simulated exchange has the whole request, or the chat the result: what the simulators
themselves need is in it. One commit lies between tap and request (the delivery is taken in, the licence is given);
what a bare one costs, measured between the same taps, is the last line.

For a minute after each zero the bot looks for orders that come back. Up to twenty such watches take up what HTX
allows to read, so that all but the first taps wait 0.3 s for the count of triggers, and are told without it.
"""
    return _table(("tap on", "", "number", "median, ms", "p90, ms", "p99, ms"), rows) + said


def _shares(seconds: Sequence[float]) -> tuple[str, ...]:
    return tuple(f"{percentile(seconds, share) * 1000:.1f}" for share in (0.5, 0.9, 0.99))


def _starts(desk: Desk) -> str:
    seconds = [each.seconds for each in desk.starts]
    begun = [each.memory for each in desk.starts if each.memory is not None]
    rows = [("from the process's birth to `ready`", f"{_median(seconds):.2f} s (worst {max(seconds):.2f} s)")]
    rows += [_memory("memory when ready", found) for found in begun[:1]]
    rows += [_memory(f"memory after {FIRST} mass cancels", found) for found in (desk.after,) if found is not None]
    said = "\nBoth chats, unlocked by a key file; a passphrase costs Argon2id once, about half a second.\n"
    return _table(("", ""), rows) + said


def _memory(what: str, found: Memory) -> tuple[str, str]:
    return what, f"{found.rss:.0f} MiB RSS, {found.pss:.0f} MiB PSS, {found.peak:.0f} MiB at the most"


def _median(values: Sequence[float]) -> float:
    return percentile(values, 0.5)


def _section(title: str, body: str) -> str:
    return f"## {title}\n{body}"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _machine() -> str:
    cores = os.cpu_count() or 1
    made_of = [f"{name} {found}" for name in ("httpx", "ccxt") if (found := _version(name))]
    return f"last on {cores} cores, {platform.system()}, Python {platform.python_version()}, {', '.join(made_of)}"


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""
