"""`python -m benchmarks`: measure everything, print the page, and write it where `--write` says."""

import argparse
import asyncio
import os
import sys
import time
from pathlib import Path

from benchmarks.calls import calls
from benchmarks.desk import desk
from benchmarks.field import field
from benchmarks.page import page
from bot.runtime.logs import redactor, set_up


async def _measure(*, quick: bool) -> str:
    began = time.monotonic()

    def say(what: str) -> None:
        sys.stderr.write(f"{time.monotonic() - began:6.1f} s  {what}\n")

    async with field() as there:
        one = await calls(there, quick=quick, say=say)
    return page(one, await desk(quick=quick, say=say))


def main() -> None:
    """Take the options, and measure."""
    options = argparse.ArgumentParser(prog="python -m benchmarks")
    options.add_argument("--quick", action="store_true", help="two minutes instead of ten, with fewer rounds")
    options.add_argument("--write", type=Path, help="the page's file")
    given = options.parse_args()
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        # Our client writes its log line as it does in the bot; where it goes costs nothing.
        set_up(redactor(), style="json", level="INFO", stream=nowhere)
        made = asyncio.run(_measure(quick=given.quick))
    sys.stdout.write(made)
    if given.write is not None:
        given.write.write_text(made, encoding="utf-8")


if __name__ == "__main__":
    main()
