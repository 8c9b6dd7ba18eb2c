"""What HTX's list of contracts says about a code."""

from bot.listing import Unlisted
from bot.model import Listing, Verb
from bot.words import plain


def not_listed(found: Unlisted) -> tuple[str, ...]:
    """The code is well-formed and not on the list."""
    expired = f": it expired on {found.expired_on:%Y-%m-%d}" if found.expired_on else ""
    near = "Did you mean one of these?" if found.nearest else "No listed contract has a name like it."
    return (f"{plain.code(found.code)} is not listed at HTX{expired}.", f"Nothing was sent. {near}")


def anyway(code: str, verb: Verb) -> str:
    """The way to go on: the list may be old, or wrong."""
    shown = plain.code(code)
    return f"Show {shown} anyway" if verb is Verb.ORDERS else f"Preview {shown} anyway"


def line(listing: Listing | None) -> str | None:
    """A warning, never a block; None where all is well."""
    match listing:
        case Listing.UNCHECKED:
            return "Contract code not checked: HTX's list cannot be read."
        case Listing.UNLISTED:
            return "Not on HTX's list of contracts."
        case _:
            return None


def with_mode(listing: Listing | None) -> str:
    """The same on one line where the position mode could not be read either."""
    if listing is Listing.UNLISTED:
        return "Not on HTX's list. Position mode could not be read."
    return "Contract code and position mode could not be checked."
