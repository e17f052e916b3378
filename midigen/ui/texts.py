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
    "style": "Style",
    "time_signature": "Metre",
    "max_steps": "Steps",
    "max_minutes": "Time limit (minutes)",
    "key_handling": "Keys",
    "use_programs": "Keep instruments apart",
    "programs": "Instruments",
}
AUTOMATIC = "automatic"

# A public page
OFF_IN_PUBLIC = {
    TRAIN: "Training is off on this public page. Run midigen on a computer of your own to train.",
    EVALUATE: "Measuring is off on this public page: it keeps a computer busy for minutes.",
    DATA: "Data sets are off on this public page. Run midigen on a computer of your own to bring "
    "your music.",
}

KEPT_FOR_HOURS = "What you compose is kept here for some hours, on this browser's visit only."

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
NO_CARD = "It came without a card, so nothing is known of how it was made."
VALIDATION_LOSS = "Loss on music it never heard: {loss:.2f} nats per token."
VALIDATION_LOSS_BESIDE = (
    "Loss on music it never heard: {loss:.2f} nats per token; a simple 5-gram reaches "
    "{fivegram:.2f}, lower is better."
)
WAITING = {
    "first": "Somebody else is composing. You are next, and it begins by itself.",
    "later": "Others are composing. You are number {rank} of {length} in line, and it begins by "
    "itself.",
}
N_TAKES = "Takes"
N_TAKES_HELP = "Several at once, to choose from."
MUSIC_SECTION = "Key, metre and tempo"
SAMPLING_SECTION = "Sampling"
KEY = "Key"
NO_RECALL = (
    "This model cannot do this: its memory of what a piece has played was not fitted. Models that "
    "are trained now have one."
)
ANY_STYLE = "Any"
DENSITY_HELP = "How full its bars shall be; the model has learned to tell them apart."
DENSITY_NAMES = {"sparse": "sparse", "medium": "medium", "dense": "dense"}
STYLE_HELP = "Whose music it shall be like, of those that the model has learned apart."
METRE_HELP = "Metre of what is composed."
SAFE, BALANCED, WILD = "safe", "balanced", "wild"
PRESET_LABEL = "How daring?"
PRESET_HELP = "Sets the sliders below; balanced is how the model is meant."
DICE = "Roll the dice"
PROMPT_SECTION = "Begin with some music"
BEGIN_WITH = "Begin with"
BEGIN_WITH_HELP = "The model goes on from there."
BEGINNINGS = {
    "nothing": "nothing",
    "opening": "a known opening",
    "file": "a MIDI file",
    "played": "my own playing",
}
PROMPT = "MIDI file to go on from"
OPENING = "Opening"
NO_PROMPT_FILE = "There is no MIDI file to begin with."
NO_PROMPT_FILE_HINT = "Drop one, or begin with nothing."
NO_OPENING = "No opening was chosen."
NOTHING_PLAYED = "Nothing was played yet."
NOTHING_PLAYED_HINT = "Press Record and play some bars, or begin with nothing."
EXAMPLES = "Listen to what it writes:"
LENGTH_UNIT = "Measure length in"
TOKENS, BARS = "tokens", "bars"
RANDOM_SEED = "New seed each time"
GENERATE_BUTTON = "Generate"
STOP_BUTTON = "Stop"
GROWING = "Composing: {notes} so far."
CONTINUE = "Continue"
KEEP_BARS = "Bars to keep"
REDO = "Compose the rest again"
UNDO = "Undo"
ZIP = "All takes"
TAKE = "Take {n}"
SEED = "seed {seed}"
GROWN = "grown"
TAKES = {
    "takes": "Your takes",
    "none": "What you compose is kept here for a week, on this browser's visit only.",
    "zip": "Download all",
    "show": "Show",
    "star": "Favourite",
    "compare": "Compare",
    "compare_help": "Beside the take in the player",
    "end_compare": "Stop comparing",
    "rename": "Rename",
    "new_name": "New name; Enter keeps it",
    "delete": "Delete",
    "really_delete": "Delete for good?",
}
SOUND_SECTION = "How it sounds"
TRANSPOSE = "Transpose"
TRANSPOSE_HELP = "Semitones; nothing is composed again."
TEMPO = "Tempo to play in"
TEMPO_HELP = "Quarter notes a minute."
AS_IT_IS = "as composed"
ALL_PARTS = "all parts"
PART_OF_PIECE = "Part"
PART_VOLUME = "Volume of the part, %"
PART_VOLUME_HELP = "Beside the other parts; choose a part first."
INSTRUMENT = "Instrument"
INSTRUMENT_HELP = "Of General MIDI."
SOUNDFONT = "Soundfont"
SOUNDFONT_HELP = "The recordings it is played with."
SOUNDFONT_UPLOAD = "Add a soundfont"
ANALYSIS_SECTION = "Look closer"
ANALYSE_BUTTON = "Analyse the take"
ANALYSE_FILE = "… or any MIDI file"
NOTHING_TO_ANALYSE = "There is no take yet."
NOTHING_TO_ANALYSE_HINT = "Compose one, or choose a MIDI file."
CHORDS = "Chords"
MORE_CHORDS = "… and {n} more."
PITCH_CLASSES = "Pitch classes"
INTERVALS = "Steps of the melody (semitones)"
NOTE_LENGTHS = "Note lengths (quarters)"
THIS_PIECE, TRAINING_PIECES = "this piece", "training pieces"
UNCHECKED_COPY = (
    "Not checked for copied passages: that needs the pieces that the model learned from, and they "
    "are not on this computer. This says nothing of whether it copies."
)
RECIPE = "Make this take again"
RECIPE_HELP = (
    "The same request always gives the same music. As a command (what it goes on from is "
    "prompt.mid in the download of all takes):"
)
RECIPE_LINK = "Behind this page's address, it fills the request in:"
RECIPE_JSON = "As JSON:"
PLAYER_EMPTY = "Your piece will appear here. Choose a model and press Generate."
DOWNLOADS = {
    ".mid": "MIDI",
    ".wav": "WAV",
    ".mp3": "MP3",
    ".musicxml": "MusicXML",
    ".zip": "Score (SVG)",
    ".json": "Recipe (JSON)",
}
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
KEYBOARD = {
    "keyboard": "Piano keyboard with a recorder",
    "record": "Record",
    "stop": "Stop",
    "play": "Play it back",
    "clear": "Clear",
    "tempo": "Tempo",
    "tempo_help": "Beats a minute, from 40 to 200; in 6/8 a beat is an eighth",
    "metre": "Metre",
    "count_in": "Count-in",
    "metronome": "Metronome",
    "strip": "What was played",
    "empty": "Press Record and play. The model goes on from here.",
    "piano": "Piano. Arrow keys move along the keys and by octaves, Enter or Space plays.",
    "lower": "Lower octave",
    "higher": "Higher octave",
    "computer_keys": "Mouse, fingers or the computer’s keys: the bottom row is the lower octave.",
    "fingers": "Play with your fingers, several at once if you like.",
    "sharp": "sharp",
    "counting": "Counting in",
    "waiting": "Your first note is beat one.",
    "recording": "Recording",
    "playing": "Playing",
    "nothing": "Nothing was played.",
    "full": "That is as long as a recording can be.",
    "bars": "bar|bars",
    "notes": "note|notes",
    "bpm": "bpm",
    "midi": "Connect a MIDI keyboard",
    "midi_connected": "Connected",
    "midi_none": "No MIDI keyboard found. Plug one in; it will be noticed.",
    "midi_refused": "The browser does not let this page use MIDI keyboards.",
}
PLAYED_WRONG = "The recording cannot be read: {why}."
PLAYED_WRONG_HINT = "Clear it and record again."

