"""What the speed claims rest on, measured beside the alternatives: `make bench`.

`stub` the exchange, a process of its own · `relay` a network with a round trip · `certificate` who is trusted ·
`contenders` and `ccxt_contenders` who is measured · `field` all of them · `rounds` how · `calls` one request, warm
and idle · `desk` the whole bot, from tap to proof · `starts`, `memory`, `disk` what that takes · `page` the page.
"""
