"""`cancelall keys` as it is used: real processes, pipes, descriptors and a terminal."""

import json
from pathlib import Path

import pytest

from keystore import Keyfile, Keystore, Masked
from tests.cli.keys_shell import PHRASE, Shell, by_phrase, pipe

ONLINE = """
def check(kind, name, secret):
    if name == "telegram":
        raise keys["OnlineCheckError"]("HTX says the key was deleted.")
    return f"{kind} accepts {len(secret.values())} value(s)."
keys["keys_app"](check)()
"""


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """A shell before `init`."""
    return Shell(folder=tmp_path)


@pytest.fixture
def ready(shell: Shell) -> Shell:
    """A shell with a keystore that its key file opens, and one HTX entry in it."""
    shell.key.write_bytes(b"k" * 32)
    shell.key.chmod(0o600)
    with Keystore.create(shell.store, Keyfile(value=Masked(b"k" * 32))) as store:
        store.add("main", "htx", ["AK-0001", "SK-canary"])
    return shell


def refused(code: int, stdout: str, stderr: str) -> str:
    """The one line on stderr of a command that refused."""
    assert (code, stdout) == (2, "")
    (line,) = stderr.splitlines()
    assert line.startswith("error: ")
    assert "Nothing was changed." in line
    assert "canary" not in line
    return line


def test_from_nothing_to_two_entries_as_the_readme_says(shell: Shell) -> None:
    """Init, add by pipe, list and verify work one after the other, each telling the next step."""
    made = shell.keys("init", "--keyfile", str(shell.key))
    assert made.returncode == 0, made
    assert "Next: cancelall keys add main --kind htx" in made.stdout
    assert f"export CANCELALL_KEYFILE={shell.key}" in made.stdout
    assert (shell.key.stat().st_mode & 0o777, len(shell.key.read_bytes())) == (0o600, 32)
    assert shell.store.parent.stat().st_mode & 0o777 == 0o700

    assert shell.keys("add", "main", "--kind", "htx", stdin="AK-0001\nSK-canary\n").returncode == 0
    added = shell.keys("add", "telegram", "--kind", "telegram", stdin="123:tok\n")
    assert added.stdout.splitlines()[0] == "Added telegram (telegram, version 1, …123)."
    assert "All 2 entries open." in shell.keys("verify").stdout
    with shell.opened() as store, store.open_entry("main", "htx") as secret:
        assert secret.secret.decode() == "SK-canary"


def test_init_takes_a_key_that_is_there(shell: Shell) -> None:
    """A systemd credential made beforehand opens the new store: nothing is asked and no key file is made."""
    (shell.folder / "cancelall-key").write_bytes(b"c" * 32)
    (shell.folder / "cancelall-key").chmod(0o400)
    made = shell.keys("init", CANCELALL_KEYFILE="", CREDENTIALS_DIRECTORY=str(shell.folder))
    assert "opens with a key file" in made.stdout
    shell.opened(shell.folder / "cancelall-key").close()


def test_list_shows_kinds_tails_and_ages_without_a_key(ready: Shell) -> None:
    """The table and the JSON need no unlock, and hold no more than the public tail."""
    ready.key.unlink()
    table = ready.keys("list")
    assert [line.split() for line in table.stdout.splitlines()] == [
        ["NAME", "KIND", "VERSION", "TAIL", "AGE"],
        ["main", "htx", "1", "…0001", "0", "min"],
    ]
    (entry,) = json.loads(ready.keys("list", "--json").stdout)
    assert set(entry) == {"name", "kind", "version", "tail", "created", "age_seconds"}
    assert (entry["name"], entry["kind"], entry["version"], entry["tail"]) == ("main", "htx", 1, "0001")


def test_rotate_takes_values_from_a_descriptor(ready: Shell) -> None:
    """`--fd N` replaces the values; the output says that the bot has to be restarted and that `.prev` remains."""
    fd = pipe("AK-0002\nSK-second\n")
    result = ready.keys("rotate", "main", "--fd", str(fd), fds=(fd,))
    assert "Rotated main (htx, version 2, …0002)." in result.stdout
    assert "keystore.json.prev" in result.stdout
    with ready.opened() as store, store.open_entry("main", "htx") as secret:
        assert secret.secret.decode() == "SK-second"


def test_remove_takes_an_entry_out(ready: Shell) -> None:
    """The entry is gone, and the operator is reminded to revoke it where it came from."""
    assert "revoke the key or token" in ready.keys("remove", "main").stdout
    assert "No entries yet." in ready.keys("list").stdout


def test_rekey_can_move_to_a_new_key_file(ready: Shell) -> None:
    """Afterwards the new key file opens the store and the old one does not."""
    new = ready.folder / "new-key"
    result = ready.keys("rekey", "--keyfile", str(new))
    assert result.returncode == 0, result
    assert "Wrong passphrase or key file, or damaged keystore" in refused(2, "", ready.keys("verify").stderr)
    assert ready.keys("verify", CANCELALL_KEYFILE=str(new)).returncode == 0


def test_rekey_keeps_the_key_file_and_drops_other_ways(ready: Shell) -> None:
    """Without options the same key file opens the store again, under a new store key, and nothing else does."""
    before = ready.store.read_bytes()
    with ready.opened() as store:
        store.add_slot(Keyfile(value=Masked(b"o" * 32)))
    assert "were removed: 1" in ready.keys("rekey").stdout
    with ready.opened() as store:
        assert len(store.slots()) == 1
    assert ready.store.read_bytes() != before


