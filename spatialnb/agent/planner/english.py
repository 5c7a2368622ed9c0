"""General English about doing: verbs that mean the same, what a verb says besides, directions, degrees, shapes, orders.

Nothing here names a request; every row is a word and what it means for a parameter of that name, in any operation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from spatialnb.models.geometry import Vec3


def rows(text: str) -> list[str]:
    """Phrases set apart by bars."""
    return [phrase.strip() for phrase in text.split("|")]


VERB_FAMILIES: Sequence[list[str]] = [
    rows(
        "place|put|set|position|drop|stick|add|insert|plop|stand|locate|install|situate|include|bring in|show|introduce"
    ),
    rows(
        "move|shift|slide|push|pull|drag|bring|nudge|relocate|send|transfer|scoot|shove|"
        "reposition|carry|put|lift|raise|lower"
    ),
    rows(
        "arrange|lay out|layout|line up|organize|organise|order|sort|spread|spread out|"
        "hang|hang up|display|form|"
        "gather|set out|set up|array|rearrange|tidy|tidy up|stack|stack up|pile|"
        "pile up|scatter|place|put|group|exhibit|space out|"
        "collect|assemble|position|present|show|lay|mount|pin"
    ),
    rows(
        "remove|delete|erase|get rid of|take away|throw away|throw out|discard|clear|bin|"
        "trash|ditch|lose|kill|wipe|scrap|chuck out|"
        "take out|drop|eliminate|dump|clear out|clear away"
    ),
    rows("rotate|turn|spin|tilt|twist|swivel|pivot|face|point|flip|orient|roll|swing|angle|turn around|look"),
    rows(
        "resize|scale|enlarge|shrink|grow|blow up|magnify|reduce|expand|scale up|scale "
        "down|double|triple|halve|increase|decrease|"
        "size|quadruple|minimise|minimize|embiggen"
    ),
    rows("search|find|look for|seek|locate|list|show me|show|search for|look up|hunt for|dig up|fetch|pull up|which"),
    rows("import|load|ingest|upload|read in|bring in|add files|open|add"),
    rows(
        "set environment|switch|switch to|change|change to|use|apply|turn on|put on|go|"
        "activate|enable|set|light|dim|brighten|darken|lighten|illuminate"
    ),
    rows("group|join|combine|bundle|cluster|merge|gather|unite|group together|put together|tie together"),
    rows("ungroup|break up|split|separate|take apart|split up|dissolve"),
    rows(
        "undo|revert|take back|go back|roll back|reverse|cancel|never mind|nevermind|put "
        "back|set back|change back|oops|whoops|forget it|scratch that|back out|unwind|"
        "step back"
    ),
    rows("redo|do again|do over|bring back|reapply|repeat"),
    rows("export|render|save|save as|publish|turn into|output|write out|convert|download|share|produce"),
    rows("select|choose|pick|highlight|mark|pick out|grab"),
    rows("label|caption|annotate|title|write|inscribe|letter|sign|put up"),
    rows("tag|mark|keyword|categorise|categorize|label"),
    rows("rename|call|name|retitle|title|christen"),
    rows("hide|conceal|make invisible|cover up|turn off"),
    rows("duplicate|copy|clone|repeat|replicate|make a copy of|make copies of"),
    rows("lock|pin|fix|freeze|unlock|unpin|release|unfreeze|lock down"),
    rows("draw|paint|sketch|illustrate|generate|design|make|create|produce|build|craft"),
    rows("compose|score|write|record|generate|make|create|produce"),
]
MORE_VERBS: Mapping[str, list[str]] = {
    "align": rows("line up|line|bring into line|true up"),
    "spread": rows("move|bring|push|pull|draw|keep|get|put|drag|shift|nudge|send|set|place|space|spread|spread out"),
    "distribute": rows("leave|keep|put|spread|spread out|arrange|set|place|line up|lay out"),
    "swap": rows("interchange|swap round|swap around|change round|reverse|switch round|switch around"),
    "match": rows("bring|set|give|have|get|scale|resize|change|adjust"),
    "tint": rows("paint|turn|spray|stain|change|colour in|color in"),
    "group": rows("bind|bind together|tie|put|bring|place|move"),
    "resize": rows("set|change|adjust"),
    "forget": rows(
        "forget my preferences|forget all preferences|forget what i prefer|forget my preference|reset preferences|"
        "reset my preferences|clear my preferences|drop my preferences|forget all my preferences"
    ),
}
"""Further verbs of single operations: most mean many things, and this one only with words that go with it."""
CREATING = frozenset(
    rows(
        "make|create|generate|draw|paint|compose|design|build|produce|craft|write|add|"
        "new|start|render|cut|shoot|give|prepare|invent|record|put together|set up|come "
        "up with|whip up|put on|show"
    )
)
LIGHT = frozenset(
    rows(
        "make|let|have|get|want|need|like|love|keep|leave|be|should|could|must|give|go|"
        "form|put|become|do|would|see|help|try"
    )
)
"""Verbs that say little: what is to be done follows from the other words."""
LEAD_INS = rows(

        "could you|can you|would you|will you|could you please|can you please|would you mind|"
        "i would like you to|i want you to|"


        "i would like to|i would like|i want to|i want|i need you to|i need to|i need|let us|"
        "please|how about|what about|why not|"


        "why do not you|why do not we|shall we|should we|can we|could we|may i|can i|could i|"
        "you should|you can|we should|we could|"


        "go ahead and|try to|i would love to|i would love|it would be nice to|it would be "
        "great if you could|it would be nice if|"


        "i would prefer|help me|help me to|i think|i guess|do me a favour and|do me a favor "
        "and|be so kind as to|feel free to|"


        "i wish|i am going to|going to|i would rather|would it be possible to|is it possible "
        "to|would you be able to|are you able to|"


        "i was wondering if you could|i wonder if you could|do you think you could|kindly|"
        "just|now|next|then|also|and|ok|okay|"


        "so|hey|hi|hello|well|great|good|nice|perfect|thanks|thank you|cool|right|yes|yeah|"
        "alright|finally|lastly|first|firstly|"


        "second|secondly|after that|afterwards|i need us to|have|get|let|let me|let me see|"
        "make sure|make sure that|see to it that|robot please|"


        "dear assistant|assistant|computer|hi there|hey there|good morning|good evening|you "
        "know what|to start|to begin with"

)  # fmt: skip

# What a verb says besides: parameter -> value, where the operation has such a parameter and nothing else fills it.
VERB_SENSES: Mapping[str, Mapping[str, Any]] = {
    "stack": {"arrangement": "stack"}, "stack up": {"arrangement": "stack"}, "pile": {"arrangement": "stack"},
    "pile up": {"arrangement": "stack"}, "line up": {"arrangement": "row"},
    "scatter": {"arrangement": "scatter"}, "spread": {"arrangement": "scatter"},
    "spread out": {"arrangement": "scatter"},
    "hang": {"arrangement": "wall"}, "hang up": {"arrangement": "wall"}, "mount": {"arrangement": "wall"},
    "exhibit": {"arrangement": "wall"}, "space out": {"arrangement": "row", "spacing": 1.0},
    "double": {"factor": 2.0}, "triple": {"factor": 3.0}, "quadruple": {"factor": 4.0}, "halve": {"factor": 0.5},
    "enlarge": {"factor": 1.5}, "grow": {"factor": 1.5}, "expand": {"factor": 1.5}, "magnify": {"factor": 1.5},
    "blow up": {"factor": 1.5}, "scale up": {"factor": 1.5}, "increase": {"factor": 1.5},
    "make bigger": {"factor": 1.5},
    "shrink": {"factor": 2 / 3}, "reduce": {"factor": 2 / 3}, "scale down": {"factor": 2 / 3},
    "decrease": {"factor": 2 / 3},
    "make smaller": {"factor": 2 / 3}, "lift": {"by": (0.0, 0.5, 0.0)}, "raise": {"by": (0.0, 0.5, 0.0)},
    "lower": {"by": (0.0, -0.5, 0.0)}, "flip": {"degrees": 180.0}, "turn around": {"degrees": 180.0},
    "spin": {"degrees": 90.0}, "rotate": {"degrees": 90.0}, "turn": {"degrees": 90.0}, "twist": {"degrees": 45.0},
    "tilt": {"degrees": 15.0, "axis": "z"}, "swivel": {"degrees": 45.0}, "pivot": {"degrees": 45.0},
    "hide": {"hidden": True}, "conceal": {"hidden": True}, "show": {"hidden": False}, "unhide": {"hidden": False},
    "reveal": {"hidden": False}, "lock": {"locked": True}, "unlock": {"locked": False}, "unpin": {"locked": False},
    "release": {"locked": False}, "unfreeze": {"locked": False}, "film": {"target": "video"},
    "dim": {"brightness": 0.5}, "brighten": {"brightness": 1.5}, "darken": {"brightness": 0.5},
    "lighten": {"brightness": 1.5}, "illuminate": {"brightness": 1.5}, "spread apart": {"factor": 1.6},
    "pull apart": {"factor": 1.6}, "draw together": {"factor": 0.625}, "make film": {"target": "video"},
    "make video": {"target": "video"},
}  # fmt: skip

DIRECTIONS: Mapping[str, Vec3] = {
    **dict.fromkeys(("left", "leftward", "leftwards"), (-1.0, 0.0, 0.0)),
    **dict.fromkeys(("right", "rightward", "rightwards"), (1.0, 0.0, 0.0)),
    **dict.fromkeys(("up", "upward", "upwards", "higher", "skyward"), (0.0, 1.0, 0.0)),
    **dict.fromkeys(("down", "downward", "downwards", "lower"), (0.0, -1.0, 0.0)),
    **dict.fromkeys(("forward", "forwards", "closer", "nearer"), (0.0, 0.0, 1.0)),
    **dict.fromkeys(("back", "backward", "backwards", "away", "farther", "further"), (0.0, 0.0, -1.0)),
}
DEGREES: Mapping[str, float] = {
    "a bit": 0.5, "a little": 0.5, "slightly": 0.5, "a tad": 0.5, "a touch": 0.5, "a little bit": 0.5, "a smidge": 0.5,
    "a hair": 0.25, "somewhat": 0.75, "much": 2.0, "a lot": 2.0, "lots": 2.0, "far": 2.0, "way": 2.0,
    "considerably": 2.0,
    "significantly": 2.0, "quite a bit": 1.5, "a good bit": 1.5, "even": 1.0, "some": 1.0, "a great deal": 2.5,
    "loads": 2.0, "very": 1.5,
}  # fmt: skip
# "too small", "too high": a complaint asks for the opposite. The value of `factor`, or the direction to move in.
TOO: Mapping[str, float | Vec3] = {
    **dict.fromkeys(("small", "tiny", "little", "short"), 1.5),
    **dict.fromkeys(("big", "large", "huge", "tall", "wide"), 2 / 3),
    "high": (0.0, -0.5, 0.0), "low": (0.0, 0.5, 0.0), "far": (0.0, 0.0, 0.5), "far away": (0.0, 0.0, 0.5),
    "far back": (0.0, 0.0, 0.5),
    "close": (0.0, 0.0, -0.5), "near": (0.0, 0.0, -0.5), "far left": (0.5, 0.0, 0.0), "far to the left": (0.5, 0.0,
    0.0),
    "far right": (-0.5, 0.0, 0.0), "far to the right": (-0.5, 0.0, 0.0), "far up": (0.0, -0.5, 0.0),
    "far down": (0.0, 0.5, 0.0),
}  # fmt: skip
LIGHTER: Mapping[str, float] = {
    "brighter": 1.5,
    "lighter": 1.5,
    "dimmer": 0.6,
    "darker": 0.6,
    "moodier": 0.6,
    "softer": 0.8,
}
WARMER: Mapping[str, float] = {"warmer": 1.0, "cosier": 1.0, "cozier": 1.0, "cooler": -1.0, "colder": -1.0}
TOGETHER = rows(
    "closer together|nearer together|tighter together|closer to each other|nearer to each other|"
    "closer to one another|nearer to one another|more closely together|towards each other"
)
APART = rows(
    "further apart|farther apart|wider apart|more apart|apart|away from each other|further away from each other|"
    "further from each other|away from one another|further from one another|farther from each other"
)
CLOSER_TO = rows("closer to|nearer to|nearer|closer towards|nearer towards|more towards")
FURTHER_FROM = rows(
    "further away from|farther away from|further from|farther from|away from|more away from|further off from|"
    "at a greater distance from|at a distance from"
)
CLOSENESS: Mapping[str, float] = {
    "close together": 0.1, "closely": 0.1, "tightly": 0.05, "tight together": 0.05, "tight": 0.05, "close": 0.1,
    "near each other": 0.1, "near to each other": 0.1, "close to each other": 0.1,
    "loosely": 0.75, "far apart": 1.5, "wide apart": 1.5, "well apart": 1.0, "with plenty of space": 1.0,
    "with plenty of room": 1.0, "with more space": 0.75, "with less space": 0.1, "airy": 0.75, "spaciously": 1.0,
}  # fmt: skip
"""Metres between neighbours, as they are said without a number."""
FROM_NOW_ON = rows(
    "from now on|from here on|always|by default|as a default|in future|in the future|every time|each time|henceforth|"
    "as a rule|for the future|whenever you can|all the time|until i say otherwise|until further notice|generally|"
    "as a standard|i always want|i prefer|i would prefer|from this point on|going forward"
)
"""What makes a request a preference."""
WEAK = frozenset(
    rows(
        "put|place|set|bring|make|keep|get|have|leave|give|let|move|change|arrange|scale|resize|turn|"
        "push|pull|draw|drag|shift|nudge|send|space|spread|spread out|adjust|line up|line|paint|reverse|tie"
    )
)
"""Verbs of so many meanings that they ask for some operations only together with what those alone can take."""
GROWING = frozenset(rows("bigger|larger|taller|huge|greater|wider|giant|enormous|higher|longer|big|large|massive"))
SHRINKING = frozenset(rows("smaller|shorter|tinier|narrower|lower|less|tiny|small|little"))

# Words for the values of a parameter of that name, besides the values themselves.
VALUE_WORDS: Mapping[str, Mapping[str, list[str]]] = {
    "arrangement": {
        "grid": rows("grid|table|matrix|rows and columns|checkerboard|lattice|tiles|mosaic|rows|columns"),
        "circle": rows("circle|ring|loop|round|circular|halo|wheel|carousel|roundel|rotunda|oval"),
        "row": rows(
            "row|line|side by side|queue|lineup|line up|horizontal line|horizontally|"
            "straight line|single file|linear|abreast"
        ),
        "column": rows(
            "column|vertical line|vertically|one above the other|on top of each other|on top "
            "of one another|tower of pictures|totem"
        ),
        "stack": rows("stack|pile|heap|tower|stacked up|stacked"),
        "spiral": rows("spiral|helix|swirl|vortex|whirl|snail|coil|corkscrew"),
        "wall": rows("wall|gallery wall|gallery|picture wall|salon hang|exhibition|salon|salon style|walls"),
        "timeline": rows(
            "timeline|time line|chronological order|chronologically|chronological|in time "
            "order|along time|sequence"
        ),
        "by colour": rows(
            "by colour|by color|rainbow|colour order|color order|by hue|colour wheel|by "
            "their colour|by their color|by colours|by colors"
        ),
        "arc": rows(
            "arc|semicircle|semi circle|half circle|half moon|crescent|curve|horseshoe|"
            "amphitheatre|amphitheater|fan|bow"
        ),
        "scatter": rows(
            "scatter|scattered|randomly|random|cloud|at random|any old how|loosely|all over "
            "the place|chaotically|haphazardly|organically|constellation"
        ),
        "room": rows(
            "in a room|along the walls|along three walls|on three walls|on the walls|around the walls|gallery hang"
        ),
    },
    "theme": {
        "night": rows("night|dark|dark mode|midnight|night time|starry"), "neon": rows("neon|cyberpunk|synthwave"),
        "paper": rows("paper|light|light mode|white|bright"), "gallery": rows("gallery|museum|white cube"),
        "auto": rows("auto|automatic|default"),
    },
    "navigation": {"walk": rows("walk|walking|on foot|first person"), "fly": rows("fly|flying|drone"),
    "orbit": rows("orbit|orbiting")},
    "target": {
        "web": rows("web page|webpage|website|web site|web|html|page|site|web folder|web gallery|browser"),
        "video": rows("video|film|movie|mp4|clip|video file|mp4 file|fly through|flythrough"),
    },
    "quality": {
        "draft": rows("draft|rough|quick|preview|low quality|draft quality"),
        "standard": rows("standard|normal|medium quality"),
        "high": rows("high|best|final|high quality|full quality|finest|top quality|best quality"),
    },
    "order": {
        "name": rows("name|title|alphabet|alphabetically|alphabetical order|names"),
        "date": rows("date|time|age|year|when they were taken|recency|creation date|dates"),
        "size": rows("size|area|how big they are|sizes"), "height": rows("height|tallness|how tall they are"),
        "width": rows("width|how wide they are"),
        "colour": rows("colour|color|hue|colours|colors"),
        "duration": rows("duration|length|how long they are|running time"),
        "brightness": rows("brightness|luminance|lightness|how bright they are"),
    },
    "kind": {},
    "edge": {
        "top": rows("top|tops|top edge|top edges|upper edges|tops of|top edges of|top edge of|upper edges of"),
        "bottom": rows("bottom|bottoms|bottom edge|bottom edges|lower edges|base|bases|bottoms of|bottom edges of|"
                       "bottom edge of|lower edges of|bases of|feet of"),
        "left": rows("left|left side|left edge|left edges|left sides|left edges of|left sides of|left edge of"),
        "right": rows("right|right side|right edge|right edges|right sides|right edges of|right sides of"),
        "front": rows("front|fronts|front edge|front edges|fronts of|front edges of"),
        "back": rows("back|backs|back edge|back edges|backs of|back edges of"),
        "centre": rows("centre|center|centres|centers|centre line|centres of|centers of"),
        "middle": rows("middle|middles|middle height|middles of|eye level|same height|same level"),
    },
    "panel": {"help": rows("help|key list|shortcuts"), "chat": rows("chat|conversation"),
              "steps": rows("steps|plan|progress"), "space": rows("space|3d view|room")},
}  # fmt: skip

# Nouns for a measure, by the name of the parameter that takes it; what is said before the number, and after it.
MEASURE_WORDS: Mapping[str, tuple[list[str], list[str]]] = {
    "spacing": (
        rows(
            "spacing|gap|gaps|distance between them|space between them|space|spaces|a "
            "spacing|a gap|gutters|separation|intervals"
        ),
        rows(
            "apart|spacing|between them|between each|gap|gaps|from each other|of space|in "
            "between|from one another|of spacing|separation|between"
        ),
    ),
    "radius": (rows("radius|a radius"), rows("radius|in radius")),
    "width": (rows("width|a width|wide"), rows("wide|in width|across|width|broad")),
    "height": (rows("height|a height|tall|high"), rows("tall|high|in height|height")),
    "depth": (rows("depth|a depth|deep"), rows("deep|in depth|depth|thick")),
    "distance": (rows("distance|a distance"), rows("away|away from it|distance|off")),
    "seconds": (rows("duration|length|for"), rows("long|in length|of music|of sound|duration")),
    "seconds_each": (rows("each for|for"), rows("each|per photo|per picture|per image|apiece|per slide")),
}  # fmt: skip
FACING = rows(
    "so that they face|so they face|so that it faces|so it faces|so that they are facing|"
    "so that they look at|to face|facing|faces|face|towards|toward|to look at|looking at|"
    "look at|point at|pointing at|to point at|look towards|to look towards|facing "
    "towards|turn to|to"
)
VISITOR = rows(
    "me|us|the visitor|the camera|the viewer|the audience|visitor|the front|forward|forwards|the entrance|you"
)
NAMING = rows(
    "called|named|titled|with the name|with the title|entitled|by the name of|name it|"
    "call it|and call it|and name it|as|call the group|and call the group|and name the group|name the group|"
    "and call them|and title it|under the title|under the name"
)
SAYING = rows(
    "saying|that says|says|that reads|reading|reads|with the words|with the text|with "
    "text|which says|which reads|with the caption|to say|to read|with the message|:"
)
TOPIC = rows(
    "about|on the theme of|on the subject of|on the topic of|inspired by|based on|"
    "depicting|showing|for|featuring|around the theme of|on|with|of|dedicated to|"
    "exploring|celebrating|themed|themed around|regarding|concerning|to do with"
)
STYLE_AFTER = rows("in the style of|in a|in an|with a|in")
FILM_FORMS = frozenset(
    rows(
        "music video|film|movie|video|short film|slideshow|slide show|clip|trailer|"
        "documentary|montage|teaser|reel|video clip|music clip|animation|video essay"
    )
)
SHOW_FORMS = frozenset(
    rows(
        "gallery|exhibition|exhibit|timeline|museum|show|installation|scene|world|mood "
        "board|moodboard|collage|showcase|wall|display|experience|space|room|album|"
        "retrospective|portfolio"
    )
)
