"""The operations as methods, for editors and type checkers; `generate_methods` writes this file."""
# fmt: off
# ruff: noqa: E501

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Literal, TypeAlias

import pandas as pd
from pydantic import JsonValue

from spatialnb.models.asset import Asset
from spatialnb.models.canvas import Item
from spatialnb.models.geometry import Pose, Size
from spatialnb.models.selection import Selection
from spatialnb.operations.composite import Built
from spatialnb.operations.export import Exported
from spatialnb.operations.items import ItemRow, Moved, Placed
from spatialnb.operations.layout import Arranged, Grouped
from spatialnb.operations.make import Made
from spatialnb.operations.media import Found, Ingested
from spatialnb.operations.operation import Outcome
from spatialnb.operations.structure import Created
from spatialnb.operations.taking_back import TakenBack

Thing: TypeAlias = str | Selection | Item | Asset
"""One thing: words ("the red photo"), an id, an item, an asset or a selection."""
Things: TypeAlias = Thing | Sequence[str] | Sequence[Item] | Sequence[Asset] | Sequence[Item | Asset] | pd.DataFrame
"""Things: words ("the red photos"), ids, items, assets, a table with a column `id`, or a selection."""

class Methods:
    def align(
        self,
        items: Things,
        edge: Literal["left", "right", "top", "bottom", "front", "back", "centre", "middle"] | None = None,
        *,
        to: Thing | None = None,
    ) -> Moved:
        """Line items up at an edge: that of another item, or the outermost of their own.

        Without an edge they are put into one line through their middles, along the way they already stand; with another
        item, on its level.
        """

    def arrange(
        self,
        items: Things,
        arrangement: Literal["grid", "circle", "row", "column", "stack", "spiral", "wall", "timeline", "by colour", "arc", "scatter", "room"] = "grid",
        *,
        around: Thing | None = None,
        relation: Literal["left of", "right of", "above", "below", "in front of", "behind", "on", "inside", "next to"] | None = None,
        target: Thing | None = None,
        at: Sequence[float] | None = None,
        spacing: float = 0.25,
        radius: float | None = None,
        columns: int | None = None,
        order: Literal["name", "date", "size", "height", "width", "colour", "duration", "brightness", "x", "y", "z"] | None = None,
        reverse: bool = False,
        seconds_each: float = 4.0,
    ) -> Arranged:
        """Place items in a named arrangement, `spacing` metres apart.

        Things of the library that are not in the space yet are placed. `around` puts the arrangement around an item,
        `relation` and `target` beside one, `at` (a point of the floor, metres) anywhere; else it stands where there is
        room. `order` sorts first. A timeline also
        gives each item its start and duration, `seconds_each` for what has no length of its own.
        """

    def build_gallery(
        self,
        items: Things,
        *,
        title: str = "",
        captions: bool = True,
        theme: Literal["auto", "gallery", "night", "paper", "neon"] = "gallery",
        order: Literal["name", "date", "size", "height", "width", "colour", "duration", "brightness", "x", "y", "z"] | None = None,
        spacing: float = 0.6,
    ) -> Built:
        """Build a gallery: pictures along three walls, objects in the middle, captions, a title and a place to enter at."""

    def create_canvas(self, name: str, *, position: Sequence[float] = (0.0, 0.0, 0.0)) -> Created:
        """Make an empty canvas, a collection for items of its own, and set it into the layout at `position` (metres)."""

    def create_environment(
        self,
        name: str,
        *,
        theme: Literal["auto", "gallery", "night", "paper", "neon"] = "auto",
        layout: str = "main",
    ) -> Created:
        """Make an environment with one room that shows a layout."""

    def create_layout(self, name: str) -> Created:
        """Make an empty layout, into which canvases are set."""

    def create_video_project(
        self,
        prompt: str,
        *,
        items: Things | None = None,
        pictures: int = 6,
        seconds_each: float = 4.0,
        music: bool = True,
        title: str = "",
        film: bool = False,
        path: str = "",
        quality: Literal["draft", "standard", "high"] = "standard",
        seed: int = 0,
    ) -> Built:
        """Start a film about something: fitting pictures and clips on a timeline with music; what is missing is made.

        `items` are what to use; without them the library is searched and `pictures` in all are shown, the missing ones
        drawn. With `film` it is also written to `path` (or beside the notebook) as an MP4.
        """

    def distribute(
        self,
        items: Things,
        *,
        gap: float | None = None,
        along: Literal["x", "y", "z"] | None = None,
    ) -> Moved:
        """Leave the same free space between neighbours: `gap` metres, or what there is between the outermost two.

        They keep their order. `along` is the axis; without it, the one along which they stand furthest apart.
        """

    def duplicate(self, items: Things, *, copies: int = 1, offset: Sequence[float] | None = None) -> Placed:
        """Copy items, set in a row beside the originals or each moved on by `offset` (metres); `copies` of each."""

    def export(
        self,
        target: Literal["web", "video"],
        path: str = "",
        *,
        quality: Literal["draft", "standard", "high"] = "standard",
    ) -> Exported:
        """Write the scene to disk: `web`, a folder with a page that opens without a server, or `video`, an MP4 film.

        Without a path it goes beside the notebook, named after the project. Nothing that someone else made is overwritten.
        """

    def fly_to(
        self,
        items: Things | None = None,
        *,
        position: Sequence[float] | None = None,
        look_at: Sequence[float] | None = None,
    ) -> Outcome:
        """Move the camera of every open space: to items, to a point of view (metres), or back to see everything."""

    def focus(self, items: Things | None = None) -> Outcome:
        """Let everything but these items fade in every open space, and frame them; without items, let go again."""

    def forget(self, setting: str = "") -> Outcome:
        """Go back to the default that everybody has, for one setting such as `arrange.spacing`, or for all."""

    def generate_image(
        self,
        prompt: str,
        *,
        style: str | None = None,
        count: int = 1,
        size: Literal["1024x1024", "1536x1024", "1024x1536"] = "1024x1024",
        seed: int = 0,
    ) -> Made:
        """Have a hosted model draw pictures from words, which costs money. What it cannot do is drawn without a model.

        `style` is any word for a look. `seed` tells pictures of one prompt apart; not every model has another use for it.
        `make_image` draws without a model, for nothing.
        """

    def group(self, items: Things, name: str = "") -> Grouped:
        """Make one group of items, so that they are selected and moved together."""

    def hide(self, items: Things, *, hidden: bool = True) -> Moved:
        """Hide items, or show them again; they stay where they are."""

    def ingest(self, paths: str | Sequence[str]) -> Ingested:
        """Bring files or folders of images, video, audio, 3D models and text into the library.

        The same content is taken once. A file that cannot be used is reported with the reason and nothing else is lost.
        """

    def label(
        self,
        text: str,
        *,
        target: Thing | None = None,
        relation: Literal["left of", "right of", "above", "below", "in front of", "behind", "on", "inside", "next to"] = "above",
        at: Sequence[float] | None = None,
        height: float = 0.22,
        colour: str | None = None,
    ) -> Created:
        """Write words into the space, beside an item, at a point, or where there is room.

        `height` is that of the letters, in metres.
        """

    def lock(self, items: Things, *, locked: bool = True) -> Moved:
        """Lock items so that neither hand nor words move them, or unlock them."""

    def make_image(self, prompt: str, *, style: str | None = None, count: int = 1, seed: int = 0) -> Made:
        """Draw pictures from words, without a model: the same prompt, style and seed give the same picture.

        `style` is any word for a look, such as "cyberpunk", or the name of one way of drawing, such as "skyline" or "sea".
        """

    def make_music(self, prompt: str, *, seconds: float = 30.0, seed: int = 0) -> Made:
        """Compose a piece of music from words, without a model: the same prompt, length and seed give the same piece."""

    def make_speech(self, text: str, *, voice: str = "alloy") -> Made:
        """Have a hosted model speak a text, which costs money. `voice` is one of the model's own, such as "alloy".

        There is no voice without a model: without one this fails and says how to have one.
        """

    def make_timeline(
        self,
        items: Things,
        *,
        order: Literal["name", "date", "size", "height", "width", "colour", "duration", "brightness", "x", "y", "z"] = "date",
        seconds_each: float = 4.0,
        music: Thing | None = None,
        captions: bool = True,
        title: str = "",
    ) -> Built:
        """Make a timeline to walk along: things in order with their times as captions, over music if there is some.

        `seconds_each` is how long a picture stands; films and sounds have their own length.
        """

    def match(
        self,
        items: Things,
        measure: Literal["size", "width", "height", "depth"] = "size",
        *,
        to: Thing | None = None,
    ) -> Moved:
        """Make items as large as another, or as the largest of them, in proportion.

        `measure` is what becomes the same: width, height or depth, or `size`, the longest edge.
        """

    def move(
        self,
        items: Things,
        *,
        by: Sequence[float] | None = None,
        to: Sequence[float] | Sequence[Sequence[float]] | None = None,
        relation: Literal["left of", "right of", "above", "below", "in front of", "behind", "on", "inside", "next to"] | None = None,
        target: Thing | None = None,
        distance: float = 0.25,
    ) -> Moved:
        """Move items by a vector, to a point (or one point each), or beside another item. Metres.

        Directions are the visitor's: left is -x, right +x, up +y, nearer +z, further away -z. Several items that go to one
        point or beside something keep their arrangement.
        """

    def open_panel(self, panel: Literal["space", "chat", "steps", "help"]) -> Outcome:
        """Bring a panel into view: the space, the chat, the steps, or the help of the space."""

    def place(
        self,
        items: Things,
        *,
        at: Sequence[float] | None = None,
        relation: Literal["left of", "right of", "above", "below", "in front of", "behind", "on", "inside", "next to"] | None = None,
        target: Thing | None = None,
        distance: float = 0.25,
        copies: int = 1,
        canvas: str = "main",
    ) -> Placed:
        """Put things from the library into the space.

        Without a position they stand in a row (many: a grid) where there is room. `at` is the centre of the whole (metres);
        `relation` and `target` put it next to something, `distance` metres away. What is in the space already is moved
        there rather than placed twice; `copies` places each asset several times.
        """

    def play(self, items: Things | None = None, *, playing: bool = True, seconds: float | None = None) -> Outcome:
        """Play films and sounds in every open space, from `seconds` or where they were; or pause them.

        Without items: all that can be played.
        """

    def prefer(self, setting: str, value: JsonValue) -> Outcome:
        """Do something this way from now on, unless a request says otherwise.

        `setting` is `<operation>.<parameter>`, as in `arrange.spacing`; `value` what the parameter takes. It holds for
        requests in words, in this project, until it is undone or forgotten.
        """

    def publish_environment(
        self,
        path: str = "",
        *,
        targets: Sequence[Literal["web", "video"]] = ("web",),
        theme: Literal["auto", "gallery", "night", "paper", "neon"] | None = None,
        quality: Literal["draft", "standard", "high"] = "standard",
    ) -> Built:
        """Make the space ready for visitors and write it: where they enter, how it looks, then every target into a folder.

        What could be written stays if another target fails; undo takes back the changes of the space, not the files.
        """

    def redo(self, steps: int = 1) -> Outcome:
        """Make the change again that was undone last. `steps` goes further."""

    def remove(self, items: Things) -> Outcome:
        """Take items out of the space. Their assets stay in the library, and it can be undone."""

    def rename(self, item: Thing, name: str) -> Moved:
        """Give one item another name."""

    def resize(
        self,
        items: Things,
        *,
        factor: float | None = None,
        width: float | None = None,
        height: float | None = None,
        depth: float | None = None,
        to: Sequence[Sequence[float]] | None = None,
    ) -> Moved:
        """Make items larger or smaller, in proportion: by a factor, or to a width, height or depth in metres.

        3D models keep standing where they stand. `to` gives width, height and depth of each item and need not keep the
        proportions.
        """

    def restore(self, revision: int) -> Outcome:
        """Make the project what it was at a revision. The changes since stay in the log, and this can be undone."""

    def rotate(
        self,
        items: Things,
        *,
        degrees: float | None = None,
        axis: str = "y",
        facing_item: Thing | None = None,
        facing_visitor: bool = False,
        to: Sequence[float] | Sequence[Sequence[float]] | None = None,
    ) -> Moved:
        """Turn each item about its own centre, towards another item or the visitor, or to given angles.

        `degrees` about `axis` (y is upright; positive is anticlockwise seen from above). `to` is intrinsic XYZ in degrees,
        one for all or one each.
        """

    def search(
        self,
        query: str = "",
        *,
        kind: Literal["image", "video", "audio", "model", "text"] | None = None,
        colour: str | None = None,
        since: date | str | None = None,
        until: date | str | None = None,
        limit: int = 20,
    ) -> Found:
        """Find assets of the library by words and meaning, kind, colour and date; best first, with why each was found."""

    def set_environment(
        self,
        *,
        theme: Literal["auto", "gallery", "night", "paper", "neon"] | None = None,
        navigation: Literal["orbit", "walk", "fly"] | None = None,
        brightness: float | None = None,
        light_colour: str | None = None,
    ) -> Outcome:
        """Change how the space looks and how one moves in it. A brightness of 1 is neutral."""

    def show(self, items: Things) -> Outcome:
        """Point items out in every open space: they come into view and glow for a moment."""

    def spread(self, items: Things, *, factor: float = 1.6, to: Thing | None = None) -> Moved:
        """Move items apart (a factor above 1) or together (below 1), from their middle or from another item.

        Heights stay. Together they come until they would touch.
        """

    def stand_in(
        self,
        name: str,
        count: int = 1,
        *,
        relation: Literal["left of", "right of", "above", "below", "in front of", "behind", "on", "inside", "next to"] | Literal["between", "around"] | None = None,
        target: Things | None = None,
        at: Sequence[float] | None = None,
    ) -> Placed:
        """Place simple bodies for something the library does not have: of its usual size in metres, named and captioned.

        `relation` and `target` put them beside, between or around other things, `at` sets the middle of all; otherwise
        they stand where there is room.
        """

    def swap(self, first: Thing, second: Thing) -> Moved:
        """Let two items change places; each stands where the other stood, at its own height."""

    def tag(self, items: Things, labels: Sequence[str]) -> Moved:
        """Give items labels (words to find them by); labels they have stay."""

    def take_back(self, revisions: Sequence[int]) -> TakenBack:
        """Take back the changes of these revisions as one, newest first. What was changed since by others stays."""

    def tint(self, items: Things, colour: str | None = None) -> Outcome:
        """Lay a colour over items, or (without one) take it off again. Labels are written in it."""

    def transform(
        self,
        items: Things,
        poses: Sequence[Pose | Mapping[str, Any]],
        sizes: Sequence[Size | Mapping[str, Any]] | None = None,
    ) -> Moved:
        """Set position, rotation and, where given, size of each item: what a hand in the space has done."""

    def undo(self, steps: int = 1) -> Outcome:
        """Take back the latest change, or all changes of the latest request, whoever made them. `steps` goes further."""

    def ungroup(self, items: Things) -> Outcome:
        """Dissolve the groups that these items are in; the items stay where they are."""

    def update_items(self, rows: Sequence[ItemRow | Mapping[str, Any]]) -> Moved:
        """Set fields of many items at once, as one change; what an edited table of items is written back with."""
