"""A ZeroGPU Space starts only if one function is marked for a GPU."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from midigen.ui import zero_gpu


def test_a_function_is_marked_where_the_host_brings_its_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "spaces.py").write_text("marked = []\nGPU = marked.append\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "spaces", raising=False)
    assert zero_gpu.announce()
    (marked,) = sys.modules.pop("spaces").marked
    assert marked.__doc__


def test_elsewhere_nothing_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zero_gpu, "find_spec", lambda name: None)
    assert not zero_gpu.announce()
