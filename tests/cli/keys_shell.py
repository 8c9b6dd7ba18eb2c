"""What the tests of `cancelall keys` share: a shell of its own, and a person at a terminal."""

import os
import pty
import runpy
import subprocess
import sys
import termios
import time
from dataclasses import dataclass
from pathlib import Path

from typer.testing import CliRunner, Result

from keystore import Cost, Keyfile, Keystore, Masked, Options, Passphrase

ROOT = Path(__file__).parents[2]
# By its path: the package bot.cli imports the whole program, which these fifty processes can do without.
LOAD = f"import runpy; keys = runpy.run_path({str(ROOT / 'bot' / 'cli' / 'keys.py')!r})\n"
PLAIN = 'keys["keys_app"]()()'
# In the child, not by pty.fork: forking a test process that has threads is a warning, and warnings are errors.
OWN_TERMINAL = "import fcntl, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0)\n"
PHRASE = "correct horse battery"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shell:
    """A folder of its own and an environment without anybody's settings."""

    folder: Path

    @property
    def store(self) -> Path:
        return self.folder / "data" / "cancelall" / "keystore.json"

    @property
    def key(self) -> Path:
        return self.folder / "key"

    def environ(self, **more: str) -> dict[str, str]:
        base = {"PYTHONPATH": f"{ROOT}:{ROOT / 'secrets'}", "XDG_DATA_HOME": str(self.folder / "data")}
        return base | {"HOME": str(self.folder), "PATH": os.environ["PATH"], "TERM": "dumb"} | more

    def keys(
        self, *words: str, stdin: str = "", code: str = PLAIN, fds: tuple[int, ...] = (), **more: str
    ) -> subprocess.CompletedProcess[str]:
        """Run `cancelall keys …` with the key file in the environment unless that is overridden."""
        return subprocess.run(  # noqa: S603 - our own interpreter and code
            [sys.executable, "-c", LOAD + code, *words],
            env=self.environ(**({"CANCELALL_KEYFILE": str(self.key)} | more)),
            input=stdin,
            pass_fds=fds,
            capture_output=True,
            check=False,
            text=True,
            timeout=30,
            start_new_session=True,
        )

    def invoke(self, *words: str, values: str | None = None) -> Result:
        """The same within this process, forty times quicker; values come from a descriptor."""
        app = runpy.run_path(str(ROOT / "bot" / "cli" / "keys.py"))["keys_app"]()
        more = () if values is None else ("--fd", str(pipe(values)))
        return CliRunner().invoke(app, [*words, *more], env=self.environ(CANCELALL_KEYFILE=str(self.key)))

    def opened(self, key: Path | None = None) -> Keystore:
        return Keystore.open(self.store, Keyfile(value=Masked((key or self.key).read_bytes())))


def pipe(content: str) -> int:
    """The reading end of a pipe with this in it."""
    reader, writer = os.pipe()
    os.write(writer, content.encode())
    os.close(writer)
    return reader


def by_phrase(shell: Shell) -> None:
    """Put a store in place that a passphrase opens quickly."""
    options = Options(cost=Cost(memory_kib=19 * 1024, passes=2, lanes=1))
    with Keystore.create(shell.store, Passphrase(value=Masked(PHRASE.encode())), options) as store:
        store.add("main", "htx", ["AK-0001", "SK-canary"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Terminal:
    """A person at a terminal: waits for a question, then types the answer."""

    child: subprocess.Popen[bytes]
    screen: int

    def answer(self, question: str, text: str) -> str:
        """Everything shown up to and with the question; the text is typed only once echoing is off."""
        shown = self.read_until(question)
        while termios.tcgetattr(self.screen)[3] & termios.ECHO:
            time.sleep(0.005)
        os.write(self.screen, f"{text}\n".encode())
        return shown

    def read_until(self, text: str | None) -> str:
        """The output up to a text, or to the end."""
        shown = ""
        while text is None or text not in shown:
            try:
                shown += os.read(self.screen, 1024).decode()
            except OSError:  # Linux says so when the other side is gone.
                break
        return shown

    def end(self) -> tuple[int, str]:
        """Exit code and the rest of the output."""
        rest = self.read_until(None)
        os.close(self.screen)
        return self.child.wait(timeout=30), rest


def terminal(shell: Shell, *words: str) -> Terminal:
    """Run `cancelall keys …` on a terminal of its own, without a key file."""
    screen, side = pty.openpty()
    child = subprocess.Popen(  # noqa: S603 - our own interpreter and code
        [sys.executable, "-c", OWN_TERMINAL + LOAD + PLAIN, *words],
        env=shell.environ(),
        stdin=side,
        stdout=side,
        stderr=side,
        start_new_session=True,
    )
    os.close(side)
    return Terminal(child=child, screen=screen)
