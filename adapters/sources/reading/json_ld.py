"""The JSON-LD of a page, and the parts of the page to check it against.

Pages often contain data of other events: a theme's example, last year's festival. So a document also has its own URL,
headings and links, and can tell whether an event in its data belongs to the page.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from lxml import html
from lxml.etree import ParserError

from adapters.sources.reading.embedded_state import html_to_text, text_at
from core.discovery.model import FetchedPage

_CONTROL_CHARACTERS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufeff]")
_SCRIPT_WRAPPERS = re.compile(r"^(?:<!--|//\s*<!\[CDATA\[|<!\[CDATA\[)|(?:-->|//\s*\]\]>|\]\]>)$")
_WORD = re.compile(r"\w+")
_COMMON_WORDS = frozenset(
    {"a", "an", "and", "at", "by", "event", "events", "festival", "for", "from", "in", "live", "of", "on"}
    | {"presents", "show", "the", "tickets", "tour", "what", "with"}
)
_SCRIPTS = (
    "//script[starts-with(normalize-space(translate(@type, 'APLICTONDJS', 'aplictondjs')), 'application/ld+json')]"
)


@dataclass(frozen=True, slots=True)
class HtmlDocument:
    """A page: its canonical `url` ("" when unknown), its title and headings, its links as written, its JSON-LD.

    `invalid_scripts` is the number of JSON-LD scripts that could not be parsed.
    """

    url: str
    headings: tuple[str, ...]
    links: tuple[str, ...]
    data: tuple[object, ...]
    invalid_scripts: int

    def resolve_url(self, address: str | None) -> str | None:
        """Resolve a URL as written in the page; None when it is no web address."""
        return _resolve_web_url(self.url, address)

    def is_own_url(self, url: str) -> bool:
        return _normalize_url(url) == _normalize_url(self.url)

    def has_link_to(self, url: str) -> bool:
        """Return whether a link leads to `url`, ignoring the query of the link: sites append tracking parameters."""
        target = _normalize_url(url)
        addresses = filter(None, map(self.resolve_url, self.links))
        return any(target in (_normalize_url(link), _normalize_url(link.partition("?")[0])) for link in addresses)

    def mentions(self, name: str, location: str) -> bool:
        """Return whether the title or a heading contains `name` or a distinctive word of it. True without headings.

        Words of the `location`, which its events share, and numbers, often dates, are not distinctive.
        """
        words = _word_set(name)
        distinctive = {word for word in words if not word.isdigit()} - _word_set(location) - _COMMON_WORDS or words
        return not self.headings or any(
            name.casefold() in heading.casefold() or distinctive & _word_set(heading) for heading in self.headings
        )


def parse_document(page: FetchedPage) -> HtmlDocument | None:
    """Parse a page; return None when it is not HTML."""
    try:
        root = html.document_fromstring(page.body, parser=html.HTMLParser(encoding=_encoding(page.body)))
    except ParserError:
        return None
    scripts = [_parse_script(script.text or "") for script in root.xpath(_SCRIPTS)]
    canonical = [*root.xpath("//link[@rel='canonical']/@href"), *root.xpath("//meta[@property='og:url']/@content")]
    headings = [*root.xpath("//head/title|//h1"), *root.xpath("//meta[@property='og:title']/@content")]
    own = _resolve_web_url("", page.url) or ""
    url = next((found for address in canonical if (found := _resolve_web_url(own, str(address)))), own)
    return HtmlDocument(
        url=url,
        headings=tuple(filter(None, (line_at(h if isinstance(h, str) else h.text_content()) for h in headings))),
        links=tuple(href for link in root.iter("a") if (href := link.get("href"))),
        data=tuple(data for data in scripts if data is not None),
        invalid_scripts=scripts.count(None),
    )


def plain_text_at(node: object, *path: str | int) -> str | None:
    """Return a text without tags, entities and control characters."""
    markup = text_at(node, *path)
    return text_at(html_to_text(markup)) if markup and ("<" in markup or "&" in markup) else markup


def line_at(node: object, *path: str | int) -> str | None:
    """Return a text as `plain_text_at` does, on one line."""
    return " ".join((plain_text_at(node, *path) or "").split()) or None


def _encoding(body: bytes) -> str | None:
    """Return UTF-8 if the bytes are valid UTF-8, whatever the page declares; None lets the parser detect it."""
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return "utf-8"


def _parse_script(script: str) -> object:
    """Parse a script, tolerating bare line breaks, comment marks and control characters; None when it is invalid."""
    source = _SCRIPT_WRAPPERS.sub("", _CONTROL_CHARACTERS.sub(" ", script).strip()).strip()
    try:
        return json.loads(source.removesuffix(";"), strict=False)
    except (ValueError, RecursionError):
        return None


def _resolve_web_url(base: str, address: str | None) -> str | None:
    if not address or not address.strip():
        return None
    try:
        url = urljoin(base, address.strip())
        return url if urlsplit(url).scheme in {"http", "https"} and urlsplit(url).hostname else None
    except ValueError:
        return None


def _normalize_url(url: str) -> str:
    """Return a URL without its scheme, fragment, "www." and trailing slash, to compare it."""
    rest = url.partition("#")[0].partition("://")[2].removeprefix("www.")
    host, slash, path = rest.partition("/")
    return (host.lower() + slash + path).rstrip("/")


def _word_set(phrase: str) -> frozenset[str]:
    return frozenset(_WORD.findall(phrase.casefold()))
