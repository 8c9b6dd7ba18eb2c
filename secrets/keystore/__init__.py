"""keystore: credentials in one encrypted file.

Open it once with `Keystore.open`, then open an entry for the one signing that needs it:

    with Keystore.open(path, Keyfile(value=key)) as store:
        with store.open_entry("main", "htx") as secret:
            sign(secret.access_key, secret.secret)

An opened value is a bytearray that prints as ``***`` and is overwritten when the block ends. The file format is
specified in docs/keystore-format.md, and `inspect` reads its visible part without any key. The package imports
nothing of the bot.

Read in this order: `secret` (objects), `values` (rules), `format` (bytes), `seal` (cryptography), `change`
(pure steps), `slots` (what opens it), `file` and `disk` (I/O), `store` (all of it together), `unlock` (where to
find the store and its key).
"""

from keystore.errors import KeystoreError as KeystoreError
from keystore.file import create_key as create_key
from keystore.format import EntryInfo as EntryInfo
from keystore.format import SlotInfo as SlotInfo
from keystore.options import Cost as Cost
from keystore.options import Options as Options
from keystore.secret import HtxSecret as HtxSecret
from keystore.secret import Keyfile as Keyfile
from keystore.secret import Kind as Kind
from keystore.secret import Masked as Masked
from keystore.secret import Passphrase as Passphrase
from keystore.secret import Secret as Secret
from keystore.secret import SlackSecret as SlackSecret
from keystore.secret import TelegramSecret as TelegramSecret
from keystore.secret import Unlock as Unlock
from keystore.secret import field_names as field_names
from keystore.store import Keystore as Keystore
from keystore.store import inspect as inspect
from keystore.store import inspect_slots as inspect_slots
from keystore.unlock import default_path as default_path
from keystore.unlock import find_unlock as find_unlock
from keystore.unlock import read_lines as read_lines
from keystore.unlock import unlock_for as unlock_for
from keystore.values import check_place as check_place
