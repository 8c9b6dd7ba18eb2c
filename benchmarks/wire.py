"""What goes over the wire: one request, and replies for any number of orders. HTX V5 docs, cancel_all_orders."""

import json
from typing import Final

PATH: Final = "/v5/trade/cancel_all_orders"
ACCOUNT: Final = "main"
ACCESS_KEY: Final = "bench-access-11223344-55667788"
SECRET: Final = "bench-secret-aabbccdd-eeff0011"  # noqa: S105  invented
FIRST_ID: Final = 1_513_547_991_763_062_784
"""An order id of HTX's usual nineteen digits."""


def contract(orders: int) -> str:
    """The contract that has so many resting orders: the stub reads the number from its name."""
    return f"N{orders}-USDT"


def request_body(orders: int) -> dict[str, str]:
    """The cancel request, as every contender sends it."""
    return {"contract_code": contract(orders), "side": "buy", "position_side": "long"}


def reply(orders: int) -> bytes:
    """A whole HTTP reply that tells of so many cancelled orders."""
    items = [
        {"order_id": str(number), "client_order_id": str(number), "code": 200, "message": "Success"}
        for number in range(FIRST_ID, FIRST_ID + orders)
    ]
    said = {"code": 200, "message": "Success", "data": items, "ts": 1_780_899_655_629}
    return framed(json.dumps(said, separators=(",", ":")).encode())


def framed(body: bytes) -> bytes:
    """A body with the head of a reply."""
    head = (
        f"HTTP/1.1 200 OK\r\nContent-Type: application/json;charset=utf-8\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body
