"""Streams that decide nothing: what cannot be printed is printed otherwise, what cannot be written is dropped."""

import os
import threading
from collections.abc import Iterator

import pytest

from bot.runtime.screen import MOST_LINES, Direct, Queued, Screen


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    """Both ends of a pipe; what the test has closed is not closed again."""
    ends = os.pipe()
    yield ends
    for end in ends:
        try:
            os.close(end)
        except OSError:
            continue


def read(descriptor: int, upto: bytes) -> bytes:
    """All that comes, until something came."""
    heard = b""
    while upto not in heard:
        heard += os.read(descriptor, 65536)
    return heard


def fill(descriptor: int) -> int:
    """Fill a pipe; how many bytes that took."""
    os.set_blocking(descriptor, False)
    count = 0
    try:
        while True:
            count += os.write(descriptor, b"x" * 4096)
    except BlockingIOError:
        os.set_blocking(descriptor, True)
    return count


@pytest.mark.parametrize(
    ("encoding", "shown"),
    [
        ("utf-8", "🛑 Cancel… · 61,200 – 61,250 ✓"),
        ("gbk", "? Cancel… · 61,200 – 61,250 OK"),
        ("latin-1", "? Cancel... · 61,200 - 61,250 OK"),
        ("ascii", "? Cancel... - 61,200 - 61,250 OK"),
        ("no such encoding", "🛑 Cancel… · 61,200 – 61,250 ✓"),
    ],
)
def test_what_an_encoding_lacks_is_printed_otherwise(pipe: tuple[int, int], encoding: str, shown: str) -> None:
    """Each character arrives as itself, as a plain one that stands for it, or as a question mark."""
    screen = Screen(pipe[1], Direct(), encoding)
    screen.write("🛑 Cancel… · 61,200 – 61,250 ✓\n")
    heard = read(pipe[0], b"\n")
    assert heard.decode("utf-8" if encoding.startswith("no") else encoding) == f"{shown}\n"


def test_half_a_surrogate_is_printed_as_a_question_mark(pipe: tuple[int, int]) -> None:
    """A lone surrogate, as in the name of a file, does not break UTF-8."""
    Screen(pipe[1], Direct(), "utf-8").write("\udcff.csv\n")
    assert read(pipe[0], b"\n") == b"?.csv\n"


@pytest.mark.parametrize("make", [Direct, Queued])
def test_a_reader_that_is_gone_raises_nothing_and_is_counted(
    pipe: tuple[int, int], make: type[Direct] | type[Queued]
) -> None:
    """Writes to a broken pipe are dropped, and their lines counted."""
    os.close(pipe[0])
    outlet = make()
    Screen(pipe[1], outlet, "utf-8").write("one\ntwo\n")
    assert outlet.flush(5)
    assert outlet.lost == 2
    assert isinstance(outlet.trouble, BrokenPipeError)


def test_nobody_waits_for_a_pipe_that_is_full(pipe: tuple[int, int]) -> None:
    """With a full pipe every write returns, what does not fit is counted, and the end is not waited for."""
    fill(pipe[1])
    outlet = Queued()
    screen = Screen(pipe[1], outlet, "utf-8")
    for number in range(MOST_LINES + 500):
        screen.write(f"{number}\n")
    assert outlet.lost in {499, 500}  # one may be with the thread already
    assert not outlet.flush(0.05)
    os.close(pipe[0])  # the thread comes to its end before the descriptor's number is another's
    assert outlet.flush(5)


def test_what_was_dropped_is_said_in_its_place(pipe: tuple[int, int]) -> None:
    """Read again, a queue gives its lines in order, then a line that counts the dropped ones, then the new."""
    filled = fill(pipe[1])
    outlet = Queued()
    outlet.notice = lambda lines: f"({lines} lost)\n"
    screen = Screen(pipe[1], outlet, "utf-8")
    for number in range(MOST_LINES + 500):
        screen.write(f"line {number}\n")
    lost = outlet.lost
    heard = read(pipe[0], b"lost)\n")
    screen.write("after\n")
    heard += read(pipe[0], b"after\n") if b"after" not in heard else b""
    lines = heard[filled:].decode().splitlines()
    kept = MOST_LINES + 500 - lost
    assert lines == [*(f"line {number}" for number in range(kept)), f"({lost} lost)", "after"]
    assert outlet.flush(5)


def test_lines_of_several_threads_stay_whole(pipe: tuple[int, int]) -> None:
    """Lines that several threads print at once arrive whole."""
    outlet = Queued()
    screen = Screen(pipe[1], outlet, "utf-8")
    threads = [
        threading.Thread(target=lambda each=each: [screen.write(f"{each}" * 20 + "\n") for _ in range(50)])
        for each in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outlet.flush(5)
    lines = os.read(pipe[0], 65536).decode().splitlines()
    assert sorted(lines) == sorted(f"{each}" * 20 for each in range(4) for _ in range(50))


def test_a_descriptor_that_does_not_wait_loses_nothing(pipe: tuple[int, int]) -> None:
    """Where another program made the descriptor non-blocking, a slow reader still gets everything."""
    os.set_blocking(pipe[1], False)
    outlet = Queued()
    Screen(pipe[1], outlet, "utf-8").write("y" * 300_000 + "\n")
    assert len(read(pipe[0], b"\n")) == 300_001
    assert outlet.flush(5)
    assert outlet.lost == 0


def test_bytes_are_no_text(pipe: tuple[int, int]) -> None:
    """Bytes are refused: that is how Typer finds out that the stream takes text."""
    with pytest.raises(TypeError):
        Screen(pipe[1], Direct(), "utf-8").write(b"")  # type: ignore[arg-type]  # what is tested
