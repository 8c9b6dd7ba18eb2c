"""JSON <-> model for the public list of contracts. The rules are those of `wire`."""

from typing import Final

import msgspec

from bot.htx.strict import WireError, shaped
from bot.model import ContractCode
from bot.model.scope import can_be_named

CONTRACTS: Final = "/linear-swap-api/v1/swap_contract_info"
EVERY_CONTRACT: Final = {"business_type": "all"}
"""Unsaid it would be the perpetuals alone (HTX docs, swap_contract_info)."""


class _Row(msgspec.Struct, frozen=True, kw_only=True):
    contract_code: str


def contract_codes(data: object) -> tuple[ContractCode, ...]:
    """Every listed contract that we can name, in HTX's order.

    Raises:
        WireError: not a list of contracts, or an empty one: no exchange is without contracts.
    """
    rows = shaped(data, list[_Row])
    codes = tuple(ContractCode(row.contract_code) for row in rows if can_be_named(row.contract_code))
    if not codes:
        raise WireError("no contracts")
    return codes
