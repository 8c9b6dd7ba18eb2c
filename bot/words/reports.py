"""`/orders`, `/status`, `/log`, `/help`: what a person reads, and nothing is sent."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from bot.command import COMMANDS, SCOPE_WORDS
from bot.errors import ReadFailed
from bot.model import (
    AccountHealth,
    ChatHealth,
    Health,
    HostHealth,
    MassCancel,
    Order,
    PositionMode,
    Scope,
    clocks_apart,
)
from bot.model.answer import CERTIFICATE
from bot.words import codes, drills, plain, results
from bot.words import triggers as words

_NO_SECONDS: Final = 0.5
"""Seconds of offset that are no news: a measurement on a busy host is off by a tenth."""

_MODES: Final = {PositionMode.ONE_WAY: "one-way", PositionMode.HEDGE: "hedge"}


def orders_title(scope: Scope, rows: Sequence[Order], triggers: tuple[Order, ...] | None) -> str:
    """`14 open · BTC-USDT-241115 BUY LONG`, and `· 2 triggers open` where there are some."""
    said = f"{plain.number(len(rows))} open · {plain.scope_title(scope)}"
    return f"{said} · {words.live(triggers)}" if triggers else said


def triggers_line(triggers: tuple[Order, ...] | None) -> tuple[str, ...]:
    """What there is to say of triggers beside the list: that there are none, or that nobody knows."""
    if triggers is None:
        return ("Triggers and TP/SL could not be read.",)
    return () if triggers else ("No triggers open.",)


def read_at(scope: Scope, moment: datetime) -> str:
    """`main · read 03:14:07 UTC`."""
    return f"{scope.account} · read {plain.clock(moment)} UTC"


def unreadable(account: str, error: ReadFailed) -> tuple[str, ...]:
    """Open orders cannot be read."""
    return (
        f"{account} · {trouble(error)}.",
        "Nothing was sent. Ask again, or use the HTX app.",
    )


def status_title(health: Health) -> str:
    """Can it fire right now? In one line."""
    ready = sum(account.trouble is None for account in health.accounts)
    total = len(health.accounts)
    if not total:
        return "🔴 NOT READY: you have no accounts"
    if ready == total and health.waiting:
        return f"🟡 READY to cancel, but {plain.count(len(health.waiting), 'result')} could not be delivered"
    if ready == total:
        return "🟢 READY to cancel"
    return f"🔴 NOT READY: {total - ready} of {plain.count(total, 'account')} cannot cancel"


def status_lines(health: Health, started_at: datetime) -> tuple[str, ...]:
    """Accounts, clock, chats, journal, log."""
    return (
        *(line for account in health.accounts for line in _account(account)),
        *(_host(host) for host in health.hosts),
        *_clocks_apart(clocks_apart(health.hosts)),
        *(_chat(chat, health.read_at) for chat in health.chats),
        _journal(health),
        *_lost(health.log_lines_lost),
        f"Up since {started_at:%Y-%m-%d %H:%M:%S} UTC · log {health.log_head[:4]}",
    )


def _account(row: AccountHealth) -> tuple[str, ...]:
    head = f"{row.account} (key …{row.key_tail})"
    if row.trouble is not None:
        return (f"✗ {head}: {row.trouble}",)
    mode = f"{_MODES[row.mode]} mode" if row.mode else "position mode not read"
    left_out = f" · HTX refuses {', '.join(row.reads_left_out)} reads" if row.reads_left_out else ""
    count = "open orders not read" if row.open_orders is None else f"{plain.number(row.open_orders)} open"
    return (f"✓ {head}: key opens, reads work", f"   {mode} · {count}{left_out}")


def _host(row: HostHealth) -> str:
    if row.trouble is not None:
        return f"✗ {row.host}: {codes.unread(row.trouble)}"
    took = "not measured" if row.took is None else f"{row.took * 1000:.0f} ms"
    clock = "clock not read" if row.clock_offset is None else clock_of(row.clock_offset)
    mark = "✗" if row.clock_off or row.clock_offset is None else "✓"
    return f"{mark} {row.host} {took}, {clock}"


def clock_of(offset: float) -> str:
    """HTX's clock beside ours, in seconds: `clock in step`, `clock 1.2 s ahead`, `clock 301.0 s behind`."""
    if abs(offset) < _NO_SECONDS:
        return "clock in step"
    return f"clock {abs(offset):.1f} s {'ahead' if offset > 0 else 'behind'}"


