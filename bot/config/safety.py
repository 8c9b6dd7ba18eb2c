"""Whether others could write the file that says who may fire."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_OTHERS: Final = stat.S_IWGRP | stat.S_IWOTH


def fault(file: Path) -> str | None:
    """One sentence where others may write the file, or put another in its place; None where it is safe.

    Raises:
        OSError: it cannot be looked at.
    """
    mode = stat.S_IMODE(file.stat().st_mode)
    if mode & _OTHERS:
        return (
            f"{file} may be written by others (mode {mode:04o}), who could let anybody in; expected a file that "
            f"its owner alone may write: chmod go-w {file}"
        )
    for folder in _folders(file):
        if _is_open(folder):
            return (
                f"{file} lies under {folder}, where everybody may put another in its place; expected a folder "
                f"that others may not write to: chmod o-w {folder}"
            )
    return None


def _folders(file: Path) -> Iterator[Path]:
    """Every folder on the way to the name, and to what it stands for where it is a link."""
    seen: set[Path] = set()
    for path in (file.absolute(), file.resolve()):
        for folder in path.parents:
            if folder not in seen:
                seen.add(folder)
                yield folder


def _is_open(folder: Path) -> bool:
    """Writable for everybody, without the sticky bit, and not mounted read-only (as Kubernetes mounts)."""
    mode = folder.stat().st_mode
    if not mode & stat.S_IWOTH or mode & stat.S_ISVTX:
        return False
    return not os.statvfs(folder).f_flag & os.ST_RDONLY
