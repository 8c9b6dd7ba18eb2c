"""Words and picks: who may, how old, what was meant; then a card, a picker, a list, or a clear sentence."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Final

from bot import card, command
from bot.command import COMMANDS
from bot.errors import BadCommand, KeyUnusable, ReadFailed
from bot.model import (
    ALL,
    ALL_ACCOUNTS,
    AccountName,
    Button,
    Command,
    ContractCode,
    Conversation,
    Identity,
    Incoming,
    MassCancelId,
    Matter,
    OddMessage,
    Order,
    PositionSide,
    Post,
    PostKind,
    Scope,
    ScopeWords,
    Side,
    Unread,
    Verb,
)
from bot.policy import OPEN_VERBS, Denial
from bot.ports import AuditNote
from bot.service.desk import Desk, answer_to, in_private
from bot.service.looks import by_contract
from bot.service.once import Once
from bot.service.previews import Previews
from bot.service.readings import Readings
from bot.service.strangers import Strangers
from bot.service.understanding import Puzzle, Understanding
from bot.words import cards, refusals, reports

STALE: Final = timedelta(seconds=60)
"""A command older than this on arrival is answered, not run."""

_COUNTING: Final = 5.0
"""Seconds a picker of contracts waits for the counts of an account."""

_HOUR: Final = 3600.0
_TOGETHER: Final = 60.0
"""Seconds in which what belongs together (the pictures of an album, edits of one message) is answered once."""

_EMPTY: Final = ScopeWords(account=None, contract=None, side=Side.ANY, position_side=PositionSide.ANY)


class Commands:
    """Carries one command from its words to what answers it."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._previews = Previews(desk)
        self._readings = Readings(desk)
        self._understanding = Understanding(desk)
        self._strangers = Strangers(desk)
        self._told = Once()

    async def hear(self, incoming: Incoming) -> None:
        """Answer one message. Listed people always get an answer; others once an hour, where they may see it."""
        alarm = self._understanding.is_alarm(incoming)
        verb = Verb.CANCELALL if alarm else _verb(incoming)
        denial = self._desk.policy.may_ask(verb, incoming.identity, incoming.conversation)
        if denial is not None:
            await self._deny(incoming, denial)
            return
        if verb not in OPEN_VERBS and not alarm and await self._stale(incoming):
            return
        asked = await self._understanding.of(incoming, self._accounts(incoming.identity))
        if isinstance(asked, Puzzle):
            note = self._desk.note("not understood", incoming.identity, None, ("kind", asked.why))
            message = card.notice(asked.lines, *asked.buttons)
            await self._desk.say(answer_to(incoming, message, privately=True), [note])
            return
        await self._dispatch(replace(incoming, command=asked) if asked.unlisted else incoming, asked)

    def denial(self, why: Denial, who: Identity, where: Conversation) -> tuple[str, ...]:
        """The words of a denial."""
        chats = [chat for platform, chat in self._desk.policy.chats if platform is where.platform]
        return refusals.denial(why, who=who, where=where, chats=chats)

    async def odd(self, odd: OddMessage) -> None:
        """Refuse a message that is not a plain new one of a real person."""
        if odd.sender is not None and odd.conversation.private and not self._is_listed(odd.sender):
            await self._strangers.tell(odd.sender, odd.conversation, odd.message)
            return
        if not self.hears_of(odd):
            return
        known = odd.sender is not None and self._is_listed(odd.sender)
        post = Post(
            kind=PostKind.SEND,
            conversation=odd.conversation,
            message=card.notice(refusals.odd_sender(odd.kind), *self._understanding.offers(odd.text)),
            reply_to=f"message:{odd.message}" if odd.message else None,
            only_for=None if in_private(odd.conversation, odd.message) else odd.sender,
            matter=Matter.ANSWER if known else Matter.NOTICE,
            hear=(odd.sender,) if known and odd.sender else (),
        )
        await self._desk.say(post)

    def hears_of(self, odd: OddMessage) -> bool:
        """Whether an odd message is answered: always that of somebody listed, but once what came as one."""
        now, chat = self._desk.clock.monotonic(), odd.conversation.chat
        if odd.sender is None or not self._is_listed(odd.sender):
            listed = self._desk.policy.chat_listed(odd.conversation) and not odd.conversation.private
            return listed and self._told.first(("odd", chat, odd.kind), now, 10.0)
        return odd.part_of is None or self._told.first(("part", chat, odd.part_of), now, _TOGETHER)

    def _is_listed(self, who: Identity) -> bool:
        return self._desk.policy.member(who) is not None

    async def _deny(self, incoming: Incoming, why: Denial) -> None:
        self._desk.log().warning("refused", user=incoming.identity.user, why=why)
        conversation = incoming.conversation
        if why is Denial.NOT_LISTED:
            if conversation.private:
                await self._strangers.tell(incoming.identity, conversation, incoming.message)
                return
            if not self._desk.policy.chat_listed(conversation):
                return  # silence for outsiders, but where the desk itself looks on
            key = ("denied", incoming.identity, conversation.chat)
            if not self._told.first(key, self._desk.clock.monotonic(), _HOUR):
                return
        lines = self.denial(why, incoming.identity, conversation)
        note = self._desk.note("refused", incoming.identity, None, ("why", why.value))
        await self._refuse(incoming, lines, note)

    async def _refuse(self, incoming: Incoming, lines: tuple[str, ...], *notes: AuditNote) -> None:
        await self._desk.say(answer_to(incoming, card.notice(lines), privately=True), notes)

    async def _stale(self, incoming: Incoming) -> bool:
        """Answer a command that arrived too old; False: it is fresh, or carries no time."""
        if incoming.sent_at is None:
            return False
        age = self._desk.clock.now() - incoming.sent_at
        if age <= STALE:
            return False
        if await self._desk.store.asked(incoming.origin):
            return True  # it was run when it was fresh; only the note of that was lost
        started = self._desk.started_at
        lines = refusals.stale(age, down_until=started if incoming.sent_at < started else None)
        note = self._desk.note("stale", incoming.identity, None, ("age", str(int(age.total_seconds()))))
        await self._desk.say(
            answer_to(incoming, card.notice(lines, *_again(incoming, self._desk.contracts.known()), loud=True)),
            [note],
        )
        return True

    async def _dispatch(self, incoming: Incoming, asked: Command) -> None:
        match asked.verb:
            case Verb.CANCELALL | Verb.DRILL | Verb.ORDERS:
                await self._scoped(incoming, asked)
            case Verb.STATUS:
                await self._readings.status(incoming, self._accounts(incoming.identity))
            case Verb.LOG:
                mine = self._accounts(incoming.identity)
                if asked.id is not None:
                    await self._readings.log_of(incoming, mine, MassCancelId(asked.id))
                else:
                    await self._readings.log(incoming, mine, asked.count or 5)
            case Verb.WHOAMI | Verb.START | Verb.HELP:
                await self._open_to_all(incoming, asked.verb)

    async def _open_to_all(self, incoming: Incoming, verb: Verb) -> None:
        listed = self._desk.policy.member(incoming.identity) is not None
        key = ("whoami", incoming.identity)
        if not listed and not self._told.first(key, self._desk.clock.monotonic(), 10.0):
            return
        ids = refusals.platform_ids(incoming.identity, incoming.conversation, incoming.shown_name)
        lines = (reports.help_title(), *reports.help_lines()) if verb is Verb.HELP else ids
        await self._refuse(incoming, lines)

    def _accounts(self, who: Identity) -> tuple[AccountName, ...]:
        """The accounts this person may touch, in the order of the configuration."""
        return tuple(a for a in self._desk.policy.accounts if self._desk.policy.may_use(who, a) is None)

    async def _scoped(self, incoming: Incoming, asked: Command) -> None:
        """`/cancelall`, `/drill` and `/orders`: ask for what was not said, then do it."""
        words = asked.words or _EMPTY
        accounts = await self._named(incoming, asked, words)
        if not accounts:
            return
        contract = words.contract
        if contract is None and asked.verb is not Verb.ORDERS:
            await self._pick_contract(incoming, asked, accounts, words)
            return
        scopes = tuple(
            Scope(
                account=account,
                contract=contract or ALL,  # only a reading gets here without one
                side=words.side,
                position_side=words.position_side,
                target=words.target,
            )
            for account in accounts
        )
        if asked.verb is Verb.ORDERS:
            await asyncio.gather(*(self._readings.orders(incoming, scope) for scope in scopes))
        else:
            await self._previews.open(incoming, scopes, asked.verb)

    async def _named(self, incoming: Incoming, asked: Command, words: ScopeWords) -> tuple[AccountName, ...]:
        """The accounts that were named, or the only one; none: the person was told or asked."""
        mine = self._accounts(incoming.identity)
        if words.account in mine:
            return (words.account,)
        if words.account not in (None, ALL_ACCOUNTS):
            lines = self.denial(Denial.ACCOUNT, incoming.identity, incoming.conversation)
            note = self._desk.note("refused", incoming.identity, None, ("why", Denial.ACCOUNT.value))
            await self._refuse(incoming, lines, note)
        elif not mine:
            await self._refuse(incoming, refusals.no_account())
        elif len(mine) == 1 or words.account == ALL_ACCOUNTS:
            return mine
        else:
            picker = card.account_picker(asked, mine)
            await self._desk.say(answer_to(incoming, picker, slot=f"picker:{incoming.origin}", again=asked))
        return ()

    async def _pick_contract(
        self, incoming: Incoming, asked: Command, accounts: tuple[AccountName, ...], words: ScopeWords
    ) -> None:
        said = accounts[0] if len(accounts) == 1 else ALL_ACCOUNTS
        wide = Scope(account=said, contract=ALL, side=words.side, position_side=words.position_side)
        looks = await asyncio.gather(*(self._everything(one) for one in accounts))
        read = [rows for rows in looks if not isinstance(rows, Unread)]
        unread = {one: why for one, why in zip(accounts, looks, strict=True) if isinstance(why, Unread)}
        counts = by_contract(wide, tuple(row for rows in read for row in rows)) if read else None
        picker = card.contract_picker(asked.verb, wide, counts, unread)
        await self._desk.say(answer_to(incoming, picker, slot=f"picker:{incoming.origin}", again=asked))

    async def _everything(self, account: AccountName) -> tuple[Order, ...] | Unread:
        """Every open order of an account, or why they cannot be counted: one account must not blank the others."""
        try:
            async with asyncio.timeout(_COUNTING):
                return await self._desk.exchange.open_orders(account, ALL)
        except ReadFailed as error:
            return Unread(why=error.why, code=error.code)
        except (KeyUnusable, TimeoutError) as error:
            return Unread(why="key" if isinstance(error, KeyUnusable) else "too slow")
        except Exception:  # noqa: BLE001 whatever broke: a picker without a count works as well
            self._desk.log().exception("count broke", account=account)
            return Unread(why="internal")


def _verb(incoming: Incoming) -> Verb:
    """The verb of what an adapter found to be for us; of any other, one for listed people."""
    if incoming.command is not None:
        return incoming.command.verb
    word = incoming.text.split(maxsplit=1)[0].lower() if incoming.text.strip() and not incoming.doubt else ""
    return Verb(word) if word in {row.verb.value for row in COMMANDS} else Verb.STATUS


def _again(incoming: Incoming, known: frozenset[ContractCode]) -> tuple[Button, ...]:
    """`[Preview now]` for a stale cancel that can be understood."""
    if incoming.doubt is not None:
        return ()
    try:
        asked = incoming.command or command.parse(incoming.text, known)
    except BadCommand:
        return ()
    if asked.verb not in (Verb.CANCELALL, Verb.DRILL) or asked.words is None:
        return ()
    return (card.ask(cards.PREVIEW_NOW, asked.words, asked.verb),)
