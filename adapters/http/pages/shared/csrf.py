"""The token of forms: the secret of a cookie, which other sites can't read.

It looks different in every response, since responses are compressed, and their sizes would tell about a text that stays
the same (BREACH).
"""

from __future__ import annotations

import base64
import binascii
import hmac
import secrets

from aiohttp import web

from adapters.http.pages.shared.cookies import FORMS

CSRF_FIELD = "csrf_token"
SECRET_BYTES = 32

_NEW_SECRET = web.RequestKey[bytes]("new_form_secret")


def csrf_token(request: web.Request) -> str:
    """Return the token for a form of this response, after which `keep_secret` must be called."""
    secret = _stored_secret(request) or request.get(_NEW_SECRET)
    if secret is None:
        secret = request[_NEW_SECRET] = secrets.token_bytes(SECRET_BYTES)
    mask = secrets.token_bytes(SECRET_BYTES)
    return _encode(mask + _xor(mask, secret))


def is_token_valid(request: web.Request, token: str) -> bool:
    """Return whether a form of this browser has this token."""
    secret = _stored_secret(request)
    return secret is not None and hmac.compare_digest(_unmask(token), secret)


def keep_secret(request: web.Request, response: web.StreamResponse) -> None:
    """Set the cookie if the response has the first form of this browser."""
    if _NEW_SECRET in request:
        FORMS.put(request, response, _encode(request[_NEW_SECRET]))


def _stored_secret(request: web.Request) -> bytes | None:
    secret = _decode(FORMS.read(request) or "")
    return secret if len(secret) == SECRET_BYTES else None


def _unmask(token: str) -> bytes:
    raw = _decode(token)
    return _xor(raw[:SECRET_BYTES], raw[SECRET_BYTES:]) if len(raw) == 2 * SECRET_BYTES else b""


def _xor(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=True))


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _decode(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return b""
