"""The environment layer: layouts as rooms, how one moves through them, and how they look."""

from __future__ import annotations

from typing import Literal, TypeAlias

from pydantic import Field

from spatialnb.models.base import Frozen, FrozenDict, FrozenMap
from spatialnb.models.geometry import Pose, Vec3

ThemeName: TypeAlias = Literal["auto", "gallery", "night", "paper", "neon"]
NavigationMode: TypeAlias = Literal["orbit", "walk", "fly"]


class Room(Frozen):
    """A layout set into the environment."""

    layout: str
    pose: Pose = Pose()


class Portal(Frozen):
    """A way from one room to another, at a point of the first."""

    source: str
    target: str
    position: Vec3 = (0.0, 0.0, 0.0)


class Camera(Frozen):
    """Where a visitor starts: position and look-at point in metres, vertical field of view in degrees."""

    position: Vec3 = (0.0, 1.6, 6.0)
    target: Vec3 = (0.0, 1.4, 0.0)
    field_of_view: float = Field(default=50.0, gt=0, lt=180)


class Lighting(Frozen):
    """Light of the environment: intensities (unitless, 1 is neutral) and the colour of the key light."""

    ambient: float = Field(default=1.0, ge=0)
    key: float = Field(default=1.0, ge=0)
    colour: str = Field(default="#ffffff", pattern=r"^#[0-9a-f]{6}$")


class Environment(Frozen):
    """A complete place: rooms, portals, navigation, lighting, theme. None for the camera means: frame everything."""

    id: str
    name: str
    rooms: FrozenMap[str, Room] = FrozenDict()
    portals: FrozenMap[str, Portal] = FrozenDict()
    theme: ThemeName = "auto"
    navigation: NavigationMode = "orbit"
    lighting: Lighting = Lighting()
    camera: Camera | None = None
