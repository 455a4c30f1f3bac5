"""docs/openapi.json says what the application answers to: every route, every form."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from jsonschema_rs import validator_for

from bot.known import Mind
from tests import openapi
from tests.visitor import app_with


@pytest.fixture
def whole_app(tmp_path: Path, mind: Mind, monkeypatch: pytest.MonkeyPatch) -> Flask:
    monkeypatch.setattr("wsgi.load_mind", lambda: mind)
    with app_with(DATABASE_URL=f"sqlite:///{tmp_path}/voix.db", **openapi.WITH_ALL_DOORS) as app:
        return app


def test_the_description_is_that_of_the_application(whole_app: Flask) -> None:
    """Otherwise: ``python -m tests.openapi``; a new form first has its fields put in the table there."""
    assert openapi.FILE.read_text(encoding="utf-8") == openapi.write(openapi.describe(whole_app))


def test_every_form_of_the_table_is_one_of_the_application(whole_app: Flask) -> None:
    posts = {rule.endpoint for rule in whole_app.url_map.iter_rules() if "POST" in (rule.methods or set())}
    assert set(openapi.FORMS) == posts
    assert set(openapi.QUERIES) <= set(whole_app.view_functions)


def test_a_route_without_description_would_be_seen(whole_app: Flask) -> None:
    """The twin."""
    whole_app.add_url_rule("/nouveau", "public.new", lambda: "", methods=["POST"])
    with pytest.raises(KeyError, match=r"public\.new"):
        openapi.describe(whole_app)


def test_each_operation_has_a_name_of_its_own_and_says_what_it_does(whole_app: Flask) -> None:
    operations = [one for path in openapi.describe(whole_app)["paths"].values() for one in path.values()]
    assert len({one["operationId"] for one in operations}) == len(operations)
    unsaid = {one["operationId"] for one in operations if not one["summary"]}
    assert unsaid == set()


def test_the_schemas_are_schemas(whole_app: Flask) -> None:
    for name, schema in openapi.FIELDS.items():
        assert validator_for(schema) is not None, name
