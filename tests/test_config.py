"""The configuration: the kit in tests/data/config, where things are looked for, and what wins."""

from pathlib import Path
from typing import Any

import pytest

from bot.config import Config, Mode, data_dir, find_file, load, to_policy
from bot.errors import ConfigFaults
from bot.model import Identity, Platform, Role
from bot.policy import Confirm
from tests.config_kit import COMPLETE, DATA, OWN, WHOLE, faults_of, parse, written

FILES = sorted(DATA.glob("*.toml"))
KEYS = {"expect", "fault", "env", "never", "comment"}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_file_of_the_kit_is_judged_as_its_header_says(file: Path) -> None:
    """A good file loads; a bad one gives exactly the faults that its header names, and repeats no secret."""
    case = parse(file)
    found = faults_of(file, case.environ)
    expected = case.all("fault")
    assert len(found) == len(expected), found
    for part in expected:
        assert any(part in fault for fault in found), (part, found)
    assert case.all("expect") == ["fault" if expected else "ok"]
    assert not any(secret in fault for secret in case.all("never") for fault in found)


def test_the_words_of_the_kit_are_closed() -> None:
    """A header with a word that nobody reads would be a test that cannot fail."""
    assert len(FILES) >= 30
    for file in FILES:
        case = parse(file)
        assert {key for key, _ in case.lines} <= KEYS, file
        assert set(case.all("expect")) <= {"ok", "fault"}, file


def test_every_fault_says_what_is_expected_and_is_one_line() -> None:
    """No fault leaves the reader alone with what is wrong, or breaks the list that it stands in."""
    faults = [fault for file in FILES for fault in faults_of(file, parse(file).environ)]
    assert len(faults) > 70
    assert all("expected" in fault and fault.isprintable() for fault in faults)


def test_the_example_loads(tmp_path: Path) -> None:
    """What `cancelall config example` prints has every section but Slack's, one person, and no faults."""
    config = load(written(tmp_path, OWN), {})
    assert config.model_fields_set == set(Config.model_fields) - {"slack"}
    assert (list(config.members), config.telegram.chats) == (["ann"], ())


def test_defaults() -> None:
    """A file that says only who and which account gets the documented defaults."""
    config = load(DATA / "ok-minimal.toml", {})
    assert config.htx.hosts == ("https://api.hbdm.com", "https://api.hbdm.vn")
    assert config.telegram.base_url == "https://api.telegram.org"
    assert (config.telegram.mode, config.telegram.listen, config.telegram.chats) == (Mode.POLLING, None, ())
    assert (config.limits.card_seconds, config.limits.confirm) == (60, Confirm.OPERATOR)


def test_the_allow_list(tmp_path: Path) -> None:
    """The policy has the members, accounts and chats of the configuration, by immutable ids, in its order."""
    policy = to_policy(load(written(tmp_path, WHOLE), {}))
    ann = policy.member(Identity(platform=Platform.TELEGRAM, user="223456789"))
    assert ann is not None
    assert (ann.name, ann.role, ann.accounts) == ("ann", Role.OPERATOR, ("main",))
    assert [member.name for member in policy.members] == ["ann", "bo"]
    assert policy.accounts == ("main",)
    assert (Platform.TELEGRAM, "-1002234567890") in policy.chats
    assert policy.confirm is Confirm.OPERATOR


def test_faults_carry_no_values_along(tmp_path: Path) -> None:
    """Nothing hangs on the exception that would show values in a traceback."""
    for text in ("[htx", "htx.hosts = 5"):
        with pytest.raises(ConfigFaults) as raised:
            load(written(tmp_path, text), {})
        assert (raised.value.__cause__, raised.value.__context__) == (None, None)


def test_a_configuration_cannot_be_changed(tmp_path: Path) -> None:
    """Neither fields nor the tables by name can be set after loading."""
    config = load(written(tmp_path, OWN), {})
    members: Any = config.members
    with pytest.raises(ValueError, match="frozen"):
        config.limits.card_seconds = 3
    with pytest.raises(TypeError):
        members["eve"] = members["ann"]


def test_the_environment_alone_is_enough(tmp_path: Path) -> None:
    """Without any file a complete environment makes a configuration."""
    config = load(None, COMPLETE | {"XDG_CONFIG_HOME": str(tmp_path)}, system=tmp_path / "none.toml")
    assert config == load(DATA / "ok-minimal.toml", {})


