"""The engine a plan was made with: its version, the libraries it counts on and the processor. The same
input, seed and engine give the same plan."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from importlib.metadata import version

from pydantic import BaseModel

LIBRARIES = ("numpy", "numba", "llvmlite", "ortools", "scipy")


class Engine(BaseModel):
    """What the identity of a plan rests on beside its input and seed."""

    version: str
    architecture: str
    python: str
    libraries: dict[str, str]

    @classmethod
    def here(cls) -> Engine:
        """The engine of this process."""
        return cls(
            version=version("outreach"),
            architecture=platform.machine(),
            python=".".join(platform.python_version_tuple()[:2]),
            libraries={name: version(name) for name in LIBRARIES},
        )

    def differences(self, now: Engine) -> Iterator[str]:
        """What is not as it was, in sentences."""
        for name in ("version", "architecture", "python"):
            was, is_ = getattr(self, name), getattr(now, name)
            if was != is_:
                yield f"The {name} was {was} and is {is_}."
        for name in sorted({*self.libraries, *now.libraries}):
            was, is_ = self.libraries.get(name, "absent"), now.libraries.get(name, "absent")
            if was != is_:
                yield f"{name} was {was} and is {is_}."
