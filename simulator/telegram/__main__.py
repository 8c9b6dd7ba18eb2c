"""`python -m simulator.telegram --port 0 --token 123:abc`: serve until Ctrl-C."""

import argparse
import asyncio
import contextlib
import sys

from simulator.telegram.server import TelegramSimulator


async def serve(port: int, token: str) -> None:
    """Serve on 127.0.0.1 and say where, until cancelled."""
    async with TelegramSimulator(token, port=port) as sim:
        sys.stdout.write(f"{sim.url}/bot\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


def main() -> None:
    """Read the arguments and serve."""
    parser = argparse.ArgumentParser(prog="python -m simulator.telegram", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="TCP port; 0 takes a free one")
    parser.add_argument("--token", default="123456:simulated", help="the only token accepted")
    given = parser.parse_args()
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(given.port, given.token))


if __name__ == "__main__":
    main()
