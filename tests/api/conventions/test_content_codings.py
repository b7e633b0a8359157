"""Which content coding an `Accept-Encoding` asks for (RFC 9110, section 12.5.3)."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from adapters.http.shared.content_codings import CODINGS, choose_coding, tag_with_coding, tag_without_coding

WEIGHTS = st.integers(0, 1000).map(lambda thousandths: f"{thousandths / 1000:.3f}")
NAMES = st.sampled_from([*CODINGS, "x-gzip", "identity", "deflate", "*", "lzma"])
SPACES = st.sampled_from(["", " ", "\t", "  "])

CHOICES = {
    "": None,
    "identity": None,
    "deflate": None,
    "gzip, deflate, br, zstd": "zstd",
    "gzip, deflate, br": "br",
    "gzip": "gzip",
    "x-gzip": "gzip",
    "GZIP": "gzip",
    "*": "zstd",
    "*;q=0": None,
    "br;q=0, *": "zstd",
    "zstd;q=0, *": "br",
    "gzip;q=0.5, *;q=0": "gzip",
    "gzip;q=1.0, identity;q=0.5, *;q=0": "gzip",
    "gzip;q=0.5, identity": None,
    "gzip;q=0.5, identity;q=0.5": "gzip",
    "br;q=0.9, gzip;q=1": "gzip",
    "br ; q=0.9 ,gzip;q=0.899": "br",
    "gzip;Q=0.001": "gzip",
    "gzip;q=0": None,
    "gzip;q=0.000": None,
    "identity;q=0": None,
    "zstd;q=0.2;level=3, br;q=0.1": "br",
    "gzip;q=2": None,
    "gzip;q=1.001": None,
    "gzip;q=-1, br": "br",
    "gzip;q=0.0001": None,
    "gzip;q=": None,
    "gzip zstd": None,
    ", ,gzip,": "gzip",
    "\uff47zip": None,
    "gzip;q=\u0660.5": None,
}


@pytest.mark.parametrize(("accepted", "coding"), CHOICES.items())
def test_the_clients_weights_decide_and_then_our_order(accepted: str, coding: str | None) -> None:
    assert choose_coding(accepted) == coding


@given(st.text())
@example("gzip" * 2000)
@example("gzip;" + " " * 8000)
def test_any_header_is_understood(accepted: str) -> None:
    assert choose_coding(accepted) in {None, *CODINGS}


@given(st.lists(st.tuples(NAMES, WEIGHTS, SPACES), unique_by=lambda each: each[0].removeprefix("x-")))
def test_no_coding_is_used_that_is_refused_or_wanted_less_than_another(sent: list[tuple[str, str, str]]) -> None:
    header = ",".join(f"{space}{name}{space};{space}q={weight}{space}" for name, weight, space in sent)
    weights = {name.removeprefix("x-"): float(weight) for name, weight, _ in sent}
    wanted = {coding: weights.get(coding, weights.get("*", 0.0)) for coding in CODINGS}
    chosen = choose_coding(header)
    if chosen is None:
        assert all(weight == 0 or weight < weights.get("identity", 0.0) for weight in wanted.values())
    else:
        assert wanted[chosen] == max(wanted.values()) > 0
        assert wanted[chosen] >= weights.get("identity", 0.0)


@given(st.lists(st.sampled_from(["gzip", "br", "zstd;q=0.5", "bad;q=x", "*;q=0.1"])))
def test_malformed_elements_count_as_not_sent(elements: list[str]) -> None:
    assert choose_coding(",".join(elements)) == choose_coding(",".join(each for each in elements if "bad" not in each))


@pytest.mark.parametrize("tag", ['"a"', '"1-2"', 'W/"a"', '""', '"a-gzip"'])
@pytest.mark.parametrize("coding", CODINGS)
def test_the_tag_of_every_coding_is_another_and_leads_back(tag: str, coding: str) -> None:
    assert len({tag, *(tag_with_coding(tag, each) for each in CODINGS)}) == 1 + len(CODINGS)
    assert tag_without_coding(tag_with_coding(tag, coding)) == tag
