"""Every knob of midigen, with its default, limits and help.

`config.yaml` repeats this page for people; `config_file.py` reads it. Nothing else holds a default.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Literal

from midigen.errors import UserError
from midigen.knobs import Section, knob, knobs_of

Split = Literal["train", "validation", "test"]
SPLITS: tuple[Split, ...] = ("train", "validation", "test")
FINETUNE = "finetune"  # the preset that goes on from a model
STYLES_OF_FOLDERS, STYLES_OF_DENSITY = "folders", "density"
DENSITIES = ("sparse", "medium", "dense")
DEFAULT_KAGGLE_DATASET = "soumikrakshit/classical-music-midi"
N_PROGRAMS, FAMILY = 128, 8  # General MIDI: instruments, and instruments of a family
DRUMS = -1  # the number that stands for drum kits beside those of the programs


@dataclass(frozen=True)
class DataConfig(Section):
    """Where music comes from and how much of it is accepted."""

    dataset: str = knob(
        DEFAULT_KAGGLE_DATASET,
        "A Kaggle data set (owner/name), bach-chorales, or a folder or zip of your own MIDI.",
    )
    max_file_mb: float = knob(10.0, "Larger MIDI files are left out.", low=0.001, high=1000)
    max_archive_mb: float = knob(
        4000.0, "A zip may unpack to at most this much.", low=0.001, high=1e6
    )
    max_archive_ratio: float = knob(
        100.0,
        "A zip that unpacks to more than 20 MB may not be this many times smaller; music never is.",
        low=2,
        high=1e4,
    )
    max_files: int = knob(200_000, "A data set may hold at most this many files.", low=1)
    max_model_mb: float = knob(
        600.0, "Weights that are larger are not loaded.", low=1, high=100_000
    )


@dataclass(frozen=True)
class TokenizerConfig(Section):
    """How music is spelled as tokens: REMI, as MidiTok writes it."""

    pitch_low: int = knob(21, "Lowest MIDI pitch; 21 is the piano's lowest A.", low=0, high=127)
    pitch_high: int = knob(108, "Highest MIDI pitch; 108 is the piano's top C.", low=0, high=127)
    positions_per_beat: int = knob(
        12, "Grid of a beat; 12 holds sixteenths and triplets.", low=2, high=48
    )
    max_duration_beats: int = knob(12, "Longer notes are cut to this.", low=1, high=64)
    velocities: int = knob(16, "Steps of loudness.", low=1, high=127)
    use_velocities: bool = knob(True, "Learn how loud each note is played.")
    use_time_signatures: bool = knob(True, "Learn the metre; without it all music is in 4/4.")
    use_tempos: bool = knob(False, "Learn the tempo and its changes (rubato costs many tokens).")
    tempos: int = knob(32, "Steps of tempo, from 40 to 250 beats per minute.", low=2, high=256)
    use_chords: bool = knob(False, "Name chords in the stream where they are recognised.")
    use_rests: bool = knob(False, "Write silences as tokens of their own.")
    use_programs: bool = knob(False, "Keep instruments apart; otherwise all play as one piano.")
    use_endings: bool = knob(
        True, "Count down the last bars of a piece, so that one can be asked to end in time."
    )
    styles: str | None = knob(
        STYLES_OF_FOLDERS,
        "Styles to learn apart: 'folders' takes the first-level folders of the data set, such as "
        "composers; 'density' tells sparse, medium and dense bars apart; else names, separated by "
        "commas. Empty: none.",
    )
    programs: str = knob(
        "all",
        "With use_programs: all, families (one instrument of each General MIDI family, and "
        "drums), or a list such as 53, 0, drums. What is not listed counts as the listed one of "
        "its family, else as the first; drums are left out.",
    )

    @property
    def instruments(self) -> tuple[int, ...]:
        """The General MIDI programs that are told apart, with `DRUMS` for drums.

        Raises:
            UserError: `programs` is none of the three.
        """
        if self.programs == "all":
            return (DRUMS, *range(N_PROGRAMS))
        if self.programs == "families":
            return (DRUMS, *range(0, N_PROGRAMS, FAMILY))
        words = dict.fromkeys(self.programs.replace(",", " ").split())
        listed = tuple(DRUMS if word == "drums" else int(word) for word in words if _is_part(word))
        if len(listed) != len(words) or not set(listed) - {DRUMS}:
            raise UserError(
                f"tokenizer.programs is {self.programs[:60]!r}.",
                "Write all, families, or numbers from 0 to 127 and the word drums: 53, 0, drums.",
            )
        return listed

    def __post_init__(self) -> None:
        super().__post_init__()
        self.instruments  # noqa: B018 - a list that cannot be read is refused here
        if self.pitch_low >= self.pitch_high:
            raise UserError(
                f"tokenizer.pitch_low is {self.pitch_low} and pitch_high {self.pitch_high}.",
                "The low one must be smaller.",
            )


def _is_part(word: str) -> bool:
    is_number = word.isascii() and word.isdigit() and len(word) <= 3
    return word == "drums" or (is_number and int(word) < N_PROGRAMS)


@dataclass(frozen=True)
class PreprocessingConfig(Section):
    """How a folder of MIDI becomes training, validation and test pieces."""

    key_handling: Literal["normalise", "transpose", "none"] = knob(
        "normalise",
        "normalise: all pieces to C major or A minor, the key is chosen when generating; "
        "transpose: random transposition while training; none: as written.",
    )
    transpose_semitones: int = knob(
        5, "Largest transposition up or down while training.", low=0, high=11
    )
    min_notes: int = knob(16, "Pieces with fewer notes are left out.", low=1)
    max_notes: int = knob(500_000, "Pieces with more notes are left out.", low=1)
    validation_share: float = knob(0.1, "Share of pieces held out to judge by.", low=0.01, high=0.5)
    test_share: float = knob(
        0.0, "Share of pieces never looked at before the end.", low=0, high=0.5
    )
    split_csv: str | None = knob(
        None, "A table (columns file, split) that says which piece is train, val or test."
    )
    seed: int = knob(42, "Seed of the split.", low=0)
    workers: int = knob(0, "Processes that read files; 0 takes one per core.", low=0, high=256)


# Knobs of the model that one kind of network has alone.
KIND_OF_KNOB: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(
            ("variational_dropout", "embedding_dropout", "drop_connect", "layer_norm", "bypass"),
            "lstm",
        ),
        **dict.fromkeys(("n_heads", "n_kv_heads", "window", "feed_forward"), "transformer"),
    }
)


@dataclass(frozen=True)
class ModelConfig(Section):
    """The network. A preset sets these together."""

    type: Literal["lstm", "transformer"] = knob(
        "lstm", "Kind of network; some knobs below belong to one kind alone, and say so."
    )
    embedding_size: int = knob(128, "Numbers that describe a token.", low=4, high=4096)
    hidden_size: int = knob(256, "Numbers that a layer hands on.", low=4, high=8192)
    n_layers: int = knob(2, "Layers on top of each other.", low=1, high=16)
    dropout: float = knob(0.2, "Share of signals dropped while training.", low=0, high=0.9)
    tie_embeddings: bool = knob(True, "Read and write tokens with the same table.")
    variational_dropout: bool = knob(False, "LSTM: drop the same signals through a whole chunk.")
    embedding_dropout: float = knob(
        0.0, "LSTM: share of the alphabet that is blanked while training.", low=0, high=0.9
    )
    drop_connect: float = knob(
        0.0, "LSTM: share of the recurrent weights dropped while training.", low=0, high=0.9
    )
    layer_norm: bool = knob(False, "LSTM: normalise what each layer says.")
    bypass: Literal["none", "residual", "highway"] = knob(
        "highway", "LSTM: lead signals past each layer as well: added, or mixed in by a gate."
    )
    n_heads: int = knob(8, "Transformer: places that each layer looks at.", low=1, high=64)
    n_kv_heads: int = knob(
        2,
        "Transformer: keys and values that its heads share (grouped-query attention).",
        low=1,
        high=64,
    )
    window: int = knob(512, "Transformer: tokens that each layer looks back on.", low=1, high=4096)
    feed_forward: float = knob(
        1.5, "Transformer: width between its layers, in hidden sizes.", low=0.25, high=8
    )

    def refuse_foreign_knobs(self) -> None:
        """A knob that was set on purpose must not be passed over in silence.

        Raises:
            UserError: one is set that only another kind of network has.
        """
        for each in knobs_of(type(self)):
            owner, value = KIND_OF_KNOB.get(each.name, self.type), getattr(self, each.name)
            if owner != self.type and value != each.default:
                raise UserError(
                    f"model.{each.name} is {value}, but only a network of the type {owner} has it.",
                    f"Leave model.{each.name} out, or set model.type to {owner}.",
                )

    def check_heads(self) -> None:
        """Not when the section is made: a preset may bring the size that the heads are meant for.

        Raises:
            UserError: a Transformer of this size cannot have these heads.
        """
        if self.type != "transformer":
            return
        if self.hidden_size % (2 * self.n_heads):
            raise UserError(
                f"model.hidden_size is {self.hidden_size} and n_heads {self.n_heads}: each head "
                "of a Transformer must get an even part.",
                f"Make hidden_size a multiple of {2 * self.n_heads}.",
            )
        if self.n_heads % self.n_kv_heads:
            raise UserError(
                f"model.n_heads is {self.n_heads} and n_kv_heads {self.n_kv_heads}.",
                "The second must divide the first.",
            )


@dataclass(frozen=True)
class TrainingConfig(Section):
    """How the network learns."""

    batch_size: int = knob(16, "Pieces learned side by side.", low=1, high=4096)
    sequence_length: int = knob(96, "Tokens between two steps (truncated BPTT).", low=8, high=65536)
    learning_rate: float = knob(5e-3, "Peak learning rate of AdamW.", low=1e-6, high=1.0)
    final_learning_rate_share: float = knob(
        0.05, "Share of the peak that the cosine ends at.", low=0, high=1
    )
    warmup_steps: int = knob(100, "Steps until the peak.", low=0)
    fresh_starts: float = knob(
        0.2,
        "Share of pieces that are read from a random place on, without what came before.",
        low=0,
        high=1,
    )
    endings: float = knob(
        0.0,
        "Share of pieces of which only the last bars are read, so that endings are met more often.",
        low=0,
        high=1,
    )
    styleless: float = knob(
        0.2,
        "Share of pieces that are read without their style, so that none has to be asked for.",
        low=0,
        high=1,
    )
    average_decay: float = knob(
        0.998,
        "Keep a moving average of the weights and use that; 0.999 averages some 1,000 steps, 0 "
        "is off.",
        low=0,
        high=0.99999,
    )
    weight_decay: float = knob(0.01, "Pull of the weights towards zero.", low=0, high=1)
    gradient_clip: float = knob(1.0, "Largest gradient norm.", low=0.001, high=1000)
    max_steps: int = knob(6000, "Training ends after this many steps.", low=1)
    max_minutes: float | None = knob(
        None,
        "Plan fewer steps if they would take longer, measured while it runs. Empty: no limit.",
        low=0.01,
    )
    eval_every: int = knob(250, "Steps between two looks at the validation pieces.", low=1)
    validation_tokens: int = knob(
        60_000,
        "Tokens of the validation pieces that each look takes; the final figure takes all.",
        low=100,
    )
    patience: int = knob(
        8, "Stop after this many evaluations without a new best; 0 never.", low=0, high=10_000
    )
    checkpoint_every: int = knob(250, "Steps between two checkpoints to resume from.", low=1)
    log_every: int = knob(10, "Steps between two points of the loss curve.", low=1)
    sample_tokens: int = knob(
        400, "Length of the sample written at every evaluation; 0 for none.", low=0, high=20_000
    )
    seed: int = knob(42, "Seed of the weights, the order of pieces and the dropout.", low=0)
    device: Literal["auto", "cpu", "cuda"] = knob("auto", "auto takes a GPU where there is one.")
    precision: Literal["auto", "fp32", "bf16", "fp16"] = knob(
        "auto", "auto: bf16 on a GPU, fp32 on a CPU, where bf16 is slower."
    )
    threads: int = knob(0, "CPU threads; 0 takes all cores but one.", low=0, high=1024)
    tensorboard: bool = knob(True, "Write scalars for TensorBoard into the run.")


# The knobs of a request that may suit one model and not another.
SAMPLING = ("recall", "temperature", "top_p", "top_k", "min_p", "repetition_penalty")


@dataclass(frozen=True)
class GenerationRequest(Section):
    """What is asked of a model. With the seed in it, the same request gives the same music."""

    temperature: float = knob(1.0, "Higher is more surprising.", low=0.1, high=2.0, step=0.05)
    top_p: float = knob(
        0.97,
        "Keep the likeliest tokens up to this total probability.",
        low=0.05,
        high=1.0,
        step=0.01,
    )
    top_k: int = knob(0, "Keep this many of the likeliest tokens; 0 keeps all.", low=0, high=1000)
    min_p: float = knob(
        0.0,
        "Drop tokens less likely than this share of the likeliest; 0 drops none.",
        low=0.0,
        high=0.9,
        step=0.005,
    )
    repetition_penalty: float = knob(
        1.0, "Above 1 makes recently played pitches less likely.", low=1.0, high=2.0, step=0.05
    )
    recall: float = knob(
        0.4,
        "How readily the piece takes up what it has played before: 0 never; above 1 it may get "
        "stuck.",
        low=0.0,
        high=4.0,
        step=0.1,
    )
    gen_length: int = knob(1000, "Length in tokens; about three make a note.", low=16, high=20_000)
    bars: int | None = knob(
        None, "Length in bars, prompt included; empty: by tokens.", low=1, high=2000
    )
    seed: int | None = knob(
        None, "Same seed, same music. Empty draws one and reports it.", low=0, high=2**31 - 1
    )
    engine: Literal["auto", "torch", "int8"] = knob(
        "auto",
        "How the network is computed: torch in full precision, int8 with its weights in one byte "
        "each, which is several times faster; each writes other music from the same seed. auto "
        "takes int8 for LSTMs, and for Transformers whose hidden_size is 512 or more.",
    )
    prompt_bars: int = knob(4, "Bars of the prompt to go on from.", low=1, high=2000)
    key: Literal["C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B"] | None = knob(
        None, "Tonic, for models trained in one key. Empty: the prompt's, else C major or A minor."
    )
    scale: (
        Literal[
            "major",
            "minor",
            "dorian",
            "mixolydian",
            "major pentatonic",
            "minor pentatonic",
            "blues",
        ]
        | None
    ) = knob(
        None, "Only notes of this scale, on the key's tonic. Empty: whatever the model writes."
    )
    style: str | None = knob(
        None, "Style to compose in, of those that the model has learned apart. Empty: any."
    )
    style_strength: float = knob(
        1.5,
        "How strongly an asked style colours the piece; 1 is as the model has learned it. A "
        "density is always followed as it was learned.",
        low=0.0,
        high=8.0,
        step=0.5,
    )
    time_signature: str | None = knob(
        None, "Metre of what is composed, such as 3/4. Empty: the model chooses."
    )
    tempo_bpm: float | None = knob(
        None, "Tempo in quarter notes a minute. Empty: the model's, else 100.", low=20, high=300
    )


def sampled_as(own: GenerationRequest, ours: GenerationRequest) -> GenerationRequest:
    """`ours`, sampled as a model's `own` request says wherever ours is at its default."""
    default = GenerationRequest()
    usual = {
        name: getattr(own, name)
        for name in SAMPLING
        if getattr(ours, name) == getattr(default, name)
    }
    return replace(ours, **usual)


