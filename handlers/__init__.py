"""Chat adapters: update -> Incoming, Message -> markup. There is no trading decision in here.

An adapter implements `bot.ports.Chat` for what goes out, and hands what comes in to `bot.service.Service`: `hear`
for words, `tap` for buttons, `odd` for messages that are not plain new ones. It commits every delivery to the
inbox before it tells its platform that it has it. Adapters never meet each other.
"""
