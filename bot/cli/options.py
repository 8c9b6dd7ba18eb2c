"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

ConfigPath = Annotated[
    Path | None,
    typer.Option(
        "--config",
        envvar="CANCELALL_CONFIG",
        help="The configuration. Default: cancelall/config.toml in the user's configuration folder, then in /etc.",
    ),
]
DataDir = Annotated[
    Path | None,
    typer.Option(
        "--data-dir",
        envvar="CANCELALL_DATA_DIR",
        help="Where the store and its locks are. Default: cancelall in the user's data folder.",
    ),
]
KeystorePath = Annotated[
    Path | None,
    typer.Option(
        "--keystore",
        envvar="CANCELALL_KEYSTORE",
        help="The encrypted keystore. Default: cancelall/keystore.json in the user's data folder.",
    ),
]
