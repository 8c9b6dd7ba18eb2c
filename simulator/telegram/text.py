"""Formatted text: HTML parse mode, entities found in plain text, lengths in UTF-16 units."""

import re
from dataclasses import dataclass, replace
from typing import Any

from simulator.telegram.errors import ApiError, bad_request

TAGS = {
    "b": "bold",
    "i": "italic",
    "u": "underline",
    "s": "strikethrough",
    "code": "code",
    "pre": "pre",
    "a": "text_link",
    "tg-spoiler": "spoiler",
    "blockquote": "blockquote",
}
"""Tag to MessageEntity type. Bot API, "HTML style".

Its aliases (`strong`, `em`, …) and attributes it does not list are refused here though Telegram takes them: one
spelling each is all our messages need, and anything else is more likely a mistake.
"""

NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
"""The only named entities. Bot API: "The API currently supports only the following named HTML
entities: &lt;, &gt;, &amp; and &quot;". Others stay in the text as they are."""

_REFERENCE = re.compile(r"&(?:#x([0-9a-fA-F]{1,6})|#([0-9]{1,7})|([A-Za-z]+));?")
_TAG = re.compile(r"<(/?)([^\s>]*)")
_REST = re.compile(r"[^>]*>")
_HREF = re.compile(r"""\s*href\s*=\s*(?:"([^"]*)"|'([^']*)')\s*""")
_CLASS = re.compile(r"""\s*class\s*=\s*"language-([^"]*)"\s*""")
_COMMAND = re.compile(r"(?<![\w/<>])/([A-Za-z0-9_]{1,64})(?:@([A-Za-z0-9_]{3,32}))?(?![\w/<>])")
_MENTION = re.compile(r"(?<![\w/@])@([A-Za-z0-9_]{3,32})(?!\w)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """A Bot API `MessageEntity`; offset and length count UTF-16 code units."""

    type: str
    offset: int
    length: int
    url: str = ""
    """Of a `text_link`."""
    language: str = ""
    """Of a `pre`."""

    def json(self) -> dict[str, Any]:
        """The Bot API object."""
        body: dict[str, Any] = {"type": self.type, "offset": self.offset, "length": self.length}
        if self.url:
            body["url"] = self.url
        if self.language:
            body["language"] = self.language
        return body


@dataclass(frozen=True, slots=True, kw_only=True)
class Formatted:
    """Plain text and what is bold in it."""

    text: str
    entities: tuple[Entity, ...] = ()

    def trimmed(self) -> "Formatted":
        """Without white space at either end: Telegram trims every message."""
        text = self.text.strip()
        lead = utf16(self.text[: len(self.text) - len(self.text.lstrip())])
        kept = (_moved(entity, -lead, utf16(text)) for entity in self.entities)
        return Formatted(text=text, entities=tuple(entity for entity in kept if entity.length > 0))


def utf16(text: str) -> int:
    """Length in UTF-16 code units, the unit of every offset in the Bot API."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def found_in(text: str) -> tuple[Entity, ...]:
    """The commands and mentions Telegram marks in what a person typed."""
    hits = [("bot_command", m) for m in _COMMAND.finditer(text)]
    hits += [("mention", m) for m in _MENTION.finditer(text)]
    return tuple(
        Entity(type=kind, offset=utf16(text[: m.start()]), length=utf16(m.group()))
        for kind, m in sorted(hits, key=lambda hit: hit[1].start())
    )


def parse(source: str, mode: str) -> Formatted:
    """Read `text` or `caption` in the given `parse_mode`.

    Raises:
        ApiError: 400 for a mode other than HTML or none, and for HTML that Telegram refuses.
    """
    if mode.lower() == "html":
        return _Html(source).parse().trimmed()
    if mode:
        raise bad_request("unsupported parse_mode")
    return Formatted(text=source, entities=()).trimmed()


class _Html:
    """One pass over one message."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._out: list[str] = []
        self._length = 0
        self._open: list[Entity] = []
        self._tags: list[str] = []
        self._done: list[Entity] = []

    def parse(self) -> Formatted:
        """The text without its tags, and what they marked (Bot API, HTML style)."""
        at = 0
        while at < len(self._source):
            here = self._source[at]
            if here == "&":
                at = self._reference(at)
            elif here == "<":
                at = self._tag(at)
            else:
                at = self._emit(here, at + 1)
        if self._tags:
            raise self._fault(f'Can\'t find end tag corresponding to start tag "{self._tags[-1]}"')
        ordered = sorted(self._done, key=lambda entity: (entity.offset, -entity.length))
        return Formatted(text="".join(self._out), entities=tuple(ordered))

    def _emit(self, text: str, end: int) -> int:
        self._out.append(text)
        self._length += utf16(text)
        return end

    def _reference(self, at: int) -> int:
        match = _REFERENCE.match(self._source, at)
        character = _character(match) if match else None
        if match is None or character is None:
            return self._emit("&", at + 1)
        return self._emit(character, match.end())

    def _tag(self, at: int) -> int:
        match = _TAG.match(self._source, at)
        if match is None or match.end() == len(self._source):
            raise self._fault("Unclosed start tag", at)
        closing, name = match.group(1), match.group(2).lower()
        if not closing and name not in TAGS:
            raise self._fault(f'Unsupported start tag "{name}"', at)
        rest = _REST.match(self._source, match.end())
        if rest is None:
            raise self._fault(f"Unclosed {'end' if closing else 'start'} tag", at)
        if closing:
            self._close(name, at)
        else:
            self._start(name, rest.group()[:-1], at)
        return rest.end()

    def _start(self, name: str, rest: str, at: int) -> None:
        href, language = _HREF.fullmatch(rest), _CLASS.fullmatch(rest)
        if rest.strip() and not (name == "a" and href) and not (name == "code" and language):
            raise self._fault(f'Unexpected attribute in the tag "{name}"', at)
        url = (href.group(1) or href.group(2) or "") if href else ""
        code = language.group(1) if language else ""
        entity = Entity(type=TAGS[name], offset=self._length, length=0, url=url, language=code)
        self._open.append(entity)
        self._tags.append(name)

    def _close(self, name: str, at: int) -> None:
        if not self._tags:
            raise self._fault("Unexpected end tag", at)
        expected = self._tags.pop()
        if name not in ("", expected):
            message = f'Unmatched end tag at byte offset {self._bytes(at)}, expected "</{expected}>"'
            raise bad_request(f'can\'t parse entities: {message}, found "</{name}>"')
        entity = self._open.pop()
        length = self._length - entity.offset
        linked = entity.type != "text_link" or entity.url
        if length and linked:
            self._done.append(replace(entity, length=length))

    def _bytes(self, at: int) -> int:
        return len(self._source[:at].encode())

    def _fault(self, what: str, at: int | None = None) -> ApiError:
        where = "" if at is None else f" at byte offset {self._bytes(at)}"
        return bad_request(f"can't parse entities: {what}{where}")


def _character(match: re.Match[str]) -> str | None:
    if match.group(3) is not None:
        return NAMED.get(match.group(3))
    number = int(match.group(1), 16) if match.group(1) else int(match.group(2))
    return chr(number) if 0 < number < 0x10FFFF else None  # noqa: PLR2004 - the end of Unicode


def _moved(entity: Entity, by: int, limit: int) -> Entity:
    start = max(0, entity.offset + by)
    end = min(limit, entity.offset + by + entity.length)
    return replace(entity, offset=start, length=max(0, end - start))
