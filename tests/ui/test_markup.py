from __future__ import annotations

import pytest

from midigen.jobs import JobStatus
from midigen.runs import RunStatus
from midigen.ui import markup

EVIL = "<img src=x onerror=alert(1)>\"'"


@pytest.mark.parametrize(
    "html",
    [
        markup.heading(EVIL, EVIL),
        markup.paragraph(EVIL),
        markup.tiles([(EVIL, EVIL)]),
        markup.bar(EVIL, 1, 2),
        markup.table([EVIL], [[EVIL]]),
        markup.job_status(JobStatus("failed", message=EVIL)),
        markup.job_status(JobStatus("finished", dataset=EVIL)),
        markup.job_status(JobStatus("running", what=EVIL)),
        markup.run_status(RunStatus("died", EVIL), EVIL),
    ],
)
def test_names_from_files_never_become_html(html: str) -> None:
    assert "<img" not in html
    assert "&lt;img src=x onerror=alert(1)&gt;&quot;&#x27;" in html


def test_a_bar_without_a_total_has_no_value() -> None:
    assert "value" not in markup.bar("Reading", 3, None)
    assert 'value="3" max="10"' in markup.bar("Reading", 3, 10)
