"""Where one stands while others compose, in words, beside the button that was pressed."""

from __future__ import annotations

import gradio as gr

from midigen.ui import texts
from midigen.ui.assets import asset_text


def waiting() -> gr.HTML:
    """The component; name it in `show_progress_on` of an event that queues."""
    return gr.HTML(
        value=None,
        html_template='<p class="place" role="status" hidden></p>',
        js_on_load=asset_text("waiting.js"),
        apply_default_css=False,
        elem_classes="waiting",
        texts=texts.WAITING,
    )
