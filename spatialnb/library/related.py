"""Words that creative people use for nearly the same thing, where word vectors alone see no kinship.

Each line is a family. Words of one family stand for each other in a search, below an exact match. A word may be in several
families; kinship does not pass from family to family.
"""

from __future__ import annotations

from functools import cache

from spatialnb.library.words import stem

_FAMILIES = """
cyberpunk neon futuristic dystopian synthwave vaporwave
city skyline cityscape downtown urban metropolis skyscraper town
street road alley avenue boulevard lane
robot android cyborg droid automaton mech bot
ai intelligence neural consciousness machine
space galaxy cosmos universe stars nebula astronaut planet
spaceship rocket starship spacecraft shuttle
sea ocean water waves beach coast shore
river stream creek brook waterfall
lake pond lagoon
forest woods trees jungle woodland
tree oak pine birch palm
mountain hill peak summit alps ridge
desert dune sand sahara
snow ice winter frost glacier
sky clouds heaven
rain storm thunder lightning drizzle
fog mist haze
sunset dusk twilight evening
sunrise dawn morning
night midnight nocturnal dark
flower blossom bloom rose tulip petal
garden park meadow
animal wildlife creature beast
dog puppy hound
cat kitten feline
bird eagle sparrow owl parrot
horse pony stallion
fish shark whale dolphin
person people human portrait man woman face
child kid baby toddler
crowd audience people
house home building cottage villa
architecture building facade
church cathedral temple chapel
bridge viaduct
car automobile vehicle auto
train railway locomotive tram
plane airplane aircraft jet
boat ship yacht vessel sailing
bicycle bike cycling
food meal dish cuisine
fruit apple banana orange berry
drink coffee tea wine beer
music song melody tune track
beat rhythm drum percussion groove
techno electronic edm club dance house
ambient calm relaxing meditative peaceful soothing chill
piano keyboard keys
guitar strings
voice speech vocal narration talking
noise static hiss
happy joyful cheerful bright uplifting
sad melancholy gloomy sorrow somber
scary horror spooky creepy eerie
fast quick speed energetic
slow gentle
old vintage retro antique ancient
new modern contemporary
abstract geometric pattern
painting art artwork illustration drawing
logo icon symbol
poster flyer placard
chair seat stool armchair
table desk
lamp light lantern bulb
sculpture statue bust
film movie cinema video clip
love heart romance
war battle soldier weapon
fire flame burning
magic fantasy wizard dragon fairy
game gaming arcade
sport football soccer tennis running
computer laptop code programming
book page story novel text
"""


@cache
def kin() -> dict[str, frozenset[str]]:
    """For every stem in a family, the stems it may stand for."""
    found: dict[str, set[str]] = {}
    for line in _FAMILIES.strip().splitlines():
        family = {stem(word) for word in line.split()}
        for word in family:
            found.setdefault(word, set()).update(family - {word})
    return {word: frozenset(others) for word, others in found.items()}
