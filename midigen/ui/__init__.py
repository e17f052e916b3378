"""The page: Generate, Train, Data.

The only room that knows gradio. A tab file is layout, then wiring, then handlers; a handler
translates widgets into a request, asks the `Studio`, and translates the answer back. No music is
made and nothing is learned here.

    gradio_start.py   gradio, loaded without what a page does not need
    app.py            the page: its tabs and what they tell each other
    generate_tab.py   a model composes; player, downloads
    train_tab.py      runs: start, watch, stop, resume
    data_tab.py       data sets: three ways in, what was kept, what was left out
    player.py         audio with a piano roll that follows it (assets/player.*)
    results.py        a piece as the files that a visitor hears and takes along
    widgets.py        controls made from knobs, and the way back
    plots.py tables.py markup.py   curves, rows, small pieces of escaped HTML
    texts.py sentences.py          the words
    theme.py assets.py             the look, with assets/studio.css
    events.py errors.py            how handlers are wired, and what people see when one fails
    known.py stops.py temporary.py what visitors may name, wish to stop, and own
"""
