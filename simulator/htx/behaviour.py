"""What the HTX V5 docs leave open, as switches; each default is the most likely or the strictest."""

from dataclasses import dataclass
from typing import Literal


@dataclass(slots=True, kw_only=True)
class Behaviour:
    """The simulated exchange's answers to questions the documentation does not settle.

    Mutable on purpose: tests flip a switch while the simulator runs.

    Attributes:
        nothing_to_cancel: reply of cancel_all_orders when no order matches. Unknown:
            V5 error 1051, success with `[]`, success with `null`, or the legacy shape
            (`status` error, `err_code` 1051) that older endpoints were seen to send.
        from_inclusive: whether `from` itself is part of a page. Unknown.
        opens_margin: orders that order/opens lists when `margin_mode` is absent. Unknown:
            one capture suggests both modes; the one-order read documents cross only.
        over_limit: `limit` above 100: refused with 1067 as a sibling endpoint does, or cut
            to 100. Unknown.
        unknown_contract: code for a contract that is not listed (1013, 1014 and 1067 are
            plausible), or None: accepted, matches nothing. Unknown.
        algo_body: body shapes algo/cancel_orders takes. Unknown: clients send an array of
            objects, the official SDK sends one object.
        max_cancelled: most orders one cancel_all_orders call touches, None for no cap.
            Unknown: the docs state none and show 14 at once.
        auth_error: body of a refused signature: the legacy gateway shape that was really
            seen (`err_code` 403), or V5 with 1253, or V5 with 12001..12008. Unknown for V5.
        rate_limit_shape: body of a 1032: V5 `code` or legacy `err_code`. Unknown.
        rate_limit_status: HTTP status of a 1032. Unknown: 200 is likely, 429 seen on spot.
        reset_header: `ratelimit-reset` as milliseconds left or as epoch milliseconds. Unknown.
        state_style: order states as words ("new") or as numbers (3). Both were seen.
        time_style: `created_time` and `updated_time` as strings or numbers. Both were seen.
        clock_offset: seconds the exchange's clock is ahead of the simulator's.
    """

    nothing_to_cancel: Literal["1051", "empty", "null", "legacy"] = "1051"
    from_inclusive: bool = False
    opens_margin: Literal["both", "cross"] = "both"
    over_limit: Literal["refuse", "clamp"] = "refuse"
    unknown_contract: int | None = 1014
    algo_body: Literal["either", "array", "object"] = "either"
    max_cancelled: int | None = None
    auth_error: Literal["legacy", "v5_1253", "v5_12008"] = "legacy"
    rate_limit_shape: Literal["v5", "legacy"] = "v5"
    rate_limit_status: int = 200
    reset_header: Literal["duration", "epoch"] = "duration"
    state_style: Literal["word", "number"] = "word"
    time_style: Literal["string", "number"] = "string"
    clock_offset: float = 0.0
