from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import pytest

from midigen.bundle import export_bundle, load_bundle, save_weights
from midigen.config import GenerationRequest
from midigen.errors import UserError
from midigen.music.score import write_score
from midigen.networks.cache import CacheSettings
from midigen.studio import Studio
from midigen.takes import new_visitor
from tests.conftest import make_score
from tests.rendering.conftest import write_soundfont

REQUEST = GenerationRequest(seed=3, gen_length=80)


def test_the_journey_of_real_music(studio: Studio) -> None:
    """Chorales of the starter set: import, prepare, train, generate, decode, sound."""
    from midigen.corpus import chorales

    scores = chorales.find_scores()[:8]
    folder = studio.workspace.root / "some"
    folder.mkdir(parents=True)
    for path in scores:
        (folder / f"{path.stem}.mid").write_bytes(chorales.convert(str(path)).midi)
    studio.import_dataset(str(folder), "chorales")
    report = studio.prepare("chorales").report()
    assert len(report.kept) == 8
    assert studio.report("chorales") == report
    *_, last = studio.train("bach", "chorales")
    assert last.type == "finished"
    piece = studio.compose("bach", REQUEST)
    assert piece.score.note_num() > 5
    audio = studio.render(piece.score)
    assert abs(audio.samples).max() > 0.1
    assert studio.pianoroll(piece.score).notes


def test_visitors_at_once_get_what_each_alone_would(trained: Studio) -> None:
    alone = {
        seed: trained.compose("tiny", replace(REQUEST, seed=seed)).score.dumps_midi()
        for seed in range(6)
    }
    together: dict[int, bytes] = {}

    def visit(seed: int) -> None:
        together[seed] = trained.compose("tiny", replace(REQUEST, seed=seed)).score.dumps_midi()

    visitors = [threading.Thread(target=visit, args=(seed,)) for seed in alone]
    for visitor in visitors:
        visitor.start()
    for visitor in visitors:
        visitor.join()
    assert together == alone


def test_a_warm_studio_has_the_newest_model_in_memory(
    trained: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    trained.warm_up()
    monkeypatch.setattr("midigen.bundle.load_bundle", lambda _: pytest.fail("it is loaded again"))
    assert trained.begin("tiny", REQUEST).model == "tiny"


def test_nothing_to_warm_up_is_no_error(studio: Studio) -> None:
    studio.warm_up()


def test_a_damaged_model_is_told_to_who_asks_for_it_and_not_at_the_start(trained: Studio) -> None:
    weights = trained.run("tiny").folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:100])
    trained.warm_up()
    with pytest.raises(UserError, match="damaged"):
        trained.begin("tiny", REQUEST)


def test_a_retrained_model_replaces_the_one_in_memory(trained: Studio) -> None:
    before = trained.compose("tiny", REQUEST).score.dumps_midi()
    trained.run("tiny").delete()
    other = Studio(
        replace(trained.config, training=replace(trained.config.training, seed=5)),
        trained.workspace,
    )
    for _ in other.train("tiny", "my-midi"):
        pass
    assert trained.compose("tiny", REQUEST).score.dumps_midi() != before


def test_neither_note_nor_card_tells_where_files_lay(trained: Studio, midi_folder: Path) -> None:
    (dataset,) = trained.datasets()
    assert dataset.source == "your own files (my-midi)"
    assert str(midi_folder.parent) not in str(trained.models()[0].card)


def test_names_of_runs_are_free_and_safe(trained: Studio) -> None:
    assert trained.free_run_name("my-midi", "quick") == "my-midi-quick"
    assert trained.free_run_name("/some/where/tiny", None) == "tiny-2"


def test_deleting_a_data_set_deletes_its_tokens_and_no_others(
    trained: Studio, midi_folder: Path
) -> None:
    trained.import_dataset(str(midi_folder), "my-midi-two")
    trained.prepare("my-midi-two")
    trained.delete_dataset("my-midi")
    assert [each.name for each in trained.datasets()] == ["my-midi-two"]
    (left,) = trained.workspace.tokens.iterdir()
    assert left.name.startswith("my-midi-two-")
    assert trained.report("my-midi-two") is not None
    with pytest.raises(UserError, match="my-midi-two"):
        trained.prepare("my-midi")


