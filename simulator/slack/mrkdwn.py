"""`mrkdwn`: what a reader sees, whom it calls and where it leads."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

CALLS = frozenset({"here", "channel", "everyone"})
"""Slack docs, formatting text: `<!here>`, `<!channel>` and `<!everyone>` notify many people at once."""
SEQUENCE = re.compile(r"<([^<>\n]+)>")
"""A control sequence. A `<` that opens none is shown as it is."""
SCHEME = re.compile(r"(?:https?://|mailto:|tel:)\S+", re.IGNORECASE)
"""What makes a sequence a link."""
BARE_URL = re.compile(r"https?://[^\s<>|\ue000]+", re.IGNORECASE)
"""Slack turns a bare URL into a link, unless the text object is `verbatim`."""
EMPHASIS = re.compile(r"(?<![\w*_~])([*_~])(?=\S)([^\n]*?\S)\1(?![\w*_~])")
"""Bold, italic and struck-out text on one line. Inside words the marks stay what they are."""
CODE = re.compile(r"```(.+?)```|`([^`\n]+)`", re.DOTALL)
"""Code, inline or as a block; shown without its marks."""
HOLE = "\ue000"
"""Stands for a sequence while marks are taken off: marks may enclose one."""
NAMED = re.compile(r"@(here|channel|everyone|[A-Za-z0-9._-]+)")
"""With `link_names` or `parse=full`, a bare `@name` calls too."""


class Link(NamedTuple):
    """Where a click leads, and the words that are clicked."""

    url: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """One text as its reader sees it."""

    plain: str = ""
    """Marks gone, references resolved, mentions as `@Name`."""
    mentions: tuple[str, ...] = ()
    """User ids that are notified."""
    usergroups: tuple[str, ...] = ()
    """Ids of user groups that are notified."""
    channel_calls: tuple[str, ...] = ()
    """`here`, `channel`, `everyone`: the words that notify everybody."""
    channels: tuple[str, ...] = ()
    """Channel ids linked to."""
    links: tuple[Link, ...] = ()
    """Everything that can be clicked and leaves Slack."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """How ids are shown, and which bare names are somebody's."""

    of: Callable[[str], str | None]
    """The name of a user or channel id; None for an unknown one."""
    id_of: Callable[[str], str | None]
    """The user id behind a username; None for nobody."""


def unescape(text: str) -> str:
    """Resolve the three references Slack knows. Slack docs, formatting text: `&amp;`, `&lt;`, `&gt;`."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def escape(text: str) -> str:
    """The way Slack writes what people type."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def joined(parts: Iterable[Rendered]) -> Rendered:
    """Several texts under each other."""
    every = tuple(parts)
    return Rendered(
        plain="\n".join(part.plain for part in every if part.plain),
        mentions=tuple(each for part in every for each in part.mentions),
        usergroups=tuple(each for part in every for each in part.usergroups),
        channel_calls=tuple(each for part in every for each in part.channel_calls),
        channels=tuple(each for part in every for each in part.channels),
        links=tuple(each for part in every for each in part.links),
    )


def plain(text: str) -> Rendered:
    """A `plain_text` object: nothing in it means anything. References are resolved nevertheless."""
    return Rendered(plain=unescape(text))


def render(text: str, names: Names, *, verbatim: bool = False, link_names: bool = False) -> Rendered:
    """Read `mrkdwn`.

    Sequences count inside code too: a mention that might notify is better found once too often.
    """
    found = _Finding(names=names)
    holes = iter([found.sequence(sequence[1]) for sequence in SEQUENCE.finditer(text)])
    between = SEQUENCE.sub(HOLE, text.replace(HOLE, ""))
    if not verbatim:
        found.bare_urls(between)
    if link_names:
        found.bare_names(between)
    shown = re.sub(HOLE, lambda _: next(holes), _unmarked(between))
    return found.rendered(shown)


class _Finding:
    """What one text holds, collected from left to right."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._mentions: list[str] = []
        self._usergroups: list[str] = []
        self._calls: list[str] = []
        self._channels: list[str] = []
        self._links: list[Link] = []

    def bare_urls(self, text: str) -> None:
        """URLs outside sequences, linked without being asked."""
        self._links += [Link(unescape(url), unescape(url)) for url in BARE_URL.findall(text)]

    def bare_names(self, text: str) -> None:
        """`@name` outside sequences, linked on request."""
        for name in NAMED.findall(text):
            if name in CALLS:
                self._calls.append(name)
            elif (who := self._names.id_of(name)) is not None:
                self._mentions.append(who)

    def sequence(self, inside: str) -> str:
        """One control sequence, as it is shown."""
        target, _, label = inside.partition("|")
        if target.startswith("@"):
            self._mentions.append(target[1:])
            return f"@{self._names.of(target[1:]) or unescape(label) or target[1:]}"
        if target.startswith("#"):
            self._channels.append(target[1:])
            return f"#{self._names.of(target[1:]) or unescape(label) or target[1:]}"
        if target.startswith("!"):
            return self._special(target[1:], unescape(label))
        if SCHEME.fullmatch(target):
            self._links.append(Link(unescape(target), unescape(label or target)))
            return unescape(label or target)
        return f"<{unescape(inside)}>"

    def rendered(self, shown: str) -> Rendered:
        """The whole."""
        return Rendered(
            plain=shown,
            mentions=tuple(self._mentions),
            usergroups=tuple(self._usergroups),
            channel_calls=tuple(self._calls),
            channels=tuple(self._channels),
            links=tuple(self._links),
        )

    def _special(self, word: str, label: str) -> str:
        kind, _, rest = word.partition("^")
        if kind in CALLS:
            self._calls.append(kind)
            return f"@{kind}"
        if kind == "subteam":
            self._usergroups.append(rest)
            return label or f"@{rest}"
        return label or f"<{word}>"


def _unmarked(text: str) -> str:
    bare = CODE.sub(lambda code: code[1] or code[2], text)
    return unescape(EMPHASIS.sub(r"\2", bare))
