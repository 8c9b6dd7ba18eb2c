"""What the format promises about bytes: one spelling, hard limits, and no bit that may be changed."""

import json
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keystore import EntryInfo, Keyfile, Kind, Masked, change, field_names, seal
from keystore import format as fmt
from keystore.errors import FormatError
from keystore.values import check_values, public_tail
from tests.keystore.keystore_helpers import key, make, phrase

KINDS: tuple[Kind, ...] = ("htx", "telegram", "slack")
STORE_ID = "ab" * 16
printable = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=256)
names = st.from_regex(r"[a-z0-9][a-z0-9_-]{0,31}", fullmatch=True)
values = st.sampled_from(KINDS).flatmap(
    lambda kind: st.tuples(st.just(kind), st.tuples(*[printable for _ in field_names(kind)]))
)
times = st.datetimes(min_value=datetime(1970, 1, 1), max_value=datetime(9999, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


def sealed(store_key: Masked, name: str, kind: Kind, plain: tuple[str, ...], when: datetime) -> fmt.Entry:
    hidden = tuple(Masked(value.encode()) for value in plain)
    info = EntryInfo(
        name=name, kind=kind, version=1, created=when.replace(microsecond=0), tail=public_tail(kind, hidden)
    )
    return seal.seal_entry(store_key, STORE_ID, info, hidden, bytes(32))


@settings(max_examples=40)
@given(st.dictionaries(names, st.tuples(values, times), max_size=5), st.binary(min_size=32, max_size=32))
def test_what_is_sealed_opens_again(
    entries: dict[str, tuple[tuple[Kind, tuple[str, ...]], datetime]], raw: bytes
) -> None:
    """Any names, values and times survive sealing, writing, reading and opening unchanged."""
    store_key = Masked(raw)
    slot = seal.new_slot(store_key, key(), STORE_ID, "0" * 16, fmt.KeyfileParams(salt=bytes(32)))
    document = change.blank(STORE_ID, slot)
    for name, ((kind, plain), when) in entries.items():
        document = change.add_entry(document, sealed(store_key, name, kind, plain, when))
    read = fmt.decode(fmt.encode(seal.with_mac(document, store_key)), "test")
    opened = seal.unlock_store(read, key())
    assert opened == store_key
    for entry in read.entries:
        secret = seal.open_box(opened, STORE_ID, entry)
        assert tuple(value.decode() for value in secret.values()) == entries[entry.name][0][1]


@given(st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), max_size=4), times)
def test_both_json_libraries_spell_alike(tail: str, when: datetime) -> None:
    """What msgspec writes is what the standard library's json calls canonical, so that second readers are easy."""
    info = EntryInfo(name="a", kind="htx", version=1, created=when.replace(microsecond=0), tail=tail)
    entry = seal.seal_entry(Masked(32), STORE_ID, info, (Masked(b"A"), Masked(b"S")), bytes(32))
    text = fmt.encode(change.add_entry(change.blank(STORE_ID), entry))
    assert json.dumps(json.loads(text), sort_keys=True, separators=(",", ":")).encode() + b"\n" == text


@given(values)
def test_stored_values_are_never_longer_than_the_limit_allows(case: tuple[Kind, tuple[str, ...]]) -> None:
    """Boxes come in whole blocks, at most four, whatever is in them."""
    entry = sealed(Masked(32), "a", case[0], case[1], datetime(2026, 1, 1, tzinfo=UTC))
    assert (len(entry.box) - fmt.TAG_SIZE) % fmt.BLOCK == 0
    assert len(entry.box) - fmt.TAG_SIZE <= fmt.MAX_PLAIN


def opens(data: bytes) -> bool:
    """Whether the bytes open under the test's key, with every entry."""
    try:
        document = fmt.decode(data, "test")
        store_key = seal.unlock_store(document, key())
        for entry in document.entries:
            seal.open_box(store_key, document.store_id, entry)
    except (FormatError, seal.SealError):
        return False
    return True


def test_every_single_bit_flip_is_refused(tmp_path: Path) -> None:
    """There is no bit in a store that can be changed without the store being refused."""
    data = make(tmp_path, "htx").read_bytes()
    assert opens(data)
    assert [bit for bit in range(len(data) * 8) if opens(flip(data, bit))] == []


def test_every_single_bit_flip_under_a_passphrase_is_refused(tmp_path: Path) -> None:
    """The same for a passphrase slot, even for somebody who has the key that the true passphrase makes."""
    store_key = Masked(b"k" * 32)
    params = fmt.Argon2Params(lanes=1, memory_kib=19 * 1024, passes=2, salt=bytes(16))
    slot = seal.new_slot(store_key, phrase(), STORE_ID, "0" * 16, params)
    kek = seal.derive_kek(phrase(), slot)
    assert kek is not None
    data = fmt.encode(seal.with_mac(change.blank(STORE_ID, slot), store_key))
    assert opens_with(data, kek)
    assert [bit for bit in range(len(data) * 8) if opens_with(flip(data, bit), kek)] == []


