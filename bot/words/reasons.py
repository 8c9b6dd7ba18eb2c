"""Why it was not run, and what to do about it."""

from typing import Final

from bot.model import MassCancel, NotRun, Unread, Verdict
from bot.model.answer import CERTIFICATE, NO_FILES
from bot.words import codes

_READS: Final = {
    "key": "its API key cannot be opened",
    "http 429": "too many requests",
    "dns": "HTX's name was not found (DNS)",
    **dict.fromkeys(
        ("connect", "tls", "pool", "unreachable", "deadline", "surplus", "read error", "write error", "cut off"),
        "no connection to HTX",
    ),
    **dict.fromkeys(
        ("read timeout", "write timeout", "answer timeout", "no answer in time", "too slow"),
        "HTX did not answer in time",
    ),
}

_NOT_NOW: Final = ("maintain", "1056", "1059", "1431")


def unread(why: Unread) -> str:
    """Why open orders could not be read, in plain words and without a full stop."""
    code = why.code
    if code is None:
        return _READS.get(why.why, "HTX answered nothing usable")
    said = f"{codes.refusal(code)[0]}{f' ({code})' if code.isdecimal() else ''}"
    if code == "1032":
        return "too many requests (1032)"
    if code in _NOT_NOW:
        return f"HTX says: {said}"
    if not codes.is_known(code):
        return f"HTX answered nothing usable (code {code})"
    if codes.is_of_the_key(code):
        return f"HTX refused the API key: {said.replace('the API key ', 'it ', 1)}"
    return f"HTX refused: {said}"


def not_run(record: MassCancel, verdict: Verdict) -> tuple[str, ...]:
    """Why, that nothing was cancelled, and what to do."""
    why, fix = _reason(verdict)
    urgent = () if "HTX app" in fix else ("Urgent? Use the HTX app.",)
    return (f"{record.scope.account} · {why}", "Nothing was cancelled.", f"Fix: {fix}.", *urgent)


def _until(verdict: Verdict) -> str:
    """`: about 04:00 UTC, says HTX`; with the day where it is another one."""
    if verdict.until is None:
        return ""
    today = verdict.sent_at is not None and verdict.sent_at.date() == verdict.until.date()
    return f": about {verdict.until:{'%H:%M' if today else '%Y-%m-%d %H:%M'}} UTC, says HTX"


def _reason(verdict: Verdict) -> tuple[str, str]:
    code = f" ({verdict.code})" if verdict.code and verdict.code.isdecimal() else ""
    match verdict.not_run:
        case NotRun.EXCHANGE_REFUSED:
            why, fix = codes.refusal(verdict.code or "")
            return f"HTX refused: {why}{code}", fix
        case NotRun.MAINTENANCE:
            why, fix = codes.refusal(verdict.code or "")
            return f"HTX cannot cancel now: {why}{code}", f"{fix}{_until(verdict)}"
        case NotRun.RATE_LIMITED:
            return (
                "HTX refused for 10 s: too many requests",
                "slow down your other programs that use this key, then ask again",
            )
        case NotRun.KEY_UNUSABLE:
            return (
                "its API key cannot be opened, or is not stored here",
                "run `cancelall keys list` and `keys verify` on the host",
            )
        case NotRun.NO_WITNESS:
            return (
                "I cannot write my log (disk full, damaged, or no file descriptors left), so I must not send",
                "free space on the bot's host, or use the HTX app",
            )
        case _:
            return _unreachable(verdict.unsent or "")


def _unreachable(why: str) -> tuple[str, str]:
    if why.startswith(CERTIFICATE):
        name = why.removeprefix(CERTIFICATE).removeprefix(": ")
        return (
            f"HTX's certificate is not accepted ({name}), nothing was sent",
            "check htx.ca_file and the host's clock, or use the HTX app",
        )
    if why == NO_FILES:
        return (
            "the bot's host is out of file descriptors, nothing was sent",
            "raise its limit (LimitNOFILE) and restart the bot, or use the HTX app",
        )
    return "no connection to HTX, nothing was sent", "check the host's network, or use the HTX app"
