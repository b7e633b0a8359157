"""Clients in words, from what they call themselves (`User-Agent`)."""

from __future__ import annotations

from collections.abc import Mapping

MAX_LENGTH = 60

# The first that occurs counts: most clients also name those that they are compatible with.
_BROWSERS: Mapping[str, str] = {
    "Edg": "Edge",
    "OPR/": "Opera",
    "SamsungBrowser/": "Samsung Internet",
    "FxiOS/": "Firefox",
    "Firefox/": "Firefox",
    "CriOS/": "Chrome",
    "Chrome/": "Chrome",
    "Safari/": "Safari",
}
_SYSTEMS: Mapping[str, str] = {
    "iPhone": "an iPhone",
    "iPad": "an iPad",
    "Android": "Android",
    "Windows": "Windows",
    "CrOS": "ChromeOS",
    "Mac OS X": "a Mac",
    "Linux": "Linux",
}


def describe_device(user_agent: str) -> str:
    """Return a name that people recognize, such as `Firefox on Linux`; a program's as it calls itself."""
    browser, system = _first_in(user_agent, _BROWSERS), _first_in(user_agent, _SYSTEMS)
    if browser and system:
        return f"{browser} on {system}"
    return user_agent[:MAX_LENGTH] or "Unknown device"


def _first_in(text: str, names: Mapping[str, str]) -> str | None:
    return next((name for mark, name in names.items() if mark in text), None)
