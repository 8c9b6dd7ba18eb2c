"""Samples of the card kit: pickers, and what is only read."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from bot import card
from bot.command import parse
from bot.listing import unlisted
from bot.model import (
    ALL,
    AccountHealth,
    AccountName,
    Attachment,
    ChatHealth,
    Command,
    ContractCode,
    Health,
    HostHealth,
    Identity,
    Message,
    Platform,
    PositionMode,
    Verb,
    Waiting,
)
from bot.words import chats
from scripts import card_kit as kit
from scripts.card_samples import LEFT, MANY, Sample, everything, unknown, zero
from scripts.card_unsent import not_run


def pickers() -> Iterator[Sample]:
    """Questions."""
    asked, main = parse("cancelall buy long"), AccountName("main")
    wide = replace(kit.scope(), contract=ALL)
    names = [main, AccountName("desk"), AccountName("hedge-2")]
    yield "picker-account", "three accounts, none named", card.account_picker(asked, names)
    yield "picker-contract", "five contracts", card.contract_picker(asked.verb, wide, MANY)
    yield "picker-contract-one", "one order", card.contract_picker(asked.verb, wide, [("BTC-USDT", 1)])
    yield "picker-contract-none", "no orders at all", card.contract_picker(asked.verb, wide, [])
    lots = [(f"COIN{n}-USDT", 30 - n) for n in range(20)]
    yield "picker-contract-many", "more contracts than buttons", card.contract_picker(asked.verb, wide, lots)
    yield "picker-contract-blind", "open orders cannot be read", card.contract_picker(asked.verb, wide, None)


def unlisted_codes() -> Iterator[Sample]:
    """Codes that HTX does not list."""
    listed = [ContractCode(code) for code in ("BTC-USDT", "BTC-USDT-241122", "BTC-USDT-241227", "ETH-USDT")]
    for name, comment, code, verb in (
        ("expired", "a dated contract whose date is past", kit.DATED, Verb.CANCELALL),
        ("near-miss", "a coin misspelled", "BTCC-USDT", Verb.CANCELALL),
        ("unknown", "/orders, and nothing is near", "DOGE-USDT", Verb.ORDERS),
    ):
        found = unlisted(ContractCode(code), listed, date(2024, 11, 20))
        if found is not None:
            yield f"unlisted-{name}", comment, card.not_listed(found, kit.scope(code), verb)


def elsewhere() -> Iterator[Sample]:
    """What is said where a chat does not take a message."""
    told = card.result(next(unknown())[2], kit.HEAD)
    ann = Identity(platform=Platform.TELEGRAM, user="11")
    refused = "Bad Request: not enough rights to send text messages to the chat"
    yield "elsewhere-unknown", "told elsewhere", card.copied(told, chats.untaken(refused), to=ann)
    yield (
        "elsewhere-flood",
        "the same, where it was to wait",
        card.copied(told, chats.untaken("too many requests"), to=ann),
    )
    asked = Command(verb=Verb.CANCELALL, words=card.words_of(kit.scope()))
    yield "elsewhere-card", "instead of a card", card.offered(chats.not_taken("not_in_channel"), asked)
    yield "elsewhere-bare", "a message that its chat calls wrong", card.bare(told)
    without = replace(told, attachment=Attachment(name="K7Q2M.csv", content=""))
    yield "without-file", "its file was refused", card.without_file(without, chats.no_file("K7Q2M"))


def reports() -> Iterator[Sample]:
    """What is only read."""
    copied = card.result(next(unknown())[2], kit.HEAD)
    yield "copy-unknown", "a private result for the group", card.copied(copied, "a private chat")
    yield from elsewhere()
    yield "orders-two", "/orders", card.order_list(kit.scope(), LEFT, (), kit.READ)
    yield "orders-none", "/orders, nothing open", card.order_list(kit.scope(), (), (), kit.READ)
    yield "orders-many", "/orders, more than ten", card.order_list(kit.EVERYTHING, everything()[:12], (), kit.READ)
    yield from order_lists()
    yield "log", "/log", card.log([rows[2] for rows in (next(zero()), next(unknown()), next(not_run()))])
    yield "log-empty", "/log, nothing yet", card.log([])
    good = account("main", None, 14)
    yield "status-ready", "/status, all well", status(good)
    yield (
        "status-partly",
        "/status, one account cannot cancel",
        status(
            good,
            account("desk", "the stored API key cannot be opened (`cancelall keys verify` on the host)", None),
        ),
    )
    yield "status-none", "/status of somebody without accounts", status()
    lost = replace(good, trouble="cannot be read: connect", open_orders=None, mode=None)
    full = replace(health(good), journal_trouble="full")
    yield "status-journal-full", "/status, no emergency journal", card.status(full, kit.READ)
    shared = replace(health(good), journal_shares_disk=True)
    yield "status-journal-beside", "/status, the journal on the log's own disk", card.status(shared, kit.READ)
    unlogged = replace(health(good), log_lines_lost=37)
    yield "status-log-lost", "/status, lines of the log were lost", card.status(unlogged, kit.READ)
    yield (
        "status-offline",
        "/status, HTX does not answer",
        card.status(replace(health(lost), hosts=unreachable()), kit.READ - timedelta(days=2)),
    )
    waiting = (
        Waiting(
            what="result:K7Q2M",
            platform=Platform.TELEGRAM,
            chat="-1001234567890",
            people=(Identity(platform=Platform.TELEGRAM, user="11"),),
            since=kit.READ - timedelta(minutes=7),
            why="Bad Request: not enough rights to send text messages to the chat",
            told_elsewhere=True,
        ),
    )
    late = replace(health(good), waiting=waiting)
    yield "status-waiting", "/status, a result that waits", card.status(late, kit.READ, lambda _people: ["Ann"])
    yield "status-clock", "/status, a clock that is off", card.status(replace(health(good), hosts=off()), kit.READ)


def order_lists() -> Iterator[Sample]:
    """`/orders` where something waits for a price."""
    two, many = kit.triggers(2, kit.scope()), kit.triggers(11, kit.EVERYTHING)
    unsized = (replace(two[0], volume=Decimal(0), price=None), two[1])
    yield "orders-triggers", "/orders, two triggers", card.order_list(kit.scope(), LEFT, two, kit.READ)
    yield (
        "orders-triggers-only",
        "/orders, only triggers, one without a size or a price",
        card.order_list(kit.scope(), (), unsized, kit.READ),
    )
    yield (
        "orders-triggers-many",
        "/orders, eleven triggers",
        card.order_list(kit.EVERYTHING, LEFT, many, kit.READ),
    )
    yield "orders-triggers-unread", "/orders, no triggers read", card.order_list(kit.scope(), LEFT, None, kit.READ)


def account(name: str, trouble: str | None, count: int | None) -> AccountHealth:
    """How one account is."""
    return AccountHealth(
        account=AccountName(name),
        key_tail=kit.TAIL,
        trouble=trouble,
        open_orders=count,
        mode=PositionMode.HEDGE if trouble is None else None,
        reads_left_out=() if trouble else ("cross",),
    )


def health(*accounts: AccountHealth) -> Health:
    """How everything is."""
    chats = (
        ChatHealth(platform=Platform.TELEGRAM, last_good=kit.READ - timedelta(seconds=3), trouble=None),
        ChatHealth(platform=Platform.SLACK, last_good=None, trouble="connect"),
    )
    hosts = (host("api.hbdm.com", took=0.0412, offset=-0.12), host("api.hbdm.vn", took=0.0687, offset=-0.09))
    return Health(accounts=accounts, chats=chats, hosts=hosts, read_at=kit.READ, log_head="a91f5e0c")


def host(
    name: str, *, took: float | None = None, offset: float | None = None, trouble: str | None = None
) -> HostHealth:
    """How one address is."""
    return HostHealth(host=name, took=took, clock_offset=offset, trouble=trouble)


def unreachable() -> tuple[HostHealth, ...]:
    """One address answered once, the other never."""
    return (
        host("api.hbdm.com", took=0.0412, offset=-0.12, trouble="read timeout"),
        host("api.hbdm.vn", trouble="connect"),
    )


def off() -> tuple[HostHealth, ...]:
    """Two addresses, one of them minutes off, and one that does not tell the time."""
    return (
        host("api.hbdm.com", took=0.0412, offset=0.12),
        host("api.hbdm.vn", took=0.2, offset=-301.04),
        host("api.btcgateway.pro", took=0.1),
    )


def status(*accounts: AccountHealth) -> Message:
    """`/status`."""
    return card.status(health(*accounts), kit.READ - timedelta(hours=30))
