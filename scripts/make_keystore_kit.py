"""Make the keystore test kit: `python -m scripts.make_keystore_kit [FOLDER]`, by default tests/data/keystore.

One file a case, one defect a file: a header of `key: value` lines, an empty line, then the keystore byte for byte.

    expect    one word of EXPECT: what a reader has to say
    comment   what is special about the file
    keyfile   what to open it with, in hexadecimal; or
    passphrase
    entry     NAME KIND VALUE…; once for each entry of a file that opens

Files whose defect is not the HMAC itself carry the right one, so that nothing else can be why they are refused.
The same bytes come out each time, and a test compares them with those in the repository.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from keystore import Keyfile, Unlock
from keystore import format as fmt
from scripts.keystore_kit import Kit, Plain, Row, b64, canonical, flipped, get, key_file, phrase, put

EXPECT: Final = ("success", "malformed", "unsupported", "not-canonical", "over-limit", "no-unlock")
"""A file opens with all its entries; or is refused without a key, for one of four reasons; or nothing opens it."""
FOLDER: Final = Path(__file__).parent.parent / "tests" / "data" / "keystore"

MAIN: Final[Row] = ("main", "htx", ("AK-main-0001", "SK-main-0001"))
SPARE: Final[Row] = ("spare", "htx", ("AK-spare-0002", "SK-spare-0002"))
CHAT: Final[Row] = ("chat", "telegram", ("123456:made-up-token",))
SLACK: Final[Row] = ("work", "slack", ("xoxb-made-up", "xapp-made-up", "0123456789abcdef"))

LONGEST: Final[Row] = ("a" * 32, "htx", ("A" * 256, "S" * 256))
ODD: Final[Row] = ("odd_name-1", "htx", ('AK"\\/|', "SK"))

KIT: Final = Kit()
KEY: Final = key_file()
ONE: Final = KIT.document(MAIN)
TWO: Final = KIT.document(MAIN, SPARE)
BY_PHRASE: Final = KIT.document(MAIN, unlocks=(phrase(),))


def opening() -> Iterator[tuple[str, str, Unlock, Plain, tuple[Row, ...]]]:
    """Name, comment, unlock, document and entries of the files that open."""
    yield "empty", "a store without entries", KEY, KIT.document(), ()
    yield "htx", "one key pair", KEY, ONE, (MAIN,)
    yield "telegram", "one bot token", KEY, KIT.document(CHAT), (CHAT,)
    yield "slack", "three values in one entry, no tail", KEY, KIT.document(SLACK), (SLACK,)
    yield "all-kinds", "one entry of each kind", KEY, KIT.document(MAIN, CHAT, SLACK), (CHAT, MAIN, SLACK)
    yield "rotated", "an entry of a later version", KEY, KIT.document(MAIN, version=7), (MAIN,)
    yield "last-version", "the highest version", KEY, KIT.document(MAIN, version=fmt.MAX_VERSION), (MAIN,)
    yield "longest", "the longest name and values", KEY, KIT.document(LONGEST), (LONGEST,)
    yield "odd-tail", "a tail that JSON has to escape", KEY, KIT.document(ODD), (ODD,)
    yield "by-phrase", "Argon2id at its floor", phrase(), BY_PHRASE, (MAIN,)
    both = KIT.document(MAIN, unlocks=(phrase(), key_file("other"), KEY))
    yield "three-slots-key", "a key file among three slots", KEY, both, (MAIN,)
    yield "three-slots-phrase", "a passphrase among three slots", phrase(), both, (MAIN,)


def misfits() -> Iterator[tuple[str, str, str, Plain]]:
    """Expectation, name, comment and document of what any reader refuses without a key."""
    bad, limit, order, other = "malformed", "over-limit", "not-canonical", "unsupported"
    slot, params, entry = "slots.0", "slots.0.params", "entries.0"
    salted = {"id": get(ONE, "slots.0.id"), "wrapped": get(ONE, "slots.0.wrapped"), "type": "tpm"}
    for expect, name, comment, base, path, value in (
        (other, "version-0", "a version before the first", ONE, "version", 0),
        (other, "version-2", "a version after this one", ONE, "version", 2),
        (other, "format", "another program's file", ONE, "format", "htxkill-keystore"),
        (bad, "version-text", "the version as a string", ONE, "version", "1"),
        (bad, "version-true", "the version as a boolean", ONE, "version", True),
        (bad, "no-mac", "the HMAC is missing", ONE, "mac", None),
        (bad, "no-store-id", "the store id is missing", ONE, "store_id", None),
        (bad, "no-entries", "the list of entries is missing", ONE, "entries", None),
        (bad, "extra-key", "a key nobody knows", ONE, "comment", "hello"),
        (bad, "extra-key-slot", "a key nobody knows in a slot", ONE, f"{slot}.note", "hello"),
        (bad, "extra-key-params", "a pepper nobody knows", BY_PHRASE, f"{params}.pepper", "AAAA"),
        (bad, "extra-key-entry", "a key nobody knows in an entry", ONE, f"{entry}.state", "active"),
        (bad, "slot-type", "a slot type nobody knows", ONE, slot, salted | {"params": {"salt": "AAAA"}}),
        (bad, "slot-type-swapped", "a passphrase slot without costs", ONE, f"{slot}.type", "passphrase"),
        (bad, "slot-id-upper", "a slot id in capitals", ONE, f"{slot}.id", "0123456789ABCDEF"),
        (bad, "slot-id-short", "a slot id of 15 digits", ONE, f"{slot}.id", "0" * 15),
        (bad, "store-id-short", "a store id of 31 digits", ONE, "store_id", "0" * 31),
        (bad, "mac-short", "an HMAC cut to 16 bytes", ONE, "mac", b64(bytes(16))),
        (bad, "wrapped-short", "a wrapped key without its tag", ONE, f"{slot}.wrapped", b64(bytes(32))),
        (bad, "keyfile-salt-short", "31 bytes of salt", ONE, f"{params}.salt", b64(bytes(31))),
        (bad, "argon2-salt-short", "15 bytes of salt", BY_PHRASE, f"{params}.salt", b64(bytes(15))),
        (bad, "entry-salt-empty", "no salt", ONE, f"{entry}.salt", ""),
        (bad, "base64-blank", "a blank in base64", ONE, f"{entry}.salt", " " + get(ONE, f"{entry}.salt")),
        (bad, "base64-bare", "base64 without its padding", ONE, "mac", get(ONE, "mac").rstrip("=")),
        (bad, "box-empty", "a box with nothing but a tag", ONE, f"{entry}.box", b64(bytes(16))),
        (bad, "box-odd", "a box that is not whole blocks", ONE, f"{entry}.box", b64(bytes(16 + 255))),
        (bad, "kind", "a kind nobody knows", ONE, f"{entry}.kind", "binance"),
        (bad, "name-upper", "a name in capitals", ONE, f"{entry}.name", "MAIN"),
        (bad, "name-empty", "no name", ONE, f"{entry}.name", ""),
        (bad, "name-long", "a name of 33 characters", ONE, f"{entry}.name", "a" * 33),
        (bad, "name-line", "a name that ends in a line feed", ONE, f"{entry}.name", "main\n"),
        (bad, "name-path", "a name that climbs", ONE, f"{entry}.name", "../main"),
        (bad, "tail-long", "a tail of five characters", ONE, f"{entry}.tail", "-0001"),
        (bad, "tail-escape", "a tail with a terminal escape", ONE, f"{entry}.tail", "\x1b[2J"),
        (bad, "created-naive", "a time without a zone", ONE, f"{entry}.created", "2026-01-02T03:04:05"),
        (bad, "created-zone", "a time not in UTC", ONE, f"{entry}.created", "2026-01-02T03:04:05+02:00"),
        (
            bad,
            "created-fraction",
            "a fraction of a second",
            ONE,
            f"{entry}.created",
            "2026-01-02T03:04:05.500000Z",
        ),
        (bad, "created-number", "a time as a number", ONE, f"{entry}.created", 1767323045),
        (order, "created-offset", "UTC as an offset", ONE, f"{entry}.created", "2026-01-02T03:04:05+00:00"),
        (order, "entries-order", "entries not by name", TWO, "entries", TWO["entries"][::-1]),
        (order, "entry-twice", "one entry twice", ONE, "entries", ONE["entries"] * 2),
        (order, "slot-twice", "one slot twice", ONE, "slots", ONE["slots"] * 2),
        (limit, "no-slots", "a store nobody can open", ONE, "slots", []),
        (limit, "nine-slots", "one slot too many", ONE, "slots", ONE["slots"] * 9),
        (limit, "memory-low", "Argon2id memory under its floor", BY_PHRASE, f"{params}.memory_kib", 19455),
        (limit, "memory-high", "Argon2id memory over 1 GiB", BY_PHRASE, f"{params}.memory_kib", 1048577),
        (limit, "memory-huge", "64 bits of KiB", BY_PHRASE, f"{params}.memory_kib", 2**64),
        (limit, "passes-low", "one pass", BY_PHRASE, f"{params}.passes", 1),
        (limit, "passes-high", "eleven passes", BY_PHRASE, f"{params}.passes", 11),
        (limit, "lanes-low", "no lane", BY_PHRASE, f"{params}.lanes", 0),
        (limit, "lanes-high", "nine lanes", BY_PHRASE, f"{params}.lanes", 9),
        (limit, "entry-version-0", "versions begin with 1", ONE, f"{entry}.version", 0),
        (limit, "entry-version-high", "a version over 31 bits", ONE, f"{entry}.version", 2**31),
        (limit, "box-large", "five blocks", ONE, f"{entry}.box", b64(bytes(16 + 5 * 256))),
    ):
        edited = put(base, path, value)
        yield expect, name, comment, edited if path == "mac" else KIT.signed(edited)


def misspelled() -> Iterator[tuple[str, str, str, bytes]]:
    """Expectation, name, comment and bytes of good content badly written."""
    text = canonical(ONE) + b"\n"
    sloppy = get(ONE, "mac")[:-2] + chr(ord(get(ONE, "mac")[-2]) + 1) + "="
    yield "malformed", "nothing", "no byte at all", b""
    yield "malformed", "words", "not JSON", b"correct horse battery staple\n"
    yield "malformed", "array", "a list", b"[" + text[:-1] + b"]\n"
    yield "malformed", "half", "the first half", text[: len(text) // 2]
    yield "malformed", "twice", "the document two times", text * 2
    yield "malformed", "deep", "ten thousand brackets", text.replace(b'"box":', b'"box":' + b"[" * 10_000)
    yield "malformed", "byte-order-mark", "a byte order mark", b"\xef\xbb\xbf" + text
    yield (
        "malformed",
        "number-float",
        "an integer with a fraction",
        text.replace(b'"version":1}\n', b'"version":1.0}\n'),
    )
    yield "malformed", "not-utf8", "a byte that is not UTF-8", text.replace(b"0001", b"000\xff")
    yield "malformed", "not-ascii", "a letter outside ASCII", text.replace(b"0001", "000é".encode())
    yield "not-canonical", "no-line-feed", "no line feed at the end", text[:-1]
    yield "not-canonical", "two-line-feeds", "two line feeds at the end", text + b"\n"
    yield "not-canonical", "crlf", "a line end of DOS", text[:-1] + b"\r\n"
    yield "not-canonical", "blank", "a blank after a colon", text.replace(b":", b": ", 1)
    yield (
        "not-canonical",
        "indented",
        "written for people",
        json.dumps(ONE, sort_keys=True, indent=1).encode() + b"\n",
    )
    yield (
        "not-canonical",
        "keys-order",
        "keys not sorted",
        json.dumps(dict(reversed(ONE.items()))).encode() + b"\n",
    )
    yield "not-canonical", "key-twice", "one key twice", text.replace(b'"kind"', b'"kind":"htx","kind"')
    yield "not-canonical", "escape", "a letter as an escape", text.replace(b'"main"', b'"\\u006dain"')
    yield (
        "not-canonical",
        "base64-loose",
        "unused bits of base64 set",
        text.replace(get(ONE, "mac").encode(), sloppy.encode()),
    )


def locked() -> Iterator[tuple[str, str, Unlock, Plain]]:
    """Name, comment, unlock and document of what nobody without the right key can tell from damage."""
    stranger = Kit("second")
    foreign = stranger.document(SPARE)
    yield "wrong-key", "another key file", key_file("other"), ONE
    yield "wrong-phrase", "one letter wrong", phrase("seven quiet river"), BY_PHRASE
    yield "phrase-for-key", "a passphrase for a key file's slot", phrase(), ONE
    yield "key-for-phrase", "a key file for a passphrase's slot", KEY, BY_PHRASE
    yield "mac-flipped", "one bit of the HMAC", KEY, flipped(ONE, "mac")
    yield "mac-zero", "no HMAC but zeros", KEY, put(ONE, "mac", b64(bytes(32)))
    yield "mac-foreign", "the HMAC of another key", KEY, stranger.signed(ONE)
    yield "wrapped-flipped", "one bit of the wrapped key", KEY, KIT.signed(flipped(ONE, "slots.0.wrapped"))
    yield "slot-salt", "one bit of the slot's salt", KEY, KIT.signed(flipped(ONE, "slots.0.params.salt"))
    yield "slot-id", "the slot renamed", KEY, KIT.signed(put(ONE, "slots.0.id", "0" * 16))
    yield "slot-cost", "a higher cost", phrase(), KIT.signed(put(BY_PHRASE, "slots.0.params.passes", 3))
    yield "slot-foreign", "the slot of another store", KEY, KIT.signed(put(ONE, "slots", foreign["slots"]))
    yield "store-id", "another store id", KEY, KIT.signed(put(ONE, "store_id", foreign["store_id"]))
    yield "entry-dropped", "an entry taken out", KEY, put(TWO, "entries.1")
    yield "entry-added", "an entry of an older file put back", KEY, put(ONE, "entries", TWO["entries"])
    yield "entry-foreign", "an entry of another store", KEY, KIT.signed(put(ONE, "entries", foreign["entries"]))
    yield "boxes-swapped", "two boxes exchanged", KEY, swapped(TWO)
    yield "boxes-swapped-signed", "two boxes exchanged, HMAC made right", KEY, KIT.signed(swapped(TWO))
    for name, comment, path, value in (
        ("entry-renamed", "the entry under another name", "name", "spare"),
        ("entry-kind", "the entry as another kind", "kind", "slack"),
        ("entry-version", "the entry as a later version", "version", 2),
        ("entry-created", "the entry made younger", "created", "2026-01-02T03:04:06Z"),
        ("entry-tail", "the tail of another key", "tail", "0002"),
    ):
        edited = put(ONE, f"entries.0.{path}", value)
        yield name, comment + ", HMAC not made right", KEY, edited
        yield f"{name}-signed", comment + ", HMAC made right", KEY, KIT.signed(edited)
    yield "entry-salt-signed", "one bit of the entry's salt", KEY, KIT.signed(flipped(ONE, "entries.0.salt"))
    yield "box-flipped", "one bit of the box", KEY, flipped(ONE, "entries.0.box")
    yield (
        "box-flipped-signed",
        "one bit of the box, HMAC made right",
        KEY,
        KIT.signed(flipped(ONE, "entries.0.box")),
    )
    for name, comment, plaintext in (
        ("inside-overrun", "a value that runs past the end", b"\x00\x02AK\x01\x00SK"),
        ("inside-empty", "an empty value", b"\x00\x02AK\x00\x00"),
        ("inside-blank", "a value with a blank", b"\x00\x02AK\x00\x03S K"),
        ("inside-long", "a value of 257 bytes", b"\x00\x02AK\x01\x01" + b"S" * 257),
        ("inside-padding", "padding that is not zero", b"\x00\x02AK\x00\x02SK\x01"),
        ("inside-third", "a third value", b"\x00\x02AK\x00\x02SK\x00\x02XX"),
        ("inside-block", "a block of padding too many", b"\x00\x02AK\x00\x02SK" + bytes(256)),
    ):
        yield (
            name,
            comment + ", properly sealed",
            KEY,
            KIT.boxed(MAIN, plaintext.ljust(-(-len(plaintext) // 256) * 256, b"\0")),
        )


def swapped(plain: Plain) -> Plain:
    """With the salts and boxes of the first two entries exchanged."""
    for field in ("salt", "box"):
        first, second = get(plain, f"entries.0.{field}"), get(plain, f"entries.1.{field}")
        plain = put(put(plain, f"entries.0.{field}", second), f"entries.1.{field}", first)
    return plain


def case(expect: str, comment: str, unlock: Unlock, payload: bytes, *rows: Row) -> bytes:
    """One file of the kit."""
    value = unlock.value.hex() if isinstance(unlock, Keyfile) else unlock.value.decode()
    key = "keyfile" if isinstance(unlock, Keyfile) else "passphrase"
    lines = [f"expect: {expect}", f"comment: {comment}", f"{key}: {value}"]
    lines += [f"entry: {' '.join((name, kind, *values))}" for name, kind, values in rows]
    return "\n".join(lines).encode() + b"\n\n" + payload


def kit() -> Iterator[tuple[str, bytes]]:
    """The name and the bytes of every file."""
    for name, comment, unlock, plain, rows in opening():
        yield f"success-{name}.txt", case("success", comment, unlock, canonical(plain) + b"\n", *rows)
    for expect, name, comment, plain in misfits():
        payload = canonical(plain) + b"\n"
        # The right passphrase, so that a reader which does not look at the costs would derive from it.
        unlock = phrase() if b'"memory_kib"' in payload else KEY
        yield f"{expect}-{name}.txt", case(expect, comment, unlock, payload)
    for expect, name, comment, payload in misspelled():
        yield f"{expect}-{name}.txt", case(expect, comment, KEY, payload)
    for name, comment, unlock, plain in locked():
        yield f"no-unlock-{name}.txt", case("no-unlock", comment, unlock, canonical(plain) + b"\n")


def main(folder: Path) -> None:
    """Write the kit, and take away what is no longer in it."""
    folder.mkdir(parents=True, exist_ok=True)
    files = dict(kit())
    for stale in {path.name for path in folder.glob("*.txt")} - set(files):
        (folder / stale).unlink()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    print(f"{len(files)} files in {folder}")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
