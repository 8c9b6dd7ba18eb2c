"""Typed facts -> sentences: every sentence the bot says in a chat is a function in this package.

Rules: an error says what happened, whether anything was sent, and what to do next. "Filled" only where HTX says
so; "nothing was sent" only where it is proved. Colour and emoji never carry the meaning alone. HTX's own messages
are never shown (they arrive in Chinese, or as null): its codes are mapped in `codes`.

| file | what |
|---|---|
| `plain` | numbers, times, names, scopes |
| `codes` | HTX's codes |
| `refusals` | why not |
| `heard` | what is no command, and what it could mean |
| `cards` | before the tap |
| `drills` | the same with the write left out |
| `groups` | several accounts on one card |
| `results` | after it |
| `reasons` | why it was not run |
| `triggers` | what waits for a price |
| `refills` | the minute after zero |
| `listing` | what HTX's list of contracts says |
| `reports` | `/orders`, `/status`, `/log`, `/help` |
| `chats` | how a chat is doing |
"""
