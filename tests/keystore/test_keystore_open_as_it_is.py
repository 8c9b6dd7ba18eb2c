"""What opens a store: the kind its slots have, and a passphrase however its letters were put together."""

from pathlib import Path

import pytest

from keystore import Keystore, Masked, Passphrase, Unlock, inspect_slots, seal, unlock_for
from keystore import errors as err
from keystore.change import blank
from keystore.disk import publish
from tests.keystore.keystore_helpers import FAST, key, phrase

COMPOSED = "caf\u00e9 \u00fcber alles"
DECOMPOSED = "cafe\u0301 u\u0308ber alles"
MIXED = "caf\u00e9 u\u0308ber alles"


def asked() -> Unlock:
    pytest.fail("somebody was asked for a passphrase")


def quiet(_line: str) -> None:
    """A warning that nobody reads."""


def by(path: Path, unlock: Unlock) -> Path:
    Keystore.create(path, unlock, FAST).close()
    return path


def as_once(path: Path, text: str) -> Path:
    """A store as it was made before: its slot is of the bytes that were typed."""
    store_key, store_id = Masked(bytes(range(32))), "0" * 32
    params = FAST.slot_params(phrase(text))
    slot = seal.new_slot(store_key, phrase(text), store_id, "1" * 16, params)
    publish(path, blank(store_id, slot), store_key, None)
    return path


@pytest.mark.parametrize("made", [COMPOSED, DECOMPOSED, MIXED])
@pytest.mark.parametrize("typed", [COMPOSED, DECOMPOSED, MIXED])
def test_a_passphrase_is_the_same_however_it_is_composed(tmp_path: Path, made: str, typed: str) -> None:
    """A new store opens by every form of its passphrase."""
    Keystore.open(by(tmp_path / "k.json", phrase(made)), phrase(typed)).close()


@pytest.mark.parametrize("made", [COMPOSED, DECOMPOSED])
@pytest.mark.parametrize("typed", [COMPOSED, DECOMPOSED])
def test_old_stores_open_by_either_form(tmp_path: Path, made: str, typed: str) -> None:
    """A store that was made of one form opens by the other as well, and by what was typed first."""
    Keystore.open(as_once(tmp_path / "k.json", made), phrase(typed)).close()


def test_what_was_typed_is_tried_as_it_is(tmp_path: Path) -> None:
    """An old slot of a form that is neither opens by the same keys again; bytes that are no text too."""
    Keystore.open(as_once(tmp_path / "k.json", MIXED), phrase(MIXED)).close()
    raw = Passphrase(value=Masked(b"\xff\xfe not any text"))
    Keystore.open(by(tmp_path / "raw.json", raw), raw).close()


def test_other_letters_are_another_passphrase(tmp_path: Path) -> None:
    """Neither a letter without its accent nor a look-alike opens it."""
    path = by(tmp_path / "k.json", phrase(COMPOSED))
    for wrong in ("cafe uber alles", COMPOSED.upper(), COMPOSED.replace("a", "\u0430", 1)):
        with pytest.raises(err.WrongKeyOrDamagedError):
            Keystore.open(path, phrase(wrong))


def test_the_length_is_that_of_the_composed_form(tmp_path: Path) -> None:
    """Accents typed apart make no short passphrase long."""
    with pytest.raises(err.WeakPassphraseError):
        by(tmp_path / "k.json", phrase("e\u0301" * 5))


def test_where_a_key_file_opens_it_nobody_is_asked(tmp_path: Path) -> None:
    """What to export is said; a passphrase from elsewhere is of no use either."""
    path = by(tmp_path / "k.json", key())
    for environ in ({}, {"CANCELALL_KEYFILE": ""}, {"CANCELALL_PASSPHRASE": "correct horse battery"}):
        with pytest.raises(err.KeyfileWantedError, match="export CANCELALL_KEYFILE=PATH"):
            unlock_for(path, environ, fd=None, ask=asked, warn=quiet)


def test_where_a_passphrase_opens_it_a_key_file_does_not(tmp_path: Path) -> None:
    """A key file that is named is not passed over in silence, and not called wrong."""
    path, file = by(tmp_path / "k.json", phrase()), tmp_path / "key"
    file.write_bytes(bytes(key().value))
    file.chmod(0o600)
    with pytest.raises(err.PassphraseWantedError, match="opened by a passphrase"):
        unlock_for(path, {"CANCELALL_KEYFILE": str(file)}, fd=None, ask=asked, warn=quiet)
    found = unlock_for(path, {}, fd=None, ask=phrase, warn=quiet)
    assert isinstance(found, Passphrase)


def test_with_both_kinds_either_will_do(tmp_path: Path) -> None:
    """The slots say what may open a store, and no key is needed to read them."""
    path = by(tmp_path / "k.json", key())
    with Keystore.open(path, key(), FAST) as store:
        store.add_slot(phrase())
    assert {slot.type for slot in inspect_slots(path)} == {"keyfile", "passphrase"}
    assert isinstance(unlock_for(path, {}, fd=None, ask=phrase, warn=quiet), Passphrase)


def test_without_a_store_nothing_is_asked(tmp_path: Path) -> None:
    """That there is none comes first."""
    with pytest.raises(err.StoreMissingError):
        unlock_for(tmp_path / "none.json", {}, fd=None, ask=asked, warn=quiet)


def test_one_key_pair_has_one_name(tmp_path: Path) -> None:
    """Adding or rotating to a pair that is there under another name is refused; the same name may have it."""
    path = by(tmp_path / "k.json", key())
    with Keystore.open(path, key(), FAST) as store:
        store.add("main", "htx", ("AK-0001", "SK-canary"))
        store.add("hedge", "htx", ("XX-0001", "SK-canary"))
        with pytest.raises(err.SameKeyError, match="key pair of main") as caught:
            store.add("more", "htx", ("AK-0001", "SK-other-canary"))
        with pytest.raises(err.SameKeyError, match="key pair of main"):
            store.rotate("hedge", ("AK-0001", "SK-canary"))
        assert store.rotate("main", ("AK-0001", "SK-new-canary")).version == 2
        assert [entry.name for entry in store.entries()] == ["hedge", "main"]
    assert "canary" not in str(caught.value)
