import json
import string
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.htx.signing import canonical, sign
from bot.ports import HtxKey
from tests.htx.htx_kit import ACCESS, SECRET, moment, signature_of

VECTORS: list[Mapping[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "data" / "htx-signature-vectors.json").read_text()
)["vectors"]

NOW = "2024-11-15T08:05:09"
OWN = {"AccessKeyId", "SignatureMethod", "SignatureVersion", "Timestamp", "Signature"}


def key_of(access: str, secret: str) -> HtxKey:
    return HtxKey(access_key=access, secret=bytearray(secret.encode()))


def signed(vector: Mapping[str, Any]) -> str:
    return sign(
        vector["method"],
        vector["host"],
        vector["path"],
        vector["query_params"],
        key_of(vector["access_key"], vector["secret"]),
        moment(vector["timestamp"]),
    )


@pytest.mark.parametrize("vector", VECTORS, ids=lambda v: f"{v['kind']}-{v['index']}")
def test_vectors_are_met(vector: Mapping[str, Any]) -> None:
    """Every vector's signature comes out, for REST and for the WebSocket's sign-in text alike."""
    target = signed(vector)
    assert unquote(target.rpartition("&Signature=")[2]) == vector["expected_signature"]


@pytest.mark.parametrize("vector", [v for v in VECTORS if v["kind"] == "rest"], ids=lambda v: str(v["index"]))
def test_rest_targets_are_met_byte_for_byte(vector: Mapping[str, Any]) -> None:
    """The target is what follows scheme and host in the vector's URL."""
    assert vector["expected_url"] == f"https://{vector['host']}{signed(vector)}"


def test_the_kit_has_both_kinds() -> None:
    """An empty vector file cannot pass."""
    assert {vector["kind"] for vector in VECTORS} == {"rest", "websocket_auth"}


names = st.text(string.ascii_letters + string.digits + "_-*~ +/%é漢", min_size=1, max_size=12).filter(
    lambda name: name not in OWN
)


@given(
    params=st.dictionaries(names, st.text(max_size=20), max_size=6),
    method=st.sampled_from(["GET", "POST"]),
    host=st.sampled_from(["api.hbdm.com", "api.hbdm.vn", "127.0.0.1:8443"]),
    secret=st.text(string.printable, min_size=1, max_size=60),
    when=st.datetimes(min_value=datetime(2000, 1, 1)),  # noqa: DTZ001  hypothesis asks for naive bounds
)
def test_agrees_with_an_independent_signer(
    params: dict[str, str], method: str, host: str, secret: str, when: datetime
) -> None:
    """Whatever the parameters hold, a signer written from the docs alone finds the same signature."""
    stamp = f"{when.year:04}-{when.month:02}-{when.day:02}T{when.hour:02}:{when.minute:02}:{when.second:02}"
    target = sign(method, host, "/v5/x", params, key_of(ACCESS, secret), moment(stamp))
    pairs = dict(parse_qsl(target.partition("?")[2], keep_blank_values=True, strict_parsing=True))
    signature = pairs.pop("Signature")
    assert pairs == {
        **params,
        "AccessKeyId": ACCESS,
        "SignatureMethod": "HmacSHA256",
        "SignatureVersion": "2",
        "Timestamp": stamp,
    }
    assert signature == signature_of(secret, method, host, "/v5/x", pairs)


def test_host_is_signed_in_lower_case_with_its_port() -> None:
    """The host line is the Host header: lower case, port and all."""
    key = key_of(ACCESS, SECRET)
    upper = sign("get", "LOCALHOST:8443", "/p", {}, key, moment(NOW))
    assert upper == sign("GET", "localhost:8443", "/p", {}, key, moment(NOW))
    assert upper != sign("GET", "localhost", "/p", {}, key, moment(NOW))


def test_no_parameter_takes_the_place_of_a_signature_field() -> None:
    """A parameter named as one of the signature's own is refused, without its value in the words."""
    for name in sorted(OWN):
        with pytest.raises(ValueError, match=name) as caught:
            sign("GET", "h", "/p", {name: "value-4711"}, key_of(ACCESS, SECRET), moment(NOW))
        assert "4711" not in str(caught.value)


def test_canonical_form() -> None:
    """Names sort by bytes, spaces are %20, hex is upper case, and the four marks stay."""
    given_params = {"b": "ü", "a": " +/,:*", "B": "-_.~"}
    assert canonical(given_params) == "B=-_.~&a=%20%2B%2F%2C%3A%2A&b=%C3%BC"


def test_the_secret_is_left_as_it_was() -> None:
    """Signing reads the caller's buffer and changes nothing in it: wiping is its owner's part."""
    key = key_of(ACCESS, SECRET)
    sign("GET", "h", "/p", {}, key, moment(NOW))
    assert bytes(key.secret) == SECRET.encode()
