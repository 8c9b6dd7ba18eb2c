"""Updates that a client cannot read, or has never heard of."""

from typing import Any, Literal

Poison = Literal["date", "types", "missing", "unknown"]
"""`date`: a date beyond the calendar. `types`: text for numbers. `missing`: required fields left out.
`unknown`: a kind of update newer than the client, which is no fault and must be confirmed too."""


def unreadable(kind: Poison) -> dict[str, Any]:
    """The body of such an update, without its `update_id`."""
    chat = {"id": 5, "type": "private", "first_name": "Eve"}
    sender = {"id": 5, "is_bot": False, "first_name": "Eve"}
    whole = {"message_id": 1, "date": 1, "chat": chat, "from": sender, "text": "hello"}
    bodies: dict[Poison, dict[str, Any]] = {
        "date": {"message": {**whole, "date": 10**15}},
        "types": {"message": {**whole, "date": "yesterday", "chat": "here"}},
        "missing": {"message": {"message_id": 1}},
        "unknown": {"teleport_request": {"from": sender, "planet": "Mars"}},
    }
    return bodies[kind]
