"""What a store takes from the world around it, and what a new passphrase slot costs."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from keystore import format as fmt
from keystore.errors import WeakPassphraseError
from keystore.secret import Keyfile, Passphrase, Unlock

MIN_PASSPHRASE: Final = 12
"""Bytes a new passphrase has at least."""


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What opening a new passphrase slot costs: by default half a second to one second on two cores."""

    memory_kib: int = 256 * 1024
    passes: int = 3
    lanes: int = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The defaults are for real use; tests and the kit's generator pass their own."""

    random: Callable[[int], bytes] = os.urandom
    """As many cryptographic random bytes as asked for."""
    now: Callable[[], datetime] = _now
    """Aware; stored in whole seconds of UTC."""
    cost: Cost = field(default_factory=Cost)
    lock_timeout: float = 10.0
    """Seconds to wait for another process that changes the store."""

    def created(self) -> datetime:
        """The time to write into a new entry version."""
        return self.now().astimezone(UTC).replace(microsecond=0)

    def slot_params(self, unlock: Unlock) -> fmt.Argon2Params | fmt.KeyfileParams:
        """Parameters with a fresh salt for a new slot that ``unlock`` will open.

        Raises:
            WeakPassphraseError: the passphrase has less than `MIN_PASSPHRASE` bytes.
        """
        match unlock:
            case Keyfile():
                return fmt.KeyfileParams(salt=self.random(fmt.SALT_SIZE))
            case Passphrase():
                if len(unlock.value) < MIN_PASSPHRASE:
                    raise WeakPassphraseError(minimum=MIN_PASSPHRASE)
                return fmt.Argon2Params(
                    lanes=self.cost.lanes,
                    memory_kib=self.cost.memory_kib,
                    passes=self.cost.passes,
                    salt=self.random(fmt.ARGON2_SALT_SIZE),
                )
