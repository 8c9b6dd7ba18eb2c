"""`cancelall now`: HTX's list of contracts is asked once and blocks nothing; each way out has its exit code."""

import asyncio
import fcntl
import os
import pty
import sys
import termios

import pytest

from bot.cli.demo.stage import CONTRACT
from simulator.htx import Hang
from tests.crash.ground import Ground, ground
from tests.e2e.setting import CONTRACTS


async def test_now_tells_a_near_miss_and_what_to_type_instead() -> None:
    """A code that is not listed ends `now` with exit 2, the nearest codes to type, and nothing sent."""
    async with ground() as here:
        here.htx.contracts.list("BTC-USDT-991231")
        code, said = await here.command("now", "BTC-USDT-991224", "buy", "--yes")
        assert code == 2, said
        assert "BTC-USDT-991224 is not listed at HTX." in said
        assert "  cancelall now @main BTC-USDT-991231 buy" in said
        assert "  cancelall now --unlisted @main BTC-USDT-991224 buy" in said
        assert not here.posts()


async def test_now_goes_on_with_an_unlisted_code_where_it_is_told_to() -> None:
    """With `--unlisted` the card of an unlisted code opens, says so, and can be confirmed."""
    async with ground() as here:
        here.htx.behaviour.unknown_contract = None
        code, said = await here.command("now", "--unlisted", "BTC-USDT-991224", "buy", "--yes")
        assert code == 0, said
        assert "Not on HTX's list of contracts." in said
        assert [post.json for post in here.posts()] == [{"contract_code": "BTC-USDT-991224", "side": "buy"}]


async def test_a_list_that_hangs_does_not_hold_now_up() -> None:
    """Without an answer within a second the code goes unchecked, which the card says, and the cancel goes on."""
    async with ground() as here:
        here.place(2)
        here.htx.faults.add(Hang(acts=False), CONTRACTS)
        code, said = await here.command("now", CONTRACT, "buy", "long", "--yes")
        assert code == 0, said
        assert "Contract code not checked: HTX's list cannot be read." in said
        assert len(here.posts()) == 1


async def test_a_listed_code_is_checked_at_a_terminal() -> None:
    """The list that arrives beside the preview is waited for: a listed code carries no warning."""
    async with ground() as here:
        here.place(1)
        code, said = await here.command("now", CONTRACT, "buy", "long", "--yes")
        assert code == 0, said
        assert "not checked" not in said


async def test_now_drills_without_sending_anything() -> None:
    """`now --drill` says DRILL on each line, ends with an exit code of its own, and sends nothing."""
    async with ground() as here:
        here.place(2)
        code, said = await here.command("now", "--drill", CONTRACT, "buy", "long", "--yes")
        assert code == 14, said
        assert all(line.startswith("DRILL · ") for line in said.splitlines() if line.strip()), said
        assert "would have cancelled 2" in said
        assert "ZERO LEFT" not in said
        assert len(here.account.open_ids()) == 2
        assert not [record for record in here.htx.log if record.method != "GET"]


async def test_a_drill_that_proves_nothing_is_no_success() -> None:
    """With HTX out of reach `now --drill` ends with the exit code of an outcome that nobody knows."""
    async with ground() as here:
        await here.htx.refuse()
        code, said = await here.command("now", "--drill", CONTRACT, "buy", "long", "--yes")
        assert code == 12, said


@pytest.mark.parametrize(
    ("typed", "expected"), [(b"\x03", 13), (b"\x04", 13), (b"no\n", 13), (b"ye\x04", 13), (b"yes\n", 0)]
)
async def test_whatever_is_typed_has_its_exit_code(typed: bytes, expected: int) -> None:
    """At a terminal `yes` cancels; anything else keeps the orders at once, Ctrl-C and Ctrl-D too."""
    async with ground() as here:
        here.place(2)
        code, said = await at_a_terminal(here, typed)
        assert code == expected, said
        assert len(here.posts()) == (1 if expected == 0 else 0)
        assert "Traceback" not in said


async def test_what_was_typed_before_the_card_confirms_nothing() -> None:
    """A `yes` that was typed while `now` was starting is no answer to what had not been shown."""
    async with ground() as here:
        here.place(2)
        code, said = await at_a_terminal(here, b"no\n", ahead=b"yes\n")
        assert code == 13, said
        assert here.posts() == ()


async def at_a_terminal(here: Ground, typed: bytes, ahead: bytes = b"") -> tuple[int, str]:
    """`now` on a terminal of its own, with something typed at its prompt, or ahead; exit code and output."""
    ours, its = pty.openpty()
    os.write(ours, ahead)
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "now", CONTRACT, "buy", "long"),
        env=here.environ,
        cwd=here.folder,
        stdin=its,
        stdout=its,
        stderr=its,
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
    )
    os.close(its)
    said = b""
    async with asyncio.timeout(30):
        while part := await asyncio.to_thread(_read, ours):
            said += part
            if typed and b"Type yes and Enter" in said:
                os.write(ours, typed)
                typed = b""
        code = await child.wait()
    os.close(ours)
    return code, said.decode()


def _read(terminal: int) -> bytes:
    """What was printed; nothing once the other side is closed."""
    try:
        return os.read(terminal, 4096)
    except OSError:
        return b""
