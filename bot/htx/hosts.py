"""Which address first, and whose clock: what the heartbeats of all addresses come to. Pure: it is told everything.

- First comes the address that answers, then the faster one. One that is first stays first until another is clearly
  faster or it stops answering, so that two equals do not take turns. Unmeasured, the configured order holds.
- Each address has a clock offset of its own: a signature is judged by the clock of the host it is sent to, and one
  host with an absurd clock must not spoil what is sent to the other.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Final

from bot.model import CLOCK_ALARM, HostHealth

KEPT: Final = 5
"""Heartbeats remembered an address: a median over five forgives two that were slow."""

FASTER: Final = 0.8
"""Another address goes first from this part of the first one's round trip,"""
FASTER_BY: Final = 0.005
"""and at least so many seconds less: on one network all are fast enough."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What one heartbeat measured, in seconds."""

    took: float
    """Round trip on an open connection."""
    offset: float | None
    """The host's clock less ours, at half the round trip; None where it did not tell the time."""


@dataclass(slots=True, kw_only=True)
class _Host:
    name: str
    samples: deque[Sample] = field(default_factory=lambda: deque(maxlen=KEPT))
    offset: float | None = None
    trouble: str | None = None

    @property
    def took(self) -> float | None:
        return median(sample.took for sample in self.samples) if self.samples else None


class Hosts:
    """All addresses, by their index in the configuration."""

    def __init__(self, names: Sequence[str]) -> None:
        self._hosts = tuple(_Host(name=name) for name in names)
        self._ranking = tuple(range(len(self._hosts)))

    @property
    def ranking(self) -> tuple[int, ...]:
        """Every address once, best first."""
        return self._ranking

    def measured(self, host: int, sample: Sample) -> None:
        """A heartbeat came back."""
        known = self._hosts[host]
        known.samples.append(sample)
        known.offset = _filtered(known.samples) if sample.offset is not None else known.offset
        known.trouble = None
        self._rank()

    def worked(self, host: int) -> None:
        """A request was answered."""
        if self._hosts[host].trouble is not None:
            self._hosts[host].trouble = None
            self._rank()

    def failed(self, host: int, why: str) -> None:
        """A request did not get through, or no answer came back that could be HTX's."""
        self._hosts[host].trouble = why
        self._rank()

    def offset(self, host: int | None = None) -> float:
        """Seconds to add to our clock for this host's, or for the bot's own use; 0 until anything is measured.

        For the bot's own use it is that of the best measured host, unless hosts disagree: then ours has a voice,
        and the one closest to it counts.
        """
        if host is not None and (own := self._hosts[host].offset) is not None:
            return own
        known = [offset for each in self._ranking if (offset := self._hosts[each].offset) is not None]
        if not known:
            return 0.0
        return known[0] if max(known) - min(known) <= CLOCK_ALARM else min(known, key=abs)

    def health(self) -> tuple[HostHealth, ...]:
        """How each address is, in the order of the configuration."""
        return tuple(
            HostHealth(host=each.name, took=each.took, clock_offset=each.offset, trouble=each.trouble)
            for each in self._hosts
        )

    def _rank(self) -> None:
        first = self._hosts[self._ranking[0]]
        order = sorted(range(len(self._hosts)), key=self._standing)
        best = self._hosts[order[0]]
        if (best.trouble is None) is (first.trouble is None) and not _clearly_faster(best, first):
            order.remove(self._ranking[0])
            order.insert(0, self._ranking[0])
        self._ranking = tuple(order)

    def _standing(self, host: int) -> tuple[bool, float, int]:
        known = self._hosts[host]
        return known.trouble is not None, float("inf") if known.took is None else known.took, host


def _clearly_faster(one: _Host, other: _Host) -> bool:
    if one.took is None or other.took is None:
        return False
    return one.took <= other.took * FASTER and other.took - one.took >= FASTER_BY


def _filtered(samples: deque[Sample]) -> float | None:
    """The offset of the quickest sample, as NTP does; the newest, once the two cannot both be true."""
    told = [(sample.took, sample.offset) for sample in samples if sample.offset is not None]
    took, offset = told[-1]
    for other_took, other in sorted(told, key=lambda pair: pair[0]):
        if abs(other - offset) <= (other_took + took) / 2:
            return other
    return offset