@dataclass(frozen=True)
class RenderingConfig(Section):
    """How notes become sound."""

    synth: Literal["auto", "fluidsynth", "builtin"] = knob(
        "auto", "auto takes FluidSynth where the library is installed, else the built-in one."
    )
    soundfont: str | None = knob(
        None, "A .sf2 or .sf3 file. Empty: the first in soundfonts/, else one that is installed."
    )
    sample_rate_hz: int = knob(44_100, "Samples a second.", low=8_000, high=96_000)
    tail_s: float = knob(2.0, "Time for the last notes to fade.", low=0, high=20)
    peak_db: float = knob(-1.0, "Loudest sample, in decibels below full scale.", low=-40, high=0)
    mp3_kbps: int = knob(160, "Bit rate of MP3 files.", low=32, high=320)


@dataclass(frozen=True)
class AppConfig(Section):
    """The page."""

    host: str = knob("127.0.0.1", "Address to listen on; 0.0.0.0 for the whole network.")
    port: int = knob(7860, "Port; the next free one is taken if it is busy.", low=1, high=65535)
    open_browser: bool = knob(True, "Open the page when the studio starts.")
    max_upload_mb: float = knob(200.0, "Largest upload.", low=0.1, high=10_000)
    queue_size: int = knob(
        40, "Requests that may wait at a time; those beyond are sent away.", low=1, high=10_000
    )
    public: bool = knob(
        False,
        "For strangers: they compose and analyse; all that changes data, models or soundfonts is "
        "off. The knobs below hold then.",
    )
    public_max_bars: int = knob(64, "Longest piece in bars, its beginning included.", low=1)
    public_max_tokens: int = knob(3000, "Longest piece in new tokens.", low=16, high=20_000)
    public_max_takes: int = knob(2, "Takes at one press.", low=1, high=4)
    public_max_sound_s: float = knob(300.0, "Longest recording in seconds.", low=10, high=3600)
    public_max_prompt_mb: float = knob(1.0, "Largest file that is sent.", low=0.01, high=100)
    public_takes_per_hour: int = knob(60, "Takes that a visitor may ask for in an hour.", low=1)
    public_requests_per_hour: int = knob(
        1500, "Requests of any kind that a visitor may send in an hour.", low=10
    )
    public_kept_hours: float = knob(
        6.0, "Takes and files of visitors are kept this long.", low=0.1, high=168
    )
    public_stored_mb: float = knob(
        2000.0, "Files of all visitors together; beyond it the oldest go.", low=50, high=1e6
    )
    public_proxies: int = knob(
        0,
        "Proxies in front whose word about a visitor's address is believed; a hosting service "
        "has 1 or more, else all its visitors count as one.",
        low=0,
        high=10,
    )


