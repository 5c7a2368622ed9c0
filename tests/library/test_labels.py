from __future__ import annotations

import pytest

from spatialnb.library.examined import Embedded, Examined
from spatialnb.library.labels import labels_for, name_for
from spatialnb.models.asset import Colour, Facts


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("neon_city-03.jpg", "Neon city 03"),
        ("a/b/RobotDreams.PNG", "Robot dreams"),
        ("NASA launch.mp4", "NASA launch"),
        ("IMG_1234.JPG", "IMG 1234"),
        ("café noir.txt", "Café noir"),
        (".....", "Untitled"),
    ],
)
def test_names_are_for_people(source: str, name: str) -> None:
    assert name_for(source) == name


def test_a_title_wins_over_a_cameras_counter_only() -> None:
    assert name_for("DSC0042.jpg", "Harbour at dawn") == "Harbour at dawn"
    assert name_for("harbour.jpg", "Untitled export 7") == "Harbour"


def test_labels_are_telling_words_first() -> None:
    examined = Examined(
        facts=Facts(width=4000, height=1000, brightness=0.02, sharpness=3.0),
        embedded=Embedded(title="The old lighthouse", keywords=("Sea", "storm")),
    )
    colours = (Colour(name="blue", hex="#0000ff", share=0.6), Colour(name="red", hex="#ff0000", share=0.04))
    labels = labels_for("Norway2023/stormyCoast/IMG_20230712_101500.jpg", examined, colours, "image")
    assert labels == (
        "sea",
        "storm",
        "old",
        "lighthouse",
        "stormy",
        "coast",
        "norway",
        "blue",
        "panorama",
        "dark",
        "blurry",
    )


def test_pictures_without_colour_are_black_and_white() -> None:
    grey = (Colour(name="grey", hex="#808080", share=0.7), Colour(name="black", hex="#000000", share=0.3))
    examined = Examined(facts=Facts(width=10, height=10, brightness=0.3, sharpness=900.0))
    assert labels_for("x.jpg", examined, grey, "image") == ("grey", "black", "square", "black and white", "sharp")
