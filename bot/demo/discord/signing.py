"""Addresses of files: signed, and good for one day, as Discord's.

https://discord.com/developers/docs/reference#signed-attachment-cdn-urls
"""

import hashlib
import hmac
import secrets
from urllib.parse import urlencode

from bot.demo.discord.clock import ServerClock
from bot.demo.discord.model import Attachment

LIFETIME = 24 * 3600
"""Seconds that an address works."""


class Signer:
    """Makes and checks the addresses of attachments. ``base_url`` is set when the port is known."""

    def __init__(self, clock: ServerClock) -> None:
        self.base_url = ""
        self._clock = clock
        self._secret = secrets.token_bytes(16)

    def url(self, attachment: Attachment, folder: str = "attachments") -> str:
        """A fresh address; ``folder`` "media" is the proxy's, which re-encodes."""
        folder = "ephemeral-attachments" if attachment.ephemeral and folder == "attachments" else folder
        now = int(self._clock.now())
        path = f"/{folder}/{attachment.channel_id}/{attachment.id}/{attachment.filename}"
        expires = f"{now + LIFETIME:x}"
        query = urlencode({"ex": expires, "is": f"{now:x}", "hm": self._mark(path, expires)})
        return f"{self.base_url}{path}?{query}"

    def good(self, path: str, expires: str, mark: str) -> bool:
        """Whether an address was made here and still works."""
        if not hmac.compare_digest(self._mark(path, expires), mark):
            return False
        return int(expires, 16) > self._clock.now()

    def _mark(self, path: str, expires: str) -> str:
        return hmac.new(self._secret, f"{path}?{expires}".encode(), hashlib.sha256).hexdigest()
