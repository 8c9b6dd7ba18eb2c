"""How much memory a process holds, as Linux counts it."""

import re
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """MiB."""

    rss: float
    """What is in memory, shared pages included."""
    pss: float
    """The same with each shared page divided among those who share it."""
    peak: float
    """The most `rss` has ever been."""


def memory(pid: int) -> Memory | None:
    """The memory of a process; None where there is no /proc that says so."""
    folder = Path("/proc") / str(pid)
    try:
        rollup, status = (folder / "smaps_rollup").read_text("ascii"), (folder / "status").read_text("utf-8")
    except OSError:
        return None
    return Memory(rss=_mib(rollup, "Rss"), pss=_mib(rollup, "Pss"), peak=_mib(status, "VmHWM"))


def _mib(text: str, name: str) -> float:
    found = re.search(rf"^{name}:\s+([0-9]+) kB", text, re.MULTILINE)
    return int(found[1]) / 1024 if found else float("nan")
