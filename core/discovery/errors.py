"""Why a page, an item or a run is not taken."""

from __future__ import annotations

from core.shared.errors import Invalid, Unavailable


class UnknownLayout(Invalid):
    """A page has none of the shapes its parser knows. Never reported as "0 events" (D4)."""

    code = "unknown-layout"


class UnknownSource(Invalid):
    """There is no source of that name."""

    code = "unknown-source"


class UnknownCity(Invalid):
    """A source has no page for that city, or nobody told where it is."""

    code = "unknown-city"


class Untrusted(Invalid):
    """One item of a page can't be believed: a naive time, a date of 1970, an end before its start (D4)."""

    code = "untrusted-item"


class FetchFailed(Unavailable):
    """A page could not be had: refused by the site, by its robots.txt, or not answered in time."""

    code = "fetch-failed"
