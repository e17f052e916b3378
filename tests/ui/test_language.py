"""The page speaks the language of the browser: every text is known, and visitors do not mix."""

from __future__ import annotations

import ast
import string
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import gradio as gr
import pytest
from gradio.context import LocalContext
from starlette.requests import Request

from midigen.config import PRESETS, Config, GenerationRequest
from midigen.corpus.intake import kind_of
from midigen.corpus.store import SAME_MUSIC
from midigen.errors import UserError
from midigen.knobs import knobs_of
from midigen.music.harmony import key_name
from midigen.music.key import TONICS, Key
from midigen.ui import analysis_words, russian, russian_errors, sentences, texts
from midigen.ui.errors import for_people
from midigen.ui.language import figure, language, plural, say, say_message, speaking, wanted
from midigen.ui.run_form import OFFERED
from midigen.ui.spoken_page import translated, translated_html
from midigen.ui.widgets import label_of

UI = Path(texts.__file__).parent
KEYS = {key_name(Key(n, "major")) for n in range(12)} | {
    key_name(Key(n, "minor")) for n in range(12)
}


def words_of(value: Any) -> Iterator[str]:
    """The texts in a constant: values of a mapping, the shown halves of choices."""
    match value:
        case str():
            yield value
        case tuple():
            yield value[0]
        case Mapping() | list():
            for each in value.values() if isinstance(value, Mapping) else value:
                yield from words_of(each)


def words_of_knobs() -> Iterator[str]:
    named = {
        f"{section}.{each.name}": each
        for section in ("training", "preprocessing", "tokenizer")
        for each in knobs_of(type(getattr(Config(), section)))
    }
    asked = {each.name: each for each in knobs_of(GenerationRequest)}
    for each in (*asked.values(), *(named[dotted] for dotted in OFFERED)):
        yield each.help
        yield label_of(each.name)
    yield from asked["scale"].choices
    yield from (preset.help for preset in PRESETS.values())


