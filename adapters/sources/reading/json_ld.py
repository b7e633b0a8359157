"""The JSON-LD of a page, and what the page says of itself to judge that by.

Pages carry the data of other pages: a theme's example, last year's festival. So a document knows its own address,
its headings and its links, and can say whether an event found in its data is shown on it at all.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from lxml import html
from lxml.etree import ParserError

from adapters.sources.reading.embedded_state import prose, text
from core.discovery.model import FetchedPage

_STRAY = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufeff]")
_WRAPPING = re.compile(r"^(?:<!--|//\s*<!\[CDATA\[|<!\[CDATA\[)|(?:-->|//\s*\]\]>|\]\]>)$")
_WORD = re.compile(r"\w+")
_SAYS_NOTHING = frozenset(
    {"a", "an", "and", "at", "by", "event", "events", "festival", "for", "from", "in", "live", "of", "on"}
    | {"presents", "show", "the", "tickets", "tour", "what", "with"}
)
_SCRIPTS = (
    "//script[starts-with(normalize-space(translate(@type, 'APLICTONDJS', 'aplictondjs')), 'application/ld+json')]"
)


@dataclass(frozen=True, slots=True)
class Document:
    """A page: its canonical `url` ("" when nobody tells), title and headings, its links as written, its JSON-LD.

    `broken` counts the JSON-LD scripts that could not be read.
    """

    url: str
    headings: tuple[str, ...]
    links: tuple[str, ...]
    data: tuple[object, ...]
    broken: int

    def absolute(self, address: str | None) -> str | None:
        """An address written in the page, in full; None when it leads to no web page."""
        return _web_address(self.url, address)

    def is_itself(self, url: str) -> bool:
        return _spelling(url) == _spelling(self.url)

    def links_to(self, url: str) -> bool:
        """True when a link leads there, with or without a query: sites append where a visitor came from."""
        there = _spelling(url)
        addresses = filter(None, map(self.absolute, self.links))
        return any(there in (_spelling(link), _spelling(link.partition("?")[0])) for link in addresses)

    def is_about(self, name: str, place: str) -> bool:
        """True when title or headings share with `name` a word that tells events apart, or there are none to compare.

        Words of the `place`, which all its events share, and numbers, which are years and days, do not.
        """
        said = _vocabulary(name)
        telling = {word for word in said if not word.isdigit()} - _vocabulary(place) - _SAYS_NOTHING or said
        return not self.headings or any(
            name.casefold() in heading.casefold() or telling & _vocabulary(heading) for heading in self.headings
        )


def read_document(page: FetchedPage) -> Document | None:
    """The page as a document; None when it is no HTML at all."""
    try:
        root = html.document_fromstring(page.body, parser=html.HTMLParser(encoding=_encoding(page.body)))
    except ParserError:
        return None
    told = [_json(script.text or "") for script in root.xpath(_SCRIPTS)]
    canonical = [*root.xpath("//link[@rel='canonical']/@href"), *root.xpath("//meta[@property='og:url']/@content")]
    headings = [*root.xpath("//head/title|//h1"), *root.xpath("//meta[@property='og:title']/@content")]
    own = _web_address("", page.url) or ""
    url = next((found for address in canonical if (found := _web_address(own, str(address)))), own)
    return Document(
        url=url,
        headings=tuple(filter(None, (line(h if isinstance(h, str) else h.text_content()) for h in headings))),
        links=tuple(href for link in root.iter("a") if (href := link.get("href"))),
        data=tuple(data for data in told if data is not None),
        broken=told.count(None),
    )


def words(node: object, *path: str | int) -> str | None:
    """A text as a person reads it: without tags, entities and control characters."""
    said = text(node, *path)
    return text(prose(said)) if said and ("<" in said or "&" in said) else said


def line(node: object, *path: str | int) -> str | None:
    """A text as a person reads it, on one line."""
    return " ".join((words(node, *path) or "").split()) or None


def _encoding(body: bytes) -> str | None:
    """UTF-8 whatever the page declares, where that can be; None leaves it to the parser to find out."""
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return "utf-8"


def _json(script: str) -> object:
    """A script's data; None when it is broken. Bare line breaks, comment marks and stray bytes are forgiven."""
    source = _WRAPPING.sub("", _STRAY.sub(" ", script).strip()).strip()
    try:
        return json.loads(source.removesuffix(";"), strict=False)
    except (ValueError, RecursionError):
        return None


def _web_address(start: str, address: str | None) -> str | None:
    if not address or not address.strip():
        return None
    try:
        url = urljoin(start, address.strip())
        return url if urlsplit(url).scheme in {"http", "https"} and urlsplit(url).hostname else None
    except ValueError:
        return None


def _spelling(url: str) -> str:
    """One spelling for the many of an address."""
    rest = url.partition("#")[0].partition("://")[2].removeprefix("www.")
    host, slash, path = rest.partition("/")
    return (host.lower() + slash + path).rstrip("/")


def _vocabulary(said: str) -> frozenset[str]:
    return frozenset(_WORD.findall(said.casefold()))
