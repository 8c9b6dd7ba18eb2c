"""An account of the configuration whose key is not in the keystore."""

from bot.cli.demo.stage import CONTRACT
from tests.crash.ground import ground

_SPARE = '[accounts.spare]\n[members.cy]\nrole = "operator"\ntelegram = 21\naccounts = ["spare", "main"]\n'


async def test_an_account_without_a_key_is_told_of_and_disarms_no_other() -> None:
    """The log names it at the start with what to do, `/status` says so, and nobody can tap in vain."""
    async with ground(telegram_more=_SPARE) as here:
        await here.start_bot()
        lines = [line for line in here.log().splitlines() if "no usable key" in line]
        assert len(lines) == 1
        assert '"spare"' in lines[0]
        assert "cancelall keys list" in lines[0]
        cy = here.telegram.person(id=21, first_name="Cy")
        asked = cy.says(here.desk, "/status")
        status = await here.shown(lambda message: message.reply_to == asked.id, after=asked.id)
        assert "NOT READY: 1 of 2 accounts cannot cancel" in status.text
        here.place(2)
        asked = cy.says(here.desk, f"/cancelall @spare {CONTRACT} buy long")
        offered = await here.shown(lambda message: message.reply_to == asked.id, after=asked.id)
        assert offered.text.startswith("No card: the API key of spare cannot be opened.")
        assert "Use the HTX app." in offered.text
        assert offered.labels == ("Preview again",)
        assert here.posts() == ()
        card = await here.ask()
        here.ann.taps(card, "Cancel 2 orders")
        assert "2 cancelled" in (await here.result(card.id)).text
