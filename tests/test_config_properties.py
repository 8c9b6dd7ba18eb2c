"""The configuration: what holds for every file and environment."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.config import load
from bot.config.left_over import EXAMPLES
from bot.htx.address import address
from bot.model import Role
from bot.policy import Confirm
from tests.config_kit import COMPLETE, faults_of, written

TOKEN = "987654321:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw1"
LOOPBACK = st.sampled_from(["http://127.0.0.1:8080", "http://[::1]:1", "http://localhost"])
REMOTE = st.from_regex(r"https://[a-z]{1,8}(\.[a-z]{2,5}){1,2}(:[1-9][0-9]{0,3})?", fullmatch=True)
GROUPS = st.integers(-(2**52) + 1, -1).filter(lambda id_: id_ not in EXAMPLES)
NAMES = st.from_regex(r"[a-z][a-z0-9]{0,10}(_[a-z0-9]{1,10})?", fullmatch=True)
SLACK_TOKEN = "xoxb-1234-5678-AbCd"


def known_on_slack(tree: dict[str, Any]) -> dict[str, Any]:
    """With a section for Slack, everybody has an id there, and every second one no other."""
    if "slack" in tree:
        for number, person in enumerate(tree["members"].values(), 1):
            person["slack"] = f"U{number}"
            if number % 2:
                del person["telegram"]
    return tree


TREES = st.fixed_dictionaries(
    {
        "accounts": st.just({"main": {}, "two": {}}),
        "members": st.dictionaries(
            NAMES,
            st.fixed_dictionaries({"role": st.sampled_from(Role), "accounts": st.just(["two", "main"])}),
            max_size=4,
        ).map(
            lambda some: {
                name: person | {"telegram": number}
                for number, (name, person) in enumerate(
                    (some | {"zed": {"role": Role.OPERATOR, "accounts": ["main"]}}).items(), 1
                )
            }
        ),
    },
    optional={
        "htx": st.fixed_dictionaries({"hosts": st.lists(LOOPBACK | REMOTE, min_size=1, max_size=3)}),
        "limits": st.fixed_dictionaries(
            {}, optional={"card_seconds": st.integers(15, 300), "confirm": st.sampled_from(Confirm)}
        ),
        "telegram": st.fixed_dictionaries(
            {
                "base_url": REMOTE,
                "mode": st.just("webhook"),
                "public_url": REMOTE,
                "listen": st.just("[::1]:8443"),
            },
            optional={"chats": st.lists(GROUPS, max_size=3)},
        ),
        "slack": st.fixed_dictionaries(
            {"team": st.from_regex(r"[TE][A-Z0-9]{1,20}", fullmatch=True)},
            optional={
                "base_url": LOOPBACK | REMOTE,
                "mode": st.just("socket"),
                "channels": st.lists(st.from_regex(r"[CG][A-Z0-9]{1,20}", fullmatch=True), max_size=3),
            },
        ),
    },
).map(known_on_slack)


def as_toml(tree: Mapping[str, Any], *path: str) -> str:
    """Tables with their plain keys first."""
    plain = [f"{key} = {json.dumps(value)}" for key, value in tree.items() if not isinstance(value, dict)]
    tables = [as_toml(value, *path, key) for key, value in tree.items() if isinstance(value, dict)]
    return "\n".join([*([f"[{'.'.join(path)}]"] if path else []), *plain, *tables])


def as_environment(tree: Mapping[str, Any], *path: str) -> dict[str, str]:
    """One name a key; empty tables and lists as JSON."""
    found: dict[str, str] = {}
    for key, value in tree.items():
        if isinstance(value, dict) and value:
            found |= as_environment(value, *path, key)
        else:
            text = value if isinstance(value, str) else json.dumps(value)
            found["CANCELALL_" + "__".join([*path, key]).upper()] = text
    return found


@settings(max_examples=60, deadline=None)
@given(tree=TREES)
def test_file_and_environment_say_the_same(tmp_path_factory: pytest.TempPathFactory, tree: dict[str, Any]) -> None:
    """The same thing said in the file or in the environment gives the same configuration."""
    folder = tmp_path_factory.getbasetemp()
    by_file = load(written(folder, as_toml(tree)), {})
    nowhere = {"XDG_CONFIG_HOME": str(folder / "nowhere")}
    assert load(None, as_environment(tree) | nowhere, system=folder / "nowhere") == by_file


@settings(max_examples=100, deadline=None)
@given(host=st.from_regex(r"https?://[A-Za-z0-9.:\[\]/_-]{1,12}", fullmatch=True) | LOOPBACK | REMOTE)
def test_the_exchange_client_takes_every_host_that_is_let_through(
    tmp_path_factory: pytest.TempPathFactory, host: str
) -> None:
    """A host without a fault is an address to the client as well, so that it cannot fail later."""
    file = written(tmp_path_factory.getbasetemp(), f"htx.hosts = [{json.dumps(host)}]")
    if not any("hosts" in fault for fault in faults_of(file, COMPLETE)):
        assert address(host).host


PLACES = [
    "htx.hosts",
    "telegram.mode",
    "telegram.key",
    "limits.confirm",
    "accounts.main",
    "members.ann",
    "members.x.role",
    "members.x.slack",
    "members.x.slack.team",
    "slack.team",
    "slack.channels",
    "slack.key",
]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("secret", [TOKEN, "b0ccc79a-c6b2f1d4-94aa01ff-d7e85", "Zm9vYmFy" * 5 + "4=", SLACK_TOKEN])
@pytest.mark.parametrize("shape", ["{}", "[{}]", "{{ {} = 1 }}", "{{ a = {} }}"])
def test_no_fault_repeats_a_secret(tmp_path: Path, place: str, secret: str, shape: str) -> None:
    """Wherever a secret was put by mistake, in the file or the environment, no fault has the beginning of it."""
    value = json.dumps(secret)
    environ = {f"CANCELALL_{place.replace('.', '__').upper()}": secret, f"CANCELALL_MEMBERS__{secret.upper()}": ""}
    for variables in ({}, environ):
        faults = faults_of(written(tmp_path, f"{place} = {shape.format(value)}"), variables)
        assert faults
        assert not any(secret[:12].lower() in fault.lower() for fault in faults), faults
