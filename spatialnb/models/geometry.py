"""Points, rotations and poses: metres, degrees, right-handed, y up, -z away from the visitor."""

from __future__ import annotations

import math
from typing import Annotated, TypeAlias

from pydantic import Field

from spatialnb.models.base import Frozen

Metres: TypeAlias = Annotated[float, Field(json_schema_extra={"unit": "m"})]
Degrees: TypeAlias = Annotated[float, Field(json_schema_extra={"unit": "deg"})]
Seconds: TypeAlias = Annotated[float, Field(json_schema_extra={"unit": "s"})]
Vec3: TypeAlias = tuple[float, float, float]
Matrix3: TypeAlias = tuple[Vec3, Vec3, Vec3]

PRECISION = 6
"""Decimal places that count: a micrometre, a microdegree."""


class Size(Frozen):
    """Width, height and depth of a box in metres, each above zero."""

    width: Metres = Field(default=1.0, gt=0)
    height: Metres = Field(default=1.0, gt=0)
    depth: Metres = Field(default=0.02, gt=0)


class Pose(Frozen):
    """Where something is (centre, metres) and how it is turned (degrees, intrinsic XYZ)."""

    position: Vec3 = (0.0, 0.0, 0.0)
    rotation: Vec3 = (0.0, 0.0, 0.0)


def rounded(vector: Vec3) -> Vec3:
    """`vector` to the precision that counts, with no negative zero."""
    x, y, z = (round(component, PRECISION) + 0.0 for component in vector)
    return (x, y, z)


def add(a: Vec3, b: Vec3) -> Vec3:
    return (a[0] + b[0], a[1] + b[1], a[2] + b[2])


def subtract(a: Vec3, b: Vec3) -> Vec3:
    return (a[0] - b[0], a[1] - b[1], a[2] - b[2])


def scale(a: Vec3, factor: float) -> Vec3:
    return (a[0] * factor, a[1] * factor, a[2] * factor)


def distance(a: Vec3, b: Vec3) -> float:
    return math.dist(a, b)


def matrix(rotation: Vec3) -> Matrix3:
    """Rotation matrix of intrinsic XYZ angles in degrees: R = Rx Ry Rz, as three.js `Euler` order 'XYZ'."""
    a, b, c = (math.radians(angle) for angle in rotation)
    ca, sa, cb, sb, cc, sc = math.cos(a), math.sin(a), math.cos(b), math.sin(b), math.cos(c), math.sin(c)
    return (
        (cb * cc, -cb * sc, sb),
        (ca * sc + sa * sb * cc, ca * cc - sa * sb * sc, -sa * cb),
        (sa * sc - ca * sb * cc, sa * cc + ca * sb * sc, ca * cb),
    )


def angles(rotation: Matrix3) -> Vec3:
    """Intrinsic XYZ angles in degrees of a rotation matrix; the inverse of `matrix` up to gimbal lock.

    Of the two triples that mean the same turn, the one that tips less: what stands upright has turned about y alone.
    """
    m = rotation
    b = math.asin(max(-1.0, min(1.0, m[0][2])))
    if abs(m[0][2]) < 1 - 1e-12:
        a, c = math.atan2(-m[1][2], m[2][2]), math.atan2(-m[0][1], m[0][0])
        if abs(a) + abs(c) > math.pi + 1e-9:
            a, b, c = _half_turned(a), math.pi - b, _half_turned(c)
            b = b - 2 * math.pi if b > math.pi else b
    else:
        a, c = math.atan2(m[2][1], m[1][1]), 0.0
    return (math.degrees(a), math.degrees(b), math.degrees(c))


def _half_turned(angle: float) -> float:
    return angle - math.pi if angle > 0 else angle + math.pi


def transform(m: Matrix3, v: Vec3) -> Vec3:
    x, y, z = (row[0] * v[0] + row[1] * v[1] + row[2] * v[2] for row in m)
    return (x, y, z)


def product(a: Matrix3, b: Matrix3) -> Matrix3:
    columns = list(zip(*b, strict=True))
    rows = [tuple(sum(p * q for p, q in zip(row, column, strict=True)) for column in columns) for row in a]
    return (rows[0], rows[1], rows[2])  # pyright: ignore[reportReturnType]


def compose(outer: Pose, inner: Pose) -> Pose:
    """`inner`, given in the frame of `outer`, in the frame that holds `outer`."""
    m = matrix(outer.rotation)
    return Pose(
        position=add(outer.position, transform(m, inner.position)),
        rotation=angles(product(m, matrix(inner.rotation))),
    )


def extent(size: Size, rotation: Vec3) -> Vec3:
    """Width, height and depth of the upright box around a turned box."""
    m = matrix(rotation)
    box = (size.width, size.height, size.depth)
    x, y, z = (sum(abs(row[k]) * box[k] for k in range(3)) for row in m)
    return (x, y, z)
