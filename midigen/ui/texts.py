"""The words of the page, in one place. Help of single settings stands with the knobs themselves."""

from __future__ import annotations

TITLE = "midigen"
TAGLINE = "Train a composer on your own MIDI files and play with it."

GENERATE, TRAIN, EVALUATE, DATA = "Generate", "Train", "Evaluate", "Data"

# Names of knobs where the word itself, with spaces and a capital, is not enough.
LABELS = {
    "top_p": "Top-p",
    "top_k": "Top-k",
    "min_p": "Min-p",
    "gen_length": "Length in tokens",
    "bars": "Length in bars",
    "prompt_bars": "Bars of the prompt to use",
    "key": "Key (tonic)",
    "tempo_bpm": "Tempo (bpm)",
    "max_steps": "Steps",
    "max_minutes": "Time limit (minutes)",
    "key_handling": "Keys",
}
AUTOMATIC = "automatic"

# Errors
UNEXPECTED_TITLE = "Something went wrong"
UNEXPECTED = "This should not have happened. The details are in the log of the app."
CHECK_TITLE = "Please check"

# Generate
NO_MODEL_TITLE = "No model yet"
NO_MODEL = (
    "A composer has to learn first: get some music, then train on it. A quick model is worth "
    "hearing within ten minutes."
)
NO_MODEL_DATA = "Get music"
NO_MODEL_TRAIN = "Train a model"
MODEL = "Model"
PROMPT_SECTION = "Go on from a piece of yours"
PROMPT = "MIDI file to go on from (optional)"
EXAMPLES = "Listen to what it writes:"
LENGTH_UNIT = "Measure length in"
TOKENS, BARS = "tokens", "bars"
KEY_AND_TEMPO = "Key and tempo"
MORE_SAMPLING = "More sampling settings"
RANDOM_SEED = "New seed each time"
GENERATE_BUTTON = "Generate"
STOP_BUTTON = "Stop"
COMPOSING = "Composing"
RENDERING = "Rendering audio"
RECIPE = "Make this piece again"
RECIPE_HELP = "The same request always gives the same music. As a command:"
PLAYER_EMPTY = "Your piece will appear here. Choose a model and press Generate."
DOWNLOADS = {".mid": "MIDI", ".wav": "WAV", ".mp3": "MP3", ".json": "Recipe (JSON)"}
STOPPED_EARLY = "Stopped early: the same request, not stopped, goes on from here."
PLAYER = {
    "player": "Player. Space plays and pauses, arrow keys move by five seconds, square brackets "
    "set where the loop begins and ends, Escape ends it.",
    "play": "Play",
    "pause": "Pause",
    "position": "Position",
    "volume": "Volume",
    "mute": "Mute",
    "zoom": "Zoom",
    "zoom_in": "Zoom in",
    "zoom_out": "Zoom out",
    "roll": "Piano roll",
    "notes": "notes",
    "growing": "still composing",
    "complete": "The piece is complete.",
    "loop": "Loop",
    "loop_on": "Play four bars again and again; or drag over the bar numbers",
    "loop_off": "End the loop",
    "keep": "Bars to keep",
    "keep_set": "Keep the first bars…",
    "keep_one": "Keeps the first bar",
    "keep_bars": "Keeps the first {n} bars",
    "keep_less": "Keep one bar less",
    "keep_more": "Keep one bar more",
    "keep_clear": "Remove the flag",
    "flag_help": "Arrow keys move the flag, a click removes it.",
    "view": "View",
    "as_roll": "Roll",
    "as_score": "Score",
    "sheet": "Sheet music. A click on a note plays from there.",
    "sheet_page": "Page",
    "sheet_broken": "This page cannot be shown.",
    "mute_part": "Click to mute; Alt or Shift and click to hear it alone",
    "solo": "Alone",
    "solo_letter": "S",
}

# Train
NEW_RUN = "New run"
DATASET = "Data set"
NO_DATASET = "No data set yet. Get one on the Data tab."
PRESET = "Size"
RUN_NAME = "Name of the run"
RUN_NAME_HELP = "Also the name of the model that comes out."
BASE = "Start from"
FRESH_WEIGHTS = "nothing: learn from scratch"
BASE_HELP = "A model that knows music already learns a few pieces of yours in minutes."
MORE_TRAINING = "More settings"
OTHER_SETTINGS = "Other settings"
OTHER_SETTINGS_HELP = "One per line, as in config.yaml: model.dropout=0.3"
START_COMMAND = "The same in a terminal"
START_BUTTON = "Start training"
WATCH = "Watch a run"
RUN = "Run"
NO_RUN = "No run yet. What is learned will be shown here while it is learned."
RESUME_BUTTON = "Resume"
LOSS_PLOT = "loss in nats per token"
STEP = "step"
LOSS = "loss"
LINE = "line"
LOG = "Log"
STOP_ASKED = "The run stops after this step and keeps what it has learned."
TO_GENERATE_BUTTON = "Play with this model"
RUN_COMMAND = "The command of this run"
DATASET_HELP = "What the model shall learn from."
LINE_TRAINING, LINE_VALIDATION = "training", "validation"
LINE_FIVEGRAM, LINE_UNIGRAM = "5-gram", "unigram"

