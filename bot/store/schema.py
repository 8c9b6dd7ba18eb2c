"""The tables, in words that SQLite and PostgreSQL share.

Times are whole microseconds since 1970 UTC. What has a shape of its own (a mass cancel, a post, an action) is one
JSON document; a column of its own is there only to be searched or compared by.
"""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

VERSION: Final = 2
"""The version of these tables. A store with a higher one was written by a newer program and is refused."""

# SQLite numbers rows by itself only where the type is INTEGER to the letter.
_Number: Final = BigInteger().with_variant(Integer, "sqlite")

metadata: Final = MetaData()

schema_version: Final = Table(
    "schema_version",
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),
)

inbox: Final = Table(
    "inbox",
    metadata,
    Column("id", _Number, primary_key=True),
    Column("platform", String(16), nullable=False),
    Column("update_id", Text, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("received_at", BigInteger, nullable=False),
    Column("settled_at", BigInteger),
    Column("unreadable", Boolean, nullable=False, default=False),
    UniqueConstraint("platform", "update_id"),
    sqlite_autoincrement=True,
)

mass_cancel: Final = Table(
    "mass_cancel",
    metadata,
    Column("number", _Number, primary_key=True),
    Column("id", String(16), nullable=False, unique=True),
    Column("state", String(16), nullable=False),
    Column("version", Integer, nullable=False),
    Column("account", Text, nullable=False),
    Column("contract", Text, nullable=False),
    Column("side", String(8), nullable=False),
    Column("position_side", String(8), nullable=False),
    Column("platform", String(16), nullable=False),
    Column("chat", Text, nullable=False),
    Column("origin", Text, nullable=False),
    Column("place", Integer, nullable=False),  # one delivery may open several: the first, the second, …
    Column("expires_at", BigInteger, nullable=False),
    Column("decided_at", BigInteger),
    Column("owner", Text),  # the instance that took it into EXECUTING
    Column("document", Text, nullable=False),
    UniqueConstraint("origin", "place"),
    Index("mass_cancel_state", "state"),
    Index("mass_cancel_account", "account", "number"),
    sqlite_autoincrement=True,
)

button: Final = Table(
    "button",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("action", Text, nullable=False),
    Column("conversation", Text, nullable=False),
    Column("slot", Text),
    Column("expires_at", BigInteger),
    Column("used", Boolean, nullable=False, default=False),
)

button_target: Final = Table(
    "button_target",
    metadata,
    Column("token_hash", ForeignKey("button.token_hash", ondelete="CASCADE"), primary_key=True),
    Column("mass_cancel", String(16), primary_key=True),
    Index("button_target_mass_cancel", "mass_cancel"),
)

audit: Final = Table(
    "audit",
    metadata,
    Column("seq", _Number, primary_key=True, autoincrement=False),
    Column("row", Text, nullable=False),  # canonical JSON, exactly the bytes that were hashed
    Column("hash", String(64), nullable=False),
)

outbox: Final = Table(
    "outbox",
    metadata,
    Column("id", _Number, primary_key=True),
    Column("platform", String(16), nullable=False),
    Column("chat", Text, nullable=False),
    Column("kind", String(8), nullable=False),
    Column("slot", Text),
    Column("post", Text, nullable=False),
    Column("state", String(16), nullable=False),  # bot.store.outbox.Delivery
    Column("matter", String(8), nullable=False, server_default="notice"),  # bot.model.Matter
    Column("posted_at", BigInteger, nullable=False, server_default="0"),
    Column("spread", Boolean, nullable=False, server_default="0"),  # whether it was told elsewhere
    Column("sending", Boolean, nullable=False, default=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("not_before", BigInteger, nullable=False, default=0),
    Column("settled_at", BigInteger),
    Column("message", Text),  # the platform's id of it
    Column("why", Text),
    Index("outbox_waiting", "state", "platform", "id"),
    Index("outbox_slot", "slot", "id"),
    sqlite_autoincrement=True,
)
