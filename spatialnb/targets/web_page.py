"""The page of a web export: what a browser shows with scripts, without them, and on paper."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import NamedTuple

from spatialnb.models.environment import ThemeName
from spatialnb.targets.film_theme import THEMES

POLICY = (
    "default-src 'none'; script-src 'self' file:; style-src 'unsafe-inline'; img-src data: blob:; "
    "media-src data: blob:; "
    "connect-src data: blob:; worker-src blob:; font-src data:; base-uri 'none'; form-action 'none'"
)
"""Nothing comes from anywhere but this folder."""


class Work(NamedTuple):
    """A work as the plain list shows it."""

    name: str
    kind: str
    caption: str
    picture: str
    """A data URL, or empty."""


def page(title: str, description: str, works: Sequence[Work], theme: ThemeName) -> str:
    """The whole of `index.html`. Every word that came from a person or a file is escaped."""
    colours = THEMES[theme]
    entries = "\n".join(_entry(work) for work in works)
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{escape(POLICY)}">
<meta name="referrer" content="no-referrer">
<meta name="generator" content="spatialnb">
<meta name="description" content="{escape(description)}">
<title>{escape(title)}</title>
<style>
html, body, #spatialnb {{ height: 100%; margin: 0; }}
body {{ background: {colours.horizon}; color: {colours.text}; font: 16px/1.5 system-ui, sans-serif; }}
#spatialnb {{ overflow: hidden; }}
.works {{ display: none; max-width: 60rem; margin: 0 auto; padding: 2rem 1.25rem; }}
.works ul {{ list-style: none; margin: 0; padding: 0; display: grid; gap: 1.5rem;
  grid-template-columns: repeat(auto-fill, minmax(12rem, 1fr)); }}
.works img {{ display: block; width: 100%; border-radius: 2px; }}
.works figure {{ margin: 0; break-inside: avoid; }}
.works figcaption {{ padding-top: .4rem; overflow-wrap: anywhere; }}
.works small {{ display: block; opacity: .75; }}
@media print {{
  #spatialnb {{ display: none; }}
  .works {{ display: block; }}
  body {{ background: none; color: #111; }}
}}
</style>
<noscript><style>#spatialnb {{ display: none; }} .works {{ display: block; }}</style></noscript>
</head>
<body>
<div id="spatialnb"></div>
<section class="works">
<h1>{escape(title)}</h1>
<p>{escape(description)}</p>
<ul>
{entries}
</ul>
</section>
<script src="scene.js"></script>
<script src="viewer.js"></script>
</body>
</html>
"""


def _entry(work: Work) -> str:
    picture = f'<img src="{escape(work.picture)}" alt="{escape(work.name)}" loading="lazy">' if work.picture else ""
    caption = f"<small>{escape(work.caption[:400])}</small>" if work.caption else ""
    return f"<li><figure>{picture}<figcaption>{escape(work.name)}{caption}</figcaption></figure></li>"
