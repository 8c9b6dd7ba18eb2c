"""Who else could write the configuration, and what is done about paths."""

import os
from pathlib import Path

import pytest

from bot.config import data_dir, find_file, load
from bot.errors import ConfigFaults
from tests.config_kit import OWN, faults_of, written


@pytest.mark.parametrize("mode", [0o664, 0o666, 0o602, 0o646])
def test_a_file_that_others_may_write_is_refused(tmp_path: Path, mode: int) -> None:
    """Group and world count; the sentence says the mode, and the command that mends it."""
    file = written(tmp_path, OWN)
    file.chmod(mode)
    (fault,) = faults_of(file, {})
    assert fault.startswith(f"{file} may be written by others (mode {mode:04o})")
    assert f"chmod go-w {file}" in fault
    file.chmod(0o644)
    load(file, {})


def test_a_folder_where_everybody_may_put_files_is_refused(tmp_path: Path) -> None:
    """A file is no safer than the folders above it; the sticky bit makes one safe."""
    folder = tmp_path / "open" / "inner"
    folder.mkdir(parents=True)
    file = written(folder, OWN)
    (tmp_path / "open").chmod(0o777)
    (fault,) = faults_of(file, {})
    assert f"{file} lies under {tmp_path / 'open'}" in fault
    (tmp_path / "open").chmod(0o1777)
    load(file, {})


def test_a_link_is_judged_by_both_its_places(tmp_path: Path) -> None:
    """Neither the link's folder nor the file's may be open to all."""
    for name in ("here", "there"):
        (tmp_path / name).mkdir()
    target = written(tmp_path / "there", OWN)
    link = tmp_path / "here" / "config.toml"
    link.symlink_to(target)
    load(link, {})
    for name in ("here", "there"):
        (tmp_path / name).chmod(0o777)
        assert len(faults_of(link, {})) == 1
        (tmp_path / name).chmod(0o755)


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_a_byte_order_mark_is_no_part_of_the_file(tmp_path: Path, ends: str) -> None:
    """Some editors put one at the head, with DOS's line ends or without."""
    file = tmp_path / "config.toml"
    file.write_bytes(b"\xef\xbb\xbf" + OWN.replace("\n", ends).encode())
    assert load(file, {}).members["ann"].telegram == 223456789


@pytest.mark.parametrize("named", ["data", "./data", "../data", "$DATA/x", "/var/$USER"])
def test_a_data_directory_depends_on_no_folder_and_no_variable(named: str) -> None:
    """One store, wherever the bot is started; said by option or by name."""
    with pytest.raises(ConfigFaults, match="each folder you start in would have a store of its own"):
        data_dir(None, {"CANCELALL_DATA_DIR": named, "HOME": "/home/ann"})
    with pytest.raises(ConfigFaults):
        data_dir(Path(named), {"HOME": "/home/ann"})


@pytest.mark.parametrize(
    ("environ", "folder"),
    [
        ({"CANCELALL_DATA_DIR": "~/bot"}, "/home/ann/bot"),
        ({"CANCELALL_DATA_DIR": "$HOME/bot"}, "/home/ann/bot"),
        ({"CANCELALL_DATA_DIR": "'/data'"}, "/data"),
        ({"CANCELALL_DATA_DIR": "", "XDG_DATA_HOME": ""}, "/home/ann/.local/share/cancelall"),
        ({"XDG_DATA_HOME": "relative"}, "/home/ann/.local/share/cancelall"),
        ({"XDG_DATA_HOME": "/xdg"}, "/xdg/cancelall"),
    ],
)
def test_where_the_store_is(environ: dict[str, str], folder: str) -> None:
    """The home folder is written out, nothing is not set, and a relative XDG folder is none."""
    assert data_dir(None, environ | {"HOME": "/home/ann"}) == Path(folder)


def test_a_user_without_a_home() -> None:
    """Nothing is put into a folder called `~`: what to say is said; a file in /etc is found all the same."""
    if os.getuid() == 0:
        environ = {"HOME": "/nonexistent"}
        with pytest.raises(ConfigFaults, match="CANCELALL_DATA_DIR"):
            data_dir(None, environ)
        assert find_file(None, environ, Path("/dev/null"))[1] == (Path("/dev/null"),)