def calls(function: str) -> Iterator[ast.Call]:
    for path in sorted(UI.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == function:
                yield node


def quoted(node: ast.expr) -> Iterator[str]:
    """The text between quotes, both if it is one of two."""
    if isinstance(node, ast.Constant):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from (*quoted(node.body), *quoted(node.orelse))


def said() -> set[str]:
    """All that the page can say."""
    constants = [value for name, value in vars(texts).items() if name.isupper()]
    tables = (analysis_words.SENTENCES, analysis_words.FINDINGS, analysis_words.REMEDIES)
    found = {
        *words_of([*constants, *tables]),
        *words_of_knobs(),
        *(text for call in calls("say") for text in quoted(call.args[0])),
    }
    units = {"{number} G", "{number} M", "{number} k"}  # of `sentences.short`
    return (found | units) - {""}


def fields(template: str) -> list[tuple[str, str]]:
    """Names of fields and how they are written, such as `("loss", ".2f")`."""
    parsed = string.Formatter().parse(template)
    return sorted((name, form or "") for _, name, form, _ in parsed if name is not None)


def asks_for(accepted: str) -> gr.Request:
    headers = [(b"accept-language", accepted.encode())]
    return gr.Request(Request({"type": "http", "headers": headers}))


# The table


def test_every_text_of_the_page_is_known_in_russian() -> None:
    assert said() - russian.TEXTS.keys() - russian.SAME == set()


def test_every_russian_text_is_used() -> None:
    assert russian.TEXTS.keys() - said() - russian.KEYS.keys() == set()
    assert said() >= russian.SAME


def test_translations_have_the_same_fields() -> None:
    assert {text for text, said in russian.TEXTS.items() if fields(said) != fields(text)} == set()


def test_no_text_is_left_without_a_russian_letter() -> None:
    spoken = {text for text in russian.TEXTS.values() if not fields(text)}
    dumb = {text for text in spoken if not any("а" <= letter <= "я" for letter in text.lower())}
    assert dumb == set()


def test_every_key_has_a_name() -> None:
    assert russian.KEYS.keys() >= KEYS
    assert russian.KEYS["Eb major"] == "ми-бемоль мажор"
    assert russian.KEYS["F# minor"] == "фа-диез минор"
    assert set(TONICS) <= {name.split()[0] for name in russian.KEYS}


def test_everything_that_is_counted_has_its_plurals() -> None:
    counted = {text for call in calls("count") for text in quoted(call.args[2])}
    assert counted == russian.PLURALS.keys()


# Numbers and words


@pytest.mark.parametrize(
    ("number", "said_in_russian", "said_in_english"),
    [
        (0, "0 тактов", "0 bars"),
        (1, "1 такт", "1 bar"),
        (2, "2 такта", "2 bars"),
        (4, "4 такта", "4 bars"),
        (5, "5 тактов", "5 bars"),
        (11, "11 тактов", "11 bars"),
        (12, "12 тактов", "12 bars"),
        (14, "14 тактов", "14 bars"),
        (21, "21 такт", "21 bars"),
        (22, "22 такта", "22 bars"),
        (25, "25 тактов", "25 bars"),
        (111, "111 тактов", "111 bars"),
        (1121, "1\N{NO-BREAK SPACE}121 такт", "1,121 bars"),
    ],
)
def test_bars_are_counted(number: int, said_in_russian: str, said_in_english: str) -> None:
    assert sentences.count(number, "bar", "bars") == said_in_english
    with speaking("ru"):
        assert sentences.count(number, "bar", "bars") == said_in_russian


def test_numbers_are_written_as_the_language_writes_them() -> None:
    assert figure(1234.5, ",.1f") == "1,234.5"
    with speaking("ru"):
        assert figure(1234.5, ",.1f") == "1\N{NO-BREAK SPACE}234,5"
        assert say("{mean:.0f} bpm", mean=96.4) == "96 уд/мин"
        assert sentences.duration(4800) == "1 ч 20 мин"
        assert sentences.short(2.34e6) == "2,3 млн"


def test_what_is_not_ours_stays_as_it_is() -> None:
    """A file may be called anything, `{0}` too."""
    with speaking("ru"):
        assert say("{0} by {nobody}") == "{0} by {nobody}"
        assert say(texts.IMPORTED, name="{n} Data") == "Набор «{n} Data» готов."


# Who is answered


@pytest.mark.parametrize(
    ("accepted", "language_of_ours"),
    [
        ("", "en"),
        ("ru", "ru"),
        ("ru-RU,ru;q=0.9,en-US;q=0.8,en;q=0.7", "ru"),
        ("en-US,en;q=0.9,ru;q=0.8", "en"),
        ("de, ru-RU; q=0.9, en;q=0.8", "ru"),
        ("de,fr", "en"),
        ("en;q=0.1,ru;q=0.2", "ru"),
        ("ru;q=0", "en"),
        ("*", "en"),
        ("ru;q=much", "en"),
        (";;q=,,", "en"),
    ],
)
def test_the_browser_says_what_its_person_reads(accepted: str, language_of_ours: str) -> None:
    assert wanted(accepted) == language_of_ours


@for_people
def answer(n_bars: int) -> str:
    if not n_bars:
        raise UserError(texts.NOTHING_PLAYED, texts.NOTHING_PLAYED_HINT)
    return f"{say(texts.TAKE, n=1)}, {n_bars} {plural(n_bars, 'bar', 'bars')}"


@for_people
def answers(n_bars: int) -> Iterator[str]:
    for _ in range(2):
        yield answer(n_bars)


def handle(handler: Any, accepted: str, argument: int) -> Any:
    """As gradio calls a handler: the request is set before it, and before each step of it."""
    token = LocalContext.request.set(asks_for(accepted))
    try:
        answered = handler(argument)
        return list(answered) if isinstance(answered, Iterator) else answered
    finally:
        LocalContext.request.reset(token)


def test_a_handler_answers_in_the_language_of_its_request() -> None:
    assert handle(answer, "ru-RU,ru;q=0.9", 3) == "Дубль 1, 3 такта"
    assert handle(answer, "en-GB", 3) == "Take 1, 3 bars"
    assert handle(answers, "ru", 5) == ["Дубль 1, 5 тактов"] * 2
    assert language() == "en"


def test_a_message_of_the_page_is_translated_too() -> None:
    with pytest.raises(gr.Error) as raised:
        handle(answer, "ru", 0)
    assert raised.value.title == "Проверьте, пожалуйста"
    assert raised.value.message.startswith("Пока ничего не сыграно.")


def test_two_requests_at_once_do_not_mix() -> None:
    both, answered = threading.Barrier(2, timeout=10), {}

    @for_people
    def slowly(n_bars: int) -> Iterator[str]:
        for _ in range(20):
            both.wait()
            yield answer(n_bars)

    def visit(accepted: str) -> None:
        answered[accepted] = set(handle(slowly, accepted, 2))

    visitors = [threading.Thread(target=visit, args=(each,)) for each in ("ru", "en")]
    for each in visitors:
        each.start()
    for each in visitors:
        each.join()
    assert answered == {"ru": {"Дубль 1, 2 такта"}, "en": {"Take 1, 2 bars"}}


# What is sent to the browser


def test_of_a_choice_only_the_shown_half_is_translated() -> None:
    choice = gr.Radio(["safe", "wild"], value="safe", label="How daring?", render=False)
    with speaking("ru"):
        sent = translated({"type": "radio", "props": choice.get_config()})["props"]
    assert sent["choices"] == [("осторожно", "safe"), ("дерзко", "wild")]
    assert sent["value"] == "safe"
    assert sent["label"] == "Насколько смело?"


def test_what_people_typed_is_not_translated() -> None:
    box = gr.Textbox("Data", label="Name of the run", render=False)
    with speaking("ru"):
        sent = translated({"type": "textbox", "props": box.get_config()})["props"]
    assert (sent["value"], sent["label"]) == ("Data", "Название запуска")


def test_html_keeps_its_tags_and_its_escapes() -> None:
    with speaking("ru"):
        assert translated_html("<p class='Data'>Data</p>") == "<p class='Data'>Данные</p>"
        assert translated_html("<p>&lt;b&gt; it&#x27;s</p>") == "<p>&lt;b&gt; it&#x27;s</p>"


def test_nothing_that_is_sent_changes_what_the_next_visitor_gets() -> None:
    component = {"type": "button", "props": {"value": "Stop", "label": None}}
    with speaking("ru"):
        assert translated(component)["props"]["value"] == "Стоп"
    assert component["props"]["value"] == "Stop"


# What only the command line and programs meet, and reasons why files of other people are left out.
ELSEWHERE = {
    *("cli", "training", "evaluation", "networks", "bundle.py", "runs.py", "config.py"),
    *("config_file.py", "corpus/engraved.py", "corpus/chorales.py", "music/tokenizer.py"),
    *("ui/app.py", "ui/api.py"),
}


def templates_in(node: ast.expr) -> Iterator[str]:
    """The text of a message with `{}` for its values."""
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.JoinedStr(values=parts):
            yield "".join(
                str(part.value) if isinstance(part, ast.Constant) else "{}" for part in parts
            )
        case ast.IfExp(body=one, orelse=other):
            yield from (*templates_in(one), *templates_in(other))


def messages_of_rooms() -> set[str]:
    """All that a person can be told by a `UserError` on the page."""
    found = set()
    for path in sorted(UI.parent.rglob("*.py")):
        place = path.relative_to(UI.parent).as_posix()
        if not ELSEWHERE.isdisjoint({place, place.split("/")[0]}):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "UserError":
                found.update(text for each in node.args for text in templates_in(each) if text)
    return found


def test_every_message_of_the_rooms_is_known_in_russian() -> None:
    assert len(messages_of_rooms()) > 100
    assert messages_of_rooms() - set(russian.TEXTS) - set(russian_errors.TEMPLATES) == set()


def test_messages_have_as_many_values_in_russian() -> None:
    for english, said in russian_errors.TEMPLATES.items():
        if english != "'{}' cannot be the name of a {}.":
            assert english.count("{}") == said.count("{}"), english
        assert english.strip("{} "), "a message of values alone would match anything"


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("No data set named 'jazz' in /a/b.", "Набора «jazz» нет в /a/b."),
        (f"{SAME_MUSIC}a/b.mid", "та же музыка, что и в a/b.mid"),
        (kind_of("notes.txt"), "не MIDI-файл (.txt)"),
        (kind_of("notes"), "не MIDI-файл (неизвестное окончание)"),
        (
            "The prompt x.mid cannot be used: it has 9 tracks; the limit is 8.",
            "Начало x.mid не подходит: дорожек в нём 9, а можно не больше 8.",
        ),
        (
            "temperature is 7.0; it must be a number between 0.1 and 2.",
            "Значение temperature: 7.0; нужно число от 0.1 до 2.",
        ),
        ("Top-k is 'x'; it must be a number.", "Значение «Top-k»: «x»; нужно число."),
        ("Something {odd} is new.", "Something {odd} is new."),
    ],
)
def test_a_message_keeps_its_values(message: str, expected: str) -> None:
    assert say_message(message) == message
    with speaking("ru"):
        assert say_message(message) == expected
