"""The real program in odd surroundings: one sentence for what is wrong, and no chat takes the other down."""

import asyncio
import sys
from collections.abc import AsyncIterator

import pytest

from bot.cli.demo.stage import Stage, stage
from tests.proxies import http_proxy, socks_proxy

PATIENCE = 25.0
_OURS_TO_SAY = ("SSL", "HTTP", "ALL_PROXY", "NO_PROXY")
"""Beginnings of names that this machine may have set for itself."""


@pytest.fixture
async def both() -> AsyncIterator[Stage]:
    """Both chats and HTX, simulated; the bot is not started."""
    async with stage(slack=True) as there:
        yield there


@pytest.fixture
async def alone() -> AsyncIterator[Stage]:
    """Telegram and HTX."""
    async with stage() as there:
        yield there


def without_proxies(environ: dict[str, str]) -> dict[str, str]:
    """An environment without what this machine may have set for itself."""
    return {name: value for name, value in environ.items() if not name.upper().startswith(_OURS_TO_SAY)}


async def start(there: Stage, **environ: str) -> asyncio.subprocess.Process:
    """Start `run` and wait for nothing."""
    there.environ = without_proxies(there.environ) | environ
    with (there.folder / "bot.log").open("ab") as log:
        there.child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", "run"), env=there.environ, cwd=there.folder, stdout=log, stderr=log
        )
    return there.child


async def ended(there: Stage, **environ: str) -> str:
    """What `run` says that does not start; exit code 2, and no traceback."""
    child = await start(there, **environ)
    assert await asyncio.wait_for(child.wait(), PATIENCE) == 2
    said = (there.folder / "bot.log").read_text()
    assert "Traceback" not in said
    return said


async def status_on_slack(there: Stage) -> str:
    """What `/status` says on Slack."""
    assert there.slack is not None
    await there.slack.sim.connected(2, PATIENCE)
    there.slack.ann.slash(there.slack.desk, "/cancelall status")
    return (await there.slack.sim.wait_for(there.slack.desk, "READY", PATIENCE)).text


async def status_on_telegram(there: Stage) -> str:
    """What `/status` says on Telegram."""
    said = there.ann.says(there.desk, "/status")
    return (await there.telegram.wait_for(there.desk, "READY", timeout=PATIENCE, after=said.id)).text


@pytest.mark.parametrize(
    "proxy",
    ["socks://127.0.0.1:1080", "socks4://127.0.0.1:1080", "ftp://ann:hunter2@h:1", "http://[::1", "http://h:0"],
)
async def test_a_proxy_that_cannot_be_used_ends_the_start_with_a_sentence(alone: Stage, proxy: str) -> None:
    """With Telegram alone `ALL_PROXY` is named, what is expected is said, and the value is not repeated."""
    said = await ended(alone, ALL_PROXY=proxy)
    assert "ALL_PROXY cannot be Telegram's proxy: it " in said
    assert "expected http://HOST:PORT, https://HOST:PORT or socks5://HOST:PORT" in said
    assert "hunter2" not in said
    assert proxy not in said


async def test_a_proxy_that_cannot_be_used_leaves_the_other_chat_alone(both: Stage) -> None:
    """Slack goes on, and its `/status` says what Telegram's trouble is."""
    await start(both, ALL_PROXY="socks://ann:hunter2@127.0.0.1:1080")
    told = await status_on_slack(both)
    assert "✗ telegram: ALL_PROXY cannot be Telegram's proxy: it is a socks:// address" in told
    log = (both.folder / "bot.log").read_text()
    assert '"chat cannot be used"' in log
    assert "hunter2" not in log + told


async def test_slack_without_a_proxy_leaves_telegram_alone(both: Stage) -> None:
    """The other way round: what only Slack reads is Slack's trouble."""
    await start(both, HTTPS_PROXY="gopher://127.0.0.1:70")
    assert "✗ slack: HTTPS_PROXY cannot be Slack's proxy" in await status_on_telegram(both)


async def test_a_token_that_is_missing_leaves_the_other_chat_alone(both: Stage) -> None:
    """An entry that the keystore lacks is that chat's trouble."""
    assert (await both.command("keys", "remove", "slack"))[0] == 0
    await start(both)
    assert "✗ slack: keystore: The keystore has no entry slack" in await status_on_telegram(both)


@pytest.mark.parametrize(
    "entries", ["::1/128", "10.0.0.0/8,::1/128,[::1]:8080", "*", "127.0.0.1", "http://127.0.0.1"]
)
async def test_no_proxy_may_name_networks(alone: Stage, entries: str) -> None:
    """`NO_PROXY` with networks, ports and brackets is understood, and the bot starts."""
    await start(alone, NO_PROXY=entries)
    assert "✓ telegram" in await status_on_telegram(alone)


@pytest.mark.parametrize("name", ["SSL_CERT_FILE", "SSL_CERT_DIR"])
async def test_certificates_that_are_not_there(alone: Stage, name: str) -> None:
    """The variable is named, with what it names and what is wrong with that."""
    said = await ended(alone, **{name: "/no/such/place"})
    assert f"{name} names /no/such/place, which cannot be read (No such file or directory)" in said


async def test_certificates_that_are_none(alone: Stage) -> None:
    """A file without a certificate in it is no reason to trust nobody in silence."""
    said = await ended(alone, SSL_CERT_FILE=str(alone.folder / "config.toml"))
    assert "which holds no certificates in PEM" in said


