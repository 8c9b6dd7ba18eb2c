"""Documents on the disk: read and parsed, or sealed, written, read back and proved before they count."""

from functools import partial
from pathlib import Path

from keystore import file, seal
from keystore import format as fmt
from keystore.errors import StoreChangedError, WrongKeyOrDamagedError
from keystore.secret import Masked


def load(path: Path) -> tuple[bytes, fmt.Document]:
    """The bytes and what they say; no key is needed and nothing is authenticated.

    Raises:
        StoreMissingError, UnsafeFileError, FormatError: see their classes.
    """
    data = file.read_private(path, fmt.MAX_FILE)
    return data, fmt.decode(data, str(path))


def reload(path: Path, key: Masked) -> tuple[bytes, fmt.Document]:
    """Like `load`, and authentic under the store key.

    Raises:
        StoreChangedError: the file is under another key by now.
        StoreMissingError, UnsafeFileError, FormatError: see their classes.
    """
    data, document = load(path)
    try:
        seal.check_mac(document, key)
    except seal.SealError:
        raise StoreChangedError(path=path) from None
    return data, document


def publish(path: Path, document: fmt.Document, key: Masked, previous: bytes | None) -> fmt.Document:
    """Put the HMAC on, write, read back, open every entry, and only then replace the file.

    Call it with the lock held.

    Raises:
        WriteError: the old file is in place.
        WrongKeyOrDamagedError: what was read back does not open; the old file is in place.
        NotDurableError: the new file is in place, the disk did not confirm it.
    """
    document = seal.with_mac(document, key)
    file.replace(path, fmt.encode(document), previous, partial(_prove, path, key))
    return document


def _prove(path: Path, key: Masked, data: bytes) -> None:
    document = fmt.decode(data, str(path))
    try:
        seal.check_mac(document, key)
        for entry in document.entries:
            seal.open_box(key, document.store_id, entry).wipe()
    except seal.SealError:
        raise WrongKeyOrDamagedError(path=path) from None
