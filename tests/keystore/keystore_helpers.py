"""What the keystore's tests share: cheap options, a key file, sample values."""

from pathlib import Path

from keystore import Cost, Keyfile, Keystore, Kind, Masked, Options, Passphrase

FLOOR = Cost(memory_kib=19 * 1024, passes=2, lanes=1)
FAST = Options(cost=FLOOR, lock_timeout=5)
SAMPLES: dict[Kind, tuple[str, ...]] = {
    "htx": ("AK-public-abcd", "SK-hidden-canary"),
    "telegram": ("123456:hidden-canary",),
    "slack": ("xoxb-hidden-canary", "xapp-hidden-canary", "0a1b2c-hidden-canary"),
}


def key(byte: int = 7) -> Keyfile:
    """A key file made of one byte."""
    return Keyfile(value=Masked(bytes([byte]) * 32))


def phrase(text: str = "correct horse battery") -> Passphrase:
    """A passphrase."""
    return Passphrase(value=Masked(text.encode()))


def make(folder: Path, *kinds: Kind) -> Path:
    """A store with one sample entry of each kind, named as its kind, that `key` opens."""
    path = folder / "keystore.json"
    with Keystore.create(path, key(), FAST) as store:
        for kind in kinds:
            store.add(kind, kind, SAMPLES[kind])
    return path
