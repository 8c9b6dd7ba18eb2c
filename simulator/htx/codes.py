"""HTX futures result codes the simulator sends, with wordings of its own."""

from collections.abc import Mapping
from types import MappingProxyType

SUCCESS = 200
"""`code` of a success, in the envelope and in each item."""

MESSAGES: Mapping[int, str] = MappingProxyType(
    {
        200: "Success",
        403: "Verification failure [校验失败]",
        404: "Resources do not exist",
        1004: "System busy. Please try again later.",
        1013: "This contract symbol doesnt exist.",
        1014: "This contract doesnt exist.",
        1017: "Order doesnt exist.",
        1030: "Abnormal service. Please try again later.",
        1031: "Illegal request.",
        1032: "Too many requests.",
        1035: "Incorrect side.",
        1051: "No orders to cancel.",
        1052: "The number of orders exceeds the limit.",
        1056: "Settling. Unable to place or cancel orders.",
        1059: "Delivering. Unable to place or cancel orders.",
        1061: "This order doesnt exist.",
        1062: "Cancelling. Please wait.",
        1063: "The order has been executed.",
        1066: "A required field is missing or empty.",
        1067: "Illegal parameter.",
        1071: "Repeated cancellation. The order is cancelled or being cancelled.",
        1088: "Orders of this contract cannot be cancelled on this channel now.",
        1253: "Signature verification error.",
        1408: "The order has not taken effect and cannot be cancelled.",
        1431: "Under maintenance.",
        1440: "The contract failed to be cancelled.",
        12001: "Invalid submission time.",
        12002: "Incorrect signature version.",
        12003: "Incorrect signature method.",
        12006: "Timestamp is required.",
        12008: "Verification failure [校验失败]",
    }
)
"""Message by code. Clients must never test these: they may be null or Chinese."""


def message_of(code: int) -> str:
    """The usual message for `code`, or a plain one for codes not listed."""
    return MESSAGES.get(code, f"Error {code}.")
