"""Builds the widgets' TypeScript when a wheel or an editable install is made."""

from __future__ import annotations

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CustomBuildHook(BuildHookInterface):  # type: ignore[type-arg]
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Bundle `widgets/src` into `spatialnb/widgets/static`."""
