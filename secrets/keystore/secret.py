"""The objects that hold secret bytes while they are in use.

All of them print as ``***``, refuse to be pickled or copied, and can be overwritten. What Python cannot
promise: an object made *from* one of these (``bytes(...)``, ``.decode()``) is an ordinary object again, and
lives until it is collected.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import ClassVar, Final, Literal, NoReturn, SupportsIndex, assert_never
from unicodedata import normalize

Kind = Literal["htx", "telegram", "slack"]
"""What an entry opens: an HTX key pair, a Telegram bot, a Slack app."""

HIDDEN = "***"


class Masked(bytearray):
    """A bytearray that never shows itself; ``hmac`` and ``cryptography`` take it as it is."""

    __slots__ = ()

    def __repr__(self) -> str:
        return HIDDEN

    __str__ = __repr__

    def __reduce_ex__(self, protocol: SupportsIndex) -> NoReturn:
        raise TypeError("secret bytes are neither pickled nor copied")

    def wipe(self) -> None:
        """Overwrite every byte with zero, in place."""
        # Through a memoryview: slice assignment on the bytearray itself may move to a new buffer.
        with memoryview(self) as view:
            view[:] = bytes(len(view))


Values = Sequence[str | bytes | bytearray]
"""The values of one entry as a caller has them."""


def masked(values: Values) -> tuple[Masked, ...]:
    """Copies that do not show themselves. The originals are the caller's to forget."""
    # surrogatepass: whatever came is judged by `check_values`, not by an error that quotes it.
    return tuple(
        Masked(value.encode("utf-8", "surrogatepass") if isinstance(value, str) else value) for value in values
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class _Erasable:
    """A frozen group of `Masked` values that are wiped together."""

    def __repr__(self) -> str:
        return HIDDEN

    def __reduce_ex__(self, protocol: SupportsIndex) -> NoReturn:
        raise TypeError("secrets are neither pickled nor copied")

    def values(self) -> tuple[Masked, ...]:
        """The values in the order of their fields."""
        return tuple(getattr(self, field.name) for field in fields(self))

    def wipe(self) -> None:
        """Overwrite every value with zeros; the object is of no use afterwards."""
        for value in self.values():
            value.wipe()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class HtxSecret(_Erasable):
    """An HTX API key pair, printable ASCII as HTX shows it."""

    kind: ClassVar[Kind] = "htx"
    access_key: Masked
    secret: Masked


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class TelegramSecret(_Erasable):
    """A Telegram bot token, ``<bot id>:<letters and digits>``."""

    kind: ClassVar[Kind] = "telegram"
    token: Masked


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class SlackSecret(_Erasable):
    """What a Slack app needs: bot token (``xoxb-``), app-level token (``xapp-``), signing secret."""

    kind: ClassVar[Kind] = "slack"
    bot_token: Masked
    app_token: Masked
    signing_secret: Masked


Secret = HtxSecret | TelegramSecret | SlackSecret
"""An opened entry. Its values are wiped when the block that opened it ends."""


_FORMS: Final[tuple[Literal["NFC", "NFD"], ...]] = ("NFC", "NFD")


def _text(value: Masked) -> str | None:
    """What it spells; None where every form of it is the same, or it is no UTF-8."""
    if value.isascii():
        return None
    try:
        return value.decode()
    except UnicodeDecodeError:
        return None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Passphrase(_Erasable):
    """Opens ``passphrase`` slots: UTF-8, for which keyboards make different bytes for the same letters."""

    label: ClassVar[str] = "passphrase"
    value: Masked

    def forms(self) -> "tuple[Passphrase, ...]":
        """Itself as it was typed, then composed (NFC) and decomposed (NFD) where those are other bytes."""
        return (self, *(Passphrase(value=Masked(form)) for form in self._others()))

    def composed(self) -> "Passphrase":
        """Itself in the form that new slots are made of."""
        text = _text(self.value)
        return self if text is None else Passphrase(value=Masked(normalize("NFC", text).encode()))

    def _others(self) -> tuple[bytes, ...]:
        text = _text(self.value)
        if text is None:
            return ()
        made = dict.fromkeys(normalize(form, text).encode() for form in _FORMS)
        return tuple(form for form in made if form != bytes(self.value))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Keyfile(_Erasable):
    """Opens ``keyfile`` slots: 32 random bytes."""

    label: ClassVar[str] = "key file"
    value: Masked


Unlock = Passphrase | Keyfile
"""What somebody has in hand to open a store with."""


def secret_class(kind: Kind) -> type[HtxSecret] | type[TelegramSecret] | type[SlackSecret]:
    """The class that holds an opened entry of this kind."""
    match kind:
        case "htx":
            return HtxSecret
        case "telegram":
            return TelegramSecret
        case "slack":
            return SlackSecret
        case _:
            assert_never(kind)


def field_names(kind: Kind) -> tuple[str, ...]:
    """The names of a kind's values, in the order they are stored and asked for."""
    return tuple(field.name for field in fields(secret_class(kind)))


def make_secret(kind: Kind, values: tuple[Masked, ...]) -> Secret:
    """Put values, in `field_names` order, into the object of their kind.

    Raises:
        ValueError: the number of values is not that of the kind.
    """
    return secret_class(kind)(**dict(zip(field_names(kind), values, strict=True)))
