"""The `type` of every problem links to a page that says what to do."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from itertools import chain
from types import ModuleType

import pytest

import adapters
import core
from adapters.http.app import HttpOptions
from adapters.http.docs import problem_pages
from adapters.http.docs.problem_pages import Explanation, explanations
from adapters.http.middleware import problems
from adapters.http.shared.statuses import status_of
from core.shared.errors import Refusal
from tests.support.toy_app import Client, MakeClient, toy_app


def modules() -> Iterator[ModuleType]:
    """Yield all modules of core and adapters."""
    yield from (
        importlib.import_module(module.name)
        for package in (core, adapters)
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
    )


def refusals() -> set[type[Refusal]]:
    """Return every refusal that core or an adapter can raise."""
    kinds = chain.from_iterable(vars(module).values() for module in modules())
    return {kind for kind in kinds if inspect.isclass(kind) and issubclass(kind, Refusal) and kind is not Refusal}


def literal_codes(module: ModuleType) -> set[str]:
    """Return the codes that are literals in a call of `Problem`."""
    calls = [node for node in ast.walk(ast.parse(inspect.getsource(module))) if isinstance(node, ast.Call)]
    made = [call.args[1] for call in calls if isinstance(call.func, ast.Name) and call.func.id == "Problem"]
    return {code.value for code in made if isinstance(code, ast.Constant) and isinstance(code.value, str)}


def test_exactly_the_existing_codes_have_a_page() -> None:
    codes = {refusal.code for refusal in refusals()} | literal_codes(problems) | problems.HTTP_PROBLEMS.keys()
    assert len(codes) > 40
    assert codes == explanations().keys()


def test_no_code_is_explained_twice() -> None:
    assert len(explanations()) == len(problem_pages.ADVICE)


def test_refusals_of_one_code_have_one_status() -> None:
    statuses = {
        refusal.code: {status_of(each) for each in refusals() if each.code == refusal.code} for refusal in refusals()
    }
    assert [code for code, different in statuses.items() if len(different) > 1] == []


@pytest.mark.parametrize("each", explanations().values(), ids=lambda each: each.code)
async def test_a_page_says_what_happened_and_what_to_do(client: Client, each: Explanation) -> None:
    answer = await client.get(f"/problems/{each.code}")
    html = await answer.text()
    assert (answer.status, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert f"<code>{each.code}</code> <span>{each.status} " in html
    assert each.happened.endswith(".")
    assert each.advice.endswith(".")
    assert not re.search(r"\([A-Z]\d+\)|\$|`", html)
    assert not re.search(r"<script|\son\w+=|style=", html)


async def test_advice_is_escaped(client: Client) -> None:
    html = await (await client.get("/problems/unauthenticated")).text()
    assert "<code>Authorization: Bearer &lt;access token&gt;</code>" in html


@pytest.mark.parametrize("slash", ["", "/"])
async def test_the_list_links_to_every_page(client: Client, slash: str) -> None:
    html = await (await client.get(f"/problems{slash}")).text()
    assert re.findall(r'<td><a href="/problems/([^"]+)"', html) == list(explanations())


async def test_the_type_of_a_problem_is_the_address_of_its_page(client: Client) -> None:
    problem = await (await client.get("/nothing")).json(content_type=None)
    answer = await client.get(problem["type"])
    assert f"<h1>{problem['title']}</h1>" in await answer.text()


@pytest.mark.parametrize("code", ["nonsense", "broken", "SOLD-OUT", "%3Cscript%3E", "..%2fapp.py", "%00"])
async def test_an_unknown_code_is_not_found(client: Client, code: str) -> None:
    answer = await client.get(f"/problems/{code}")
    assert (answer.status, (await answer.json(content_type=None))["code"]) == (404, "not-found")


async def test_pages_load_only_styles_and_are_not_documented(client: Client) -> None:
    for path in ("/problems", "/problems/sold-out"):
        answer = await client.get(path)
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "script-src" not in policy
        for url in re.findall(r'(?:src|href)="(/[^"]+)"', await answer.text()):
            assert (await client.get(url)).status == 200, url
    assert not [path for path in (await (await client.get("/api/schema")).json())["paths"] if "problems" in path]


async def test_the_platform_name_is_escaped(aiohttp_client: MakeClient) -> None:
    app = toy_app(options=HttpOptions(title="<b>Toys & more</b>"))
    html = await (await (await aiohttp_client(app)).get("/problems/sold-out")).text()
    assert "&lt;b&gt;Toys &amp; more&lt;/b&gt;" in html
    assert "<b>" not in html
