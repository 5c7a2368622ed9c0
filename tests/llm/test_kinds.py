"""Embeddings, pictures and speech over real HTTP: chosen, paid, recorded and hopped as text is."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from spatialnb.config import Settings
from spatialnb.errors import ModelUnavailable, OverBudget
from spatialnb.llm import Router
from spatialnb.llm.endpoints import Endpoint, Kind
from spatialnb.llm.replay import Recorder
from spatialnb.store import Store, open_store
from spatialnb.studio import Studio
from tests.llm import serving


@pytest.fixture
def served() -> Iterator[serving.Endpoint]:
    with serving.Endpoint() as endpoint:
        yield endpoint


@pytest.fixture
def store(home: Path, request: pytest.FixtureRequest) -> Iterator[Store]:
    with open_store(Settings(home=home, tenant=request.node.name)) as store:
        yield store


@pytest.fixture
def router(store: Store) -> Iterator[Router]:
    router = Router(Settings(), store)
    yield router
    router.shut()


def add(router: Router, served: serving.Endpoint, kind: Kind, **more: float) -> None:
    router.endpoints.add(Endpoint(kind, f"openai/our-{kind}", base=served.url, kinds=(kind,), timeout=5, **more))  # type: ignore[arg-type]


def test_each_kind_is_asked_of_who_does_it_and_paid(router: Router, served: serving.Endpoint) -> None:
    add(router, served, "embedding", input_usd=1000.0)
    add(router, served, "image", image_usd=0.04)
    add(router, served, "speech", speech_usd=15.0)
    assert router.has("embed")
    assert router.has("draw")
    assert router.has("speak")
    assert not router.has("plan")
    vectors = router.wait(router.embed(["a", "bbb"]))
    assert vectors.vectors == ((1.0, 1.0, 0.0), (3.0, 1.0, 0.0)), "in the order of the texts"
    assert vectors.cost_usd == pytest.approx(0.007)
    picture = router.wait(router.image("a lighthouse", "64x48"))
    assert Image.open(BytesIO(picture.data)).size == (64, 48)
    assert picture.cost_usd == 0.04
    speech = router.wait(router.speak("Hello there", "nova", form="wav"))
    assert speech.data[:4] == b"RIFF"
    assert speech.cost_usd == pytest.approx(11 * 15e-6)
    assert speech.used.line(speech.cost_usd) == "our-speech · $0.0002"
    assert [body["model"] for body in served.seen.bodies] == ["our-embedding", "our-image", "our-speech"]
    assert served.seen.bodies[2]["voice"] == "nova"
    assert router.budgets.spent("tenant") == pytest.approx(0.047165)


def test_a_picture_over_budget_is_not_asked_for(router: Router, served: serving.Endpoint) -> None:
    add(router, served, "image", image_usd=0.04)
    router.budgets.set("project", 0.1, "museum")
    for _ in range(2):
        router.wait(router.image("x", project="museum"))
    with pytest.raises(OverBudget, match=r"our-image may cost \$0.0400, and the project's budget has \$0.0200 left"):
        router.wait(router.image("x", project="museum"))
    assert len(served.seen.bodies) == 2
    router.wait(router.image("x", project="another"))


def test_what_fails_is_hopped_from_and_recorded_as_it_ended(
    store: Store, served: serving.Endpoint, tmp_path: Path
) -> None:
    path = tmp_path / "p.calls.json"
    router = Router(Settings(), store, Recorder("record", path))
    with serving.Endpoint() as broken:
        broken.fail = 500
        router.endpoints.add(
            Endpoint("first", "openai/first", base=broken.url, kinds=("image",), quality=0.9, image_usd=0.0)
        )
        add(router, served, "image", image_usd=0.01)
        made = router.wait(router.image("a cat", "1024x1024", seed=3))
    assert [hop.error for hop in made.used.hops] == ["first cannot be reached or broke off."]
    assert [file.suffix for file in (tmp_path / "p.calls").iterdir()] == [".png"]
    router.shut()
    for name in ("first", "image"):
        router.endpoints.remove(name)
    again = Router(Settings(), store, Recorder("replay", path))
    replayed = again.wait(again.image("a cat", "1024x1024", seed=3))
    assert (replayed.data, replayed.cost_usd) == (made.data, made.cost_usd)
    again.shut()


# -- operations -------------------------------------------------------------------------------------------------------
@pytest.fixture
def hosted(studio: Studio, served: serving.Endpoint) -> Iterator[Studio]:
    studio.models.add(
        "draws", "openai/draws", base=served.url, kinds=("image",), image_usd=0.04, quality=0.9, timeout=5
    )
    studio.models.add("speaks", "openai/speaks", base=served.url, kinds=("speech",), speech_usd=15.0, timeout=5)
    yield studio
    for name in ("draws", "speaks"):
        studio.models.remove(name)
    studio.models.budget(None, "day")


def test_a_hosted_picture_becomes_an_asset_and_costs(hosted: Studio, served: serving.Endpoint) -> None:
    outcome = hosted.generate_image(prompt="a red wall", count=2, size="1536x1024")
    assert outcome.cost_usd == pytest.approx(0.08)
    assert outcome.notes == ("draws · $0.0400",)
    (asset_id, *_) = outcome.assets
    asset = hosted.project.assets[asset_id]
    assert (asset.origin, asset.name, asset.kind) == ("generate_image", "Red Wall", "image")
    assert hosted.models.spent("project") == pytest.approx(0.08)
    assert hosted.workspace.registry.get("generate_image").approval == "spends"
    served.fail = 500
    outcome = hosted.generate_image(prompt="a blue wall")
    assert outcome.notes == ("Drawn without a model: draws cannot be reached or broke off.",)
    assert hosted.project.assets[outcome.assets[0]].origin == "make_image"
    assert outcome.cost_usd == 0.0
    hosted.models.budget(0.01, "day")
    outcome = hosted.generate_image(prompt="a green wall")
    assert outcome.notes[0].startswith("Drawn without a model: draws may cost $0.0400, and today's budget has $")


def test_speech_is_spoken_by_a_model_or_says_what_to_do(hosted: Studio, served: serving.Endpoint) -> None:
    outcome = hosted.make_speech(text="Welcome to the museum")
    asset = hosted.project.assets[outcome.assets[0]]
    assert (asset.kind, asset.origin) == ("audio", "make_speech")
    hosted.models.remove("speaks")
    with pytest.raises(ModelUnavailable, match=r"no hosted model for speech\. Add a voice with studio.models.add"):
        hosted.make_speech(text="Welcome to the museum")
    hosted.models.add("speaks", "openai/speaks", base=served.url, kinds=("speech",))
