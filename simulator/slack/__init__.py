"""Slack on loopback: a stateful workspace written from Slack's documentation, with faults to switch on."""

from simulator.slack.channel import Channel
from simulator.slack.courier import Patience
from simulator.slack.delivery import Attempt, Delivery
from simulator.slack.limits import RateLimits
from simulator.slack.message import Button, File, Message
from simulator.slack.mrkdwn import Link, Rendered
from simulator.slack.people import User
from simulator.slack.person import Person, Said
from simulator.slack.server import SlackSimulator
from simulator.slack.signed import Signed, Signer
from simulator.slack.wire import Call

__all__ = [
    "Attempt",
    "Button",
    "Call",
    "Channel",
    "Delivery",
    "File",
    "Link",
    "Message",
    "Patience",
    "Person",
    "RateLimits",
    "Rendered",
    "Said",
    "Signed",
    "Signer",
    "SlackSimulator",
    "User",
]
