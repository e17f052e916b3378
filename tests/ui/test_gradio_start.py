from __future__ import annotations

import subprocess
import sys

CODE = """
import sys
from pathlib import Path
from midigen.ui.gradio_start import without_stubs
finders = list(sys.meta_path)
read = []
sys.addaudithook(lambda event, args: read.append(str(args[0])) if event == "open" else None)
with without_stubs():
    import gradio
assert sys.meta_path == finders, "it cleans up behind itself"
stubs = [each for each in read if each.endswith(".pyi")]
assert not stubs, stubs[:3]
assert gradio.Slider(0, 1, 0.5).value == 0.5
"""


def test_gradio_starts_without_its_stubs() -> None:
    subprocess.run([sys.executable, "-c", CODE], check=True)
