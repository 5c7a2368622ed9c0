"""Words that creative people use for nearly the same thing, where word vectors alone see no kinship.

A line without `>` is a family: its words stand for each other. In a line with `>`, what is left of it is a class, and
what is right are its members: a class stands for its members and they for it, but not for each other, since someone who
looks for an eagle does not want a parrot. A word may be in several lines; kinship does not pass from line to line.
"""

from __future__ import annotations

from functools import cache

from spatialnb.library.words import stem

_LINES = """
cyberpunk neon futuristic dystopian synthwave vaporwave
city skyline cityscape downtown urban metropolis
city > skyscraper street town
street road alley avenue boulevard lane
robot android cyborg droid automaton mech bot
ai intelligence neural consciousness
space galaxy cosmos universe nebula
space > stars astronaut planet rocket
spaceship rocket starship spacecraft shuttle
sea ocean
sea ocean beach > waves coast shore
water > sea ocean river lake waterfall rain
river stream creek brook
lake pond lagoon
forest woods jungle woodland
forest > trees
tree > oak pine birch palm
mountain hill peak summit alps ridge
desert dune sahara
winter > snow ice frost glacier
sky > clouds
rain storm thunder drizzle
storm > lightning thunder
fog mist haze
sunset dusk twilight evening
sunrise dawn morning
night midnight nocturnal
flower blossom bloom
flower > rose tulip petal lily daisy sunflower
garden park meadow
animal wildlife creature beast
animal > dog cat horse bird fish lion elephant zebra giraffe tiger bear wolf fox
dog puppy hound
cat kitten feline
bird > eagle sparrow owl parrot swan duck
horse pony stallion
fish > shark salmon trout
person people human
person people > man woman child face crowd girl boy
woman girl lady
man boy guy
child kid toddler
child > baby
crowd audience
house home cottage villa
building > house tower skyscraper church castle
building architecture facade
church cathedral chapel
bridge viaduct
car automobile auto
vehicle > car automobile truck bus train motorcycle
train railway locomotive
tram streetcar trolley
plane airplane aircraft jet
boat ship yacht vessel
bicycle bike
food meal dish cuisine
food > fruit bread cake soup
fruit > apple banana pear berry grape lemon
drink > coffee tea wine beer
music song melody tune
music > techno jazz piano guitar beat orchestra
beat rhythm drum percussion groove
techno electronic edm
club party disco
ambient calm relaxing meditative peaceful soothing chill quiet serene
loud noisy
piano keyboard
voice speech vocal narration
noise static hiss
happy joyful cheerful uplifting
sad melancholy gloomy sorrow somber
scary horror spooky creepy eerie
fast quick energetic
slow gentle
vintage retro antique ancient
modern contemporary
abstract geometric
painting artwork illustration drawing
art > painting drawing sculpture illustration
logo icon emblem
poster flyer placard
furniture > chair table sofa desk lamp bed
chair seat stool armchair
table desk
sofa couch
lamp lantern bulb
sculpture statue bust
film movie cinema
love romance
war battle
soldier warrior
fire flame burning
fantasy magic
fantasy > wizard dragon fairy unicorn
game arcade
sport > football soccer tennis basketball running
football soccer
computer laptop
code programming
sphere ball globe
cube box
"""


@cache
def kin() -> dict[str, frozenset[str]]:
    """For every stem in a line, the stems it may stand for."""
    found: dict[str, set[str]] = {}
    for line in _LINES.strip().splitlines():
        left, _, right = line.partition(">")
        classes, members = ({stem(word) for word in side.split()} for side in (left, right))
        pairs = [(a, b) for a in classes for b in (members or classes) if a != b]
        for a, b in pairs:
            found.setdefault(a, set()).add(b)
            found.setdefault(b, set()).add(a)
    return {word: frozenset(others) for word, others in found.items()}