def opens_with(data: bytes, kek: Masked) -> bool:
    """Like `opens`, without deriving the key again for each flip."""
    try:
        document = fmt.decode(data, "test")
        seal.check_mac(document, seal.unwrap(kek, document.store_id, document.slots[0]))
    except (FormatError, seal.SealError):
        return False
    return True


def flip(data: bytes, bit: int) -> bytes:
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


@given(st.binary(max_size=400))
def test_any_bytes_at_all_are_refused_in_an_orderly_way(data: bytes) -> None:
    """Whatever a file holds, reading it ends in a typed refusal."""
    with pytest.raises(FormatError):
        fmt.decode(data, "test")


@pytest.mark.parametrize(("field", "value"), [("memory_kib", 2**31), ("passes", 10**9), ("lanes", 2**24)])
def test_costs_are_judged_before_they_are_paid(field: str, value: int, tmp_path: Path) -> None:
    """A file that asks for two terabytes or years of work is refused at once."""
    slot = {"id": "0" * 16, "type": "passphrase", "wrapped": "A" * 64}
    params = {"lanes": 1, "memory_kib": 19456, "passes": 2, "salt": "A" * 22 + "=="}
    head = {"format": "cancelall-keystore", "version": 1, "store_id": STORE_ID, "mac": "A" * 43 + "="}
    plain = head | {"entries": [], "slots": [slot | {"params": params | {field: value}}]}
    started = time.process_time()
    with pytest.raises(FormatError) as refusal:
        fmt.decode(json.dumps(plain, sort_keys=True, separators=(",", ":")).encode() + b"\n", "test")
    assert refusal.value.reason == "over-limit"
    assert refusal.value.where == "$.slots[0]"
    assert time.process_time() - started < 0.2  # of all threads


def test_size_is_judged_before_anything_is_parsed() -> None:
    """One byte over 256 KiB is too much, whatever it says."""
    with pytest.raises(FormatError) as refusal:
        fmt.decode(b" " * (fmt.MAX_FILE + 1), "test")
    assert refusal.value.reason == "over-limit"


def test_the_fullest_store_fits_into_the_size_limit() -> None:
    """64 entries of the largest kind and 8 slots stay under 256 KiB; one entry more is refused."""
    store_key = Masked(32)
    slots = [
        seal.new_slot(store_key, key(), STORE_ID, f"{i:016x}", fmt.KeyfileParams(salt=bytes(32)))
        for i in range(fmt.MAX_SLOTS)
    ]
    when = datetime(2026, 1, 1, tzinfo=UTC)
    largest = ("x" * 256, "y" * 256, "z" * 256)
    entries = [sealed(store_key, f"{i:02}".rjust(32, "n"), "slack", largest, when) for i in range(65)]
    document = change.blank(STORE_ID, *slots)
    for entry in entries[:64]:
        document = change.add_entry(document, entry)
    assert fmt.decode(fmt.encode(document), "test") == document
    crowded = fmt.Document(
        format="cancelall-keystore",
        version=1,
        store_id=STORE_ID,
        slots=document.slots,
        entries=tuple(sorted(entries, key=lambda entry: entry.name)),
        mac=bytes(32),
    )
    with pytest.raises(FormatError) as refusal:
        fmt.decode(fmt.encode(crowded), "test")
    assert (refusal.value.reason, refusal.value.where) == ("over-limit", "$.entries")


def test_the_parsers_own_words_are_not_repeated() -> None:
    """A file that is something else, perhaps full of secrets, is not quoted in the refusal."""
    data = b'{"format":"cancelall-keystore","version":1,"mac":"x","canary-key":"canary-value","kind":"canary"}\n'
    with pytest.raises(FormatError) as refusal:
        fmt.decode(data, "test")
    assert "canary" not in str(refusal.value)
    assert refusal.value.__cause__ is refusal.value.__context__ is None


@pytest.mark.parametrize(
    ("kind", "given_values", "tail"),
    [
        ("htx", ("0123456789abcdef", "fedcba"), "cdef"),
        ("htx", ("abc", "fedcba"), "abc"),
        ("telegram", ("123456:AAHsecret",), "3456"),
        ("telegram", ("1:x",), "1"),
        ("slack", ("xoxb-1", "xapp-2", "3"), ""),
    ],
)
def test_tails_are_public(kind: Kind, given_values: tuple[str, ...], tail: str) -> None:
    """What is shown of an entry comes from its public part only: the access key, the bot id, nothing of Slack."""
    hidden = check_values(kind, tuple(Masked(value.encode()) for value in given_values))
    assert public_tail(kind, hidden) == tail


def test_an_unlock_with_the_parameters_of_the_other_type_is_a_mistake_of_the_caller() -> None:
    """Parameters of the other slot type are refused loudly, not sealed into a slot that never opens."""
    with pytest.raises(ValueError, match="Argon2id"):
        seal.new_slot(
            Masked(32),
            Keyfile(value=Masked(32)),
            STORE_ID,
            "0" * 16,
            fmt.Argon2Params(lanes=1, memory_kib=19456, passes=2, salt=bytes(16)),
        )
