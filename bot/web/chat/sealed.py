"""What a page without script showed last, sealed into its own address: reload and Back show it again, and no server keeps it.

The key comes from the talk's own token, which stands in the cookie alone: whoever finds the address in a history, a log
or a backup cannot read it. Replies that quote what somebody typed never come here.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import secrets
import zlib

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bot.web.chat.token import Token

NONCE_BYTES = 12
MOST_CHARACTERS = 6_000
"""Proxies take 8 KB for the first line of a request."""
MOST_BYTES = 200_000
"""Of a page's part before it is packed: more than any reply has."""


def seal(html: str, token: Token) -> str | None:
    """A part of a page as text for an address; None where it is too long for one."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    sealed = nonce + _cipher(token).encrypt(nonce, zlib.compress(html.encode("utf-8", "replace"), 9), None)
    text = base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()
    return text if len(text) <= MOST_CHARACTERS else None


def unseal(text: str, token: Token) -> str | None:
    """What `seal` sealed for the same talk; None for anything else."""
    if not text or len(text) > MOST_CHARACTERS:
        return None
    try:
        sealed = base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
        packed = _cipher(token).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], None)
        return zlib.decompressobj().decompress(packed, MOST_BYTES).decode()
    except (InvalidTag, ValueError, binascii.Error, zlib.error):
        return None


def _cipher(token: Token) -> AESGCM:
    return AESGCM(hmac.digest(token.secret.encode(), b"shown last", "sha256"))
