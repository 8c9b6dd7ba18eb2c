"""`python -m simulator.slack --port 0`: serve until Ctrl-C."""

import argparse
import asyncio
import contextlib
import sys

from simulator.slack.server import SlackSimulator


async def serve(port: int) -> None:
    """Serve on 127.0.0.1 and say where and with which tokens, until cancelled. Channel C1 is there to post in."""
    async with SlackSimulator(port=port) as sim:
        given = sim.secrets
        sim.channel(id="C1", members=[sim.person(id="U11", name="Ann")])
        sys.stdout.write(f"{sim.api_url} {given.bot_token} {given.app_token} {given.signing_secret}\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


def main() -> None:
    """Read the arguments and serve."""
    parser = argparse.ArgumentParser(prog="python -m simulator.slack", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="TCP port; 0 takes a free one")
    given = parser.parse_args()
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(given.port))


if __name__ == "__main__":
    main()
