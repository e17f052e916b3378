"""The command line as a person uses it, in processes of its own where that matters."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import wave
import zipfile
from pathlib import Path

import numpy as np
import pytest
from symusic import Score

from midigen.cli import main
from midigen.config_file import save_config
from midigen.studio import Studio
from tests.conftest import make_score

PROJECT = Path(__file__).parent.parent


@pytest.fixture
def here(studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty current folder, and a workspace with small settings."""
    save_config(studio.config, studio.workspace.config_file)
    monkeypatch.setenv("MIDIGEN_HOME", str(studio.workspace.root))
    current = tmp_path / "current"
    current.mkdir()
    monkeypatch.chdir(current)
    return current


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """What a command says that refuses: exit code 2, no traceback."""
    capsys.readouterr()
    assert main(arguments) == 2
    said = capsys.readouterr().err
    assert said.startswith("error: ")
    assert "Traceback" not in said
    return said


def files_below(folder: Path) -> set[str]:
    """All files but locks."""
    return {
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file() and path.name != ".lock"
    }


def test_help_is_instant_and_loads_no_heavy_library() -> None:
    heavy = ("torch", "gradio", "miditok", "symusic", "numpy", "accelerate", "kagglehub", "music21")
    code = (
        "import resource, sys\n"
        "from midigen.cli import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit:\n    pass\n"
        f"loaded = [name for name in {heavy} if name in sys.modules]\n"
        "usage = resource.getrusage(resource.RUSAGE_SELF)\n"
        "print(loaded, usage.ru_utime + usage.ru_stime)"
    )
    runs = [
        subprocess.run(
            [sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=True
        ).stdout.splitlines()[-1]
        for _ in range(3)
    ]
    assert all(line.startswith("[] ") for line in runs), runs
    assert min(float(line.split()[-1]) for line in runs) < 0.2


def test_the_three_scripts_make_music_from_a_folder(
    here: Path, midi_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The way of the README, through the scripts, with `export` as the original names it."""

    def run(script: str, *arguments: str) -> str:
        result = subprocess.run(
            [sys.executable, str(PROJECT / script), *arguments],
            cwd=here,
            capture_output=True,
            text=True,
            check=False,
        )
        assert result.returncode == 0, result.stderr
        return result.stdout

    assert "12 MIDI files" in run("download_data.py", str(midi_folder), "copy", "--name", "mine")
    assert len(list((here / "copy").rglob("*.mid"))) == 12
    assert "finished" in run("train.py", "--run", "tiny")
    assert main(["export", "--model", "tiny"]) == 0
    said = run(
        *("generate.py", "--model", "models/music_lstm.pth", "--tokenizer"),
        *("models/tokenizer.json", "--output", "output/my_music.mid"),
        *("--gen-length", "1000", "--temperature", "0.8", "--seed", "7"),
        *("--audio", "output/my_music.wav"),
    )
    assert "seed 7" in said
    assert Score.from_midi((here / "output/my_music.mid").read_bytes()).note_num() >= 100
    with wave.open("output/my_music.wav") as audio:
        samples = np.frombuffer(audio.readframes(audio.getnframes()), dtype=np.int16)
    assert 1000 < np.abs(samples.astype(int)).max() < 32767
    first = (here / "output/my_music.mid").read_bytes()
    assert main(["generate", "--model", "tiny", "--output", "again.mid", "--gen-length", "1000",
                 "--temperature", "0.8", "--seed", "7"]) == 0  # fmt: skip
    assert (here / "again.mid").read_bytes() == first
    capsys.readouterr()
    assert main(["models"]) == 0
    assert "tiny" in capsys.readouterr().out


def test_takes_are_numbered_and_each_seed_makes_its_take_again(trained: Studio, here: Path) -> None:
    generate = ("generate", "--model", "tiny", "--gen-length", "60")
    assert main([*generate, "--count", "2", "--seed", "5", "--output", "a.mid"]) == 0
    assert files_below(here) == {"a-1.mid", "a-1.json", "a-2.mid", "a-2.json"}
    assert json.loads((here / "a-2.json").read_text())["request"]["seed"] == 6
    assert main([*generate, "--seed", "6", "--output", "b.mid"]) == 0
    assert (here / "b.mid").read_bytes() == (here / "a-2.mid").read_bytes()


def test_a_prompt_is_continued(trained: Studio, here: Path) -> None:
    make_score(seed=50).dump_midi(here / "prompt.mid")
    arguments = ["generate", "--prompt", "prompt.mid", "--prompt-bars", "2", "--bars", "4"]
    assert main([*arguments, "--seed", "1", "--output", "out.mid"]) == 0
    told = json.loads((here / "out.json").read_text())
    assert told["prompt_tokens"] > 10


def test_evaluate_reads_the_split_of_the_model(
    trained: Studio, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert main(["evaluate", "--model", "tiny", "--json", "--pieces", "0"]) == 0
    table = json.loads(capsys.readouterr().out)
    assert "composed" not in table
    card = trained.models()[0].card
    assert table["nats_per_token_without_cache"] == pytest.approx(card["validation_loss"])
    assert table["nats_per_token"] == pytest.approx(card["cached_loss"])
    assert table["nats_per_token"] < table["nats_per_token_without_cache"]
    assert table["pieces"] == 2
    assert table["bits_per_note"] > 0


def test_evaluate_composes_compares_and_keeps_the_pieces(
    trained: Studio, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    arguments = ["evaluate", "--data", "validation", "--pieces", "3", "--output", "judged"]
    assert main(arguments) == 0
    said = capsys.readouterr().out
    for words in ("bits per note", "below the 5-gram", "scale share", "mean overlap", "collapsed"):
        assert words in said
    assert sorted(path.name for path in (here / "judged").glob("*.mid"))[0] == "tiny-001.mid"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["generate", "--temperature", "0"], "temperature is 0"),
        (["generate", "--temperature", "-1"], "temperature is -1"),
        (["generate", "--temperature", "warm"], "temperature is 'warm'"),
        (["generate", "--top-p", "0"], "top_p is 0"),
        (["generate", "--top-p", "2"], "top_p is 2"),
        (["generate", "--model", "nobody"], "No model named 'nobody'"),
        (["generate", "--model", "models/nothing.pth"], "There is no file"),
        (["generate", "--audio", "a.flac"], ".wav"),
        (["generate", "--prompt", "nowhere.mid"], "cannot be read"),
        (["generate", "--set", "generation.temprature=1"], "Did you mean 'generation.temperature'"),
        (["train", "--preset", "huge"], "There are: quick, standard, large"),
        (["train", "--dataset", "nothing"], "No data set named 'nothing'"),
        (["train", "--resume", "nothing"], "No model named 'nothing'"),
        (["train", "--from", "nothing"], "No model named 'nothing'"),
        (["train", "--preset", "finetune"], "goes on from a model"),
        (["evaluate", "--pieces", "1"], "two or more, or for none"),
        (["train", "--run", "../outside"], "cannot be the name of a run"),
        (["train", "--config", "nowhere.yaml"], "There is no file nowhere.yaml"),
        (["download-data", "no/such/folder/here"], "no/such/folder/here"),
        (["export", "--model", "nobody"], "No model named 'nobody'"),
        (["evaluate", "--split", "test"], "no test pieces"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_bad_input_is_refused_in_one_line_and_writes_nothing(
    trained: Studio,
    here: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    words: str,
) -> None:
    before = files_below(trained.workspace.root)
    assert words in refused(capsys, *arguments)
    assert files_below(here) == set()
    assert files_below(trained.workspace.root) == before


def test_bad_files_are_refused_and_write_nothing(
    trained: Studio, here: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = tmp_path / "bad"
    bad.mkdir()
    (bad / "truncated.mid").write_bytes(bytes(make_score().dumps_midi())[:300])
    silent = Score(480)
    silent.dump_midi(bad / "silent.mid")
    (bad / "config.yaml").write_text("training:\n  max_step: 3\n")
    (bad / "empty").mkdir()
    (bad / "texts").mkdir()
    (bad / "texts" / "poem.txt").write_text("no music")
    with zipfile.ZipFile(bad / "escape.zip", "w") as archive:
        archive.writestr("../../escaped.mid", bytes(make_score().dumps_midi()))
    from midigen.config import TokenizerConfig
    from midigen.music.tokenizer import ScoreTokenizer

    ScoreTokenizer(TokenizerConfig(velocities=3)).save(bad / "tokenizer.json")
    before = files_below(tmp_path)
    for arguments, words in [
        (["generate", "--prompt", str(bad / "truncated.mid")], "damaged"),
        (["generate", "--prompt", str(bad / "silent.mid")], "no notes"),
        (["generate", "--model", "tiny", "--tokenizer", str(bad / "tokenizer.json")], "tokenizer"),
        (["train", "--config", str(bad / "config.yaml")], "Did you mean 'training.max_steps'"),
        (["download-data", str(bad / "empty")], "MIDI"),
        (["download-data", str(bad / "texts")], "MIDI"),
        (["download-data", str(bad / "escape.zip")], "escaped.mid"),
        (["prepare", "--dataset", str(bad / "empty")], "no MIDI files"),
    ]:
        assert words in refused(capsys, *arguments), arguments
        assert files_below(tmp_path) == before, arguments


def test_without_data_or_models_the_way_forward_is_named(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "python download_data.py" in refused(capsys, "train")
    assert "python train.py" in refused(capsys, "generate")
    assert main(["models"]) == 0
    assert "No model yet" in capsys.readouterr().out


def test_ctrl_c_keeps_a_usable_model(here: Path, midi_folder: Path) -> None:
    import signal
    import time

    from midigen.runs import Run

    assert main(["download-data", str(midi_folder), "--name", "mine"]) == 0
    command = [sys.executable, "-m", "midigen", "train", "--run", "tiny", "--max-steps", "100000"]
    root = Path(os.environ["MIDIGEN_HOME"])
    with subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.DEVNULL) as process:
        run = Run(root / "models" / "tiny")
        deadline = time.monotonic() + 60
        while not run.folder.exists() or run.status().step < 4:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) == 0
    assert run.status().state == "stopped"
    assert main(["generate", "--model", "tiny", "--gen-length", "50", "--output", "a.mid"]) == 0
