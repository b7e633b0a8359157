"""Every page under fixtures/<source>/ is parsed and compared with the records expected of it.

A page is named `<what>.<date it was fetched>.<html or json>`; beside it, `<page without ending>.expected.json` holds
`listings` (times with their offset, prices as text; a field left out must have its default), `rejected` and `warnings`.
It may also hold `asked`, the place the page was asked for, and `url`. A page is written by hand, with invented names:
the first event of a list is whole, those after it hold what is read and what makes them special. A new site needs no
line here: its parser is the class named after its source, in `adapters/sources/sites/<source>.py`.
"""

from __future__ import annotations

import json
import re
from dataclasses import MISSING, asdict, fields
from datetime import UTC, datetime
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from core.discovery.model import City, FetchedPage, Listing, ParsedPage, Source
from core.discovery.ports import Site

FIXTURES = Path(__file__).parent / "fixtures"
EXPECTED = ".expected.json"
PAGES = sorted(file for file in FIXTURES.glob("*/*") if file.is_file() and not file.name.endswith(EXPECTED))


def site_of(source: str) -> Site:
    site: Site = getattr(import_module(f"adapters.sources.sites.{source}"), source.capitalize())()
    return site


def fetched_at(file: Path) -> datetime:
    dates = re.findall(r"\d{4}-\d{2}-\d{2}", file.name)
    return datetime.fromisoformat(dates[-1]).replace(tzinfo=UTC)


def page_of(file: Path, expected: dict[str, Any]) -> FetchedPage:
    told = expected.get("asked")
    asked = City(**told | {"slugs": {Source(name): slug for name, slug in told["slugs"].items()}}) if told else None
    return FetchedPage(expected.get("url", ""), file.read_bytes(), fetched_at(file), asked)


def plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, tuple):
        return list(value)
    return str(value) if isinstance(value, Decimal) else value


LEFT_OUT = {field.name: plain(field.default) for field in fields(Listing) if field.default is not MISSING}


def as_json(parsed: ParsedPage) -> dict[str, Any]:
    return {
        "listings": [{name: plain(value) for name, value in asdict(listing).items()} for listing in parsed.listings],
        "rejected": [asdict(rejected) for rejected in parsed.rejected],
        "warnings": list(parsed.warnings),
    }


@pytest.mark.parametrize("file", PAGES, ids=lambda file: f"{file.parent.name}/{file.name}")
def test_a_page_gives_the_records_expected_of_it(file: Path) -> None:
    expected = json.loads((file.parent / f"{file.stem}{EXPECTED}").read_text())

    parsed = as_json(site_of(file.parent.name).parse(page_of(file, expected)))

    assert parsed["listings"] == [LEFT_OUT | told for told in expected["listings"]]
    assert parsed["rejected"] == expected["rejected"]
    assert parsed["warnings"] == expected["warnings"]


@pytest.mark.parametrize("source", Source)
def test_every_source_has_pages_to_be_read(source: Source) -> None:
    assert [file for file in PAGES if file.parent.name == source.value]


def test_no_expected_record_is_left_without_its_page() -> None:
    pages = {file.with_suffix("") for file in PAGES}

    orphans = [file for file in FIXTURES.glob(f"*/*{EXPECTED}") if Path(str(file).removesuffix(EXPECTED)) not in pages]

    assert orphans == []
