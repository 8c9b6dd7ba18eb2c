"""Who may fire: one at a time settles a mass cancel in this process, and each fires once.

The store's compare-and-set decides between commits. It cannot decide between a commit and the emergency journal,
nor between a commit that is still under way and a tap that no longer waits for it: this does.
"""

from collections import OrderedDict
from contextlib import AbstractAsyncContextManager
from typing import Final

from bot.model import MassCancel, MassCancelId
from bot.service.turns import Turns

_MOST: Final = 10_000


class Licences:
    """Whose turn it is to settle a mass cancel, and what was fired."""

    def __init__(self) -> None:
        self._settling = Turns()
        self._fired: OrderedDict[MassCancelId, MassCancel] = OrderedDict()

    def settling(self, id_: MassCancelId) -> AbstractAsyncContextManager[None]:
        """Be the only one that takes this mass cancel out of PENDING."""
        return self._settling.of(id_)

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
