"""From what is to be asked to a call: where a call is signed, the key is opened here, for that moment."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

from bot.htx.address import Address, public_target
from bot.htx.line import Call
from bot.htx.signing import sign
from bot.model import AccountName
from bot.ports import Keys


class Signer:
    """Makes calls for one address at a time, named by its index.

    Args:
        addresses: all of them.
        keys: opened for the moment of each signing.
        now: an index to that host's time, Unix seconds: it judges the signature by its own clock.
    """

    def __init__(self, addresses: Sequence[Address], keys: Keys, now: Callable[[int], float]) -> None:
        self.addresses = addresses
        self.now = now
        self._keys = keys

    def public(self, host: int, path: str, params: Mapping[str, str]) -> Call:
        """An unsigned read."""
        return Call(method="GET", address=self.addresses[host], path=path, target=public_target(path, params))

    def get(self, account: AccountName, host: int, path: str, params: Mapping[str, str]) -> Call:
        """A signed read. Raises KeyUnusable."""
        target = self._target(account, host, "GET", path, params)
        return Call(method="GET", address=self.addresses[host], path=path, target=target)

    def post(self, account: AccountName, host: int, path: str, content: bytes) -> Call:
        """A signed request that changes something; HTX does not sign the body. Raises KeyUnusable."""
        target = self._target(account, host, "POST", path, {})
        return Call(method="POST", address=self.addresses[host], path=path, target=target, content=content)

    def _target(self, account: AccountName, host: int, method: str, path: str, params: Mapping[str, str]) -> bytes:
        where = self.addresses[host]
        with self._keys.htx(account) as key:
            moment = datetime.fromtimestamp(self.now(host), UTC)
            return sign(method, where.host, path, params, key, moment).encode("ascii")
