"""Switches faults on and off while the simulator runs."""

import asyncio

from simulator.htx.faults import Fault


class Switch:
    """One fault that was switched on, and for what; `clear()` switches it off.

    Attributes:
        fault: what strikes.
        cleared: set once the fault is switched off.
    """

    def __init__(self, fault: Fault, *, paths: frozenset[str] | None, times: int | None, skip: int) -> None:
        self.fault = fault
        self.cleared = asyncio.Event()
        self._paths = paths
        self._times = times
        self._skip = skip

    def clear(self) -> None:
        """Switches the fault off; requests it holds frozen are let go."""
        self.cleared.set()

    def covers(self, path: str) -> bool:
        """Whether the fault is meant for `path`."""
        return self._paths is None or path in self._paths

    def take(self) -> bool:
        """Counts one request and says whether the fault strikes it."""
        if self.cleared.is_set() or self._times == 0:
            return False
        if self._skip > 0:
            self._skip -= 1
            return False
        if self._times is not None:
            self._times -= 1
        return True


class Faults:
    """All switches of one simulator."""

    def __init__(self) -> None:
        self._switches: list[Switch] = []

    def add(
        self,
        fault: Fault,
        *paths: str,
        times: int | None = None,
        skip: int = 0,
    ) -> Switch:
        """Switches `fault` on for `paths`, or for every path if there are none.

        It strikes the next `times` requests after `skip` unharmed ones; without `times`,
        all of them until it is cleared.
        """
        covered = frozenset(paths) if paths else None
        switch = Switch(fault, paths=covered, times=times, skip=skip)
        self._switches.append(switch)
        return switch

    def take(self, path: str) -> tuple[Switch, ...]:
        """The switches that strike one request to `path`, in the order they were added."""
        return tuple(switch for switch in self._switches if switch.covers(path) and switch.take())

    def clear(self) -> None:
        """Switches every fault off."""
        for switch in self._switches:
            switch.clear()
        self._switches.clear()
