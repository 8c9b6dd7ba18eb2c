"""The update queue: ids, confirmation by offset, allowed kinds, and what can go wrong with it."""

import random
from collections import deque
from collections.abc import Callable
from typing import Any

Update = dict[str, Any]
"""A Bot API `Update`: `update_id` and one more field, named after its kind."""

UNASKED = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
"""Kinds never delivered unless named. Bot API, getUpdates.allowed_updates."""
BATCH_LIMIT = 100
"""Most updates in one answer. Bot API, getUpdates.limit: 1-100."""


class UpdateQueue:
    """Updates waiting for the bot, oldest first.

    A confirmed update is gone for good; `redeliver` and `resend` bring one back as a fault.
    """

    def __init__(self, first_id: int, changed: Callable[[], None]) -> None:
        self._next_id = first_id
        self._changed = changed
        self._waiting: deque[Update] = deque()
        self._again: list[Update] = []
        self._seen: dict[int, Update] = {}
        self._allowed: tuple[str, ...] = ()
        self._shuffles = 0
        self._doubles = 0

    @property
    def allowed(self) -> tuple[str, ...]:
        """Kinds asked for last; empty means all but `UNASKED`. An omitted list changes nothing."""
        return self._allowed

    @property
    def pending(self) -> int:
        """Updates not yet confirmed, as in `getWebhookInfo`."""
        return len(self._waiting) + len(self._again)

    @property
    def last_id(self) -> int:
        """The id given out last."""
        return self._next_id - 1

    def allow(self, kinds: tuple[str, ...]) -> None:
        """Remember `allowed_updates`; it does not touch updates that exist already."""
        self._allowed = kinds

    def add(self, kind: str, payload: dict[str, Any]) -> int | None:
        """Queue an update; None when the bot did not ask for this kind."""
        wanted = kind in self._allowed if self._allowed else kind not in UNASKED
        return self._put({kind: payload}) if wanted else None

    def add_raw(self, body: dict[str, Any]) -> int:
        """Queue any body, readable or not, under the next id."""
        return self._put(body)

    def get(self, update_id: int) -> Update:
        """A copy of an update that was queued at some time, confirmed or not.

        Raises:
            KeyError: no update ever had this id.
        """
        return dict(self._seen[update_id])

    def redeliver(self, update_id: int) -> None:
        """Deliver the same update, same id, once more at the next poll, confirmed or not."""
        self.give_back(self.get(update_id))

    def give_back(self, update: Update) -> None:
        """Deliver this update at the next opportunity, whatever was confirmed."""
        self._again.append(update)
        self._changed()

    def resend(self, update_id: int) -> int:
        """Queue the same content under a new id and return that id."""
        body = self.get(update_id)
        del body["update_id"]
        return self._put(body)

    def jump(self, next_id: int | None = None) -> int:
        """Number the next update `next_id`, or at random.

        Bot API, Update.update_id: "If there are no new updates for at least a week, then identifier
        of the next update will be chosen randomly instead of sequentially."
        """
        drawn = random.randrange(1, 2**31 - 10**6) if next_id is None else next_id  # noqa: S311
        self._next_id = drawn
        return drawn

    def shuffle_next_batch(self) -> None:
        """Deliver the next batch of two or more newest first."""
        self._shuffles += 1

    def double_next_batch(self) -> None:
        """Deliver each update of the next non-empty batch twice."""
        self._doubles += 1

    def clear(self) -> None:
        """Forget everything that waits: `drop_pending_updates`."""
        self._waiting.clear()
        self._again.clear()

    def confirm(self, offset: int) -> None:
        """Forget updates below `offset`; a negative one keeps only the last `-offset` updates.

        An offset beyond the next id confirms nothing: after the ids have jumped downwards, a client's old
        offset would otherwise swallow every new update.
        """
        if offset < 0:
            self._waiting = deque(list(self._waiting)[offset:])
        elif offset <= self._next_id:
            self._waiting = deque(u for u in self._waiting if u["update_id"] >= offset)

    def batch(self, limit: int = BATCH_LIMIT) -> list[Update]:
        """What the next poll gets; it stays queued until confirmed."""
        again, self._again = self._again, []
        updates = (again + list(self._waiting))[:limit]
        if self._shuffles and len(updates) > 1:
            self._shuffles -= 1
            updates.reverse()
        if self._doubles and updates:
            self._doubles -= 1
            updates = [copy for update in updates for copy in (update, update)]
        return updates

    def drop(self, update_id: int) -> None:
        """Forget one update that a webhook took."""
        self._waiting = deque(u for u in self._waiting if u["update_id"] != update_id)

    def _put(self, body: dict[str, Any]) -> int:
        update = {"update_id": self._next_id, **body}
        self._next_id += 1
        self._waiting.append(update)
        self._seen[update["update_id"]] = update
        self._changed()
        return int(update["update_id"])
