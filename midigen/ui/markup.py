"""Small pieces of HTML. Whatever comes from files or people is escaped here and nowhere else.

Texts of the page that come here whole, such as headings, are said in the visitor's language.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from html import escape

from midigen.jobs import JobStatus
from midigen.runs import RunStatus
from midigen.ui import sentences, texts
from midigen.ui.assets import asset_text
from midigen.ui.language import figure, say


def masthead(title: str, tagline: str) -> str:
    """The top of the page."""
    icon = asset_text("icon.svg")
    return f'<div class="masthead">{icon}<h1>{escape(title)}</h1><p>{escape(tagline)}</p></div>'


def heading(title: str, text: str = "") -> str:
    """A heading, with a sentence below it."""
    below = f"<p>{escape(say(text))}</p>" if text else ""
    return f'<div class="heading"><h2>{escape(say(title))}</h2>{below}</div>'


def paragraph(text: str, kind: str = "") -> str:
    """A paragraph; `kind` is `quiet`, `good`, `bad` or nothing."""
    return f'<p class="said {kind}">{escape(say(text))}</p>' if text else ""


def command(text: str, typed: str) -> str:
    """A line that says what to type for what."""
    said = f"<span>{escape(say(text))}</span> <code>{escape(typed)}</code>"
    return f'<p class="said quiet">{said}</p>'


def tiles(figures: Iterable[tuple[str, str]]) -> str:
    """Figures with their names, side by side."""
    items = "".join(
        f"<div><dt>{escape(say(name))}</dt><dd>{escape(figure)}</dd></div>"
        for name, figure in figures
    )
    return f'<dl class="tiles">{items}</dl>' if items else ""


def bar(label: str, done: float, total: float | None) -> str:
    """A progress bar; without a total it only shows that something moves."""
    share = f'value="{done:g}" max="{total:g}"' if total else ""
    return (
        f'<div class="bar"><p>{escape(label)}</p>'
        f'<progress {share} aria-label="{escape(label)}"></progress></div>'
    )


def columns(
    title: str,
    names: Sequence[str],
    shares: Sequence[float],
    others: Sequence[float] | None = None,
    legend: tuple[str, str] = ("", ""),
    marks: Sequence[str] | None = None,
) -> str:
    """Shares as columns side by side, as an image that is read out as its figures.

    Args:
        title: above the picture.
        names: of the columns.
        shares: their heights.
        others: the same of something to compare with; drawn as lines across.
        legend: the names of both.
        marks: what stands below the columns where that is not their names; from its left edge on.
    """
    legend = (say(legend[0]), say(legend[1]))
    highest = max([*shares, *(others or ()), 1e-9])
    parts = []
    for i, (name, share) in enumerate(zip(names, shares, strict=True)):
        mark = f'<i style="bottom:{others[i] / highest:.1%}"></i>' if others is not None else ""
        said = f"{name}: {figure(share, '.0%')}"
        said += f", {legend[1]} {figure(others[i], '.0%')}" if others else ""
        parts.append(
            f'<li title="{escape(said)}" aria-label="{escape(said)}"><span>'
            f'<b style="height:{share / highest:.1%}"></b>{mark}</span>'
            f"<small>{escape(marks[i] if marks is not None else name)}</small></li>"
        )
    key = (
        f'<p class="legend"><b></b> {escape(legend[0])} <i></i> {escape(legend[1])}</p>'
        if others is not None
        else ""
    )
    return (
        f'<figure class="columns-figure{" marked" if marks is not None else ""}">'
        f"<figcaption>{escape(say(title))}</figcaption>"
        f"<ol>{''.join(parts)}</ol>{key}</figure>"
    )


def figures(pictures: Iterable[str]) -> str:
    """Pictures side by side, as many as there is room for."""
    shown = "".join(pictures)
    return f'<div class="figures">{shown}</div>' if shown else ""


def chords(named: Iterable[tuple[str, str, str]]) -> str:
    """Chords in a row: bar, symbol and numeral of each."""
    items = "".join(
        f"<li><small>{escape(bar)}</small>{escape(symbol)}<em>{escape(numeral)}</em></li>"
        for bar, symbol, numeral in named
    )
    return f'<ol class="chords">{items}</ol>'


def table(
    columns: Sequence[str], rows: Iterable[Sequence[str]], playable: Collection[str] = ()
) -> str:
    """A table that scrolls within itself where the screen is too small for it.

    Args:
        columns: their names.
        rows: the cells.
        playable: first cells that are files to listen to; `assets/files.js` hears their buttons.
    """
    head = "".join(f'<th scope="col">{escape(say(each))}</th>' for each in columns)
    body = "".join(
        f"<tr><td>{_play_button(row[0]) if row[0] in playable else ''}{escape(row[0])}</td>"
        f"{''.join(f'<td>{escape(cell)}</td>' for cell in row[1:])}</tr>"
        for row in rows
    )
    return (
        f'<div class="table" tabindex="0"><table><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def _play_button(file: str) -> str:
    said = escape(say(texts.LISTEN, file=file))
    return (
        f'<button type="button" class="listen" data-file="{escape(file)}" aria-label="{said}" '
        f'title="{said}"><svg viewBox="0 0 24 24" aria-hidden="true">'
        '<path d="M8 5.5v13a1 1 0 0 0 1.5.86l10.5-6.5a1 1 0 0 0 0-1.72L9.5 4.64A1 1 0 0 0 8 5.5z"/>'
        "</svg></button>"
    )


def run_status(status: RunStatus, said: str) -> str:
    """Where a run stands: a bar while it learns, else a sentence."""
    if status.is_alive:
        return bar(said, status.step, status.total_steps)
    return paragraph(said, "bad" if status.state in ("failed", "died") else "good")


def job_status(status: JobStatus) -> str:
    """How an import goes, or how it ended."""
    said = sentences.of_job(status)
    if status.state == "running":
        return bar(said, status.done, status.total)
    return paragraph(said, "good" if status.state == "finished" else "bad")
