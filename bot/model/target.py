"""What a mass cancel is aimed at: HTX keeps two books, and one request reaches one of them."""

from enum import StrEnum


class Target(StrEnum):
    """Which of HTX's two books. Kept beside the filters of a scope, so that no look-up can mix the two up."""

    ORDERS = "orders"
    """Plain orders: cancelled by one cancel-all."""
    TRIGGERS = "triggers"
    """Orders that wait for a price, which cancel-all leaves alone: cancelled by the ids a card showed."""