def _clocks_apart(seconds: float | None) -> tuple[str, ...]:
    return () if seconds is None else (f"✗ HTX's addresses disagree about the time by {seconds:.1f} s",)


def _journal(health: Health) -> str:
    if health.journal_trouble is not None:
        return f"✗ emergency journal: {health.journal_trouble}. If my log fails, too, I cannot cancel."
    return "✓ emergency journal" + (", but on the same disk as my log" if health.journal_shares_disk else "")


def _lost(lines: int) -> tuple[str, ...]:
    return (f"✗ {plain.count(lines, 'line')} of my log could not be written",) if lines else ()


def _chat(chat: ChatHealth, now: datetime) -> str:
    good = f"last contact {plain.age(now - chat.last_good)} ago" if chat.last_good else "no contact yet"
    return f"✗ {chat.platform}: {chat.trouble} · {good}" if chat.trouble else f"✓ {chat.platform}: {good}"


def log_title(rows: Sequence[MassCancel]) -> str:
    """The head of `/log`."""
    if not rows:
        return "No mass cancels yet"
    return "The last mass cancel" if len(rows) == 1 else f"The last {len(rows)} mass cancels"


def no_such(id_: str) -> tuple[str, ...]:
    """`/log ID` of a mass cancel that there is not, or that is of an account this person may not use."""
    return (f"I know no mass cancel #{id_} of an account of yours.", "Nothing was sent. /log lists the last ones.")


def log_lines(rows: Sequence[MassCancel]) -> tuple[str, ...]:
    """One line each, newest first: who, what, verdict."""
    return tuple(_log_line(row) for row in rows)


def _log_line(row: MassCancel) -> str:
    who = plain.name(row.asked_by)
    if row.decided_by and row.decided_by.name != row.asked_by.name:
        who = f"{who}, {plain.name(row.decided_by)}"
    verdict = results.verdict_words(row)
    scope = f"{row.scope.account} {plain.scope_title(row.scope)}"
    line = f"{row.created_at:%m-%d %H:%M} #{row.id} {verdict} · {scope} · {who}"
    return drills.marked(line) if row.drill else line


_WORDS: Final = (
    "WORDS, in any order, each may be left out:",
    "   @account or @all",
    "   CONTRACT or ALL",
    "   buy or sell",
    "   long or short; both (one-way accounts only)",
    "Example: /cancelall BTC-USDT-241115 buy long",
    "Example: /orders @main ALL sell",
)


def help_title() -> str:
    """The head of `/help`."""
    return "cancelall: cancel resting orders on HTX"


def trouble(error: ReadFailed) -> str:
    """Why an account could not be read."""
    if error.why == "key":
        return "its API key cannot be opened, or is not stored here (on the host: `cancelall keys verify`)"
    if error.code:
        return f"open orders cannot be read: HTX says {codes.refusal(error.code)[0]} ({error.code})"
    if error.why.startswith(CERTIFICATE):
        return f"open orders cannot be read: HTX's {error.why.replace(': ', ' is not accepted (', 1)})"
    return f"open orders cannot be read: {codes.unread(error.why)}"


def help_lines() -> tuple[str, ...]:
    """Every command, and what may stand for WORDS: said once, as three such lines cannot be read on a phone."""
    words = {row.verb: "WORDS" if row.words == SCOPE_WORDS else row.words for row in COMMANDS}
    rows = tuple(f"/{row.verb} {words[row.verb]}".rstrip() + f": {row.what}" for row in COMMANDS)
    return (*rows, *_WORDS, "Only a tap on a red button cancels.")


FROM_THE_STORE: Final = "now"
"""In place of the log's digits, where a message is made without a line in it."""

SHELL: Final = "a shell on the host"
PRIVATE: Final = "a private chat"
"""Where a copy comes from."""


def conversation_copy(where: str) -> str:
    """The line on a copy of a private result."""
    return f"Copied from {where}."
