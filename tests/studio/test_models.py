"""`studio.models`: endpoints, money and preference as a person sees them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from spatialnb.config import Settings
from spatialnb.doctor import examine
from spatialnb.errors import Invalid, NotFound
from spatialnb.studio import Studio
from tests.model_server import ModelServer, calls, fail, say

ROOT = Path(__file__).parents[2]


@pytest.fixture
def own(home: Path, request: pytest.FixtureRequest) -> Iterator[Studio]:
    """A studio of a tenant of its own."""
    with Studio("museum", settings=Settings(home=home, tenant=request.node.name)) as studio:
        yield studio


def test_without_a_model_it_says_how_to_have_one(own: Studio) -> None:
    assert repr(own.models).startswith("No models: the local planner does everything. Add one with studio.models.add")
    assert "<p>" in own.models._repr_html_()
    assert list(own.models.frame()["name"]) == []
    assert len(own.models) == 0


def test_an_endpoint_plans_a_run_and_what_it_did_is_shown(own: Studio) -> None:
    script = [calls(("make_image", {"prompt": "the sea"})), say("There is your sea.")]
    with ModelServer(script) as server:
        own.models.add("ours", "openai/ours", base=server.url, input_usd=2.0, output_usd=8.0, requests=60, quality=0.7)
        run = own.run("paint the sea", approve="auto", show=False)
        assert (run.status, run.reply) == ("done", "There is your sea.")
        assert run.cost_usd == pytest.approx(own.models.spent("project")) == pytest.approx(own.models.spent("day"))
        assert own.models.spent("run", run=run.id) == pytest.approx(run.cost_usd)
        row = own.models.frame().iloc[0]
        assert (row["name"], row["calls"], row["success"], row["state"]) == ("ours", 2, 1.0, "closed")
        assert (row["input_usd"], row["limits"]) == (2.0, "60 requests a minute")
        assert 0 < row["latency_s"] < 30
    text = repr(own.models)
    assert text.startswith("ours: openai/ours, well, 2 calls, 100% well, ")
    assert "Budgets: none." in text
    assert "<td>openai/ours</td>" in own.models._repr_html_()


def test_names_are_not_markup(own: Studio) -> None:
    own.models.add("it", "openai/<script>", input_usd=0.0, output_usd=0.0)
    assert "<script>" not in own.models._repr_html_()


def test_a_preference_changes_who_is_asked_and_says_so(own: Studio) -> None:
    own.models.add("good", "openai/good", quality=0.9, input_usd=5.0, output_usd=20.0)
    own.models.add("cheap", "openai/cheap", quality=0.2, input_usd=0.0, output_usd=0.0)
    assert list(own.models.why("plan")["name"]) == ["good", "cheap"]
    own.models.prefer("cost")
    why = own.models.why("plan")
    assert list(why["name"]) == ["cheap", "good"]
    assert why["why"][0] == "cheapest for plan, as preferred"
    own.models.prefer(None)
    assert list(own.models.why("plan")["name"]) == ["good", "cheap"]


def test_a_run_over_budget_is_done_by_the_local_planner(own: Studio) -> None:
    with ModelServer([say("never")]) as server:
        own.models.add("ours", "openai/ours", base=server.url, input_usd=2.0, output_usd=8.0)
        own.models.budget(0.0001, "run")
        run = own.run("paint the sea", approve="auto", show=False)
        assert run.status == "done"
        assert server.requests == []
        assert own.models.budgets() == {"run": 0.0001}
    own.models.budget(None, "run")
    assert own.models.budgets() == {}


@pytest.mark.parametrize(
    "wrong",
    [
        {"base": "ftp://x"},
        {"base": "http://user:secret@host/v1"},
        {"key_env": "sk-this-is-a-key!"},
        {"quality": 2.0},
        {"kinds": ("smell",)},
        {"input_usd": -1.0},
        {"requests": 0},
        {"timeout": 0.0},
    ],
)
def test_what_is_wrong_is_said_and_never_quotes_a_secret(own: Studio, wrong: dict[str, object]) -> None:
    with pytest.raises(Invalid) as raised:
        own.models.add("x", "openai/x", **wrong)  # type: ignore[arg-type]
    assert raised.value.field == next(iter(wrong))
    assert "sk-this" not in str(raised.value)
    assert "secret" not in str(raised.value)


def test_what_there_is_not(own: Studio) -> None:
    own.models.add("there", "openai/x")
    with pytest.raises(NotFound, match="there are: there"):
        own.models.remove("absent")
    with pytest.raises(Invalid, match="There is no budget of a 'week'"):
        own.models.budget(1.0, "week")  # type: ignore[arg-type]
    with pytest.raises(Invalid, match="Prefer one of"):
        own.models.prefer("beauty")  # type: ignore[arg-type]
    with pytest.raises(Invalid, match="There is no task"):
        own.models.why("dance")  # type: ignore[arg-type]


def test_no_key_is_kept(own: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OUR_KEY", "sk-0123456789-very-secret")
    with ModelServer([say("Hello.")]) as server:
        own.models.add("ours", "openai/ours", base=server.url, key_env="OUR_KEY")
        own.run("hello there", approve="auto", show=False)
        assert server.headers[0]["authorization"] == "Bearer sk-0123456789-very-secret"
    own.models.frame()
    client = own._store._link.client
    for key in client.scan_iter("*"):
        assert b"very-secret" not in (client.dump(key) or b""), key


def test_the_doctor_says_how_the_models_are(own: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPATIALNB_TENANT", own.settings.tenant)

    def models() -> tuple[bool, str]:
        return next((f.fine, f.text) for f in examine() if f.what == "Models")

    assert models() == (
        True,
        "none: the local planner answers. Set SPATIALNB_MODEL=provider/model, or use studio.models.add",
    )
    own.models.add("ours", "openai/ours", key_env="OUR_KEY")
    assert models() == (False, "ours (openai/ours); no key: set OUR_KEY")
    monkeypatch.setenv("OUR_KEY", "x")
    assert models() == (True, "ours (openai/ours)")
    with ModelServer(lambda _: fail(500)) as server:
        own.models.add("ours", "openai/ours", base=server.url)
        for _ in range(3):
            own.run("hello there", approve="auto", show=False)
    own.models.frame()
    assert models() == (
        False,
        "ours (openai/ours); left alone for now: ours: ours cannot be reached or broke off.",
    )


def test_nothing_is_imported_or_called_without_a_model(home: Path) -> None:
    code = """
import sys
from spatialnb import Studio
with Studio("bare") as studio:
    studio.run("paint the sea", show=False)
    repr(studio.models), studio.models.frame()
    print("litellm" in sys.modules)
"""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "SPATIALNB_HOME": str(home), "SPATIALNB_TENANT": "bare"}
    environment.pop("SPATIALNB_MODEL", None)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    assert done.stdout.split() == ["False"]
