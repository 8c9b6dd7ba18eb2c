"""Through which proxy a chat is reached: the configuration, then the environment, and what may not stand there."""

from collections.abc import Mapping

import pytest

from bot.config import proxy_for, slack_route, telegram_route
from bot.config.proxies import checked

TELEGRAM = "https://api.telegram.org"
SLACK = "https://slack.com/api/"


def telegram(environ: Mapping[str, str], said: str | None = None, url: str = TELEGRAM) -> str | None:
    return proxy_for(telegram_route(url), said, url, environ)


@pytest.mark.parametrize(
    ("value", "proxy"),
    [
        ("http://10.0.0.1:3128", "http://10.0.0.1:3128"),
        ("10.0.0.1:3128", "http://10.0.0.1:3128"),
        ("HTTP://proxy.example.com", "http://proxy.example.com:80"),
        ("https://proxy.example.com/", "https://proxy.example.com:443"),
        ("socks5://[::1]", "socks5://[::1]:1080"),
        ("socks5h://proxy:1081", "socks5://proxy:1081"),
        ("http://ann:p%40ss@proxy:1", "http://ann:p%40ss@proxy:1"),
        ("http://ann@proxy:1", "http://ann@proxy:1"),
        (" http://proxy:1 ", "http://proxy:1"),
    ],
)
def test_what_a_proxy_may_look_like_in_the_environment(value: str, proxy: str) -> None:
    """Scheme and port are written out; SOCKS is one kind, whoever looks the names up."""
    assert telegram({"HTTPS_PROXY": value}) == proxy


@pytest.mark.parametrize(
    "value",
    [
        "socks://hunter2:1080",
        "socks4://hunter2:1080",
        "hunter2://proxy:1",
        "http://",
        "http://ann:hunter2@",
        "http://ann:hunter2@proxy:port",
        "http://ann:hunt@er2@proxy:1",
        "http://ann:hunter2 @proxy:1",
        "http://proxy:0/hunter2",
        "http://proxy:65536",
        "http://256.0.0.1:1",
        "http://proxy:1/hunter2.pac",
        "http://proxy:1?hunter2",
        "http://[::1:1",
    ],
)
def test_what_is_no_proxy_is_told_without_its_value(value: str) -> None:
    """The name, what is wrong, what is expected; nothing of a value that may hold a password."""
    with pytest.raises(ValueError, match=r"^HTTPS_PROXY cannot be Telegram's proxy: it ") as caught:
        telegram({"HTTPS_PROXY": value})
    assert "hunter2" not in str(caught.value)
    assert "expected http://HOST:PORT, https://HOST:PORT or socks5://HOST:PORT" in str(caught.value)


def test_which_names_count_for_which_chat() -> None:
    """As each chat's own library has it: the scheme's name and `ALL_PROXY`, or HTTPS's and HTTP's."""
    both = {"HTTPS_PROXY": "http://a:1", "HTTP_PROXY": "http://b:1", "ALL_PROXY": "http://c:1"}
    assert telegram(both) == "http://a:1"
    assert telegram(both, url="http://127.0.0.1:8081") == "http://b:1"
    assert telegram({"ALL_PROXY": "http://c:1"}) == "http://c:1"
    assert telegram(both | {"https_proxy": "http://d:1"}) == "http://d:1"
    assert telegram({"HTTPS_PROXY": ""}) is None
    assert proxy_for(slack_route(), None, SLACK, both) == "http://a:1"
    assert proxy_for(slack_route(), None, SLACK, {"HTTP_PROXY": "http://b:1"}) == "http://b:1"
    assert proxy_for(slack_route(), None, SLACK, {"ALL_PROXY": "socks://c:1"}) is None


def test_the_configuration_comes_first() -> None:
    """A proxy that is said there counts, and `none` is none, whatever the environment says, however wrongly."""
    environ = {"HTTPS_PROXY": "socks://a:1", "NO_PROXY": "*"}
    assert telegram(environ, "http://10.0.0.1:3128") == "http://10.0.0.1:3128"
    assert telegram(environ | {"NO_PROXY": ""}, "none") is None


@pytest.mark.parametrize(
    ("entries", "url", "left_out"),
    [
        ("api.telegram.org", TELEGRAM, True),
        ("telegram.org", TELEGRAM, True),
        (".telegram.org", TELEGRAM, True),
        ("*.telegram.org", TELEGRAM, True),
        ("API.TELEGRAM.ORG.", TELEGRAM, True),
        ("gram.org", TELEGRAM, False),
        ("api.telegram.org:443", TELEGRAM, True),
        ("api.telegram.org:8443", TELEGRAM, False),
        ("https://api.telegram.org", TELEGRAM, True),
        ("*", TELEGRAM, True),
        ("localhost, 127.0.0.0/8", "http://127.0.0.1:8081", True),
        ("127.0.0.1", "http://127.0.0.1:8081", True),
        ("127.0.0.1:8081", "http://127.0.0.1:8081", True),
        ("10.0.0.0/8", "http://127.0.0.1:8081", False),
        ("::1/128", "http://[::1]:8081", True),
        ("[::1]", "http://[::1]:8081", True),
        ("[::1]:8081", "http://[::1]:8081", True),
        ("::1", "http://127.0.0.1:8081", False),
        ("10.0.0.0/99 [ :: /", TELEGRAM, False),
        ("", TELEGRAM, False),
    ],
)
def test_who_is_left_out(entries: str, url: str, left_out: bool) -> None:
    """Names with all below them, addresses, networks, ports; what is no entry means nobody, and breaks nothing."""
    environ = {"HTTPS_PROXY": "http://a:1", "HTTP_PROXY": "http://a:1", "NO_PROXY": entries}
    assert (telegram(environ, url=url) is None) is left_out


def test_no_password_in_the_configuration() -> None:
    """There a proxy has neither user nor password, and the sentence says where they belong."""
    with pytest.raises(ValueError, match="belongs in the environment") as caught:
        checked("http://ann:hunter2@proxy:1")
    assert "hunter2" not in str(caught.value)
