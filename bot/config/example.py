"""A complete file, with comments: what `cancelall config example` prints."""

from typing import Final

EXAMPLE: Final = """\
# cancelall: who may cancel what, and where.
# Save as $XDG_CONFIG_HOME/cancelall/config.toml (usually ~/.config/cancelall/config.toml), or name the file with
# --config or CANCELALL_CONFIG; then `cancelall config check` says who may do what.
# No secrets in here: keys and tokens live in the keystore (`cancelall keys add main --kind htx`,
# `cancelall keys add telegram --kind telegram`, `cancelall keys add slack --kind slack`).
# Every key can also be set in the environment, which wins over the file. Lists are JSON there:
#   CANCELALL_HTX__HOSTS='["https://api.hbdm.com"]'   CANCELALL_LIMITS__CARD_SECONDS=30
#   CANCELALL_MEMBERS__ANN__ROLE=viewer               CANCELALL_ACCOUNTS='{"main": {}}'

[htx]
# The bot measures them and uses the best first. A cancel goes to the next only if nothing was written to this one.
hosts = ["https://api.hbdm.com", "https://api.hbdm.vn"]
# ca_file = "system"                    # whose certificates are good: a PEM file of roots, or "system"

[telegram]
base_url = "https://api.telegram.org"   # /bot is appended
# proxy = "http://10.0.0.1:3128"        # or https://, socks5://; "none": nor what the environment says
mode = "polling"                        # or "webhook", which needs the next two
# listen = "127.0.0.1:8443"             # where the bot listens, behind your TLS proxy
# public_url = "https://bot.example.com"
# chats = [-1001234567890]              # groups; private chats with members are always allowed

# Slack, beside Telegram or without it: remove the "# " from these lines, and from a member's `slack` below.
# [slack]
# team = "T0123456789"                  # the id of your workspace
# base_url = "https://slack.com/api/"
# proxy = "socks5://10.0.0.1:1080"      # or http://, https://; "none": nor what the environment says
# mode = "socket"                       # needs no open port; or "http", which needs the next one
# listen = "127.0.0.1:8444"             # where the bot listens, behind your TLS proxy
# channels = ["C0123456789"]            # ids, not names; direct messages of members are always allowed

[store]
# The emergency journal, for when the data directory cannot be written: best on another disk. An absolute path.
# journal = "/var/lib/cancelall-journal/emergency.journal"

[limits]
card_seconds = 60                       # how long a card can be tapped: 3 to 300; below 15 only with local hosts
confirm = "operator"                    # any operator of the account may tap; "asker": only the person who asked

# One empty table per account. The keystore entry of the same name holds the key pair.
[accounts.main]

# One table per person, with one id or both. Put your own in: `cancelall whoami` prints the id of whoever writes.
[members.ann]
role = "operator"                       # reads, asks and confirms
telegram = 123456789
# slack = "U0123456789"                 # in another workspace: { team = "T9876543210", user = "U0123456789" }
accounts = ["main"]                     # no account is listed: no account

# [members.bo]
# role = "viewer"                       # reads only
# telegram = 987654321
# accounts = ["main"]
"""
"""Loads without faults once the ids are somebody's own, and with Slack's lines taken in."""
