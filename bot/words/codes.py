"""HTX's codes in our words: what happened, and what to do. Source: the futures code table of the HTX V5 docs."""

from typing import Final

_PERMISSION: Final = (
    "the API key lacks a permission that is needed",
    "give the key the Trade permission at HTX, then ask again",
)
_SIGNATURE: Final = (
    "the API key or its signature was not accepted",
    "run `cancelall keys verify --online` on the host",
)
_ADDRESS: Final = ("this host's IP address is not on the API key's list", "add it at HTX, then ask again")
_CLOCK: Final = (
    "the request's time was not accepted",
    "check the host's clock (NTP), then ask again",
)
_CONTRACT: Final = ("it does not know this contract", "check the code with /orders, then ask again")
_PARAMETER: Final = (
    "it did not accept the contract or the sides",
    "use the HTX app now; then check contract and sides with /orders",
)
_FUTURES: Final = ("futures trading is not open for this account", "open it at HTX")
_MODE: Final = ("the account's mode does not fit this request", "check the account's mode at HTX")
_SETTLING: Final = ("settlement is running", "ask again when it is over, usually minutes")
_UNKNOWN: Final = (
    "it gave a code that I do not know",
    "use the HTX app, and look the code up in HTX's documentation",
)
_ACCOUNT: Final = ("it cannot find the account", "check at HTX that the account is active")

_REFUSALS: Final[dict[str, tuple[str, str]]] = {
    "403": _SIGNATURE,
    "404": ("it does not know the web address I called", "tell whoever runs the bot"),
    "1010": _ACCOUNT,
    "1011": _ACCOUNT,
    "1012": _ACCOUNT,
    "1013": _CONTRACT,
    "1014": _CONTRACT,
    "1031": _PARAMETER,
    "1035": _PARAMETER,
    "1036": _PARAMETER,
    "1056": _SETTLING,
    "1059": ("delivery is running", "ask again when it is over, usually minutes"),
    "1066": _PARAMETER,
    "1067": _PARAMETER,
    "1100": ("the API key lacks the Trade permission", "give the key the Trade permission, then ask again"),
    "1220": _FUTURES,
    "1228": _FUTURES,
    "1253": _SIGNATURE,
    "1348": _MODE,
    "1431": ("maintenance is running", "ask again when it is over"),
    "4002": _MODE,
    "4007": _MODE,
    "6002": _MODE,
    "12001": _CLOCK,
    "12004": ("the API key has expired", "make a new key at HTX, then run `cancelall keys rotate` on the host"),
    "12005": _ADDRESS,
    "12006": _CLOCK,
    "maintain": ("maintenance is running", "ask again when it is over"),
    "api-signature-not-valid": _SIGNATURE,
}

_SYSTEM: Final = frozenset({"1107", "1108"})
"""In the permission block of numbers, and not of permissions."""

_ITEMS: Final[dict[int, str]] = {
    200: "reported as cancelled, but still open",
    1017: "does not exist",
    1051: "nothing to cancel",
    1056: "settlement is running",
    1059: "delivery is running",
    1061: "does not exist",
    1062: "cancel in progress",
    1063: "filled already",
    1071: "cancelled already",
    1088: "cannot be cancelled now",
    1408: "TP/SL not active yet",
    1440: "cancelling failed in this contract",
    1480: "stopped by risk control",
}


_UNREAD: Final[dict[str, str]] = {
    "connect": "no connection to HTX",
    "unreachable": "no connection to HTX",
    "pool": "no connection to HTX is free",
    "dns": "name not found (DNS)",
    "tls": "no secure connection to HTX (TLS)",
    "too slow": "no answer from HTX in time",
    "deadline": "no answer from HTX in time",
    "no answer in time": "no answer from HTX in time",
    "answer timeout": "no answer from HTX in time",
    "read timeout": "no answer from HTX in time",
    "write timeout": "the connection to HTX broke",
    "write error": "the connection to HTX broke",
    "read error": "the connection to HTX broke",
    "cut off": "the connection to HTX broke",
    "http 429": "too many requests, says HTX",
    "incomplete": "HTX's list of orders was not complete",
    "contradiction": "HTX's answers contradict each other",
}


def unread(why: str) -> str:
    """Why HTX could not be read, for the short fact that the log has: `connect`, `http 502`, `incomplete`."""
    if why in _UNREAD:
        return _UNREAD[why]
    what, _, number = why.partition(" ")
    if what == "http":
        return f"HTX answers with HTTP {number}"
    return f"HTX's answer cannot be understood ({why})"


def refusal(code: str) -> tuple[str, str]:
    """Why HTX refused (or could not act now), and what to do about it, for a code of the whole answer."""
    if code in _REFUSALS:
        return _REFUSALS[code]
    if code.isdecimal() and (1100 <= int(code) <= 1115 or int(code) == 1205) and code not in _SYSTEM:  # noqa: PLR2004 HTX's permission block
        return _PERMISSION
    if code.isdecimal() and 12001 <= int(code) <= 12009:  # noqa: PLR2004 HTX's signature block
        return _SIGNATURE
    return _UNKNOWN


def is_known(code: str) -> bool:
    """Whether there are words of our own for a code of the whole answer."""
    return refusal(code) != _UNKNOWN


def is_of_the_key(code: str) -> bool:
    """Whether HTX refused the API key itself: unknown, expired, not allowed to, or not from this address."""
    return code in ("1100", "12004") or refusal(code) in (_PERMISSION, _SIGNATURE, _ADDRESS)


def item(code: int) -> str:
    """What HTX's code on one order says: `cancel in progress (1062)`."""
    return f"{_ITEMS[code]} ({code})" if code in _ITEMS else f"code {code}"