@pytest.mark.parametrize(
    ("words", "values", "sentence"),
    [
        (("init",), None, "already exists"),
        (("init", "--keyfile", "{key}"), None, "already exists"),
        (("init", "--keyfile", "{key}.new"), None, "keystore.json already exists"),
        (("add", "main", "--kind", "htx"), "AK\nSK-canary\n", "already has an entry main"),
        (("add", "NEW", "--kind", "htx"), "AK\nSK-canary\n", "not an entry name"),
        (("add", "new", "--kind", "htx"), "AK\n", "access key, secret. 1 came"),
        (("add", "new", "--kind", "htx"), "AK\nSK-canary\nmore\n", "3 came"),
        (("add", "new", "--kind", "htx"), "AK\nSK canary\n", "secret is refused: it has blanks"),
        (("add", "telegram", "--kind", "telegram"), "canary\n", "must be digits, a colon"),
        (("add", "bot", "--kind", "telegram"), "123:canary\n", "the bot looks for it under telegram"),
        (("add", "telegram", "--kind", "slack"), "xoxb-canary\n", "the bot looks for it under slack"),
        (("add", "all", "--kind", "htx"), "AK\nSK-canary\n", "the word for every account"),
        (("add", "slack", "--kind", "htx"), "AK\nSK-canary\n", "Slack's tokens have that name"),
        (("add", "telegram", "--kind", "htx"), "AK\nSK-canary\n", "Telegram's token has that name"),
        (("add", "new", "--kind", "htx"), '"AK"\n"SK-canary"\n', "quotes around it"),
        (("add", "new", "--kind", "htx"), "AK\n'SK-canary'\n", "quotes around it"),
        (("add", "new", "--kind", "htx"), "AK-0001\nSK-canary\n", "the key pair of main"),
        (("add", "new", "--kind", "htx"), "", "it is empty"),
        (("add", "new", "AK", "SK-canary", "--kind", "htx"), None, "never taken from the command line"),
        (("rotate", "main", "SK-canary"), None, "never taken from the command line"),
        (("rotate", "spare"), "AK\nSK-canary\n", "no entry spare"),
        (("remove", "spare"), None, "no entry spare"),
        (("verify", "--online"), None, "cannot ask the platforms"),
        (("rekey", "--keyfile", "new", "--passphrase"), None, "were both given"),
        (("rekey", "--keyfile", "{key}"), None, "already exists"),
        (("--keystore", "{key}.json", "list"), None, "no keystore at"),
        (("--unlock-fd", "999", "verify"), None, "descriptor 999"),
    ],
)
def test_refusals_are_one_sentence_and_change_nothing(
    words: tuple[str, ...], values: str | None, sentence: str, ready: Shell
) -> None:
    """Exit code 2, one line on stderr that says what is wrong, no secret in it, and the same files as before."""
    before = files(ready.folder)
    result = ready.invoke(*(word.format(key=ready.key) for word in words), values=values)
    assert sentence in refused(result.exit_code, result.stdout, result.stderr)
    assert files(ready.folder) == before


def files(folder: Path) -> dict[Path, bytes]:
    """What is in every file but locks, which hold nothing and may stay."""
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file() and path.suffix != ".lock"}


def test_a_process_refuses_in_the_same_way(ready: Shell) -> None:
    """What the operator sees of a refusal is one line on stderr and exit code 2, without a traceback."""
    result = ready.keys("add", "new", "--kind", "htx", stdin="AK\nSK canary\n")
    assert "it has blanks" in refused(result.returncode, result.stdout, result.stderr)


def test_usage_errors_end_with_two(ready: Shell) -> None:
    """What the command line's grammar refuses has the same exit code as what the keystore refuses."""
    result = ready.keys("add", "new", "--kind", "binance", stdin="AK\nSK\n")
    assert (result.returncode, result.stdout) == (2, "")


def test_a_passphrase_comes_from_a_descriptor_or_with_a_warning_from_the_environment(shell: Shell) -> None:
    """Both open the store without a terminal; the environment's is warned about on stderr."""
    by_phrase(shell)
    fd = pipe(f"{PHRASE}\n")
    quiet = shell.keys("--unlock-fd", str(fd), "verify", fds=(fd,), CANCELALL_KEYFILE="")
    assert (quiet.returncode, quiet.stderr) == (0, "")
    loud = shell.keys("verify", CANCELALL_KEYFILE="", CANCELALL_PASSPHRASE=PHRASE)
    assert (loud.returncode, loud.stderr.split(":")[0]) == (0, "warning")
    assert PHRASE not in loud.stdout + loud.stderr


def test_without_a_terminal_nothing_is_asked(shell: Shell) -> None:
    """A missing passphrase does not eat the values on stdin: the command refuses and says what to give."""
    by_phrase(shell)
    result = shell.keys("add", "new", "--kind", "htx", stdin="AK\nSK-canary\n", CANCELALL_KEYFILE="")
    assert "no terminal" in refused(result.returncode, result.stdout, result.stderr)


def test_online_asks_for_each_entry(ready: Shell) -> None:
    """`verify --online` prints what the platform said of each entry, and fails if it refused one."""
    good = ready.keys("verify", "--online", code=ONLINE)
    assert (good.returncode, good.stdout.splitlines()[-1]) == (0, "ok      main: htx accepts 2 value(s).")
    ready.keys("add", "telegram", "--kind", "telegram", stdin="123:tok\n")
    bad = ready.keys("verify", "--online", code=ONLINE)
    assert bad.returncode == 2
    assert "not ok  telegram: HTX says the key was deleted." in bad.stdout
    assert "rotate refused keys" in bad.stderr
