"""What `Keystore` promises to the bot and to the command line."""

import multiprocessing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from keystore import Cost, Keystore, KeystoreError, Kind, Options, inspect
from keystore import errors as err
from tests.keystore import second_reader
from tests.keystore.keystore_helpers import FAST, SAMPLES, key, make, phrase

NEW = ("AK-second-wxyz", "SK-second-canary")


def htx(store: Keystore, name: str = "htx") -> tuple[str, str]:
    with store.open_entry(name, "htx") as secret:
        return secret.access_key.decode(), secret.secret.decode()


def test_a_store_gives_back_what_was_put_in(tmp_path: Path) -> None:
    """Each kind opens with its own fields, from a store that was closed and opened again."""
    with Keystore.open(make(tmp_path, "htx", "telegram", "slack"), key()) as store:
        assert htx(store) == SAMPLES["htx"]
        with store.open_entry("telegram", "telegram") as telegram:
            assert telegram.token.decode() == SAMPLES["telegram"][0]
        with store.open_entry("slack", "slack") as slack:
            values = slack.bot_token, slack.app_token, slack.signing_secret
            assert tuple(value.decode() for value in values) == SAMPLES["slack"]


def test_the_second_reader_opens_a_store_at_full_cost(tmp_path: Path) -> None:
    """With the default Argon2id cost, another implementation derives the same keys and reads the same values."""
    path = tmp_path / "keystore.json"
    with Keystore.create(path, phrase()) as store:
        store.add("main", "htx", NEW)
    read = second_reader.read(path.read_bytes(), passphrase=bytes(phrase().value))
    assert read == [("main", "htx", list(NEW))]
    assert b'"lanes":4,"memory_kib":262144,"passes":3' in path.read_bytes()


def test_the_visible_part_needs_no_key(tmp_path: Path) -> None:
    """Names, kinds, versions, ages and tails are read by `inspect` as the open store shows them."""
    now = datetime(2026, 3, 4, 5, 6, 7, 999_999, tzinfo=UTC)
    path = tmp_path / "keystore.json"
    with Keystore.create(path, key(), replace(FAST, now=lambda: now)) as store:
        added = store.add("main", "htx", SAMPLES["htx"])
        assert inspect(path) == store.entries() == store.verify() == (added,)
    assert (added.name, added.kind, added.version, added.tail) == ("main", "htx", 1, "abcd")
    assert added.created == datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


def test_rotating_replaces_values_and_counts(tmp_path: Path) -> None:
    """After a rotation the new values open, the version is one higher and the time is that of the rotation."""
    later = datetime.now(UTC) + timedelta(days=3)
    with Keystore.open(make(tmp_path, "htx"), key(), replace(FAST, now=lambda: later)) as store:
        info = store.rotate("htx", NEW)
        assert (info.version, info.tail) == (2, "wxyz")
        assert info.created == later.replace(microsecond=0)
        assert htx(store) == NEW


def test_removing_leaves_the_others(tmp_path: Path) -> None:
    """A removed entry is gone from the file, the others still open."""
    path = make(tmp_path, "htx", "telegram")
    with Keystore.open(path, key()) as store:
        store.remove("telegram")
        assert [info.name for info in inspect(path)] == ["htx"]
        assert htx(store) == SAMPLES["htx"]


def test_rekeying_locks_out_the_old_key(tmp_path: Path) -> None:
    """After a rekey only what was given opens the store; salts, boxes and wrapped keys are new, facts are not."""
    path = make(tmp_path, "htx", "telegram")
    before, entries = path.read_bytes(), inspect(path)
    with Keystore.open(path, key(), FAST) as store:
        store.rekey(key(8), phrase())
        assert store.verify() == entries
    for unlock in (key(8), phrase()):
        with Keystore.open(path, unlock) as store:
            assert htx(store) == SAMPLES["htx"]
    with pytest.raises(err.WrongKeyOrDamagedError):
        Keystore.open(path, key())
    words = {word for word in before.decode().split('"') if len(word) > 40}
    assert words
    assert not any(word in path.read_text() for word in words)


def test_several_slots_open_one_store(tmp_path: Path) -> None:
    """A slot more opens the store, a slot less does not, and the last slot stays."""
    path = make(tmp_path, "htx")
    with Keystore.open(path, key(), FAST) as store:
        added = store.add_slot(phrase())
        assert {slot.type for slot in store.slots()} == {"keyfile", "passphrase"}
        Keystore.open(path, phrase()).close()
        store.remove_slot(added.id)
        with pytest.raises(err.WrongKeyOrDamagedError):
            Keystore.open(path, phrase())
        with pytest.raises(err.SlotError, match="last slot"):
            store.remove_slot(store.slots()[0].id)
        with pytest.raises(err.SlotError, match="no slot with this id"):
            store.remove_slot("0" * 16)


def test_slots_and_entries_have_limits(tmp_path: Path) -> None:
    """The ninth slot and the sixty-fifth entry are refused, and the store stays as it was."""
    path = make(tmp_path)
    with Keystore.open(path, key(), FAST) as store:
        for i in range(7):
            store.add_slot(key(i))
        with pytest.raises(err.FullError, match="8 slots"):
            store.add_slot(key(9))
        for i in range(64):
            store.add(f"e{i}", "telegram", ["1:x"])
        before = path.read_bytes()
        with pytest.raises(err.FullError, match="64 entries"):
            store.add("more", "telegram", ["1:x"])
    assert path.read_bytes() == before


