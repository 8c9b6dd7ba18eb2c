"""`make test-ten`: every test, again and again, on a machine that is busy with something else.

python scripts/test_often.py --times 10 --loops 2 -- -q -n 4
"""

import argparse
import os
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

_BUSY: Final = "import os\nparent = os.getppid()\nwhile os.getppid() == parent: pass"
"""It ends with whoever started it, however that ends."""


@contextmanager
def busy(loops: int) -> Iterator[None]:
    """Beside what is done so many processes compute without end."""
    running = [subprocess.Popen((sys.executable, "-c", _BUSY)) for _ in range(loops)]  # noqa: S603 our own
    try:
        yield
    finally:
        for loop in running:
            loop.kill()
            loop.wait()


def once(command: Sequence[str]) -> tuple[int, list[str], str]:
    """One run: its exit code, the tests that failed, and pytest's last line."""
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)  # noqa: S603 pytest
    failed = re.findall(r"^(?:FAILED|ERROR) (\S+)", done.stdout, re.MULTILINE)
    if done.returncode:
        sys.stdout.write(done.stdout)
    last = (done.stdout.strip().splitlines() or ["nothing was said"])[-1]
    return done.returncode, failed, last


def often(times: int, loops: int, pytest: Sequence[str]) -> int:
    """Run and tell; 0 only if nothing ever failed."""
    command, failed, bad = (sys.executable, "-m", "pytest", *pytest), Counter[str](), 0
    sys.stdout.write(f"{times} times beside {loops} busy loops on {os.cpu_count()} cores: {' '.join(command)}\n")
    with busy(loops):
        for number in range(1, times + 1):
            began = time.monotonic()
            code, names, last = once(command)
            failed.update(names)
            bad += code != 0
            took = time.monotonic() - began
            sys.stdout.write(
                f"{number} of {times}: {f'FAILED (exit {code})' if code else 'passed'} in {took:.0f} s · {last}\n"
            )
            sys.stdout.flush()
    sys.stdout.write(f"{times - bad} of {times} passed\n")
    for name, n in failed.most_common():
        sys.stdout.write(f"  {n}× {name}\n")
    return 1 if bad else 0


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=10)
    parser.add_argument("--loops", type=int, default=2)
    parser.add_argument("pytest", nargs="*", help="what pytest is called with")
    asked = parser.parse_args()
    if asked.times < 1 or asked.loops < 0:
        parser.error("--times is from 1 on, --loops from 0 on")
    sys.exit(often(asked.times, asked.loops, asked.pytest))


if __name__ == "__main__":
    main()
