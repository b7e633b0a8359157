"""Every page under fixtures/<source>/ is parsed and compared with its expected result.

A page is named `<what>.<date it was fetched>.<html or json>`; next to it, `<page without suffix>.expected.json` has
`listings` (times with their offset, prices as text; an omitted field must have its default), `rejected` and `warnings`.
It may also have `asked`, the requested city, and `url`. The pages are written by hand, with invented names: the first
event of a list is complete, the others only have the fields that are read and what is special about them. A new site
needs no line here: its parser is the class named after its source, in `adapters/sources/sites/<source>.py`.
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
    city = expected.get("asked")
    slugs = {Source(name): slug for name, slug in city["slugs"].items()} if city else {}
    requested_city = City(**city | {"slugs": slugs}) if city else None
    return FetchedPage(expected.get("url", ""), file.read_bytes(), fetched_at(file), requested_city)


def json_value(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, tuple):
        return list(value)
    return str(value) if isinstance(value, Decimal) else value


DEFAULTS = {field.name: json_value(field.default) for field in fields(Listing) if field.default is not MISSING}


def as_json(parsed: ParsedPage) -> dict[str, Any]:
    return {
        "listings": [
            {name: json_value(value) for name, value in asdict(listing).items()} for listing in parsed.listings
        ],
        "rejected": [asdict(rejected) for rejected in parsed.rejected],
        "warnings": list(parsed.warnings),
    }


@pytest.mark.parametrize("file", PAGES, ids=lambda file: f"{file.parent.name}/{file.name}")
def test_a_page_has_the_expected_listings_rejections_and_warnings(file: Path) -> None:
    expected = json.loads((file.parent / f"{file.stem}{EXPECTED}").read_text())

    parsed = as_json(site_of(file.parent.name).parse(page_of(file, expected)))

    assert parsed["listings"] == [DEFAULTS | listing for listing in expected["listings"]]
    assert parsed["rejected"] == expected["rejected"]
    assert parsed["warnings"] == expected["warnings"]


@pytest.mark.parametrize("source", Source)
def test_every_source_has_fixture_pages(source: Source) -> None:
    assert [file for file in PAGES if file.parent.name == source.value]


def test_every_expected_result_belongs_to_a_page() -> None:
    pages = {file.with_suffix("") for file in PAGES}

    orphans = [file for file in FIXTURES.glob(f"*/*{EXPECTED}") if Path(str(file).removesuffix(EXPECTED)) not in pages]

    assert orphans == []
