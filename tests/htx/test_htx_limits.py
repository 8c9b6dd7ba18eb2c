import pytest

from bot.htx.limits import seconds_to_reset

NOW = 1_731_657_909.0


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0.0),
        ("1500", 1.5),
        (" 250 ", 0.25),
        ("3000", 3.0),
        ("999999999", 60.0),
        ("1731657911000", 2.0),
        ("1731657908000", 0.0),
        ("1831657908000", 60.0),
        ("", None),
        ("-1", None),
        ("1.5", None),
        ("1e3", None),
        ("soon", None),
        ("1000, 2000", None),
        ("٣٠٠٠", None),
        ("9" * 40, None),
    ],
)
def test_reset_values(value: str, seconds: float | None) -> None:
    """Milliseconds left and epoch milliseconds both become seconds within 0 and 60; garbage becomes None."""
    found = seconds_to_reset({"ratelimit-reset": value}, now=NOW)
    assert found == (None if seconds is None else pytest.approx(seconds))


@pytest.mark.parametrize("name", ["ratelimit-reset", "RateLimit-Reset", "RATELIMIT-RESET"])
def test_names_in_any_case(name: str) -> None:
    """Header names are found in any case."""
    assert seconds_to_reset({name: "1000"}, now=NOW) == 1.0


def test_absent_or_said_twice() -> None:
    """No header, or two of them, is no answer."""
    assert seconds_to_reset({"ratelimit-limit": "72"}, now=NOW) is None
    assert seconds_to_reset({"ratelimit-reset": "1", "Ratelimit-Reset": "2"}, now=NOW) is None