@pytest.mark.parametrize("place", ["/no/such/place", "/dev/full", "{folder}/secrets.log"])
async def test_the_key_log_is_never_written(alone: Stage, place: str) -> None:
    """`SSLKEYLOGFILE` is passed over with a line, whether it could be written or not."""
    file = place.format(folder=alone.folder)
    await start(alone, SSLKEYLOGFILE=file)
    assert "READY" in await status_on_telegram(alone)
    assert "SSLKEYLOGFILE is set in the environment and passed over" in (alone.folder / "bot.log").read_text()
    assert not await asyncio.to_thread((alone.folder / "secrets.log").exists)


async def test_names_that_libraries_would_take_for_theirs(both: Stage) -> None:
    """Slack's OAuth is not switched on by the environment, and a width that is no number breaks no help."""
    await start(
        both, SLACK_CLIENT_ID="1", SLACK_CLIENT_SECRET="2", SLACK_BOT_TOKEN="xoxb-other", TERMINAL_WIDTH="wide"
    )
    assert "✓ slack" in await status_on_slack(both)


async def test_kubernetes_names_are_passed_over_with_one_line(alone: Stage) -> None:
    """A service called cancelall makes names that look like ours; one line tells of them."""
    names = {
        "CANCELALL_PORT": "tcp://10.0.0.1:8443",
        "CANCELALL_SERVICE_HOST": "10.0.0.1",
        "CANCELALL_SERVICE_PORT": "8443",
        "CANCELALL_PORT_8443_TCP_ADDR": "10.0.0.1",
    }
    await start(alone, **names)
    assert "READY" in await status_on_telegram(alone)
    assert (alone.folder / "bot.log").read_text().count("Passed over in the environment: 4 names") == 1


async def test_a_socks_proxy_carries_both_chats(both: Stage) -> None:
    """`socks5://` in the configuration: calls, polls and sockets go through it, HTX does not."""
    async with socks_proxy() as proxy:
        with_proxy(both, f"socks5://127.0.0.1:{proxy.port}")
        await start(both)
        told = await status_on_slack(both)
        assert "READY to cancel" in told
        assert "READY to cancel" in await status_on_telegram(both)
        slack = both.slack.sim.url if both.slack else ""
        assert {f"http://{asked}" for asked in proxy.asked} == {both.telegram.url, slack}


async def test_an_http_proxy_of_the_environment_carries_telegram_and_not_htx(alone: Stage) -> None:
    """`HTTP_PROXY` and `ALL_PROXY` count for the chat, and never for HTX."""
    async with http_proxy() as proxy:
        url = f"http://127.0.0.1:{proxy.port}"
        await start(alone, HTTP_PROXY=url, HTTPS_PROXY=url, ALL_PROXY=url, http_proxy=url)
        assert "READY to cancel" in await status_on_telegram(alone)
        assert {f"http://{asked}" for asked in proxy.asked} == {alone.telegram.url}


async def test_a_socks_proxy_of_the_environment_with_a_password(alone: Stage) -> None:
    """User and password of `ALL_PROXY` reach the proxy, percent signs written out, and no log."""
    async with socks_proxy("ann:p@ss") as proxy:
        await start(alone, ALL_PROXY=f"socks5h://ann:p%40ss@127.0.0.1:{proxy.port}")
        assert "READY to cancel" in await status_on_telegram(alone)
        assert set(proxy.given) == {"ann:p@ss"}
        assert "p%40ss" not in (alone.folder / "bot.log").read_text()


async def test_none_means_no_proxy(alone: Stage) -> None:
    """`proxy = "none"` outdoes an environment that is of no use."""
    with_proxy(alone, "none")
    await start(alone, ALL_PROXY="socks://127.0.0.1:1")
    assert "READY to cancel" in await status_on_telegram(alone)


async def test_a_home_that_nobody_has(alone: Stage) -> None:
    """Without HOME, and for a user whom the system does not know, everything named from the root is enough."""
    alone.environ.pop("HOME", None)
    await start(alone, HOME="")
    assert "READY to cancel" in await status_on_telegram(alone)


def with_proxy(there: Stage, proxy: str) -> None:
    """Name a proxy for each chat in the configuration."""
    file = there.folder / "config.toml"
    lines = file.read_text().splitlines()
    out = [line + f'\nproxy = "{proxy}"' if line in ("[telegram]", "[slack]") else line for line in lines]
    file.write_text("\n".join(out) + "\n")


async def test_whoami_goes_on_where_a_chat_is_down(both: Stage) -> None:
    """Telegram's proxy is of no use, which is said; on Slack the ids are printed all the same, the name quoted."""
    assert both.slack is not None
    both.environ = without_proxies(both.environ) | {"ALL_PROXY": "socks://127.0.0.1:1"}
    asking = asyncio.ensure_future(both.command("whoami", "--for", "15"))
    await both.slack.sim.connected(1, PATIENCE)
    both.slack.ann.slash(both.slack.desk, "/cancelall whoami")
    code, said = await asking
    assert code == 0
    assert "ALL_PROXY cannot be Telegram's proxy" in said
    assert "The other chat is listened to all the same." in said
    assert '"ann" · slack = U11 · team T1 · channel C1' in said


async def test_whoami_ends_where_every_chat_is_down(both: Stage) -> None:
    """With nothing left to listen to it says why, and exits 2."""
    assert both.slack is not None
    await both.slack.sim.stop()
    both.environ = without_proxies(both.environ) | {"ALL_PROXY": "socks://127.0.0.1:1"}
    code, said = await both.command("whoami", "--for", "60")
    assert code == 2
    assert "ALL_PROXY cannot be Telegram's proxy" in said
    assert "Slack does not answer" in said
    assert "Traceback" not in said
