"""At most once in a while: so that outsiders can neither flood a chat nor fill a disk."""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Final

_MOST: Final = 10_000


class Once:
    """Remembers, in bounded memory, when something was last done for a key."""

    def __init__(self) -> None:
        self._last: OrderedDict[Hashable, float] = OrderedDict()

    def first(self, key: Hashable, now: float, seconds: float) -> bool:
        """Whether this is the first time in so many seconds (monotonic); if so it is remembered."""
        last = self._last.get(key)
        if last is not None and now - last < seconds:
            return False
        self._last[key] = now
        self._last.move_to_end(key)
        if len(self._last) > _MOST:
            self._last.popitem(last=False)
        return True
