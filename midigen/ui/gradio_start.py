"""Lets gradio start in half the time.

Whenever it is imported, gradio works out a stub of each of its components for editors and compares
it with the file beside it: 1.3 of 2.8 seconds of processor time, for nothing that a page needs.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import ModuleType

_MODULE, _FUNCTION = "gradio.component_meta", "create_or_modify_pyi"


@contextmanager
def without_stubs() -> Iterator[None]:
    """While it lasts, gradio may be imported; where it is loaded already, nothing changes."""
    finder = _Finder()
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)


class _Finder(MetaPathFinder):
    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != _MODULE:
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and isinstance(spec.loader, SourceFileLoader):
            spec.loader = _Loader(spec.loader.name, spec.loader.path)
        return spec


class _Loader(SourceFileLoader):
    def exec_module(self, module: ModuleType) -> None:
        super().exec_module(module)
        if hasattr(module, _FUNCTION):  # of other versions of gradio nothing is known
            setattr(module, _FUNCTION, _no_stub)


def _no_stub(*_: object) -> None:
    pass
