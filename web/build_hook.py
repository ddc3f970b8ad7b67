"""Builds the pages with Node from the package index while the wheel is made (written by the packaging step)."""

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class PagesHook(BuildHookInterface):
    """Nothing to build yet."""
