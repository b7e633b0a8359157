"""The documentation points at what exists: links, anchors, files of the code, and rules by their number."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
CODE = [each for room in ("core", "adapters", "entrypoints", "tests", "bench") for each in (ROOT / room).rglob("*.py")]
RULES = re.compile(r"\(((?:[A-K]\d{1,2}(?:, |-)?)+)\)")
PATH = re.compile(r"`((?:core|adapters|entrypoints|tests|migrations|bench|docs)/[\w/.-]+)(?::\w+)?`")


def anchors(page: Path) -> set[str]:
    """The fragments that a page's headings can be linked by, as GitHub makes them."""
    text = re.sub(r"^```.*?^```", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def broken_links(page: Path, text: str) -> Iterator[str]:
    """The relative links in `text`, as if it stood on `page`, whose file or heading does not exist."""
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"\w+:", target):
            continue
        name, _, anchor = target.partition("#")
        file = (page.parent / name).resolve() if name else page
        if not file.exists() or (anchor and anchor not in anchors(file)):
            yield target


def missing_files(text: str) -> list[str]:
    """The paths of the repository that `text` names and that do not exist."""
    return [path for path in PATH.findall(text) if not (ROOT / path).exists()]


def cited_rules(text: str) -> set[str]:
    """The rules cited in brackets, such as (B7), (B4, B5) or (C1-C4)."""
    return set(chain.from_iterable(re.findall(r"[A-K]\d{1,2}", cited) for cited in RULES.findall(text)))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_resolves(page: Path) -> None:
    assert list(broken_links(page, page.read_text("utf-8"))) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_file_that_is_named_exists(page: Path) -> None:
    assert missing_files(page.read_text("utf-8")) == []


def test_every_page_is_in_the_index() -> None:
    index = ROOT / "docs" / "README.md"
    linked = set(re.findall(r"\]\(([\w.-]+\.md)", index.read_text("utf-8")))
    assert linked == {page.name for page in (ROOT / "docs").glob("*.md")} - {index.name}


def test_every_rule_that_code_or_tests_cite_is_listed() -> None:
    listed = set(re.findall(r"^\| ([A-K]\d{1,2}) \|", (ROOT / "docs" / "requirements.md").read_text(), re.MULTILINE))
    assert set().union(*(cited_rules(file.read_text("utf-8")) for file in CODE)) <= listed


@pytest.mark.parametrize("link", ["nowhere.md", "README.md#nowhere", "#nowhere", "docs/nowhere/"])
def test_control_a_broken_link_is_found(link: str) -> None:
    assert list(broken_links(ROOT / "README.md", f"[text]({link})")) == [link]


def test_control_a_missing_file_is_found() -> None:
    assert missing_files("`core/booking/nowhere.py:Name` and `core/booking/model.py`") == ["core/booking/nowhere.py"]


def test_control_rules_are_read_in_every_spelling() -> None:
    assert cited_rules("(B7) (B4, B5) (C1-C4) (C) B9") == {"B7", "B4", "B5", "C1", "C4"}
