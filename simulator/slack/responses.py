"""`response_url`: the answer to one command or tap, five times within thirty minutes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from simulator.slack.blocks import problems
from simulator.slack.errors import SlackError, invalid_blocks
from simulator.slack.message import Message
from simulator.slack.world import Words, World

MOST_USES = 5
"""Slack docs, handling user interaction: a response_url can be used up to 5 times …"""
LIFE_S = 30 * 60.0
"""… within 30 minutes of the interaction. Seconds."""
RESPONSE_PATH = "/response/"
"""Where answers are posted; a secret follows."""


@dataclass(slots=True, kw_only=True)
class Responder:
    """One `response_url`."""

    secret: str
    channel: str
    user: str
    """Who typed or tapped, and so sees ephemeral answers."""
    origin_ts: str = ""
    """The message that was tapped; empty for a command, which has none to replace."""
    made_at: float
    """Unix seconds."""
    uses: int = 0


@dataclass(slots=True, kw_only=True)
class Responses:
    """All of them."""

    world: World
    _open: dict[str, Responder] = field(default_factory=dict)

    def issue(self, channel: str, user: str, origin_ts: str = "") -> str:
        """The path of a new `response_url`."""
        secret = f"r{self.world.serial():012}"
        self._open[secret] = Responder(
            secret=secret, channel=channel, user=user, origin_ts=origin_ts, made_at=self.world.clock()
        )
        return f"{RESPONSE_PATH}{secret}"

    def uses(self, url: str) -> int:
        """How often a `response_url` has been used."""
        return self._open[url.rpartition("/")[2]].uses

    def post(self, secret: str, body: Mapping[str, Any]) -> None:
        """An answer by HTTP.

        Raises:
            SlackError: 404 `expired_url` or `used_url`, 400 for a body that makes no sense.
        """
        responder = self._open.get(secret)
        if responder is None or self.world.clock() - responder.made_at > LIFE_S:
            raise SlackError(error="expired_url", status=404)
        if responder.uses >= MOST_USES:
            raise SlackError(error="used_url", status=404)
        responder.uses += 1
        self.apply(responder, body)

    def reply(self, url: str, payload: Any) -> None:  # noqa: ANN401 - whatever the bot sent
        """An immediate answer, in the acknowledgement of a slash command. It does not count as a use."""
        body = payload if isinstance(payload, Mapping) else {"text": str(payload)}
        try:
            self.apply(self._open[url.rpartition("/")[2]], body)
        except SlackError as error:
            self.world.warnings.append(f"the acknowledgement's body was refused: {error.error}")

    def apply(self, responder: Responder, body: Mapping[str, Any]) -> None:
        """Show, replace or delete."""
        origin = self.world.find(responder.channel, responder.origin_ts) if responder.origin_ts else None
        if body.get("delete_original") and origin is not None:
            self.world.erase(origin)
            return
        words = _words(body)
        if body.get("replace_original") and origin is not None:
            self.world.edit(origin, **self.world.faces(words))
            return
        self._add(responder, body, words)

    def _add(self, responder: Responder, body: Mapping[str, Any], words: Words) -> None:
        everybody = body.get("response_type") == "in_channel"
        message = Message(
            ts=self.world.stamp(),
            channel=responder.channel,
            sender=self.world.bot,
            only_for="" if everybody else responder.user,
            thread_ts=str(body.get("thread_ts", "")),
            extra=self.world.own(),
            **self.world.faces(words),
        )
        if everybody:
            self.world.show(self.world.channels[responder.channel], message)
        else:
            self.world.show_privately(message)


def _words(body: Mapping[str, Any]) -> Words:
    text, blocks = str(body.get("text") or ""), body.get("blocks") or []
    if not text.strip() and not blocks:
        raise SlackError(error="no_text", status=400)
    if found := problems(blocks):
        raise SlackError(error="invalid_blocks", status=400, fields=invalid_blocks(found).fields)
    return Words(text=text, blocks=list(blocks), mrkdwn=bool(body.get("mrkdwn", True)))
