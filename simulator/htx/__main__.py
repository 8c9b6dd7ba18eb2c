"""`python -m simulator.htx`: one made-up account with some twenty orders, until Ctrl-C."""

import argparse
import asyncio
import contextlib
import secrets
import sys

from simulator.htx.book import Account
from simulator.htx.server import HtxSimulator


def furnish(account: Account) -> None:
    """Rests about twenty orders of all kinds on a hedge-mode account's book."""
    for step in range(7):
        price = str(61200 - 50 * step)
        account.place(contract="BTC-USDT-241115", side="buy", position_side="long", price=price)
    for step in range(4):
        price = str(62800 + 50 * step)
        account.place(contract="BTC-USDT-241115", side="sell", position_side="long", price=price)
    for step in range(4):
        account.place(contract="BTC-USDT", side="sell", position_side="short", volume=str(5 + step))
    for step in range(3):
        account.place(contract="ETH-USDT", price=str(3050 - step), margin_mode="isolated")
    account.fill(account.place(contract="BTC-USDT", side="buy", position_side="short"), "20")
    account.place_algo(type="trigger")
    account.place_algo(type="tpsl", side="sell", trigger_price="58000")


async def serve(port: int) -> None:
    """Runs a simulator on 127.0.0.1 until cancelled; `port` 0 lets the system choose."""
    simulator = HtxSimulator()
    account = simulator.add_account(access_key=f"simulated-{secrets.token_hex(8)}", secret=secrets.token_hex(16))
    furnish(account)
    await simulator.start(port)
    lines = (
        "A made-up HTX, on loopback only: no money, no orders of anybody.",
        f"url         {simulator.url}",
        f"access key  {account.access_key}",
        f"secret      {account.secret}",
        f"open orders {len(account.open_orders())}, algo orders {len(account.open_algos())}",
        "Ctrl-C stops it.",
    )
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()
    try:
        await asyncio.Event().wait()
    finally:
        await simulator.stop()


def main() -> None:
    """Reads the command line and serves."""
    parser = argparse.ArgumentParser(prog="python -m simulator.htx", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 lets the system choose")
    arguments = parser.parse_args()
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(arguments.port))


if __name__ == "__main__":
    main()