def test_a_data_set_is_surveyed_once_it_was_prepared(studio: Studio, midi_folder: Path) -> None:
    studio.import_dataset(str(midi_folder))
    with pytest.raises(UserError, match="Nobody has looked through"):
        studio.survey("my-midi")
    studio.prepare("my-midi")
    assert studio.known_survey("my-midi") is None
    assert studio.survey("my-midi") == studio.known_survey("my-midi")


def test_a_prompt_of_unknown_origin_is_read_or_refused(trained: Studio, tmp_path: Path) -> None:
    write_score(make_score(), tmp_path / "good.mid")
    prompt = trained.read_prompt(tmp_path / "good.mid")
    assert trained.compose("tiny", REQUEST, prompt).n_prompt > 1
    (tmp_path / "bad.mid").write_bytes(b"MThd")
    with pytest.raises(UserError, match=r"The prompt bad\.mid cannot be used: it is damaged"):
        trained.read_prompt(tmp_path / "bad.mid")


def test_a_folder_put_there_by_hand_may_have_any_name(studio: Studio, midi_folder: Path) -> None:
    folder = studio.workspace.midi / "Meine Stücke (2)"
    folder.parent.mkdir(parents=True)
    midi_folder.rename(folder)
    (dataset,) = studio.datasets()
    assert len(studio.prepare(dataset.name).pieces) == 12
    *_, last = studio.train(studio.free_run_name(dataset.name, "quick"), dataset.name)
    assert last.type == "finished"
    studio.delete_dataset(dataset.name)
    assert not folder.exists()
    assert list(studio.workspace.tokens.iterdir()) == []


def test_who_can_recall_is_who_has_a_cache(trained: Studio) -> None:
    bundle = load_bundle(trained.workspace.models / "tiny")
    assert trained.can_recall("tiny") is (bundle.cache is not None)
    save_weights(
        trained.workspace.models / "tiny",
        bundle.weights,
        bundle.tokenizer,
        None if bundle.cache else CacheSettings(1.0, 0.1, 0.5),
    )
    assert trained.can_recall("tiny") is (bundle.cache is None)


def test_a_model_is_sampled_as_its_own_config_says_unless_ours_is_changed(
    trained: Studio, tmp_path: Path
) -> None:
    own = trained.workspace.run_folder("tiny") / "config.yaml"
    text = own.read_text(encoding="utf-8")
    own.write_text(text.replace("temperature: 1.0", "temperature: 1.25"), encoding="utf-8")
    assert trained.usual_request("tiny") == replace(trained.config.generation, temperature=1.25)
    assert trained.config_to_train(base="tiny").generation.temperature == 1.25
    ours = replace(trained.config.generation, temperature=0.9)
    changed = Studio(replace(trained.config, generation=ours), trained.workspace)
    assert changed.usual_request("tiny") == ours
    export_bundle(load_bundle(own.parent), tmp_path / "a.pth")
    assert trained.usual_request(str(tmp_path / "a.pth")) == trained.config.generation
    with pytest.raises(UserError, match="No model named 'nobody'"):
        trained.usual_request("nobody")


def test_a_read_only_place_still_composes(
    trained: Studio, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Takes are kept in the system's own place then; training and importing say what is wrong."""
    monkeypatch.setattr("os.access", lambda path, mode: False)
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path / "system"))
    piece = trained.compose("tiny", GenerationRequest(seed=1, gen_length=50))
    take = trained.visit(new_visitor()).add(piece, 1.0)
    assert take.n_notes > 0
    assert (tmp_path / "system" / "midigen-takes").exists()
    assert not trained.workspace.takes.exists()


def test_a_soundfont_is_kept_and_offered_if_it_plays(studio: Studio, tmp_path: Path) -> None:
    sine = write_soundfont(tmp_path / "sine.sf2")
    kept = studio.add_soundfont(sine)
    assert kept in studio.soundfonts()
    assert studio.render(make_score(), kept.name).soundfont == "sine.sf2"
    sine.write_bytes(sine.read_bytes()[:-50])
    with pytest.raises(UserError, match="it is cut off"):
        studio.add_soundfont(sine.rename(tmp_path / "cut.sf2"))
    assert not (studio.workspace.soundfonts / "cut.sf2").exists()
