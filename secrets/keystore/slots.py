"""From what somebody has in hand to the store key, and back: a passphrase counts in each form it may be typed."""

from pathlib import Path

from keystore import format as fmt
from keystore import seal
from keystore.errors import WrongKeyOrDamagedError
from keystore.options import Options
from keystore.secret import Masked, Passphrase, Unlock


def store_key(path: Path, document: fmt.Document, unlock: Unlock) -> Masked:
    """The store key; of a passphrase every form is tried, as it was typed first.

    Raises:
        WrongKeyOrDamagedError, MemoryShortError: see their classes.
    """
    for form in unlock.forms() if isinstance(unlock, Passphrase) else (unlock,):
        try:
            return seal.unlock_store(document, form)
        except seal.SealError:
            continue
    raise WrongKeyOrDamagedError(path=path)


def new_slot(key: Masked, unlock: Unlock, store_id: str, options: Options) -> fmt.Slot:
    """A slot that ``unlock`` opens, of a passphrase in its composed form.

    Raises:
        WeakPassphraseError, MemoryShortError: see their classes.
    """
    unlock = unlock.composed() if isinstance(unlock, Passphrase) else unlock
    slot_id = options.random(fmt.SLOT_ID_SIZE).hex()
    return seal.new_slot(key, unlock, store_id, slot_id, options.slot_params(unlock))
