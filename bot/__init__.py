"""cancelall: a chat-ops kill switch for resting orders on HTX USDT-M futures.

Somebody on call types `/cancelall BTC-USDT-241115 buy long`, sees what would go, taps once, and is told the truth:
zero left, so many still open, not run, or unknown. The promise, in five lines:

1. Nothing is cancelled without a tap by a listed person on a card that shows what will go.
2. One confirmation lets at most one cancel-all take effect.
3. "Done" is proved by reading the exchange again.
4. Nobody is left hanging: every command and tap of a listed person is answered, every outcome is recorded.
5. Keys stay put: stored encrypted, opened for the moment of signing.

Read from `model` up to `app`: the pure core decides, thin shells talk to the world (docs/architecture.md).
"""

__version__ = "0.1.0"
