"""The app manifest, made from the command table: what a desk pastes into Slack to get the app.

The least that the bot needs: two slash commands, mentions, direct messages, posting, files. Socket Mode, so no
address of ours is known to Slack; `deploy/slack/manifest.yaml` is this text. (Slack docs: app manifest reference.)
"""

from typing import Final

from bot.command import COMMANDS, SCOPE_WORDS
from bot.model import Verb

_SCOPES: Final = (
    ("app_mentions:read", "mentions, since slash commands do not work in threads"),
    ("chat:write", "cards and results"),
    ("commands", "the slash commands"),
    ("files:write", "the file of a large result"),
    ("im:history", "direct messages to the bot, and no others"),
)

_TEMPLATE: Final = """\
# Made by `cancelall slack-manifest`: paste it at Slack under "Create an app", "From a manifest".
# Then: install the app, make an app-level token with connections:write, and store three values:
#   cancelall keys add slack --kind slack      (bot token, app token, signing secret)
_metadata:
  major_version: 2
  minor_version: 1
display_information:
  name: cancelall
  description: {description}
features:
  app_home:
    home_tab_enabled: false
    messages_tab_enabled: true
    messages_tab_read_only_enabled: false
  bot_user:
    display_name: cancelall
    always_online: true
  slash_commands:
    - command: /cancelall
      description: {menu}
      usage_hint: "{hint}"
      should_escape: false
    - command: /drill
      description: "{drill}"
      usage_hint: "{words}"
      should_escape: false
oauth_config:
  scopes:
    bot:
{scopes}
settings:
  event_subscriptions:
    bot_events:
      - app_mention
      - message.im
  interactivity:
    is_enabled: true
  org_deploy_enabled: false
  socket_mode_enabled: true
  token_rotation_enabled: false
"""


def manifest() -> str:
    """The manifest as YAML."""
    row, drill = (next(row for row in COMMANDS if row.verb is verb) for verb in (Verb.CANCELALL, Verb.DRILL))
    others = ", ".join(row.verb.value for row in COMMANDS if row.verb not in (Verb.CANCELALL, Verb.START))
    return _TEMPLATE.format(
        description="Cancel resting orders on HTX futures, after one tap, and prove it",
        menu=row.menu,
        drill=drill.menu,
        words=drill.words,
        hint=f"{SCOPE_WORDS} | {others}",
        scopes="\n".join(f"      - {scope} # {why}" for scope, why in _SCOPES),
    )
