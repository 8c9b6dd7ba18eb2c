"""State that survives us: one SQLite file, an emergency journal, and locks that say which processes live.

What is kept, and why:

* `inbox`: every delivery's id, so that one that comes twice acts once; its payload until it had its effect.
* `mass_cancel`: every mass cancel, for ever, with the process that took it into EXECUTING.
* `button`: what a button means, under the hash of its token.
* `outbox`: what people must be told, written in the transaction that makes it true; kept a while to be edited.
* `audit`: who did what, chained by hashes (`bot.store.audit`), in the transaction of what it records.

Nothing secret is among it. Money is only inside JSON documents, as text.
"""

from bot.store.audit import GENESIS, AuditEntry, AuditReport, AuditRow, check, export, tail, verify
from bot.store.engine import BUSY, FILE, open_engine
from bot.store.journal import FILE as JOURNAL
from bot.store.journal import FileJournal, NoJournal, open_journal
from bot.store.locks import AlreadyRunning, run_lock
from bot.store.running import Run, directly, on_executor
from bot.store.store import SqlStore, look_up, open_store

__all__ = [
    "BUSY",
    "FILE",
    "GENESIS",
    "JOURNAL",
    "AlreadyRunning",
    "AuditEntry",
    "AuditReport",
    "AuditRow",
    "FileJournal",
    "NoJournal",
    "Run",
    "SqlStore",
    "check",
    "directly",
    "export",
    "look_up",
    "on_executor",
    "open_engine",
    "open_journal",
    "open_store",
    "run_lock",
    "tail",
    "verify",
]
