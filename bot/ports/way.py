"""How a chat is reached."""

import ssl
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """Through which proxy, and whose certificates are good. What the environment says is in it already."""

    proxy: str | None = field(default=None, repr=False)
    """`http://`, `https://` or `socks5://`, perhaps a user and a password, a host and a port; None: none."""
    trust: ssl.SSLContext | None = None
    """None: what the library has by itself."""

    @property
    def socks(self) -> bool:
        """Whether the proxy is one for any connection, not for HTTP alone."""
        return self.proxy is not None and self.proxy.startswith("socks5://")