# Evaluate
JUDGE = "How good is it?"
JUDGE_HELP = (
    "A model is judged by music that it has never seen: how well it foretells it, how like it its "
    "own pieces are, and whether it copies."
)
PART = "Held-out pieces"
PART_CHOICES = [("to validate", "validation"), ("to test", "test")]
PART_HELP = "Test pieces are for the last look: choose nothing by them."
N_PIECES = "Pieces to compose"
N_PIECES_HELP = "Of 32 bars each, with the settings of config.yaml; 0 for none."
MEASURE_BUTTON = "Measure"
NOT_MEASURED = "Not measured yet. It takes a minute or two, and needs the music it learned from."
MEASURED_ON = "{n} pieces of {data}, {part}"
MEASURE_COLUMNS = ["Measure", "Composed", "Real", "Overlap"]
MEASURE_NAMES = {
    "pitch_class_entropy": "Variety of pitch classes (bits)",
    "scale_share": "Notes in the best scale",
    "notes_per_quarter": "Notes a beat",
    "polyphony": "Notes at once",
    "velocity_spread": "Spread of loudness",
    "pitch_range": "Range (semitones)",
    "groove": "Rhythm like that of the next bar",
    "self_similarity": "Bars like earlier ones",
    "inter_onset": "Distances between onsets",
    "durations": "Lengths of notes",
}

# Data
GET_MUSIC = "Get music"
CHORALES_TITLE = "Bach chorales"
CHORALES_TEXT = "Comes with the studio: chorales in four voices, small and clean. A good first set."
CHORALES_MORE = (
    "Made from the scores of the music21 package, without network or account. The first "
    "conversion takes a minute or two."
)
CHORALES_BUTTON = "Use the chorales"
KAGGLE_TITLE = "From Kaggle"
KAGGLE_TEXT = "Any public data set with MIDI files inside. No account is needed."
KAGGLE_MORE = (
    "The one named here holds 295 pieces of classical piano music, from Albéniz to Tchaikovsky."
)
KAGGLE_HANDLE = "Kaggle data set (owner/name)"
KAGGLE_BUTTON = "Download"
KAGGLE_HANDLE_HINT = "Write it as owner/name, as in the address of its page."
UPLOAD_TITLE = "Your own files"
UPLOAD_TEXT = "MIDI files, or one zip with folders of them. They stay on this computer."
UPLOAD_FILES = "Drop files here"
UPLOAD_NAME = "Name of the set"
UPLOAD_BUTTON = "Import"
NOTHING_UPLOADED = "There are no files to import."
NOTHING_UPLOADED_HINT = "Drop MIDI files or a zip first."
CANCEL_BUTTON = "Cancel"
IMPORTED = "“{name}” is ready."
SETS = "Data sets"
NO_SETS = "No data set yet. Choose one of the three ways above."
SET_COLUMNS = ["Name", "From", "Files", "Kept", "Left out", "Hours", "Tokens"]
SHOWN_SET = "Data set"
NO_FILES = "None."
FILE_FILTER = "Show"
FILTERS = {"left out": "Left out", "kept": "Kept", "all": "All"}
FILE_COLUMNS = ["File", "Verdict", "Reason or part", "Notes", "Tokens", "Length"]
KEPT, LEFT_OUT = "kept", "left out"
PARTS = {"train": "training", "validation": "validation", "test": "test", "": ""}
PREPARE_BUTTON = "Look through the files"
NOT_PREPARED = "Nobody has looked through these files yet. That is done before training, or now."
TRAIN_BUTTON = "Train on this set"
FINETUNE_BUTTON = "Teach it to a trained model"
DELETE_BUTTON = "Delete"
DELETE_QUESTION = "Delete “{name}” and all its files? Models that were trained on it stay."
DELETE_FOR_GOOD = "Delete for good"
KEEP_BUTTON = "Keep it"
PIECES_KEPT = "Pieces kept"
FILES_LEFT_OUT = "Files left out"
NOTES = "Notes"
LENGTH = "Music"
TOKENS_IN_ALL = "Tokens"
TRAIN_AND_VALIDATION = "To learn / to judge by"
