"""`make truth`: what it says of itself."""

import pytest

from tests.truth.campaign import Figures, main


def test_the_figures_say_as_many_as_were_asked_for() -> None:
    """The schedules that were asked for are counted apart from those that are always played again."""
    figures = Figures()
    figures.add(Figures(schedules=60, kept=0))
    figures.add(Figures(schedules=8))
    figures.kept = 18
    assert figures.lines()[0] == "50 schedules, and 18 kept ones"
    assert Figures(schedules=1).lines()[0] == "1 schedules"


@pytest.mark.parametrize("number", ["0", "-5", "many", "1.5", "²"])
def test_a_campaign_of_nothing_is_refused(number: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What is no number of schedules ends with a sentence, and not with a campaign that proves nothing."""
    with pytest.raises(SystemExit) as ended:
        main([f"--schedules={number}"])
    assert ended.value.code == 2
    assert "is not a whole number from 1 on" in capsys.readouterr().err
