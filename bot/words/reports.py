"""`/orders`, `/status`, `/log`, `/help`: what a person reads, and nothing is sent."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from bot.command import COMMANDS
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
from bot.words import codes, drills, plain, results
from bot.words import triggers as words

_MODES: Final = {PositionMode.ONE_WAY: "one-way", PositionMode.HEDGE: "hedge"}


def orders_title(scope: Scope, rows: Sequence[Order], triggers: tuple[Order, ...] | None) -> str:
    """`14 open · BTC-USDT-241115 BUY LONG`, and `· 2 triggers live` where there are some."""
    said = f"{plain.number(len(rows))} open · {plain.scope_title(scope)}"
    return f"{said} · {words.live(triggers)}" if triggers else said


def triggers_line(triggers: tuple[Order, ...] | None) -> tuple[str, ...]:
    """What there is to say of triggers beside the list: that there are none, or that nobody knows."""
    if triggers is None:
        return ("Triggers, TP/SL could not be read.",)
    return () if triggers else ("No triggers live.",)


def read_at(scope: Scope, moment: datetime) -> str:
    """`main · read 03:14:07 UTC`."""
    return f"{scope.account} · read {plain.clock(moment)} UTC"


def unreadable(account: str, error: ReadFailed) -> tuple[str, ...]:
    """Open orders cannot be read."""
    return (
        f"Open orders of {account} {trouble(error)}.",
        "Nothing was sent. Ask again, or use the HTX app.",
    )


def status_title(health: Health) -> str:
    """Can it fire right now? In one line."""
    ready = sum(account.trouble is None for account in health.accounts)
    total = len(health.accounts)
    if not total:
        return "🔴 NOT READY: you have no accounts"
    if ready == total:
        return "🟢 READY to cancel"
    return f"🔴 NOT READY: {total - ready} of {plain.count(total, 'account')} cannot fire"


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
    mode = f"{_MODES[row.mode]} mode" if row.mode else "mode not readable"
    left_out = f" · HTX refuses {', '.join(row.reads_left_out)} reads" if row.reads_left_out else ""
    count = "open orders not read" if row.open_orders is None else f"{plain.number(row.open_orders)} open"
    return (f"✓ {head}: key opens, read works", f"   {mode} · {count}{left_out}")


def _host(row: HostHealth) -> str:
    if row.trouble is not None:
        return f"✗ {row.host}: {row.trouble}"
    took = "not measured" if row.took is None else f"{row.took * 1000:.0f} ms"
    clock = "clock not read" if row.clock_offset is None else f"clock {row.clock_offset:+z.1f} s"
    mark = "✗" if row.clock_off or row.clock_offset is None else "✓"
    return f"{mark} {row.host} {took}, {clock}"


def _clocks_apart(seconds: float | None) -> tuple[str, ...]:
    return () if seconds is None else (f"✗ HTX's addresses disagree about the time by {seconds:.1f} s",)


def _journal(health: Health) -> str:
    if health.journal_trouble is not None:
        return f"✗ emergency journal: {health.journal_trouble}; without my log no tap would count"
    return "✓ emergency journal" + (", but on the log's own disk" if health.journal_shares_disk else "")


def _lost(lines: int) -> tuple[str, ...]:
    return (f"✗ {plain.count(lines, 'line')} of my log could not be written",) if lines else ()


def _chat(chat: ChatHealth, now: datetime) -> str:
    good = f"last good {plain.age(now - chat.last_good)} ago" if chat.last_good else "nothing yet"
    return f"✗ {chat.platform}: {chat.trouble} · {good}" if chat.trouble else f"✓ {chat.platform}: {good}"


def log_title(rows: Sequence[MassCancel]) -> str:
    """The head of `/log`."""
    if not rows:
        return "No mass cancels yet"
    return "The last mass cancel" if len(rows) == 1 else f"The last {len(rows)} mass cancels"


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


def help_title() -> str:
    """The head of `/help`."""
    return "cancelall: cancel resting orders on HTX"


def trouble(error: ReadFailed) -> str:
    """Why an account could not be read."""
    if error.why == "key":
        return "there is no key for it that opens (`cancelall keys list` and `keys verify` on the host)"
    if error.code:
        return f"cannot be read: HTX says {codes.refusal(error.code)[0]} ({error.code})"
    return f"cannot be read: {error.why}"


def help_lines() -> tuple[str, ...]:
    """The command table."""
    rows = tuple(f"/{row.verb} {row.words}".rstrip() + f": {row.what}" for row in COMMANDS)
    return (*rows, "Only a tap on a red button cancels. Words in any order.")


SHELL: Final = "a shell on the host"
PRIVATE: Final = "a private chat"
CLOSED: Final = "a chat I can no longer write to"
"""Where a copy comes from."""


def conversation_copy(where: str) -> str:
    """The line on a copy of a private result."""
    return f"Copied from {where}."
