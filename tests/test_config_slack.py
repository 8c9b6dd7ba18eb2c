"""The configuration's part about Slack: who is who there, what is in use, and what is told of it."""

from pathlib import Path

import pytest

from bot.config import Config, SlackMode, SlackUser, load, to_policy, uses_telegram
from bot.model import Identity, Platform
from tests.config_kit import COMPLETE, DATA, WHOLE, faults_of, written

SLACK = '[slack]\nteam = "T1"\n'
ACCOUNT = "[accounts.main]\n"


def on_slack(user: str) -> Identity:
    return Identity(platform=Platform.SLACK, user=user)


def member(name: str, ids: str) -> str:
    return f'[members.{name}]\nrole = "operator"\naccounts = ["main"]\n{ids}\n'


def test_the_example_with_slack_loads(tmp_path: Path) -> None:
    """Without the # before them, the example's lines for Slack are every key of it, and without faults."""
    config = load(written(tmp_path, WHOLE), {})
    assert config.model_fields_set == set(Config.model_fields)
    assert config.slack is not None
    assert config.slack.model_fields_set == set(type(config.slack).model_fields)
    assert config.members["ann"].slack == SlackUser(user="U0223456789")
    assert config.members["ann"].telegram == 223456789


def test_defaults(tmp_path: Path) -> None:
    """No section is no Slack; a section that says only the workspace gets the documented defaults."""
    assert load(DATA / "ok-minimal.toml", {}).slack is None
    slack = load(written(tmp_path, SLACK), COMPLETE).slack
    assert slack is not None
    assert (slack.team, slack.base_url) == ("T1", "https://slack.com/api/")
    assert (slack.mode, slack.listen, slack.channels) == (SlackMode.SOCKET, None, ())


@pytest.mark.parametrize("end", ["", "/", "//"])
def test_the_address_ends_with_one_slash(tmp_path: Path, end: str) -> None:
    """Method names are put behind it as it is, however it was written."""
    config = load(written(tmp_path, f'{SLACK}base_url = "https://Slack.com/api{end}"'), COMPLETE)
    assert config.slack is not None
    assert config.slack.base_url == "https://slack.com/api/"


def test_the_allow_list_has_both_ids(tmp_path: Path) -> None:
    """One member is the same by either id; a user id alone means the workspace of the section."""
    policy = to_policy(load(written(tmp_path, WHOLE), {}))
    ann = policy.member(on_slack("T0223456789/U0223456789"))
    assert ann is not None
    assert ann.identities == (
        Identity(platform=Platform.TELEGRAM, user="223456789"),
        on_slack("T0223456789/U0223456789"),
    )
    assert policy.member(ann.identities[0]) == ann
    assert policy.chats == ((Platform.TELEGRAM, "-1002234567890"), (Platform.SLACK, "C0223456789"))


def test_the_same_user_id_of_another_workspace_is_somebody_else() -> None:
    """Only the pair of workspace and user is a person."""
    policy = to_policy(load(DATA / "ok-slack-other-team.toml", {}))
    assert [each.identities for each in policy.members] == [
        (on_slack("T8876543210/W0223456789"),),
        (on_slack("T0223456789/W0223456789"),),
    ]
    assert policy.member(on_slack("T5/W0223456789")) is None


def test_chats_keep_their_order(tmp_path: Path) -> None:
    """Telegram's chats come first, whatever comes first in the file, then Slack's channels, each as listed."""
    text = f'{SLACK}channels = ["G2", "C1"]\n[telegram]\nchats = [-2, -1]'
    chats = to_policy(load(written(tmp_path, text), COMPLETE)).chats
    assert [chat for _, chat in chats] == ["-2", "-1", "G2", "C1"]
    assert [platform for platform, _ in chats] == [Platform.TELEGRAM] * 2 + [Platform.SLACK] * 2


def test_which_chats_are_in_use(tmp_path: Path) -> None:
    """Telegram is where a member has an id there, or a group is listed."""
    people = SLACK + ACCOUNT + member("ann", 'slack = "U1"')
    assert not uses_telegram(load(written(tmp_path, people), {}))
    assert uses_telegram(load(written(tmp_path, people + "[telegram]\nchats = [-5]"), {}))
    assert uses_telegram(load(written(tmp_path, people + member("bo", "telegram = 5")), {}))
    assert uses_telegram(load(DATA / "ok-minimal.toml", {}))


def test_the_environment_alone_is_enough(tmp_path: Path) -> None:
    """Slack and somebody who is only there can be configured without a file."""
    environ = {
        "XDG_CONFIG_HOME": str(tmp_path),
        "CANCELALL_ACCOUNTS": '{"main": {}}',
        "CANCELALL_SLACK__TEAM": "T1",
        "CANCELALL_SLACK__CHANNELS": '["C1"]',
        "CANCELALL_MEMBERS__ANN__ROLE": "operator",
        "CANCELALL_MEMBERS__ANN__SLACK": "U1",
        "CANCELALL_MEMBERS__ANN__ACCOUNTS": '["main"]',
    }
    policy = to_policy(load(None, environ, system=tmp_path / "none.toml"))
    assert policy.members[0].identities == (on_slack("T1/U1"),)
    assert policy.chats == ((Platform.SLACK, "C1"),)


def test_the_environment_wins_whole(tmp_path: Path) -> None:
    """An id that the environment says takes the place of the file's, in either of the two ways to write it."""
    file = written(tmp_path, SLACK + ACCOUNT + member("ann", 'slack = { team = "T2", user = "U2" }'))
    config = load(file, {"CANCELALL_MEMBERS__ANN__SLACK": "U3"})
    assert to_policy(config).members[0].identities == (on_slack("T1/U3"),)


@pytest.mark.parametrize("ids", [('"U1"', '"U1"'), ('{ user = "U1" }', '{ team = "T1", user = "U1" }')])
def test_one_pair_is_one_member(tmp_path: Path, ids: tuple[str, str]) -> None:
    """The same person twice is found in every way to write an id."""
    for said in (ids, ids[::-1]):
        people = [member(name, f"slack = {text}") for name, text in zip(("ann", "bo"), said, strict=True)]
        (fault,) = faults_of(written(tmp_path, SLACK + ACCOUNT + "".join(people)), {})
        assert fault.startswith("`members.bo.slack` is U1, which is ann's already")


def test_one_person_twice_is_told_beside_what_else_is_wrong(tmp_path: Path) -> None:
    """The same id twice is found although the workspace is still missing, and a bad id is no id twice."""
    twice = ACCOUNT + member("ann", 'slack = "U1"') + member("bo", 'slack = "U1"')
    assert len(faults_of(written(tmp_path, "[slack]\n" + twice), {})) == 2
    bad = twice.replace("U1", "@ann")
    assert all("is not a person's id" in fault for fault in faults_of(written(tmp_path, SLACK + bad), {}))


def test_a_member_needs_an_id(tmp_path: Path) -> None:
    """Somebody without any id is told how ids are found."""
    (fault,) = faults_of(written(tmp_path, '[members.bo]\nrole = "viewer"'), COMPLETE)
    assert fault.startswith("`members.bo` has neither a Telegram nor a Slack id")
    assert "`cancelall whoami`, or /whoami sent to the bot" in fault
