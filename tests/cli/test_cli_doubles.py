"""One key pair under two names in a keystore of before: `run` and `now` refuse it, and say which."""

import os
import subprocess
import sys
from pathlib import Path

from keystore import EntryInfo, Keyfile, Masked, Options, change, seal
from keystore.disk import publish
from tests.config_kit import OWN, written

ROOT = Path(__file__).parents[2]


def doubled(path: Path) -> None:
    """A store whose two entries hold the same pair, as it could be made once."""
    options, store_key, store_id = Options(), Masked(os.urandom(32)), "0" * 32
    unlock = Keyfile(value=Masked(b"k" * 32))
    document = change.blank(
        store_id, seal.new_slot(store_key, unlock, store_id, "1" * 16, options.slot_params(unlock))
    )
    for name in ("hedge", "main"):
        info = EntryInfo(name=name, kind="htx", version=1, created=options.created(), tail="0001")
        values = (Masked(b"AK-0001"), Masked(b"SK-canary"))
        document = change.add_entry(document, seal.seal_entry(store_key, store_id, info, values, os.urandom(32)))
    publish(path, document, store_key, None)


def test_two_accounts_with_one_key_are_refused(tmp_path: Path) -> None:
    """Exit code 2, both names, nothing sent, and no secret."""
    doubled(tmp_path / "keystore.json")
    (tmp_path / "key").write_bytes(b"k" * 32)
    (tmp_path / "key").chmod(0o600)
    config = written(tmp_path, OWN.replace("[accounts.main]", "[accounts.main]\n[accounts.hedge]"))
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "PYTHONPATH": f"{ROOT}:{ROOT / 'secrets'}",
        "CANCELALL_CONFIG": str(config),
        "CANCELALL_DATA_DIR": str(tmp_path / "data"),
        "CANCELALL_KEYSTORE": str(tmp_path / "keystore.json"),
        "CANCELALL_KEYFILE": str(tmp_path / "key"),
    }
    for words in (("run",), ("now", "ALL", "--yes")):
        done = subprocess.run(  # noqa: S603 our own interpreter
            [sys.executable, "-m", "bot", *words],
            env=environ,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == 2
        assert "The accounts main and hedge have the same key pair" in done.stderr
        assert "This command sent nothing." in done.stderr
        assert "canary" not in done.stderr
