"""Frames as bytes on the wire. What many are sent is encoded once."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum
from typing import Any

from adapters.http.shared.responses import to_json
from core.live.frames import Frame

_FINAL_TEXT = b"\x81"
"""A whole message of text: FIN is set, and the opcode is 1 (RFC 6455, section 5.2)."""
_MAX_LENGTH_7, _MAX_LENGTH_16 = 125, 65535


class CloseCode(IntEnum):
    """Why this server closes a connection (RFC 6455, section 7.4)."""

    GOING_AWAY = 1001
    POLICY_VIOLATION = 1008
    TRY_AGAIN_LATER = 1013
    SESSION_ENDED = 4401


def encode_frames(frames: Iterable[Frame]) -> bytes:
    """Return the frames as messages of a WebSocket, one after the other."""
    return b"".join(encode(frame.name, frame) for frame in frames)


def encode_error(code: str, detail: str, **facts: object) -> bytes:
    """Return the message that says why something was refused."""
    return encode("error", {"code": code, "detail": detail, **facts})


def encode(name: str, data: Any) -> bytes:
    """Return one message of a WebSocket: `{"event": name, "data": data}`."""
    payload = to_json({"event": name, "data": data})
    length = len(payload)
    if length <= _MAX_LENGTH_7:
        header = _FINAL_TEXT + bytes([length])
    elif length <= _MAX_LENGTH_16:
        header = _FINAL_TEXT + b"\x7e" + length.to_bytes(2)
    else:
        header = _FINAL_TEXT + b"\x7f" + length.to_bytes(8)
    return header + payload
