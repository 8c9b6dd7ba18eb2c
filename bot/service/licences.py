"""Who may fire: one at a time settles a mass cancel in this process, and each fires once.

The store's compare-and-set decides between commits. It cannot decide between a commit and the emergency journal,
nor between a commit that is still under way and a tap that no longer waits for it: this does.
"""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from bot.model import MassCancel, MassCancelId

_MOST: Final = 10_000


class Licences:
    """Locks, one a mass cancel, and what was fired."""

    def __init__(self) -> None:
        self._locks: dict[MassCancelId, tuple[asyncio.Lock, int]] = {}
        """With how many hold or await each."""
        self._fired: OrderedDict[MassCancelId, MassCancel] = OrderedDict()

    @asynccontextmanager
    async def settling(self, id_: MassCancelId, patience: float | None = None) -> AsyncIterator[None]:
        """Be the only one that takes this mass cancel out of PENDING.

        Args:
            id_: which.
            patience: seconds to wait for whoever does; None: as long as it takes.

        Raises:
            TimeoutError: somebody else still does.
        """
        lock, users = self._locks.get(id_, (asyncio.Lock(), 0))
        self._locks[id_] = (lock, users + 1)
        try:
            async with asyncio.timeout(patience):
                await lock.acquire()
            try:
                yield
            finally:
                lock.release()
        finally:
            lock, users = self._locks[id_]
            if users == 1:
                del self._locks[id_]
            else:
                self._locks[id_] = (lock, users - 1)

    def fire(self, record: MassCancel) -> bool:
        """Take the one right to send its request; False if it was taken. Ask with the witness in hand."""
        if record.id in self._fired:
            return False
        self._fired[record.id] = record
        if len(self._fired) > _MOST:
            self._fired.popitem(last=False)
        return True

    def fired(self, id_: MassCancelId) -> MassCancel | None:
        """A mass cancel as it was when this process fired it; None where it did not."""
        return self._fired.get(id_)
