"""What an endpoint gets to see and to do."""

from collections.abc import Callable
from dataclasses import dataclass

from simulator.htx.behaviour import Behaviour
from simulator.htx.book import Account
from simulator.htx.contracts import Contracts
from simulator.htx.faults import Fault
from simulator.htx.record import EffectKind
from simulator.htx.replies import Reply
from simulator.htx.signature import Pair

Later = Callable[[float, Callable[[], None]], None]
"""Runs a function some seconds from now, in the background."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request to a public endpoint; `query` is decoded, without authentication, `ts` in ms."""

    query: tuple[Pair, ...]
    body: bytes
    content_type: str
    ts: int
    behaviour: Behaviour
    contracts: Contracts
    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivateCall(Call):
    """A call whose signature was valid; `note` writes an effect into the log."""

    account: Account
    note: Callable[[EffectKind, str], None]
    later: Later


PublicEndpoint = Callable[[Call], Reply]
PrivateEndpoint = Callable[[PrivateCall], Reply]
