// A piano keyboard with a recorder: keys make sound at once, and a take is kept beside a click.
//
// gr.HTML runs this once per component with `element` (its root), `props`, `trigger` and `watch`.
// The value is null, "" or { bpm, beats, notes: [[start_s, end_s, pitch, velocity], …] } as
// midigen/ui/keyboard.py says; props.texts holds the words and props.limits the limits. Gradio
// sends the event "change" whenever the value changes.
//
// One clock rules: performance.now(), which events carry too. Sound is placed on it by asking the
// audio device what it plays at the moment, so that a take is true to the click as it is heard.

const find = (selector) => element.querySelector(selector);
const root = find(".keyboard");
const piano = find(".piano");
const canvas = find("canvas");
const record = find(".record");
const tempo = find(".tempo input");
const metre = find(".metre select");
const { texts, limits } = props;

const BLACK_KEYS = new Set([1, 3, 6, 8, 10]);
const NAMES = ["C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B"];
const METRES = { 2: "2/4", 3: "3/4", 4: "4/4", 6: "6/8" };
const NARROWEST_KEY = 30; // pixels of a white key, below which an octave less is shown
const LOWEST_C = 24, HIGHEST_C = 108;
// Places on the computer's keyboard, not letters: they are the same in every language.
const LOWER_ROW = ["KeyZ", "KeyS", "KeyX", "KeyD", "KeyC", "KeyV", "KeyG", "KeyB", "KeyH", "KeyN", "KeyJ", "KeyM", "Comma", "KeyL", "Period", "Semicolon", "Slash"];
const UPPER_ROW = ["KeyQ", "Digit2", "KeyW", "Digit3", "KeyE", "KeyR", "Digit5", "KeyT", "Digit6", "KeyY", "Digit7", "KeyU", "KeyI", "Digit9", "KeyO", "Digit0", "KeyP", "BracketLeft", "Equal", "BracketRight"];
const OFFSETS = new Map([...LOWER_ROW.map((code, i) => [code, i]), ...UPPER_ROW.map((code, i) => [code, i + 12])]);
const PRINTED = { Comma: ",", Period: ".", Semicolon: ";", Slash: "/", BracketLeft: "[", BracketRight: "]", Equal: "=" };
const COMPUTER_KEY_VELOCITY = 80;
const SOFTEST_TOUCH = 48, LOUDEST_TOUCH = 112; // at the top and at the bottom of a key
const MOST_VOICES = 24;
const AHEAD = 0.15; // seconds that clicks and played notes are scheduled in advance
const TICK_MS = 25;
const SHORTEST = 0.03; // seconds
const EARLY_BEATS = 0.25; // a key this much before the downbeat belongs to it
const ROUNDING = 1000; // times are kept in milliseconds

const now = () => performance.now() / 1000;
const clamp = (value, low, high) => Math.min(Math.max(value, low), high);
const isBlack = (pitch) => BLACK_KEYS.has(pitch % 12);
const nameOf = (pitch) => `${NAMES[pitch % 12]}${Math.floor(pitch / 12) - 1}`;
// words: "bar|bars", or the three forms of Russian, as in 1 такт, 2 такта, 5 тактов.
function counted(n, words) {
  const forms = words.split("|");
  const form = new Intl.PluralRules(forms.length === 3 ? "ru" : "en").select(n);
  return `${n} ${forms[{ one: 0, few: 1 }[form] ?? forms.length - 1]}`;
}

element.lifetime?.abort(); // of an earlier run on the same element
const lifetime = (element.lifetime = new AbortController());
const on = (target, types, listener, options = {}) => {
  for (const type of types.split(" ")) target.addEventListener(type, listener, { signal: lifetime.signal, ...options });
};
