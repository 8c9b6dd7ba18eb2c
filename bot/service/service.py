"""The service as the chat adapters see it: words, taps, and messages that are neither."""

from bot import card
from bot.errors import KnownDelivery, StoreUnavailable
from bot.model import Incoming, IncomingTap, Matter, OddMessage, Post, PostKind
from bot.ports import InboxRow, TapAnswer
from bot.service.checks import Checks
from bot.service.commands import Commands
from bot.service.confirming import Confirming, Ways
from bot.service.degraded import Degraded
from bot.service.desk import Desk, is_drill
from bot.service.drills import Drills
from bot.service.execution import Execution
from bot.service.refills import Refills
from bot.service.taps import Taps
from bot.service.upkeep import Upkeep
from bot.words import drills, heard, refusals


class Service:
    """One service for every chat."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        refills = Refills(desk)
        checks = Checks(desk, refills)
        self._commands = Commands(desk)
        degraded = Degraded(desk)
        execution = Execution(desk, checks, refills, degraded)
        ways = Ways(fire=execution, drill=Drills(desk, execution))
        self._confirming = Confirming(desk, ways, degraded)
        self._taps = Taps(desk, self._commands, self._confirming, checks, self.hear)
        self.upkeep = Upkeep(desk, checks, refills, degraded)

    async def hear(self, incoming: Incoming) -> None:
        """Answer one command. Never raises: whatever breaks, the person is told and the log has the rest."""
        try:
            await self._commands.hear(incoming)
        except StoreUnavailable as error:
            self._desk.log().error("command not recorded", why=error.why)
            await self.store_down(incoming)
        except Exception:  # noqa: BLE001 the one place where the unexpected becomes a sentence
            incident = self._desk.ids.mass_cancel()
            self._desk.log().exception("command failed", incident=incident, origin=incoming.origin)
            said = card.marked_if(is_drill(incoming), card.notice(refusals.failed(incident)))
            await self._desk.messenger.shout(incoming.conversation, said, incoming.identity)

    async def tap(self, tap: IncomingTap) -> TapAnswer:
        """Settle one tap. Never raises."""
        try:
            return await self._taps.tap(tap)
        except Exception:  # noqa: BLE001 as above
            incident = self._desk.ids.mass_cancel()
            self._desk.log().exception("tap failed", incident=incident, origin=tap.origin)
            return TapAnswer(text=" ".join(refusals.failed(incident)), alert=True)

    async def at_once(self, tap: IncomingTap, delivery: InboxRow) -> TapAnswer | None:
        """Settle one tap together with its delivery, in one commit; None: nothing was done, take it in first.

        Raises:
            KnownDelivery: it was taken in before; nothing was done.
            StoreUnavailable: the store did not take it; `unwritten` may settle it.
        """
        try:
            return await self._confirming.at_once(tap, delivery)
        except (KnownDelivery, StoreUnavailable):
            raise
        except Exception:  # noqa: BLE001 as above; should it have been committed, nothing is sent under it
            self._desk.log().exception("tap failed at once", origin=tap.origin)
            if known := self._confirming.knows(tap):
                self._confirming.disown(known.action)
            return None

    async def unwritten(self, tap: IncomingTap) -> TapAnswer | None:
        """Settle one tap that the inbox did not take; None: nothing was done, say so. Never raises."""
        try:
            return await self._confirming.without_store(tap)
        except Exception:  # noqa: BLE001 as above
            self._desk.log().exception("tap failed", origin=tap.origin)
            return None

    async def untold(self, tap: IncomingTap, answer: TapAnswer) -> None:
        """The platform did not take the answer to a tap: said in a message, unless the card says it."""
        if answer.on_card or answer.said or self._desk.policy.member(tap.identity) is None:
            return
        said = card.marked_if(self._of_a_drill(tap), card.notice((answer.text,), loud=answer.alert))
        post = Post(
            kind=PostKind.SEND,
            conversation=tap.conversation,
            message=said,
            only_for=tap.identity,
            matter=Matter.ANSWER,
            hear=(tap.identity,),
        )
        try:
            await self._desk.say(post)
        except StoreUnavailable:
            await self._desk.messenger.shout(tap.conversation, said, tap.identity)

    async def odd(self, odd: OddMessage) -> None:
        """Refuse what is not a plain new text of a person. Never raises."""
        try:
            await self._commands.odd(odd)
        except StoreUnavailable as error:
            self._desk.log().error("refusal not recorded", why=error.why)
            await self._shout_refusal(odd)
        except Exception:  # noqa: BLE001 as above
            self._desk.log().exception("refusal failed")
            await self._shout_refusal(odd)

    async def odd_down(self, odd: OddMessage) -> bool:
        """The same while nothing can be committed; whether nobody is left to be told."""
        known = odd.sender is not None and self._desk.policy.member(odd.sender) is not None
        if not known or not self._commands.hears_of(odd):
            return True
        return await self._shout_refusal(odd)

    async def _shout_refusal(self, odd: OddMessage) -> bool:
        said = card.notice(refusals.odd_sender(odd.kind))
        hear = (odd.sender,) if odd.sender else ()
        return await self._desk.messenger.shout(odd.conversation, said, *hear)

    def not_run(self, tap: IncomingTap) -> TapAnswer:
        """What a tap hears that could not be taken in when it came: people were told that it was not run."""
        text = " ".join(refusals.store_down())
        return TapAnswer(text=drills.marked(text) if self._of_a_drill(tap) else text, alert=True)

    def _of_a_drill(self, what: Incoming | IncomingTap) -> bool:
        """As far as is known without the store."""
        return is_drill(what) if isinstance(what, Incoming) else self._taps.on_drill(what)

    async def store_down(self, what: Incoming | IncomingTap) -> bool:
        """Nothing can be committed: say so, past the outbox, to people who are listed, and to each command.

        Returns:
            Whether nobody is left to be told.
        """
        who, conversation = what.identity, what.conversation
        if self._desk.policy.member(who) is None:
            return True
        typed = (heard.answers(what.text),) if isinstance(what, Incoming) and what.command is None else ()
        lines = (*refusals.store_down(), *typed)
        said = card.marked_if(self._of_a_drill(what), card.notice(lines, loud=True))
        return await self._desk.messenger.shout(conversation, said, who)
