"""Refusals of the discovery slice: reasons to reject a page, an item or a run."""

from __future__ import annotations

from core.shared.errors import Invalid, NotFound, Unavailable


class UnknownLayout(Invalid):
    """A page has none of the layouts its parser knows. Never reported as "0 events"."""

    code = "unknown-layout"


class UnknownSource(Invalid):
    """There is no source with that name."""

    code = "unknown-source"


class RunNotFound(NotFound):
    """There is no such scrape run."""

    code = "scrape-run-not-found"


class UnknownCity(Invalid):
    """A source has no known page for that city, or no city was named."""

    code = "unknown-city"


class UntrustedItem(Invalid):
    """One item of a page can't be trusted: a naive time, a date in 1970, an end before its start."""

    code = "untrusted-item"


class FetchFailed(Unavailable):
    """A page could not be fetched: the site or its robots.txt refused it, or the request timed out."""

    code = "fetch-failed"
