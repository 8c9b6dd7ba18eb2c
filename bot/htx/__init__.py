"""HTX USDT-M futures, V5: the part of it we use, and its limits.

    cancel all      POST /v5/trade/cancel_all_orders    72 trade requests per 3 s and UID
    open orders     GET  /v5/trade/order/opens          72 reads per 3 s and UID, at most 100 rows a page
    cancel by id    POST /v5/trade/cancel_batch_orders  the same 72 trade requests, ten orders each
    one order       GET  /v5/trade/order                the same 72 reads
    triggers        GET  /v5/algo/order/opens           the same 72 reads, one kind each
    cancel those    POST /v5/algo/cancel_orders         the same 72 trade requests
    contracts       GET  /linear-swap-api/v1/swap_contract_info    240 per 3 s and IP, public and unsigned
    position mode   GET  /v5/position/mode              the same 72 reads
    time            GET  /api/v1/timestamp              240 per 3 s and IP, public and unsigned
    back when       GET  /heartbeat/                    the same, and during a suspension, too

(HTX V5 docs.) In the cancel-all a field left out means every one. Trigger, TP/SL and trailing orders are another
family (`/v5/algo`), not touched by it. A signature is good for about five minutes and does not cover a
POST's body, so it must never leave the socket: only `sign` makes one, only `Line` sends it, and nothing logs or
raises it.

`signing` the signature · `strict` JSON without surprises · `wire` and `wire_…` JSON <-> model, the only files
with HTX's field names; `wire_usual` for the answer that is as documented; `careful` for a row that is not ·
`codes` what the codes mean · `answers` reply -> outcome · `limits` the rate headers · `budget` what is left of
the rate · `address` where to · `hosts` which of them first, and whose clock · `body` how much · `network` the
sockets · `line` one request, and the proof of whether it was written · `lanes` connections kept for the cancel
request · `signer` `sender` `reader` what is signed, sent and read · `pages` `reads` paging · `by_id` what names
orders · `notes` the log · `client` all of it behind
`bot.ports.Exchange`.
"""

from bot.htx.client import HtxClient

__all__ = ["HtxClient"]
