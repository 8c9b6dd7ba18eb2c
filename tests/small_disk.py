"""A disk of a few hundred kilobytes, to be found full."""

import os
import shutil
import subprocess
from pathlib import Path


def mounted(folder: Path, size: str) -> bool:
    """Put a tiny disk of its own under a folder; False where that is not allowed."""
    mount = shutil.which("mount")
    if mount is None or os.geteuid() != 0:
        return False
    options = ("-t", "tmpfs", "-o", f"size={size},mode=700", "tmpfs", str(folder))
    return subprocess.run((mount, *options), check=False, capture_output=True, timeout=20).returncode == 0  # noqa: S603 ours


def unmount(folder: Path) -> None:
    """Take it away again."""
    subprocess.run(("umount", "-l", str(folder)), check=True, timeout=20)  # noqa: S603, S607 ours
