"""`cancelall run`."""

import asyncio
import gc
import os
import sys
from typing import Final

from bot import app
from bot.cli.common import configuration, keys_for, logs, store_refusal
from bot.cli.options import ConfigPath, DataDir, KeystorePath
from bot.cli.refusal import Refusal
from bot.cli.whose import data_dir
from bot.errors import StoreUnavailable
from bot.runtime.logs import redactor
from bot.store import AlreadyRunning

_TURN: Final = 0.0005
"""Seconds a thread may keep Python to itself while another waits. With the usual 5 ms the store's thread, and so a
tap, waits for whatever the loop is doing."""


def run(*, config: ConfigPath = None, data: DataDir = None, keystore: KeystorePath = None) -> None:
    """Run the bot until SIGTERM or Ctrl-C."""
    logs()
    settings, folder = configuration(config), data_dir(data)
    opened = keys_for(settings, keystore)
    redactor().learn(opened.public_values(settings.accounts))
    sys.setswitchinterval(_TURN)
    gc.freeze()  # what is loaded now lives as long as the bot: the collector need not look at it again
    try:
        asyncio.run(app.run(settings, folder, opened, os.environ))
    except AlreadyRunning as error:
        raise Refusal(f"Not started: {error.why}. Only one `run` may use a data directory.") from None
    except StoreUnavailable as error:
        raise store_refusal(error) from None
