"""Refusals before a request reaches its endpoint: unknown path, bad signature, too many."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from simulator.htx.behaviour import Behaviour
from simulator.htx.book import Account
from simulator.htx.replies import Headers, Reply, legacy_error, v5_error
from simulator.htx.signature import Verdict

UNKNOWN_KEY_MESSAGE = "Incorrect Access key [Access key错误]"
"""The futures gateway's words for a key it does not know, as seen in the wild."""

CODE_OF: Mapping[Verdict, int] = MappingProxyType(
    {
        Verdict.BAD_VERSION: 12002,
        Verdict.BAD_METHOD: 12003,
        Verdict.NO_TIMESTAMP: 12006,
        Verdict.BAD_TIMESTAMP: 12001,
        Verdict.STALE: 12001,
    }
)
"""HTX V5 docs, code table; every other refusal of a signature is 12008."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """The gate's result: whose request it is, the rate headers, and a refusal if there is one."""

    verdict: Verdict
    account: Account | None = None
    headers: Headers = ()
    refusal: Reply | None = None


def auth_error(verdict: Verdict, behaviour: Behaviour, ts: int) -> Reply:
    """The refusal of a bad signature in the shape `behaviour.auth_error` names."""
    match behaviour.auth_error:
        case "legacy":
            unknown = verdict is Verdict.UNKNOWN_KEY
            return legacy_error(403, ts, UNKNOWN_KEY_MESSAGE if unknown else None)
        case "v5_1253":
            return v5_error(1253, ts)
        case "v5_12008":
            return v5_error(CODE_OF.get(verdict, 12008), ts)


def too_many(behaviour: Behaviour, ts: int) -> Reply:
    """HTX docs: code 1032 in the body; shape and HTTP status are switchable."""
    make = v5_error if behaviour.rate_limit_shape == "v5" else legacy_error
    return make(1032, ts, status=behaviour.rate_limit_status)


def not_found(ts: int) -> Reply:
    """Unknown path, or a known one with the wrong method: HTTP 404, code 404."""
    return v5_error(404, ts, status=404)
