"""The opened keystore, as the ports want it. Nobody else but `cancelall keys` knows the keystore."""

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import keystore
from bot.errors import CancelallError, ConfigFaults, KeyUnusable
from bot.model import AccountName
from bot.ports import HtxKey
from keystore import Keystore, KeystoreError, Masked, Passphrase


@dataclass(kw_only=True, eq=False)
class KeysLocked(CancelallError):  # noqa: N818 it reads as the sentence it becomes
    """The keystore does not open."""

    sentence: str
    """What is wrong and what to do, for a person."""


class OpenKeys:
    """`bot.ports.Keys` over the opened keystore."""

    def __init__(self, store: Keystore) -> None:
        self._store = store

    @contextmanager
    def htx(self, account: AccountName) -> Iterator[HtxKey]:
        """One key pair, for one signing."""
        with contextlib.ExitStack() as stack:
            try:
                secret = stack.enter_context(self._store.open_entry(account, "htx"))
            except KeystoreError as error:
                raise KeyUnusable(account=account, why=type(error).__name__) from None
            yield HtxKey(access_key=secret.access_key.decode(), secret=secret.secret)

    def tail(self, account: AccountName) -> str:
        """The last four characters of the access key."""
        try:
            return self._store.entry(account).tail or "????"
        except KeystoreError:
            return "????"

    def unusable(self, accounts: Iterable[str]) -> list[str]:
        """The accounts that have no key pair, or one that does not open: for them nothing can be sent or read."""
        return [account for account in accounts if not self._opens(AccountName(account))]

    def doubles(self, accounts: Iterable[str]) -> list[tuple[str, str]]:
        """Pairs of accounts that have the same access key: one account of HTX's under two names."""
        first: dict[str, str] = {}
        found = []
        for account in accounts:
            with contextlib.suppress(KeyUnusable), self.htx(AccountName(account)) as key:
                if key.access_key in first:
                    found.append((first[key.access_key], account))
                first.setdefault(key.access_key, account)
        return found

    def _opens(self, account: AccountName) -> bool:
        try:
            with self.htx(account):
                return True
        except KeyUnusable:
            return False

    def public_values(self, accounts: Iterable[str]) -> Iterator[str]:
        """What must not be logged although it is no secret by itself: access keys and the chats' tokens.

        Secret keys are not among them: they never leave the signing, and to know them would keep them in memory.
        """
        with contextlib.suppress(ConfigFaults):
            yield self.telegram_token()
        with contextlib.suppress(ConfigFaults):
            slack = self.slack_secrets()
            yield from (slack.bot_token, slack.app_token, slack.signing_secret)
        for account in accounts:
            with contextlib.suppress(KeyUnusable), self.htx(AccountName(account)) as key:
                yield key.access_key

    def telegram_token(self) -> str:
        """The bot token: it lives as long as the bot does.

        Raises:
            ConfigFaults: the keystore has none.
        """
        with self._chat_entry("telegram"), self._store.open_entry("telegram", "telegram") as secret:
            return secret.token.decode()

    def slack_secrets(self) -> "SlackSecrets":
        """Slack's two tokens and the signing secret: they live as long as the bot does.

        Raises:
            ConfigFaults: the keystore has none.
        """
        with self._chat_entry("slack"), self._store.open_entry("slack", "slack") as secret:
            return SlackSecrets(
                bot_token=secret.bot_token.decode(),
                app_token=secret.app_token.decode(),
                signing_secret=secret.signing_secret.decode(),
            )

    @contextmanager
    def _chat_entry(self, name: str) -> Iterator[None]:
        try:
            yield
        except KeystoreError as error:
            fault = f"keystore: {error} Add it with `cancelall keys add {name} --kind {name}`."
            raise ConfigFaults(faults=(fault,)) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackSecrets:
    """What opens Slack."""

    bot_token: str
    app_token: str
    signing_secret: str

    def __repr__(self) -> str:
        return "SlackSecrets(***)"


def open_keys(
    environ: Mapping[str, str], path: Path | None, warn: Callable[[str], None], ask: Callable[[], str] | None
) -> OpenKeys:
    """Open the keystore, once, at the start: not at the moment of firing.

    Args:
        environ: usually `os.environ`.
        path: what `--keystore` said.
        warn: takes a line for stderr.
        ask: asks a person for the passphrase; None where nobody can be asked.

    Raises:
        KeysLocked: there is none, or nothing opens it.
    """
    prompt = None if ask is None else lambda: Passphrase(value=Masked(ask().encode("utf-8", "surrogateescape")))
    try:
        where = path or keystore.default_path(environ)
        unlock = keystore.unlock_for(where, environ, fd=None, ask=prompt, warn=warn)
        return OpenKeys(Keystore.open(where, unlock))
    except KeystoreError as error:
        raise KeysLocked(sentence=str(error)) from None