def test_a_closed_store_opens_nothing(tmp_path: Path) -> None:
    """Closing wipes the key: no entry opens and nothing is written afterwards; closing again is harmless."""
    store = Keystore.open(make(tmp_path, "htx"), key())
    store.close()
    store.close()
    with pytest.raises(err.StoreClosedError), store.open_entry("htx", "htx"):
        pytest.fail("opened")
    with pytest.raises(err.StoreClosedError):
        store.add("more", "telegram", ["1:x"])


def test_an_entry_opens_without_its_file(tmp_path: Path) -> None:
    """Unlocked once, a store signs on, even if the disk is gone at the moment of firing."""
    path = make(tmp_path, "htx")
    with Keystore.open(path, key()) as store:
        path.unlink()
        assert htx(store) == SAMPLES["htx"]


@pytest.mark.parametrize(
    ("name", "kind", "values", "error"),
    [
        ("Main", "htx", NEW, err.BadNameError),
        ("-main", "htx", NEW, err.BadNameError),
        ("main\n", "htx", NEW, err.BadNameError),
        ("m" * 33, "htx", NEW, err.BadNameError),
        ("", "htx", NEW, err.BadNameError),
        ("main", "htx", ("AK",), err.ValueCountError),
        ("main", "htx", ("AK", "SK", "XK"), err.ValueCountError),
        ("main", "htx", ("AK", ""), err.BadValueError),
        ("main", "htx", ("AK", "S K"), err.BadValueError),
        ("main", "htx", ("AK", "SK\n"), err.BadValueError),
        ("main", "htx", ("AK", "SKé"), err.BadValueError),
        ("main", "htx", ("AK", "SK\ud800"), err.BadValueError),
        ("main", "htx", ("AK", "S" * 257), err.BadValueError),
        ("main", "htx", ("AK", "AK"), err.BadValueError),
        ("main", "telegram", ("token",), err.BadValueError),
        ("main", "telegram", ("123:",), err.BadValueError),
        ("main", "telegram", (":abc",), err.BadValueError),
        ("main", "slack", ("xapp-1", "xoxb-2", "3"), err.BadValueError),
        ("htx", "htx", NEW, err.EntryExistsError),
    ],
)
def test_what_cannot_be_right_is_not_stored(
    name: str, kind: Kind, values: tuple[str, ...], error: type[KeystoreError], tmp_path: Path
) -> None:
    """A bad name, a wrong number of values or an impossible value is refused, and the file stays as it was."""
    path = make(tmp_path, "htx")
    before = path.read_bytes()
    with Keystore.open(path, key()) as store, pytest.raises(error) as refusal:
        store.add(name, kind, values)
    assert path.read_bytes() == before
    assert "Nothing was changed." in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_entries_are_opened_by_name_and_kind(tmp_path: Path) -> None:
    """A missing entry and an entry of another kind are told apart, for reading and for changing."""
    with Keystore.open(make(tmp_path, "htx"), key()) as store:
        with (
            pytest.raises(err.WrongKindError, match="of kind htx, not telegram"),
            store.open_entry("htx", "telegram"),
        ):
            pytest.fail("opened")
        for act in (store.entry, store.remove, lambda name: store.rotate(name, NEW)):
            with pytest.raises(err.EntryMissingError, match="no entry spare"):
                act("spare")


def test_wrong_key_and_damage_look_the_same(tmp_path: Path) -> None:
    """Who guesses learns nothing: a wrong key, a wrong passphrase and a tampered file give one sentence."""
    path = make(tmp_path, "htx")
    sentences = set()
    for unlock in (key(8), phrase()):
        with pytest.raises(err.WrongKeyOrDamagedError) as refusal:
            Keystore.open(path, unlock)
        sentences.add(str(refusal.value))
    path.write_bytes(path.read_bytes().replace(b'"tail":"abcd"', b'"tail":"abce"'))
    with pytest.raises(err.WrongKeyOrDamagedError) as refusal:
        Keystore.open(path, key())
    sentences.add(str(refusal.value))
    assert len(sentences) == 1


def test_weak_passphrases_make_no_slot(tmp_path: Path) -> None:
    """A new passphrase has twelve bytes at least; a store is not begun with less."""
    with pytest.raises(err.WeakPassphraseError, match="12"):
        Keystore.create(tmp_path / "keystore.json", phrase("elevenchars"), FAST)
    assert list(tmp_path.iterdir()) == []


def test_a_cost_outside_the_limits_makes_no_store(tmp_path: Path) -> None:
    """A store that no reader would open is not written."""
    options = Options(cost=Cost(memory_kib=1024, passes=1, lanes=1))
    with pytest.raises(err.FormatError):
        Keystore.create(tmp_path / "keystore.json", phrase(), options)
    assert not (tmp_path / "keystore.json").exists()


def test_a_store_rekeyed_by_another_is_not_overwritten(tmp_path: Path) -> None:
    """Whoever still holds the old store key cannot write over a rekeyed store."""
    path = make(tmp_path, "htx")
    with Keystore.open(path, key()) as stale, Keystore.open(path, key()) as fresh:
        fresh.rekey(key(8))
        after = path.read_bytes()
        with pytest.raises(err.StoreChangedError):
            stale.remove("htx")
    assert path.read_bytes() == after


def add_many(path: Path, prefix: str) -> None:
    with Keystore.open(path, key(), FAST) as store:
        for i in range(8):
            store.add(f"{prefix}{i}", "telegram", ["1:x"])


def test_two_processes_lose_nothing_of_each_other(tmp_path: Path) -> None:
    """Changes made at the same time by two processes are all there afterwards."""
    path = make(tmp_path)
    spawn = multiprocessing.get_context("spawn")
    workers = [spawn.Process(target=add_many, args=(path, prefix)) for prefix in ("a", "b")]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0, 0]
    with Keystore.open(path, key()) as store:
        assert len(store.verify()) == 16
