"""The page: Generate, Train, Data.

The only room that knows gradio. A tab file is layout, then wiring, then handlers; a handler
translates widgets into a request, asks the `Studio`, and translates the answer back. No music is
made and nothing is learned here.

    app.py           the page: its tabs and what they tell each other
    generate_tab.py  a model composes; player, downloads
    train_tab.py     runs: start, watch, stop, resume
    data_tab.py      data sets: three ways in, what was kept, what was left out
    results.py       generated files of visitors, and when they go
    player.py        audio with a piano roll that follows it
    widgets.py       controls made from knobs; plots; small pieces of HTML
    texts.py         the words
    theme.py         the look, with assets/studio.css
    errors.py        what people see when something goes wrong
"""