@dataclass(frozen=True)
class Preset:
    """A named size: knobs that are set together.

    Attributes:
        help: one line for people.
        values: dotted knob names to values, such as `{"model.hidden_size": 512}`.
    """

    help: str
    values: Mapping[str, Any]


PRESETS: Mapping[str, Preset] = MappingProxyType(
    {
        "quick": Preset(
            "About 1 M parameters: worth hearing within 10 minutes on a laptop.",
            {"training.max_steps": 3000, "training.max_minutes": 8.0},
        ),
        "standard": Preset(
            "About 4 M parameters: an hour or more on a CPU, minutes on a GPU.",
            {
                "model.embedding_size": 256,
                "model.hidden_size": 512,
                "model.dropout": 0.3,
                "training.batch_size": 32,
                "training.sequence_length": 128,
                "training.learning_rate": 2e-3,
                "training.max_steps": 12_000,
                "training.eval_every": 500,
                "training.checkpoint_every": 500,
            },
        ),
        "large": Preset(
            "About 24 M parameters: for a GPU.",
            {
                "model.embedding_size": 512,
                "model.hidden_size": 1024,
                "model.n_layers": 3,
                "model.dropout": 0.4,
                "training.batch_size": 64,
                "training.learning_rate": 1e-3,
                "training.sequence_length": 512,
                "training.warmup_steps": 500,
                "training.max_steps": 20_000,
                "training.eval_every": 500,
                "training.checkpoint_every": 500,
            },
        ),
        "transformer": Preset(
            "About 1 M parameters: a Transformer; it takes twice the time for a token to learn.",
            {
                "model.type": "transformer",
                "model.dropout": 0.1,
                "training.learning_rate": 2e-3,
                "training.batch_size": 8,
                "training.sequence_length": 192,
                "training.max_steps": 3000,
                "training.max_minutes": 15.0,
            },
        ),
        FINETUNE: Preset(
            "Go on from a model with music of your own: minutes on a laptop, ten files will do.",
            {
                "training.learning_rate": 3e-4,
                "training.warmup_steps": 50,
                "training.max_steps": 1500,
                "training.max_minutes": 5.0,
                "training.eval_every": 50,
                "training.checkpoint_every": 100,
            },
        ),
    }
)


@dataclass(frozen=True)
class Config:
    """All sections together, as in `config.yaml`."""

    data: DataConfig = field(default_factory=DataConfig)
    tokenizer: TokenizerConfig = field(default_factory=TokenizerConfig)
    preprocessing: PreprocessingConfig = field(default_factory=PreprocessingConfig)
    model: ModelConfig = field(default_factory=ModelConfig)
    training: TrainingConfig = field(default_factory=TrainingConfig)
    generation: GenerationRequest = field(default_factory=GenerationRequest)
    rendering: RenderingConfig = field(default_factory=RenderingConfig)
    app: AppConfig = field(default_factory=AppConfig)
    presets: Mapping[str, Preset] = field(default_factory=lambda: PRESETS)
