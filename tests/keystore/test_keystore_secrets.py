"""Secrets stay out of everything that is printed, logged, pickled or copied, and are gone after use."""

import copy
import hashlib
import hmac
import inspect as python_inspect
import pickle
import traceback
from collections.abc import Callable
from pathlib import Path

import pytest

from keystore import Keystore, KeystoreError, Masked, errors
from keystore.secret import HtxSecret, make_secret
from keystore.values import check_values
from tests.keystore.keystore_helpers import FAST, SAMPLES, key, make, phrase

CANARY = "canary"


def spoken(thing: object) -> list[str]:
    """Every way Python has of putting an object into words."""
    return [repr(thing), str(thing), f"{thing}", f"{thing!r:>10}", ascii(thing), "%s" % thing, repr([thing])]  # noqa: UP031


@pytest.mark.parametrize(
    "thing",
    [
        Masked(b"canary"),
        phrase("canary canary canary"),
        key(0x63),
        HtxSecret(access_key=Masked(b"canary"), secret=Masked(b"canary")),
        make_secret("telegram", (Masked(b"canary"),)),
        make_secret("slack", (Masked(b"canary"), Masked(b"canary"), Masked(b"canary"))),
    ],
    ids=lambda thing: type(thing).__name__,
)
def test_secret_objects_say_nothing_and_stay_where_they_are(thing: object) -> None:
    """They print as `***` in every way, and are neither pickled nor copied."""
    assert {word.strip(" []'") for word in spoken(thing)} == {"***"}
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        with pytest.raises(TypeError):
            pickle.dumps(thing, protocol)
    with pytest.raises(TypeError):
        copy.copy(thing)
    with pytest.raises(TypeError):
        copy.deepcopy(thing)


def test_values_are_wiped_when_their_block_ends(tmp_path: Path) -> None:
    """After the block, also after an exception in it, the buffers hold zeros."""
    with Keystore.open(make(tmp_path, "htx"), key()) as store:
        with store.open_entry("htx", "htx") as first:
            assert any(first.secret)
        with pytest.raises(ZeroDivisionError), store.open_entry("htx", "htx") as second:
            raise ZeroDivisionError
        held = first.values() + second.values()
        assert [bytes(value) for value in held] == [bytes(len(value)) for value in held]


def test_values_sign_as_they_are(tmp_path: Path) -> None:
    """`hmac` takes a value without a copy as bytes or text being made of it first."""
    with Keystore.open(make(tmp_path, "htx"), key()) as store, store.open_entry("htx", "htx") as secret:
        signature = hmac.new(secret.secret, b"GET", hashlib.sha256).digest()
    assert signature == hmac.digest(SAMPLES["htx"][1].encode(), b"GET", "sha256")


def wrong_kind(path: Path) -> None:
    with Keystore.open(path, key()) as store, store.open_entry("htx", "htx") as secret:
        assert secret.secret
        store.rotate("htx", ("AK", f"{CANARY} blank"))


def wrong_count(path: Path) -> None:
    with Keystore.open(path, key()) as store:
        store.add("more", "htx", SAMPLES["slack"])


def wrong_name(path: Path) -> None:
    with Keystore.open(path, key()) as store:
        store.add("NO", "htx", SAMPLES["htx"])


def wrong_key(path: Path) -> None:
    Keystore.open(path, key(0x63))


def weak_phrase(path: Path) -> None:
    Keystore.open(path, key(), FAST).add_slot(phrase(CANARY))


def crash_while_open(path: Path) -> None:
    with Keystore.open(path, key()) as store, store.open_entry("htx", "htx") as secret:
        raise KeystoreError(secret, store)


@pytest.mark.parametrize("act", [wrong_kind, wrong_count, wrong_name, wrong_key, weak_phrase, crash_while_open])
def test_tracebacks_with_all_their_locals_hold_no_secret(act: Callable[[Path], None], tmp_path: Path) -> None:
    """A refusal, printed with every local variable of every frame, does not contain a value that was at hand."""
    with pytest.raises(KeystoreError) as refusal:
        act(make(tmp_path, "htx"))
    text = "".join(traceback.TracebackException.from_exception(refusal.value, capture_locals=True).format())
    assert CANARY not in text
    assert "cccc" not in text
    assert CANARY not in repr(refusal.value)


def test_every_refusal_is_one_line_with_its_facts() -> None:
    """Each error class makes one line out of its fields: what happened, and that nothing was changed."""
    classes = [
        one
        for _, one in python_inspect.getmembers(errors, python_inspect.isclass)
        if issubclass(one, KeystoreError) and one is not KeystoreError
    ]
    assert len(classes) > 20
    for one in classes:
        names = [name for name in python_inspect.signature(one).parameters if name != "waited"]
        facts: dict[str, object] = {name: f"<{name}>" for name in names}
        sentence = str(one(**facts, **({"waited": 1.5} if one is errors.StoreBusyError else {})))
        assert "\n" not in sentence and "{" not in sentence  # noqa: PT018 - one line
        assert one is errors.NotDurableError or "Nothing was changed." in sentence


def test_values_that_no_codec_takes_are_refused_without_being_shown() -> None:
    """Text that cannot be encoded is judged like any other wrong value, not by an error that quotes it."""
    with pytest.raises(errors.BadValueError) as refusal:
        check_values("telegram", (Masked("canary\udcff".encode("utf-8", "surrogatepass")),))
    assert "canary" not in str(refusal.value)
