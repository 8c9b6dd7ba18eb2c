"""What HTX's codes mean for a cancel request: one table. Source: the futures code table of the HTX V5 docs.

A code is on the list of refusals only if the request surely had no effect. Everything that is on no list is
ambiguous: system errors (1000 to 1005, 1108), and 1003 and 1030, which carry two meanings each.
"""

from enum import Enum, auto
from typing import Final


class Kind(Enum):
    """What a code says about the request."""

    DONE = auto()
    """Executed; the items tell more."""
    NOTHING = auto()
    """Executed, nothing matched."""
    REFUSED = auto()
    """Surely not executed; asking again changes nothing."""
    MAINTENANCE = auto()
    """Surely not executed now: settlement, delivery, maintenance."""
    TOO_MANY = auto()
    """Surely not executed: over the rate limit."""
    UNCLEAR = auto()
    """On no list."""


OK: Final = "200"
"""Success of the envelope; each item has a code of its own."""

MAINTAIN: Final = "maintain"
"""The `status` of the fixed body that every call answers during a suspension (HTX docs); our code for it."""

PARAMETER_REFUSALS: Final = frozenset({"1066", "1067", "1348", "4002"})
"""How HTX refuses a `margin_mode`: empty, illegal, contract without cross mode, merged account."""


INPUT_REFUSALS: Final = PARAMETER_REFUSALS | {"1030", "1031", "1035", "1052"}
"""How HTX may refuse what a request says, its shape or its size. 1030 has a second meaning, so it proves nothing
for a cancel-all; for ids and cursors the worst of a repeat is a repeat."""

NO_SUCH_ORDER: Final = frozenset({"1017", "1061"})
"""HTX knows no such order; of a read that names a margin mode: none in it."""

THROTTLED: Final = frozenset({"429", "too-many-request", "too-many-requests"})
"""What servers before HTX's own write into the body of an HTTP 429; without that status it says nothing."""


def _span(first: int, last: int) -> frozenset[str]:
    return frozenset(str(code) for code in range(first, last + 1))


_LISTS: Final = (
    (Kind.DONE, frozenset({OK})),
    (Kind.NOTHING, frozenset({"1051"})),
    (Kind.TOO_MANY, frozenset({"1032"})),
    (Kind.MAINTENANCE, frozenset({MAINTAIN, "1056", "1059", "1431"})),
    # The gateway: bad key, signature or path. The word is the legacy gateway's, still seen on shared hosts.
    (Kind.REFUSED, frozenset({"403", "404", "1253", "api-signature-not-valid"})),
    # No such account, session or contract.
    (Kind.REFUSED, _span(1010, 1014)),
    # Bad parameters.
    (Kind.REFUSED, frozenset({"1031", "1035", "1036", "1066", "1067", "1348"})),
    # The key, or the sub-account, lacks a permission.
    (Kind.REFUSED, _span(1100, 1106) | _span(1109, 1115) | {"1205"}),
    # Futures trading is not open for the account; the account's mode does not go with the call.
    (Kind.REFUSED, frozenset({"1220", "1228", "4002", "4007", "6002"})),
    # Time, signature method, expiry, IP address, locked user.
    (Kind.REFUSED, _span(12001, 12009)),
)

OF_THE_ADDRESS: Final = _span(1000, 1005) | {"1108"}
"""System errors: something is wrong with the address."""

NOT_NOW: Final = frozenset({"1057", "1058", "1060", "1084", "1088", "1411", "6023"}) | _span(1077, 1080)
"""HTX halts, settles, or disowns its data: what another address shows meanwhile is not to be believed either."""

OF_WHAT_IS_ASKED: Final = INPUT_REFUSALS | NO_SUCH_ORDER
"""By these HTX refuses a margin mode, a cursor or an order: whoever asked may take it for "there is none"."""

KINDS: Final = {code: kind for kind, listed in _LISTS for code in listed}
"""Every code on a list."""


def may_change(code: str) -> bool:
    """Whether the same read may be answered otherwise by another address, or by this one the second time."""
    return kind_of(code) is Kind.UNCLEAR and code not in OF_WHAT_IS_ASKED | NOT_NOW


def of_the_exchange(code: str | None) -> bool:
    """Whether a code says something of the whole exchange, so that no address is to be believed meanwhile."""
    return code is not None and (code in NOT_NOW or kind_of(code) is Kind.MAINTENANCE)


def kind_of(code: str) -> Kind:
    """What a code says; `UNCLEAR` for all that are on no list."""
    return KINDS.get(code, Kind.UNCLEAR)
