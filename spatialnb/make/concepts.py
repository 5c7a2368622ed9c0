"""What words look like: the table from concept to painting style and palette."""

from __future__ import annotations

from spatialnb.make.words import Look

_CONCEPTS: tuple[tuple[str, Look], ...] = (
    ("cyberpunk", Look("skyline", "neon", 1.6)),
    ("city town street skyline tower building urban downtown tokyo metropolis rooftop alley", Look("skyline", "")),
    ("neon", Look("skyline", "neon", 0.8)),
    ("rain rainy storm wet", Look("skyline", "electric", 0.6)),
    ("night midnight evening dusk", Look("skyline", "neon", 0.5)),
    ("synthwave retrowave vaporwave outrun eighties 80s arcade retro", Look("horizon", "sunset", 1.5)),
    ("road highway drive grid horizon car", Look("horizon", "sunset", 0.9)),
    ("sunset sundown dawn sunrise", Look("sea", "sunset", 0.8)),
    ("ai artificial intelligence neural algorithm learning", Look("network", "violet", 1.1)),
    ("mind brain consciousness thought memory dream idea cognition think thinking", Look("network", "violet", 1.2)),
    ("data network web internet connection cloud graph signal digital cyber virtual", Look("network", "electric", 1.0)),
    (
        "robot machine android computer chip circuit code hardware technology processor electronic",
        Look("circuit", "electric", 1.1),
    ),
    (
        "portrait face person woman man girl boy human head self soul philosopher poet artist singer",
        Look("figure", "violet", 1.2),
    ),
    ("mountain alps peak summit valley hill landscape cliff rock canyon", Look("mountains", "ice", 1.1)),
    ("lake river waterfall", Look("mountains", "lagoon", 1.0)),
    ("snow winter ice frozen glacier cold", Look("mountains", "ice", 0.9)),
    ("forest wood tree jungle pine rainforest", Look("forest", "forest", 1.2)),
    ("desert dune sand sahara camel oasis", Look("dunes", "desert", 1.3)),
    ("sea ocean wave beach coast surf island sail boat ship water tide", Look("sea", "sea", 1.2)),
    ("aurora northern polar arctic", Look("aurora", "aurora", 1.3)),
    (
        "space cosmos galaxy planet star moon universe nebula orbit astronaut saturn comet",
        Look("cosmos", "cosmos", 1.2),
    ),
    ("flower plant leaf garden botanical rose blossom fern meadow herb tulip", Look("botanical", "moss", 1.2)),
    ("spring", Look("botanical", "spring", 0.9)),
    ("summer", Look("sea", "lagoon", 0.7)),
    ("autumn fall", Look("forest", "ember", 0.9)),
    ("abstract geometric bauhaus modern shape design minimal poster constructivist", Look("poster", "bauhaus", 0.9)),
    ("flow wind motion current river energy music sound rhythm jazz dance wave hair silk smoke", Look("flow", "", 0.7)),
    ("fire flame lava volcano heat ember", Look("flow", "ember", 1.1)),
    ("love heart romance tender", Look("flow", "rose", 1.0)),
    ("hope joy happy fun party celebration", Look("poster", "pastel", 0.8)),
    ("sad lonely melancholy loss grief", Look("mountains", "ice", 0.7)),
    ("calm peace quiet meditation zen still ambient", Look("mountains", "lagoon", 0.7)),
    ("dark gothic horror shadow noir", Look("", "mono", 0.9)),
    ("future futuristic tomorrow scifi", Look("", "electric", 0.7)),
    ("magic magical fantasy fairy mystic", Look("aurora", "violet", 0.8)),
    ("vintage old paper print", Look("", "paper", 1.0)),
    ("red crimson scarlet", Look("", "ember", 3.0)),
    ("orange", Look("", "sunset", 3.0)),
    ("yellow gold golden amber", Look("", "gold", 3.0)),
    ("green emerald", Look("", "forest", 3.0)),
    ("teal turquoise cyan aqua", Look("", "lagoon", 3.0)),
    ("blue azure cobalt", Look("", "electric", 3.0)),
    ("purple violet indigo lilac", Look("", "violet", 3.0)),
    ("pink magenta", Look("", "rose", 3.0)),
    ("white pale", Look("", "ice", 2.0)),
    ("black grey gray monochrome", Look("", "mono", 3.0)),
    ("pastel soft", Look("", "pastel", 2.0)),
)

LOOKS: dict[str, Look] = {}
for _words, _look in _CONCEPTS:
    for _word in _words.split():
        LOOKS.setdefault(_word, _look)
