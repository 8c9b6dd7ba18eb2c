"""The list of contracts: what is on it, what is past, what is near."""

from datetime import date, timedelta
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.listing import NEAREST, nearest, unlisted
from bot.model import ContractCode

TODAY: Final = date(2024, 11, 20)
LISTED: Final = tuple(
    ContractCode(code)
    for code in (
        "BTC-USDT-250328",
        "ETH-USDT",
        "BTC-USDT-241122",
        "SOL-USDT",
        "BTC-USDT",
        "BTC-USDT-241227",
        "BTC-USDT-241129",
        "1000SHIB-USDT",
        "ETH-USDT-241122",
        "ETC-USDT",
    )
)

coins = st.text("ABCEHLOST10", min_size=1, max_size=8)
dates = st.dates(date(2020, 1, 1), date(2040, 1, 1)).map(lambda day: f"-{day:%y%m%d}")
codes = st.builds("{}-USDT{}".format, coins, st.just("") | dates).map(ContractCode)


@pytest.mark.parametrize(
    ("typed", "near"),
    [
        ("BTC-USDT-241115", ("BTC-USDT-241122", "BTC-USDT-241129", "BTC-USDT-241227")),
        ("BTC-USDT-241126", ("BTC-USDT-241129", "BTC-USDT-241122", "BTC-USDT-241227")),
        ("BTCC-USDT", ("BTC-USDT", "BTC-USDT-241122", "BTC-USDT-241129")),
        ("BCT-USDT-241122", ("BTC-USDT-241122", "BTC-USDT-241129", "BTC-USDT-241227")),
        ("ETH-USDT-241129", ("ETH-USDT-241122", "ETH-USDT", "ETC-USDT")),
        ("SHIB-USDT", ("1000SHIB-USDT",)),
        ("SOLL-USDT-241122", ("SOL-USDT",)),
        ("DOGE-USDT", ()),
    ],
)
def test_the_nearest_are_the_same_coin_by_date_and_then_close_spellings(typed: str, near: tuple[str, ...]) -> None:
    """The contracts that are offered for a code are these, in this order, and no coin of another spelling."""
    assert nearest(ContractCode(typed), LISTED) == near


@pytest.mark.parametrize(
    ("code", "expired"),
    [
        ("BTC-USDT-241115", date(2024, 11, 15)),
        ("BTC-USDT-241119", date(2024, 11, 19)),
        ("BTC-USDT-241120", None),
        ("BTC-USDT-241206", None),
        ("DOGE-USDT", None),
    ],
)
def test_only_a_date_that_is_past_is_called_expired(code: str, expired: date | None) -> None:
    """A dated code that is not listed has expired where its day is before today, and nothing else has."""
    found = unlisted(ContractCode(code), LISTED, TODAY)
    assert found is not None
    assert found.expired_on == expired


def test_a_date_in_the_past_says_nothing_where_the_code_is_listed() -> None:
    """The list decides: a code on it is listed whatever its date."""
    assert unlisted(ContractCode("BTC-USDT-241122"), LISTED, TODAY + timedelta(days=400)) is None


@given(codes, st.lists(codes, max_size=12))
def test_only_listed_contracts_are_offered_and_at_most_three(
    code: ContractCode, listed: list[ContractCode]
) -> None:
    """Whatever was typed and listed: at most three, each once, each listed, the same coin before any other."""
    found = nearest(code, listed)
    assert len(found) == len(set(found)) <= NEAREST
    assert set(found) <= set(listed)
    same = [other.partition("-")[0] == code.partition("-")[0] for other in found]
    assert same == sorted(same, reverse=True)
    ours = {other for other in listed if other.partition("-")[0] == code.partition("-")[0]}
    assert sum(same) == min(len(ours), NEAREST)
