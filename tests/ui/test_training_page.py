"""Training as a person does it in the page: begin, watch, compare, hear, end, keep, take along."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from midigen.processes import start
from midigen.runs import Run, list_runs
from midigen.workspace import Workspace
from tests.conftest import make_band, make_score
from tests.ui.browser import Visit, served, visiting

pytestmark = pytest.mark.browser

SMALL = """
presets:
  quick:
    help: Small enough for a test.
    model.embedding_size: 16
    model.hidden_size: 32
    model.n_layers: 1
    training.batch_size: 4
    training.sequence_length: 32
    training.max_steps: 400
    training.eval_every: 100
    training.checkpoint_every: 100
    training.log_every: 10
    training.warmup_steps: 5
    training.sample_tokens: 60
    training.threads: 1
  finetune:
    help: Goes on from a model.
    training.learning_rate: 0.001
preprocessing:
  workers: 1
  validation_share: 0.2
"""
BAND = """model.type=transformer
model.n_heads=2
model.n_kv_heads=1
model.window=64
training.max_steps=150
training.eval_every=150"""
ENDLESS = "training.max_steps=1000000\ntraining.patience=0"


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    root = tmp_path_factory.mktemp("workspace")
    (root / "config.yaml").write_text(SMALL, encoding="utf-8")
    folder = root / "data" / "midi" / "melodies"
    folder.mkdir(parents=True)
    for i in range(10):
        make_score(seed=i).dump_midi(folder / f"piece-{i}.mid")
    return Workspace(root)


@pytest.fixture(scope="module")
def home(workspace: Workspace) -> Iterator[str]:
    with served(workspace.root) as address:
        yield address


@pytest.fixture
def visit(chromium: Browser, home: str, workspace: Workspace) -> Iterator[Visit]:
    with visiting(chromium, home) as visit:
        visit.open_tab("Train")
        yield visit
        for run in list_runs(workspace.models):
            run.request_stop()
        assert visit.errors == []
        assert visit.foreign == []


def test_a_training_from_nothing_is_estimated_watched_and_heard(visit: Visit) -> None:
    page = visit.page
    name = page.get_by_label("Name of the run")
    expect(name).to_have_attribute("placeholder", "melodies-quick")
    visit.press("How long will it take?")
    said = page.get_by_text(re.compile("About .* on this machine.* 400 steps"))
    expect(said).to_be_visible(timeout=120_000)
    name.fill("first")
    visit.unfold("The same in a terminal")
    expect(page.get_by_text("train --run first --dataset melodies")).to_be_visible()
    visit.press("Start training")
    expect(page.get_by_text("Finished at step 400 of 400.")).to_be_visible()
    expect(lines(page)).to_have_count(4)
    expect(page.locator(".curves li")).to_contain_text(
        ["training", "validation", "5-gram", "unigram"]
    )
    expect(page.get_by_text("tensorboard --logdir models")).to_be_visible()
    assert row(page, "first").locator("td").nth(2).inner_text() == "finished"
    page.get_by_label("Step 300", exact=True).click()
    expect(page.get_by_role("heading", name="first, step 300")).to_be_visible()
    page.wait_for_function(
        "[...document.querySelectorAll('.player audio')].some((each) => each.duration > 0)"
    )


def test_a_second_start_is_refused_a_stop_keeps_and_a_resume_goes_on(
    visit: Visit, workspace: Workspace
) -> None:
    page = visit.page
    begin(visit, "second", ENDLESS)
    run = Run(workspace.run_folder("second"))
    expect(page.get_by_text("Time left")).to_be_visible()
    begun = n_points(page)  # this run has no end, so its curve cannot be whole already
    page.wait_for_function(f"({N_POINTS})() > {begun}")
    page.get_by_label("Name of the run").fill("third")
    visit.press("Start training")
    expect(page.get_by_text("'second' is training already.")).to_be_visible()
    assert not workspace.run_folder("third").exists()
    refused = start_in_terminal(workspace, "third")
    assert refused.returncode == 2
    assert "'second' is training already" in refused.stderr
    visit.press("Delete")
    visit.press("Delete for good")
    expect(page.get_by_text(re.compile(r"'second' is training\."))).to_be_visible()
    visit.press("Keep it")

    expect(page.get_by_label("Step 100", exact=True)).to_be_visible()
    visit.press("Stop")
    expect(page.get_by_text(re.compile("Stopped at step .* is kept"))).to_be_visible()
    assert run.has_model()
    step = run.status().step
    visit.press("Resume")
    expect(page.get_by_text(re.compile("Learning: step"))).to_be_visible()
    page.reload()
    visit.open_tab("Train")
    expect(page.get_by_text(re.compile("Learning: step"))).to_be_visible()
    visit.press("Stop")
    expect(page.get_by_text(re.compile("Stopped at step"))).to_be_visible()
    assert run.status().step >= step


def test_runs_are_compared_on_one_plot(visit: Visit) -> None:
    page = visit.page
    choose(page, "Run", "first")
    expect(lines(page)).to_have_count(4)
    choose(page, "Compare with", "second")
    expect(lines(page)).to_have_count(6)
    expect(page.locator(".curves li").filter(has_text="second, validation")).to_be_visible()
    page.get_by_label("Speed", exact=True).click()
    expect(lines(page)).to_have_count(2)
    page.get_by_label("Loss", exact=True).click()
    expect(lines(page)).to_have_count(6)


def test_a_run_of_the_terminal_is_seen_and_its_death_told(
    visit: Visit, workspace: Workspace, tmp_path: Path
) -> None:
    page = visit.page
    arguments = ["train", "--run", "typed", "--dataset", "melodies", "--preset", "quick"]
    words = [word for knob in ENDLESS.splitlines() for word in ("--set", knob)]
    with (tmp_path / "typed.log").open("wb") as log:
        typed = start(workspace, [*arguments, *words], log)
    expect(page.get_by_label("Run", exact=True)).to_have_value("typed")
    expect(page.get_by_label("Step 100", exact=True)).to_be_visible()
    typed.kill()
    typed.wait()
    expect(
        page.get_by_text(re.compile("Died: the process .* ended without a word"))
    ).to_be_visible()
    visit.press("Resume")
    expect(page.get_by_text(re.compile("Learning: step"))).to_be_visible()
    visit.press("Stop")
    expect(page.get_by_text(re.compile("Stopped at step"))).to_be_visible()


def test_a_run_is_renamed_taken_along_deleted_and_taken_in(
    visit: Visit, workspace: Workspace, tmp_path: Path
) -> None:
    page = visit.page
    choose(page, "Run", "first")
    visit.press("Rename")
    expect(page.get_by_text("There is no new name.")).to_be_visible()
    for bad, said in (("../x", "cannot be the name"), ("second", "There is a run named 'second'")):
        page.get_by_label("New name of the chosen run").fill(bad)
        visit.press("Rename")
        expect(page.get_by_text(said)).to_be_visible()
    page.get_by_label("New name of the chosen run").fill("melodist")
    visit.press("Rename")
    expect(row(page, "melodist")).to_be_visible()
    expect(page.get_by_label("Run", exact=True)).to_have_value("melodist")
    assert not workspace.run_folder("first").exists()

    visit.press("Take along")
    with page.expect_download() as download:
        page.locator("a[download='melodist.zip']").first.click()
    taken = tmp_path / "melodist.zip"
    download.value.save_as(taken)

    visit.press("Delete")
    expect(page.get_by_text("Delete the run “melodist” and its model?")).to_be_visible()
    visit.press("Delete for good")
    expect(row(page, "melodist")).to_have_count(0)
    assert not workspace.run_folder("melodist").exists()

    page.locator("input[type=file][accept='.zip']").set_input_files(taken)
    expect(row(page, "melodist")).to_be_visible()
    expect(page.get_by_label("Run", exact=True)).to_have_value("melodist")
    expect(lines(page)).to_have_count(4)
    assert Run(workspace.run_folder("melodist")).has_model()
    poem = tmp_path / "poem.zip"
    poem.write_text("no zip")
    page.locator("input[type=file][accept='.zip']").set_input_files(poem)
    expect(page.get_by_text("poem.zip is no zip, or a damaged one.")).to_be_visible()


def test_a_model_learns_a_data_set_more_by_one_press(visit: Visit, workspace: Workspace) -> None:
    page = visit.page
    visit.open_tab("Data")
    visit.press("Teach it to a trained model")
    expect(page.get_by_label("Name of the run")).to_have_attribute(
        "placeholder", "melodies-finetune"
    )
    page.get_by_role("button", name="More settings").locator("visible=true").click()
    page.get_by_label("Other settings").fill(
        "training.max_steps=20\ntraining.eval_every=10\ntraining.batch_size=4\n"
        "training.sequence_length=32"
    )
    visit.press("Start training")
    expect(page.get_by_label("Run", exact=True)).to_have_value("melodies-finetune")
    expect(page.get_by_text("Finished at step 20 of 20.")).to_be_visible()
    assert "--from" in Run(workspace.run_folder("melodies-finetune")).status().command


def test_a_transformer_learns_a_band_and_its_parts_are_heard(
    visit: Visit, workspace: Workspace
) -> None:
    folder = workspace.dataset_folder("bands")
    folder.mkdir()
    for i in range(8):
        make_band(seed=i, n_bars=4).dump_midi(folder / f"band-{i}.mid")
    page = visit.page
    page.reload()
    visit.open_tab("Train")
    choose(page, "Data set", "bands")
    page.get_by_role("button", name="More settings").locator("visible=true").click()
    page.get_by_label("Keep instruments apart", exact=True).check()
    begin(visit, "band", BAND, is_unfolded=True)
    expect(page.get_by_text("Finished at step 150 of 150.")).to_be_visible()

    visit.open_tab("Generate")
    choose(page, "Model", "band")
    visit.press("Generate")
    page.wait_for_function("document.querySelectorAll('.player .tracks .part').length >= 2")
    page.wait_for_function(
        "[...document.querySelectorAll('.player audio')].some((each) => each.duration > 1)"
    )


N_POINTS = (
    "() => [...document.querySelectorAll('.curves polyline')]"
    ".reduce((sum, each) => sum + each.points.length, 0)"
)


def lines(page: Page) -> Locator:
    return page.locator(".curves polyline")


def n_points(page: Page) -> int:
    return int(page.evaluate(N_POINTS))


def row(page: Page, run: str) -> Locator:
    return page.locator(f".runs-table tr:has(td:first-child:text-is('{run}'))")


def choose(page: Page, label: str, value: str) -> None:
    field = page.get_by_label(label, exact=True)
    field.click()
    choices = page.locator(f"#{field.get_attribute('aria-controls')}")
    choices.get_by_role("option", name=value, exact=True).click()
    page.keyboard.press("Escape")


def begin(visit: Visit, name: str, settings: str, is_unfolded: bool = False) -> None:
    visit.page.get_by_label("Name of the run").fill(name)
    if not is_unfolded:
        visit.unfold("More settings")
    field = visit.page.get_by_label("Other settings")
    expect(field).to_be_visible()
    visit.page.wait_for_timeout(500)  # what has just been unfolded may still be emptied once
    field.fill(settings)
    field.blur()
    expect(field).to_have_value(settings)
    visit.page.wait_for_timeout(500)
    visit.press("Start training")
    expect(visit.page.get_by_label("Run", exact=True)).to_have_value(name)


def start_in_terminal(workspace: Workspace, name: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "midigen", "train", "--run", name, "--dataset", "melodies"],
        env={"MIDIGEN_HOME": str(workspace.root)},
        capture_output=True,
        text=True,
        check=False,
    )
