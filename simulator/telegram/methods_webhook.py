"""The Bot API methods that switch between polling and a webhook."""

import re
from urllib.parse import urlsplit

from simulator.telegram.errors import bad_request
from simulator.telegram.params import Params
from simulator.telegram.world import Webhook, World

SECRET = re.compile(r"[A-Za-z0-9_-]{0,256}")
"""Bot API, setWebhook.secret_token: 1-256 characters of A-Z, a-z, 0-9, _ and -."""
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
"""The only hosts pushed to. Telegram wants HTTPS on ports 443, 80, 88 or 8443; here plain HTTP on
any port is taken, because nothing leaves the machine."""


def set_webhook(world: World, params: Params) -> object:
    """`setWebhook`; an empty URL is `deleteWebhook`."""
    url, secret = params.text("url"), params.text("secret_token")
    if not url:
        return delete_webhook(world, params)
    if not SECRET.fullmatch(secret):
        raise bad_request("secret token contains unallowed characters")
    if urlsplit(url).hostname not in LOOPBACK:
        raise bad_request("bad webhook: Failed to resolve host: Name or service not known")
    remember_allowed(world, params)
    _drop_if_asked(world, params)
    world.webhook = Webhook(
        url=url,
        secret_token=secret,
        max_connections=min(100, max(1, params.integer("max_connections", 40))),
    )
    world.pulse.beat()
    return True


def delete_webhook(world: World, params: Params) -> object:
    """`deleteWebhook`."""
    _drop_if_asked(world, params)
    world.webhook = Webhook()
    world.pulse.beat()
    return True


def get_webhook_info(world: World, _: Params) -> object:
    """`getWebhookInfo`."""
    hook = world.webhook
    info: dict[str, object] = {
        "url": hook.url,
        "has_custom_certificate": False,
        "pending_update_count": world.updates.pending,
    }
    if hook.url:
        info |= {"max_connections": hook.max_connections, "ip_address": "127.0.0.1"}
    if hook.last_error_date:
        info["last_error_date"] = hook.last_error_date
        info["last_error_message"] = hook.last_error_message
    if world.updates.allowed:
        info["allowed_updates"] = list(world.updates.allowed)
    return info


def remember_allowed(world: World, params: Params) -> None:
    """Take `allowed_updates` over when it was sent; an empty list means the default kinds."""
    kinds = params.structure("allowed_updates")
    if isinstance(kinds, list):
        world.updates.allow(tuple(str(kind) for kind in kinds))


def _drop_if_asked(world: World, params: Params) -> None:
    if params.flag("drop_pending_updates"):
        world.updates.clear()
