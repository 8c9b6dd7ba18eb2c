"""A contract that HTX does not list: told, with what is near it and a way to go on. It never blocks anything."""

from bot import card
from bot.listing import Unlisted
from bot.model import Incoming, Listing, Scope, Verb
from bot.service.desk import Desk, answer_to


async def listing_of(
    desk: Desk, incoming: Incoming, scope: Scope, verb: Verb, *, has_orders: bool
) -> Listing | Unlisted | None:
    """What the list says about a scope's contract; an `Unlisted` has been told, and nothing more is to be done.

    What has open orders exists, whatever the list says; and who insists is believed.
    """
    found = await desk.contracts.check(scope.contract)
    if not isinstance(found, Unlisted):
        return found
    if has_orders or (incoming.command is not None and incoming.command.unlisted):
        return Listing.UNLISTED
    facts = (("contract", found.code), ("verb", verb.value))
    note = desk.note("not listed", incoming.identity, None, *facts)
    await desk.say(answer_to(incoming, card.not_listed(found, scope, verb)), [note])
    return found
