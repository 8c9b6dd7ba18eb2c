"""Samples of the card kit: results of what surely was not run."""

from collections.abc import Iterator
from datetime import timedelta

from bot import proof
from bot.model import EventKind, Maintenance, MassCancel, NotRun, NotSent, Refused, TooMany, Unsent, Verdict
from bot.model.answer import CERTIFICATE, NO_FILES
from scripts import card_kit as kit
from scripts.card_kit import SEEN


def not_run() -> Iterator[tuple[str, str, MassCancel]]:
    """Surely nothing cancelled."""
    answers: tuple[tuple[str, str, Unsent], ...] = (
        ("permission", "the example of the design", Refused(code="1100")),
        ("address", "the host's IP address is not listed", Refused(code="12005")),
        ("clock", "the clock is off", Refused(code="12001")),
        ("signature", "a refusal that is a word", Refused(code="api-signature-not-valid")),
        ("contract", "no such contract", Refused(code="1014")),
        ("settlement", "settlement", Maintenance(code="1056")),
        ("maintenance", "the fixed body of a suspension", Maintenance(code="maintain")),
        ("rate", "too many requests to the end", TooMany(wait=3.0)),
        ("unreachable", "no address answered", NotSent(why="connect")),
        (
            "certificate",
            "something breaks TLS open",
            NotSent(why=f"{CERTIFICATE}: unable to get local issuer certificate"),
        ),
        ("files", "the host is out of file descriptors", NotSent(why=NO_FILES)),
        ("key", "the keystore does not open", NotSent(why="key")),
    )
    for name, comment, answer in answers:
        yield (
            f"not-run-{name}",
            comment,
            kit.concluded(kit.pending(seen=SEEN), proof.not_run(answer, sent_at=kit.SENT)),
        )
    for name, hours in (("until", 1), ("until-tomorrow", 24)):
        closed = proof.not_run(
            Maintenance(code="maintain"), sent_at=kit.SENT, until=kit.SENT + timedelta(hours=hours)
        )
        yield f"not-run-{name}", "HTX says when it is over", kit.concluded(kit.pending(seen=SEEN), closed)
    mute = Verdict(proof=None, not_run=NotRun.NO_WITNESS)
    yield (
        "not-run-witness",
        "the store is dead",
        kit.moved(kit.executing(kit.pending(seen=SEEN)), EventKind.NO_RUN, verdict=mute),
    )
