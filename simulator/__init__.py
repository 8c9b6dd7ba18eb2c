"""Stand-ins for the outside world, on loopback only.

Each one is written from its platform's public documentation and from nothing of
the bot's own code, so that it can catch the bot's mistakes: real HTTP, real
state, real limits, and faults that tests switch on.
"""
