"""HTML pages as a strict parser reads them, and the mistakes in them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from urllib.parse import urldefrag, urljoin
from xml.etree.ElementTree import Element

import html5lib
from html5lib.constants import E as EXPLANATIONS

NO_FIELDS = {"hidden", "submit", "button", "reset", "image"}
REFERRING = (
    "aria-labelledby",
    "aria-describedby",
    "aria-controls",
    "aria-owns",
    "aria-activedescendant",
    "for",
    "list",
)
LINKS = {"a": "href", "area": "href", "link": "href", "img": "src", "script": "src", "source": "src", "iframe": "src"}
NO_PAGES = {"preconnect", "dns-prefetch"}
DATA_BLOCKS = {"application/ld+json", "application/json", "speculationrules"}
_HANDLER = re.compile(r"^on[a-z]+$")


@dataclass(slots=True)
class Form:
    """A form as a browser would submit it: the fields that are filled in already."""

    action: str
    method: str
    fields: list[tuple[str, str]]


@dataclass
class Document:
    """A page at `url`, parsed as browsers do it."""

    url: str
    text: str
    root: Element = field(init=False)
    parse_errors: list[str] = field(init=False)

    def __post_init__(self) -> None:
        parser = html5lib.HTMLParser(namespaceHTMLElements=False)
        self.root = parser.parse(self.text)
        self.parse_errors = [
            f"line {position[0]}: {EXPLANATIONS.get(code, code) % facts}" for position, code, facts in parser.errors
        ]

    @cached_property
    def parents(self) -> dict[Element, Element]:
        return {child: parent for parent in self.root.iter() for child in parent}

    @cached_property
    def ids(self) -> Counter[str]:
        return Counter(each.attrib["id"] for each in self.root.iter() if "id" in each.attrib)

    @property
    def title(self) -> str:
        return text_of(next(self.root.iter("title"), None))

    @property
    def headings(self) -> list[str]:
        return [text_of(each) for each in self.root.iter("h1")]

    def links(self) -> Iterator[str]:
        """Yield the absolute addresses, without fragments, that the page leads to or loads."""
        for element in self.root.iter():
            target = element.attrib.get(LINKS.get(element.tag, ""))
            if target and not NO_PAGES & set(element.attrib.get("rel", "").split()):
                yield urldefrag(urljoin(self.url, target))[0]

    def forms(self) -> list[Form]:
        return [self._form(each) for each in self.root.iter("form")]

    def has_field(self, name: str) -> bool:
        return any(name in dict(form.fields) for form in self.forms())

    def _form(self, form: Element) -> Form:
        fields = [
            (each.attrib["name"], _value(each))
            for each in form.iter()
            if each.tag in {"input", "select", "textarea"} and "name" in each.attrib and _is_sent(each)
        ]
        action = urljoin(self.url, form.attrib.get("action") or self.url)
        return Form(action, form.attrib.get("method", "get").lower(), fields)


def text_of(element: Element | None) -> str:
    return "" if element is None else " ".join("".join(element.itertext()).split())


def _is_sent(element: Element) -> bool:
    kind = element.attrib.get("type", "text")
    is_unchecked = kind in {"checkbox", "radio"} and "checked" not in element.attrib
    return "disabled" not in element.attrib and kind not in {"submit", "button", "image", "file"} and not is_unchecked


def _value(element: Element) -> str:
    if element.tag == "textarea":
        return element.text or ""
    if element.tag == "select":
        options = list(element.iter("option"))
        chosen = next((each for each in options if "selected" in each.attrib), options[0] if options else None)
        return "" if chosen is None else chosen.attrib.get("value", text_of(chosen))
    return element.attrib.get("value", "on" if element.attrib.get("type") in {"checkbox", "radio"} else "")


def find_mistakes(page: Document) -> list[str]:
    """Return what is wrong with a page: invalid HTML, ids, headings, names, and what its content policy blocks."""
    return [
        *page.parse_errors,
        *(f"the id {each!r} occurs {count} times" for each, count in page.ids.items() if count > 1),
        *_find_outline_mistakes(page),
        *_find_unnamed(page),
        *_find_lost_references(page),
        *_find_blocked(page),
    ]


def _find_outline_mistakes(page: Document) -> Iterator[str]:
    if len(page.headings) != 1:
        yield f"it has {len(page.headings)} h1: {page.headings}"
    if not page.title:
        yield "it has no title"
    if not page.root.attrib.get("lang"):
        yield "its language is unknown"
    if not any(each.attrib.get("name") == "viewport" for each in page.root.iter("meta")):
        yield "it has no viewport"
    if sum(1 for _ in page.root.iter("main")) != 1:
        yield "it has not exactly one main"


def _find_unnamed(page: Document) -> Iterator[str]:
    labelled = {each.attrib.get("for") for each in page.root.iter("label") if text_of(each)}
    for element in page.root.iter():
        facts = element.attrib
        if "hidden" in facts or facts.get("aria-hidden") == "true":
            continue
        if element.tag == "img" and "alt" not in facts:
            yield f"a picture has no alt: {facts.get('src')}"
        elif (
            _is_field(element)
            and facts.get("id") not in labelled
            and not (_is_named(element) or _is_in_label(page, element))
        ):
            yield f"a field has no label: {facts.get('name')}"
        elif _is_control(element) and not _is_named(element):
            yield f"a {element.tag} has no name: {facts}"


def _is_field(element: Element) -> bool:
    return element.tag in {"input", "select", "textarea"} and element.attrib.get("type") not in NO_FIELDS


def _is_control(element: Element) -> bool:
    return element.tag == "button" or (element.tag == "a" and "href" in element.attrib)


def _is_named(element: Element) -> bool:
    has_attribute = any(element.attrib.get(name) for name in ("aria-label", "aria-labelledby", "title"))
    has_picture = any(each.attrib.get("alt") for each in element.iter("img"))
    return has_attribute or has_picture or (_is_control(element) and bool(text_of(element)))


def _is_in_label(page: Document, element: Element) -> bool:
    above = page.parents.get(element)
    while above is not None and above.tag != "label":
        above = page.parents.get(above)
    return bool(text_of(above))


def _find_lost_references(page: Document) -> Iterator[str]:
    for element in page.root.iter():
        for name in REFERRING:
            lost = [each for each in element.attrib.get(name, "").split() if each not in page.ids]
            if lost:
                yield f"{name} of {element.tag} refers to nothing: {lost}"
        target = element.attrib.get("href", "") if element.tag == "a" else ""
        if target.startswith("#") and len(target) > 1 and target[1:] not in page.ids:
            yield f"a link leads to nothing on its page: {target}"


def _find_blocked(page: Document) -> Iterator[str]:
    for element in page.root.iter():
        if "style" in element.attrib or element.tag == "style":
            yield f"the style of {element.tag} is inline"
        if any(_HANDLER.match(name) for name in element.attrib):
            yield f"{element.tag} has an inline handler"
        is_code = element.tag == "script" and element.attrib.get("type") not in DATA_BLOCKS
        if is_code and "src" not in element.attrib:
            yield "a script is inline"
