"""The same sentences at a terminal, where nobody taps and no chat command is typed.

A phrase here must be long enough to be ours: a code, an account or a name is never changed.
"""

from typing import Final

_INSTEAD: Final = (
    ("· tap before ", "· answer before "),
    ("tapped by ", "confirmed by "),
    ("Tapped by ", "Confirmed by "),
    (" after the tap", " after the yes"),
    ("Time to tap ", "Time to yes "),
    ("· tap to ", "· yes to "),
    (" tapped it ", " confirmed it "),
    (" already asks this. Tap that one before ", " already asks this. Answer that one before "),
    ("Reading HTX… you can tap now", "Reading HTX… you can answer now"),
    (
        "A tap may still work; if not, use the HTX app. Tap before ",
        "A yes may still work; if not, use the HTX app. Answer before ",
    ),
    ("and a tap could send nothing", "and a yes could send nothing"),
    ("Your tap was recorded.", "This was recorded."),
    ("and your tap reached me too late", "and that reached me too late"),
    (
        "If you tapped before this, that cancel still runs.",
        "If you confirmed before this, that cancel still runs.",
    ),
    ("on the bot's host", "on this host"),
    ("The file could not be sent: /log ", "The file could not be sent: "),
    ("you tapped ", "you confirmed "),
    (" Tap again.", " Run it again."),
    ("This button is no longer valid.", "This question is over."),
    (": tap it before ", ": answer it before "),
    ("Only a tap on a red button cancels. ", ""),
    ("like @main. /status lists yours.", "like @main. `cancelall config check` lists yours."),
    ("/status lists yours.", "`cancelall config check` lists them."),
    ("/help lists the commands.", "`cancelall now --help` lists the words."),
    ("Example: /cancelall BTC", "Example: cancelall now BTC"),
    ("Type the contract: /cancelall BTC-USDT-241115 …, or take all contracts.", "Type BTC-USDT-241115 … or ALL."),
    ("check the code with /orders, then ask again", "check the code in the HTX app, then run it again"),
    ("check contract and sides with /orders", "check contract and sides there"),
    (": see /orders, or the HTX app.", ": see the HTX app."),
    ("has placed an order: look at /orders.", "has placed an order: look in the HTX app."),
)


def at_terminal(text: str) -> str:
    """What a terminal shows for what a chat would show."""
    for said, instead in _INSTEAD:
        text = text.replace(said, instead)
    return text
