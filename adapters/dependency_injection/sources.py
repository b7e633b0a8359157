"""Providers of the sites that events are gathered from, and of their pages."""

from __future__ import annotations

from dependency_injector.providers import Dict, Factory, Provider, Selector, Singleton

from adapters.dependency_injection.foundation import Foundation
from adapters.network.public_resolver import PublicResolver
from adapters.sources.fetching.browser_pages import BrowserPageSource
from adapters.sources.fetching.fallback_pages import FallbackPageSource
from adapters.sources.fetching.http_pages import HttpPageSource
from adapters.sources.fetching.politeness import PoliteRequester
from adapters.sources.fetching.saved_pages import SavedPageSource
from adapters.sources.sites.dice import Dice
from adapters.sources.sites.eventbrite import Eventbrite
from adapters.sources.sites.meetup import Meetup
from adapters.sources.sites.web import Web
from core.discovery.model import Source
from core.discovery.ports import PageSource


class Sources(Foundation):
    """The sites, and how their pages are fetched: by plain HTTP, by a browser, or from a folder."""

    settings, clock = Foundation.settings, Foundation.clock

    sites = Dict(
        {
            Source.EVENTBRITE: Singleton(Eventbrite),
            Source.DICE: Singleton(Dice),
            Source.MEETUP: Singleton(Meetup),
            Source.WEB: Singleton(Web, pages=settings.scrape_web_pages),
        }
    )
    requester = Singleton(PoliteRequester, clock, delay_seconds=settings.scrape_delay_seconds.as_float())
    new_resolver = Factory(PublicResolver)
    http_pages = Factory(HttpPageSource, requester, clock, new_resolver.provider)
    browser_pages = Factory(BrowserPageSource, requester, clock, new_resolver.provider)
    pages: Provider[PageSource] = Selector(
        settings.scrape_browser,
        off=http_pages,
        on=browser_pages,
        auto=Factory(FallbackPageSource, http_pages, browser_pages),
    )
    saved_pages = Factory(SavedPageSource)
