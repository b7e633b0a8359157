"""Secrets from the operating system's randomness."""

from __future__ import annotations

import secrets

from core.shared.secrets import Secrets

BYTES = 32


class SystemSecrets(Secrets):
    def new(self) -> str:
        return secrets.token_urlsafe(BYTES)
