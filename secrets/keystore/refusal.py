"""The base of everything the keystore can refuse."""

from typing import ClassVar


class KeystoreError(Exception):
    """Base of every refusal; ``str()`` is one line that may be shown to a person."""

    what: ClassVar[str] = "The keystore refused."
    unchanged: ClassVar[str] = "Nothing was changed."
    next_step: ClassVar[str] = ""

    def __str__(self) -> str:
        sentence = f"{self.what} {self.unchanged} {self.next_step}"
        return sentence.format_map(vars(self)).strip()