# Train
NEW_RUN = "New run"
DATASET = "Data set"
NO_DATASET = "No data set yet. Get one on the Data tab."
PRESET = "Size"
RUN_NAME = "Name of the run"
RUN_NAME_HELP = "Also the name of the model that comes out. Empty: the one shown in grey."
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
STEP = "step"
LOG = "Log"
NO_LONGER_FELL = "The validation loss no longer fell."
RUN_STATES = {"failed": "Failed", "died": "Died"}
GO_ON = "Resume goes on from the last step that was saved."
NOTHING_SAVED = "There is nothing saved to go on from: start it again."
STOP_ASKED = "The run stops after this step and keeps what it has learned."
TO_GENERATE_BUTTON = "Play with this model"
RUN_COMMAND = "The command of this run"
DATASET_HELP = "What the model shall learn from."
LINE_TRAINING, LINE_VALIDATION = "training", "validation"
LINE_FIVEGRAM, LINE_UNIGRAM = "5-gram", "unigram"
LINE_ABOVE = "{line}, far above"
QUANTITY = "Show"
QUANTITIES = {"loss": "Loss", "learning_rate": "Learning rate", "tokens_per_s": "Speed"}
CAPTIONS = {
    "loss": "loss in nats per token",
    "learning_rate": "learning rate",
    "tokens_per_s": "tokens a second",
}
BESIDE = "Compare with"
TENSORBOARD = "All curves in TensorBoard, from the studio's folder:"
SAMPLES = "Listen to what it has learned"
SAMPLES_HELP = "A piece is composed at every evaluation, always with the same seed."
SAMPLE_EMPTY = "Choose a step above to hear what the model composed then."
NO_SAMPLE = "There is no such piece any more."
NO_SAMPLE_HINT = "Choose another step."
ESTIMATE_BUTTON = "How long will it take?"
ESTIMATING = "Measuring: a few steps are learned and thrown away …"
ESTIMATE = (
    "About {time} on this machine, as busy as it is now: {steps:,} steps and the last evaluation. "
    "Less if the validation loss no longer falls."
)
ESTIMATE_LIMITED = (
    "About {time} on this machine, as busy as it is now: some {steps:,} steps fit the time limit. "
    "Less if the validation loss no longer falls."
)
ALL_RUNS = "All runs"
ALL_RUNS_HELP = "The buttons below are for the run that is chosen above."
RUN_COLUMNS = [
    "Name",
    "Learned from",
    "State",
    "Steps",
    "Best loss",
    "Bits per note",
    "With cache",
    "Took",
    "When",
    "Settings",
]
STATE_NAMES = {
    "preparing": "preparing",
    "running": "learning",
    "finished": "finished",
    "stopped": "stopped",
    "failed": "failed",
    "died": "died",
}
NEW_NAME = "New name of the chosen run"
RENAME_BUTTON = "Rename"
NO_NAME = "There is no new name."
NO_NAME_HINT = "Write one first."
ZIP_BUTTON = "Take along"
ZIP_READY = "The model and how it learned, as a zip"
ZIP_IN_BUTTON = "Take in a model from a zip"
TAKEN_IN = "“{name}” is here."
DELETE_RUN_QUESTION = "Delete the run “{name}” and its model? What it composed stays."

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
FORETELLS_WORSE = (
    "It foretells music worse than a table of five-token snippets: it has learned none."
)
FORETELLS_BETTER = "It needs {share:.0%} fewer bits to foretell this music than a 5-gram does."
WITHOUT_CACHE = (
    "Without its memory of what a piece has already said it would need {bits:.2f} bits per note."
)
OVERLAPS = (
    "An overlap of 1 is the same distribution. On average it is {mean:.2f}; random halves of the "
    "real pieces reach {halves:.2f} with each other."
)
COLLAPSED = (
    "{n} of {total} pieces ran into a few notes, as no real piece does: raise the temperature or "
    "top-p, or train longer."
)
SILENT = "{n} attempts were nothing but rests."
USUAL_COPIES = "of the real held-out pieces 95 % share at most {most:.0f} notes with one"
NO_COPIES = "No piece shares a passage worth a word with a training piece; {usual}."
COPIES = (
    "The longest passage shared with a training piece, in whatever key, has {notes} (bars {start} "
    "to {end}, {file}); {usual}. {n} of {total} pieces share more."
)
MEASURE_COLUMNS = ["Quantity", "Composed", "Real", "Overlap"]
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
FILTERS = {
    "left out": "Left out",
    "doubles": "Duplicates",
    "off the grid": "Off the beat",
    "kept": "Kept",
    "all": "All",
}
FILE_COLUMNS = ["File", "Verdict", "Reason or part", "Notes", "Tokens", "Length"]
KEPT, LEFT_OUT, DOUBLES, OFF_THE_GRID = "kept", "left out", "doubles", "off the grid"
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
DUPLICATES = "Duplicates"
NO_PIECE = (
    "None of these files can be used, so nothing can be learned from them. The table says why of "
    "each; add MIDI files and import again."
)
ONE_PIECE = (
    "Only one piece can be used. Training needs two at least, since one is always held out to "
    "judge by: add another file and import again."
)
NOTHING_TO_JUDGE_BY = (
    "No piece is held out to judge by, so training will not start. Let the split table name some "
    "as val, or take it out of the configuration (preprocessing.split_csv)."
)
NOTHING_TO_LEARN = (
    "No piece is left to learn from, so training will not start. Let the split table name some as "
    "train, or take it out of the configuration (preprocessing.split_csv)."
)
FEW = "Little to learn from: {pieces} with {tokens} tokens."
FEW_HINT = (
    "A new model would learn them by heart rather than learn music. Teach them to a trained model "
    "instead, or add more: hundreds of pieces make a composer."
)
PARTS_OF_SET = "Instruments: {together} in {n:,} of {all:,} pieces{others}."
OTHER_PARTS = "; besides, {names}"
PART_IN_PIECES = "{name} in {n:,}"
SEVERAL_PARTS = (
    "In {n:,} of {all:,} pieces several instruments play ({together} most often). They are "
    "learned as one piano, unless you choose Keep instruments apart."
)
OFF_GRID = (
    "Free playing, recorded without a click, in {n} of {all} pieces: no more than {most:.0%} of "
    "their onsets lie near the beats that the file states, and chance alone would bring "
    "{chance:.0%}."
)
OFF_GRID_HINT = (
    "Bars and beats mean nothing in them, so a model learns little rhythm from them. Take them out "
    "if others are enough, or find the same pieces from a score or a sequencer."
)
FREE_PIECE = "{part}; free playing: {share:.0%} of onsets near the beat, {chance:.0%} by chance"
PITCHES = "Pitches ({lowest} to {highest}), share of notes"
DENSITY = "Notes a second, share of pieces"
METRES = "Metres, share of pieces"
OTHER_METRES = "other"
TEMPI = "Mean tempi (bpm), share of pieces"
TOKEN_LENGTHS = "Lengths in tokens, share of pieces"
AND_MORE = "{low} and more"
LISTEN = "Listen to {file}"
LISTEN_EMPTY = "Press the triangle beside a file to listen to it."
LISTEN_OPENING = "The first {length}."
CANNOT_LISTEN = "{file} cannot be played: {why}."
CANNOT_LISTEN_HINT = "Only files that can be read as MIDI can be heard."
NOT_IN_SET = "There is no file '{file}' in this data set."
NOT_IN_SET_HINT = "It may have been imported anew: reload the page."
STILL_IMPORTED = "'{name}' is being imported."
STILL_IMPORTED_HINT = "Wait for it, or cancel the import first."
