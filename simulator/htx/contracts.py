"""The contracts the simulated exchange lists."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, get_args

ContractType = Literal["swap", "this_week", "next_week", "quarter", "next_quarter"]
"""HTX V5 docs, contract_type: swap is the perpetual, the rest are dated."""

CONTRACT_TYPES: frozenset[str] = frozenset(get_args(ContractType))

CONTRACT_CODE = re.compile(r"[A-Z0-9]+-USDT(-\d{6})?")
"""Perpetual `BTC-USDT`, delivery `BTC-USDT-YYMMDD`; upper case. Odd ones are listed as they are."""

LISTED = ("BTC-USDT", "ETH-USDT", "BTC-USDT-241115", "ETH-USDT-241115", "BTC-USDT-241227")
"""What a simulator lists unless told otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """One contract. `status` 1 is trading, 5 to 8 are settlement and delivery states."""

    code: str
    contract_type: ContractType
    status: int = 1

    @property
    def pair(self) -> str:
        """`BTC-USDT` of `BTC-USDT-241115`."""
        return "-".join(self.code.split("-")[:2])


class Contracts:
    """The listed contracts by code; shared by all accounts."""

    def __init__(self, codes: Iterable[str] = LISTED) -> None:
        self._listed: dict[str, Contract] = {}
        for code in codes:
            self.list(code)

    def list(
        self, code: str, *, contract_type: ContractType | None = None, status: int = 1, odd: bool = False
    ) -> Contract:
        """Lists `code`, or replaces it; a dated contract is a quarter unless told otherwise.

        `odd` lists a code of any shape, such as `币安人生-USDT`.
        """
        if not odd and not CONTRACT_CODE.fullmatch(code):
            raise ValueError(f"not a contract code: {code!r}")
        dated = code.count("-") > 1
        kind: ContractType = contract_type or ("quarter" if dated else "swap")
        contract = Contract(code=code, contract_type=kind, status=status)
        self._listed[code] = contract
        return contract

    def delist(self, code: str) -> None:
        """Takes `code` off the list, as after its delivery."""
        self._listed.pop(code, None)

    def get(self, code: str) -> Contract | None:
        """The contract called `code`, or None."""
        return self._listed.get(code)

    def all(self) -> tuple[Contract, ...]:
        """Every listed contract, in listing order."""
        return tuple(self._listed.values())