def test_an_incomplete_environment_alone(tmp_path: Path) -> None:
    """Without a file, what the environment lacks is told beside where a file would have been looked for."""
    environ = {"XDG_CONFIG_HOME": str(tmp_path), "CANCELALL_ACCOUNTS__MAIN": "{}"}
    missing, members = faults_of(None, environ, system=tmp_path / "none.toml")
    assert str(tmp_path / "cancelall" / "config.toml") in missing
    assert str(tmp_path / "none.toml") in missing
    assert "Make one: mkdir -p " in missing
    assert members.startswith("`members` is empty")


def test_a_wrong_name_beside_a_complete_environment(tmp_path: Path) -> None:
    """Where no file is needed none is missed, whatever else is wrong."""
    environ = COMPLETE | {"XDG_CONFIG_HOME": str(tmp_path), "CANCELALL_HOSTS": "[]"}
    (fault,) = faults_of(None, environ, system=tmp_path / "none.toml")
    assert fault.startswith("`CANCELALL_HOSTS` is set in the environment")


def test_no_file_and_nothing_said(tmp_path: Path) -> None:
    """Where nothing at all is configured there is one fault: no file."""
    (fault,) = faults_of(None, {"XDG_CONFIG_HOME": str(tmp_path)}, system=tmp_path / "none.toml")
    assert fault.startswith("There is no configuration file")


def test_a_named_file_must_be_there(tmp_path: Path) -> None:
    """A file that was named and is missing is a fault, even where the environment would do."""
    named = tmp_path / "missing.toml"
    for path, environ in ((named, COMPLETE), (None, COMPLETE | {"CANCELALL_CONFIG": str(named)})):
        (fault,) = faults_of(path, environ)
        assert str(named) in fault


@pytest.mark.parametrize("content", [b"\xff\xfe", b"a = " + b"[" * 3000, b"a = " + b"9" * 5000])
def test_a_file_that_cannot_be_read_is_one_fault(tmp_path: Path, content: bytes) -> None:
    """Other encodings, absurd depth and absurd numbers are refused with a sentence."""
    file = tmp_path / "config.toml"
    file.write_bytes(content)
    (fault,) = faults_of(file, {})
    assert fault.startswith(str(file))


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    """A folder in the file's place is a fault, not an empty configuration."""
    assert "cannot be read" in faults_of(tmp_path, COMPLETE)[0]


def test_where_the_file_is_looked_for(tmp_path: Path) -> None:
    """First what was named, then the user's own, then the system's."""
    user, system, named = tmp_path / "cancelall" / "config.toml", tmp_path / "etc.toml", tmp_path / "named.toml"
    environ = {"XDG_CONFIG_HOME": str(tmp_path), "CANCELALL_CONFIG": ""}
    assert find_file(None, environ, system) == (None, (user, system))
    system.touch()
    assert find_file(None, environ, system)[0] == system
    user.parent.mkdir()
    user.touch()
    assert find_file(None, environ, system)[0] == user
    assert find_file(None, environ | {"CANCELALL_CONFIG": str(named)}, system)[0] == named
    assert find_file(user, environ | {"CANCELALL_CONFIG": str(named)}, system)[0] == user


def test_where_the_data_is(tmp_path: Path) -> None:
    """The option wins over CANCELALL_DATA_DIR, which wins over the user's data folder."""
    environ = {"XDG_DATA_HOME": str(tmp_path), "CANCELALL_DATA_DIR": ""}
    assert data_dir(None, environ) == tmp_path / "cancelall"
    assert data_dir(None, {}).name == "cancelall"
    assert data_dir(None, environ | {"CANCELALL_DATA_DIR": "/data"}) == Path("/data")
    assert data_dir(tmp_path / "here", environ | {"CANCELALL_DATA_DIR": "/data"}) == tmp_path / "here"


def test_the_environment_is_the_one_passed_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the process's own environment says beside it changes nothing."""
    monkeypatch.setenv("CANCELALL_LIMITS__CARD_SECONDS", "17")
    monkeypatch.setenv("CANCELALL_HTX__HOSTS", "not a list")
    assert load(DATA / "ok-minimal.toml", {}).limits.card_seconds == 60


def test_the_order_of_the_environment_does_not_count() -> None:
    """A table said as a whole and one of its keys beside it give the same in whatever order they come."""
    whole = {"CANCELALL_MEMBERS": '{"ann": {"role": "viewer", "telegram": 5, "accounts": ["main"]}}'}
    both = COMPLETE | whole
    forth, back = (dict(items) for items in (both.items(), reversed(both.items())))
    file = DATA / "ok-minimal.toml"
    assert load(file, forth) == load(file, back)
    assert load(file, back).members["ann"].role is Role.OPERATOR
