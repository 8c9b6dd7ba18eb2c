"""Who: frozen users and their Web API shape."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """Somebody with an account, in this workspace or in one connected to it."""

    id: str
    """`U…`, or `W…` on Enterprise Grid; never reused, while names change hands."""
    name: str
    team: str = "T1"
    """The workspace the account belongs to, which need not be the one of the channel."""
    is_bot: bool = False
    app: str = ""
    """The app behind a bot user."""

    @property
    def username(self) -> str:
        """`user_name` of slash commands: lower case, not unique, not to be trusted."""
        return self.name.lower().replace(" ", ".")

    @property
    def bot_id(self) -> str:
        """`B…` of a bot user; empty for people."""
        return f"B{self.id[1:]}" if self.is_bot else ""

    def json(self) -> dict[str, Any]:
        """The Web API user object, as far as it matters."""
        return {
            "id": self.id,
            "team_id": self.team,
            "name": self.username,
            "real_name": self.name,
            "deleted": False,
            "is_bot": self.is_bot,
            "tz": "Etc/UTC",
            "profile": {"real_name": self.name, "display_name": self.name},
        }

    def marks(self) -> dict[str, Any]:
        """What a message by this user carries besides the user id."""
        return {"bot_id": self.bot_id, "app_id": self.app} if self.is_bot else {}


SLACKBOT = User(id="USLACKBOT", name="Slackbot", is_bot=True)
"""Tells people about commands that failed."""
