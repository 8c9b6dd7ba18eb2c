"""The stub as a child process, and the contenders that are there: ccxt only where it is installed."""

import asyncio
import gc
import json
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, Literal

from benchmarks.certificate import Certificate, certificate
from benchmarks.contenders import Contender, Floor, Httpx, Ours, Target, Transport

ROUND_TRIP: Final = 0.05
"""Seconds to the far stub and back."""

Where = Literal["plain", "tls", "far"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """Where the stub listens."""

    ports: dict[str, int]
    certificate: Certificate

    def target(self, where: Where) -> Target:
        """Plain http, TLS, or TLS with a round trip."""
        return Target(port=self.ports[where], trusted=None if where == "plain" else self.certificate.public)

    @asynccontextmanager
    async def contenders(
        self, where: Where, sizes: tuple[int, ...], *, limiter: bool = False
    ) -> AsyncIterator[Sequence[Contender]]:
        """Everybody, with connections of their own; `limiter`: ccxt as it is by default, too."""
        target = self.target(where)
        found: list[Contender] = [Floor(target), Ours(target), Httpx(target), Transport(target)]
        if find_spec("ccxt") is not None:
            from benchmarks.ccxt_contenders import (  # noqa: PLC0415  where it is installed
                IMPLICIT,
                LIMITED,
                UNIFIED,
                Ccxt,
            )

            names = (IMPLICIT, UNIFIED, LIMITED) if limiter else (IMPLICIT, UNIFIED)
            found += [Ccxt(target, name, sizes) for name in names]
        gc.collect()
        gc.freeze()  # as the bot does at its start: nobody pays for the collector's looks at the others
        try:
            yield found
        finally:
            gc.unfreeze()
            for each in found:
                await each.close()


@asynccontextmanager
async def field() -> AsyncIterator[Field]:
    """The stub, running while the context lasts."""
    with TemporaryDirectory(prefix="cancelall-bench-") as folder:
        made = certificate(Path(folder))
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "benchmarks.stub", "--round-trip", str(ROUND_TRIP)),
            *("--certificate", str(made.public), "--key", str(made.key)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        if child.stdin is None or child.stdout is None:
            raise RuntimeError("no pipes")
        try:
            yield Field(ports=json.loads(await child.stdout.readline()), certificate=made)
        finally:
            child.stdin.close()
            await child.wait()
