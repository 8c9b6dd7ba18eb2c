import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.htx.hosts import Hosts, Sample


def beats(hosts: Hosts, host: int, *millis: float, offset: float | None = 0.0) -> None:
    for each in millis:
        hosts.measured(host, Sample(took=each / 1000, offset=offset))


def test_unmeasured_the_configured_order_holds() -> None:
    """Where nothing was measured, or only one address was, the configuration says which is first."""
    hosts = Hosts(["a", "b", "c"])
    assert hosts.ranking == (0, 1, 2)
    beats(hosts, 2, 1.0)
    assert hosts.ranking[0] == 0


def test_the_faster_address_goes_first() -> None:
    """Of addresses that answer the clearly faster one is first, and the rest follow by their round trip."""
    hosts = Hosts(["a", "b", "c"])
    beats(hosts, 0, 90.0)
    beats(hosts, 1, 60.0)
    beats(hosts, 2, 40.0)
    assert hosts.ranking == (2, 1, 0)


@pytest.mark.parametrize(("first", "other"), [(50.0, 41.0), (5.0, 0.5), (50.0, 50.0)])
def test_an_address_that_is_hardly_faster_does_not_take_over(first: float, other: float) -> None:
    """A fifth of the round trip, and five milliseconds, is the least that moves an address to the front."""
    hosts = Hosts(["a", "b"])
    beats(hosts, 0, first)
    beats(hosts, 1, other)
    assert hosts.ranking == (0, 1)


@given(st.lists(st.tuples(st.floats(45, 54), st.floats(45, 54)), max_size=40))
def test_equals_do_not_take_turns(rounds: list[tuple[float, float]]) -> None:
    """Two addresses whose round trips differ by less than a fifth never change places."""
    hosts = Hosts(["a", "b"])
    for one, two in rounds:
        beats(hosts, 0, one)
        beats(hosts, 1, two)
        assert hosts.ranking == (0, 1)


def test_two_slow_answers_of_five_are_forgiven() -> None:
    """The median of the last five round trips counts, and the third slow one tells."""
    hosts = Hosts(["a", "b"])
    beats(hosts, 0, 40.0, 40.0, 40.0, 900.0, 900.0)
    beats(hosts, 1, *[60.0] * 5)
    assert hosts.ranking == (0, 1)
    beats(hosts, 0, 900.0)
    assert hosts.ranking == (1, 0)


def test_an_address_that_answers_goes_before_one_that_does_not() -> None:
    """A failure moves an address behind all that answer, at once; coming back alone does not move it forward."""
    hosts = Hosts(["a", "b"])
    beats(hosts, 0, 40.0)
    beats(hosts, 1, 45.0)
    hosts.failed(0, "connect")
    assert hosts.ranking == (1, 0)
    assert [each.trouble for each in hosts.health()] == ["connect", None]
    hosts.worked(0)
    beats(hosts, 0, 40.0)
    assert hosts.ranking == (1, 0)
    beats(hosts, 0, 20.0, 20.0, 20.0)
    assert hosts.ranking == (0, 1)


def test_with_all_addresses_down_the_first_stays() -> None:
    """Where none answers there is no reason to change."""
    hosts = Hosts(["a", "b"])
    hosts.failed(0, "connect")
    hosts.failed(1, "dns")
    assert hosts.ranking == (1, 0)
    hosts.failed(0, "tls")
    assert hosts.ranking == (1, 0)
    assert [each.trouble for each in hosts.health()] == ["tls", "dns"]


events = st.lists(
    st.tuples(st.integers(0, 2), st.one_of(st.none(), st.floats(0.001, 3), st.just("connect"))), max_size=30
)


@given(events)
def test_the_ranking_names_every_address_once(told: list[tuple[int, float | str | None]]) -> None:
    """Whatever happens, each address is ranked once, and none that is down stands before one that is not."""
    hosts = Hosts(["a", "b", "c"])
    for host, what in told:
        if isinstance(what, float):
            hosts.measured(host, Sample(took=what, offset=None))
        elif what is None:
            hosts.worked(host)
        else:
            hosts.failed(host, what)
        assert sorted(hosts.ranking) == [0, 1, 2]
        health = hosts.health()
        down = [health[each].trouble is not None for each in hosts.ranking]
        assert down == sorted(down)


# --- clocks ----------------------------------------------------------------------------------------------------


def test_each_address_has_its_own_offset() -> None:
    """An address is signed for by its own clock; one that was never measured by that of the others."""
    hosts = Hosts(["a", "b", "c"])
    assert (hosts.offset(), hosts.offset(1)) == (0.0, 0.0)
    beats(hosts, 0, 40.0, offset=0.5)
    beats(hosts, 1, 40.0, offset=0.7)
    assert (hosts.offset(0), hosts.offset(1), hosts.offset(2), hosts.offset()) == (0.5, 0.7, 0.5, 0.5)


@pytest.mark.parametrize(("one", "two", "own"), [(3600.0, 0.1, 0.1), (0.1, -3600.0, 0.1), (90.0, 91.0, 90.0)])
def test_an_absurd_clock_is_not_believed(one: float, two: float, own: float) -> None:
    """Where addresses disagree the bot goes by the one closest to its own clock; where they agree, by the best."""
    hosts = Hosts(["a", "b"])
    beats(hosts, 0, 40.0, offset=one)
    beats(hosts, 1, 45.0, offset=two)
    assert (hosts.offset(0), hosts.offset(1), hosts.offset()) == (one, two, own)
    assert hosts.health()[0].clock_off is (abs(one) > 2)


def test_the_offset_of_the_quickest_answer_counts() -> None:
    """A slow answer that agrees within its round trip does not move the offset."""
    hosts = Hosts(["a"])
    beats(hosts, 0, 40.0, offset=0.100)
    beats(hosts, 0, 900.0, offset=0.350)
    assert hosts.offset(0) == 0.100


def test_a_clock_that_was_set_is_followed_at_once() -> None:
    """An offset that cannot be explained by the round trips is taken from the newest answer."""
    hosts = Hosts(["a"])
    beats(hosts, 0, 40.0, 40.0, 40.0, offset=0.1)
    beats(hosts, 0, 60.0, offset=30.0)
    assert hosts.offset(0) == 30.0
    beats(hosts, 0, 60.0, offset=None)
    assert hosts.offset(0) == 30.0
