// A piano keyboard with a recorder: keys make sound at once, and a take is kept beside a click.
//
// gr.HTML runs this once per component with `element` (its root), `props`, `trigger` and `watch`.
// The value is null or { bpm, beats, notes: [[start_s, end_s, pitch, velocity], …] } as
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

// --- Sound -------------------------------------------------------------------------------------

let context = null; // made at the first gesture, as browsers demand
let master, tone;
let soundMinusClock = null; // seconds of the audio clock that are heard at second 0 of ours
const voices = new Set();

function wake() {
  const Context = window.AudioContext;
  if (!context && Context) {
    context = new Context({ latencyHint: "interactive" });
    const limiter = new DynamicsCompressorNode(context, { threshold: -14, ratio: 8, attack: 0.002, release: 0.15 });
    master = new GainNode(context, { gain: 0.5 });
    master.connect(limiter).connect(context.destination);
    const partials = [0, 1, 0.52, 0.3, 0.17, 0.1, 0.07, 0.04, 0.03];
    tone = context.createPeriodicWave(new Float32Array(partials.length), new Float32Array(partials));
  }
  if (context && context.state !== "running") return context.resume().catch(() => {});
  return Promise.resolve();
}

function measuredClock() {
  const stamp = context.getOutputTimestamp?.();
  const played = stamp?.performanceTime ? stamp.contextTime - stamp.performanceTime / 1000 : NaN;
  const estimated = context.currentTime - (context.outputLatency || context.baseLatency || 0) - now();
  return Math.abs(played - estimated) < 0.5 ? played : estimated;
}

// The audio clock's time for a second of ours; small jitter of the measurement is smoothed away.
function audioTime(second) {
  const measured = measuredClock();
  const isLost = soundMinusClock === null || Math.abs(measured - soundMinusClock) > 0.05;
  soundMinusClock = isLost ? measured : soundMinusClock + 0.1 * (measured - soundMinusClock);
  return Math.max(context.currentTime, second + soundMinusClock);
}

// A struck string: two nearly equal tones whose brightness and loudness die away, low ones slowly.
function strike(pitch, velocity, at = context?.currentTime) {
  if (!context) return null;
  const force = velocity / 127;
  const frequency = 440 * 2 ** ((pitch - 69) / 12);
  const decay = clamp(1.1 * 2 ** ((60 - pitch) / 20), 0.12, 3.2); // seconds to a third
  const brightness = new BiquadFilterNode(context, { type: "lowpass", frequency: Math.min(frequency * (2 + 7 * force) + 300, 16000), Q: 0.3 });
  brightness.frequency.setTargetAtTime(Math.min(frequency * 1.6 + 200, 14000), at, decay * 0.5);
  const envelope = new GainNode(context, { gain: 0 });
  envelope.gain.setValueAtTime(0, at);
  envelope.gain.linearRampToValueAtTime(0.05 + 0.4 * force ** 1.7, at + 0.004);
  envelope.gain.setTargetAtTime(0, at + 0.004, decay);
  const damper = new GainNode(context, { gain: 1 });
  brightness.connect(envelope).connect(damper).connect(master);
  const strings = [-1.5, 1.5].map((detune) => {
    const string = new OscillatorNode(context, { frequency, detune, periodicWave: tone });
    string.connect(brightness);
    string.start(at);
    string.stop(at + decay * 7);
    return string;
  });
  const voice = { damper, strings };
  strings[1].onended = () => { voices.delete(voice); damper.disconnect(); };
  if (voices.size >= MOST_VOICES) damp(voices.values().next().value, context.currentTime, 0.01);
  voices.add(voice);
  return voice;
}

function damp(voice, at = context?.currentTime, seconds = 0.07) {
  if (!voice) return;
  voice.damper.gain.cancelScheduledValues(at);
  voice.damper.gain.setTargetAtTime(0, at, seconds);
  for (const string of voice.strings) string.stop(at + seconds * 7);
  if (at <= context.currentTime) voices.delete(voice);
}

function click(at, isAccent) {
  const level = new GainNode(context, { gain: 0 });
  level.gain.setValueAtTime(isAccent ? 0.16 : 0.09, at);
  level.gain.setTargetAtTime(0, at, 0.012);
  const tick = new OscillatorNode(context, { type: "triangle", frequency: isAccent ? 1760 : 1320 });
  tick.connect(level).connect(master);
  tick.start(at);
  tick.stop(at + 0.1);
  tick.onended = () => level.disconnect();
}

// --- Keys that are down ------------------------------------------------------------------------

const held = new Map(); // by what holds them ("key:KeyZ", "pointer:3", "midi:60")

function press(source, pitch, velocity, second = now()) {
  if (pitch < 0 || pitch > 127) return;
  wake();
  if (state === "playing") stop();
  release(source, second);
  for (const other of held.values()) if (other.pitch === pitch) lift(other, second); // struck again
  held.set(source, { pitch, voice: strike(pitch, velocity), note: noteDown(pitch, velocity, second) });
  showKey(pitch, true);
}

function release(source, second = now()) {
  const key = held.get(source);
  if (!key) return;
  held.delete(source);
  lift(key, second);
  if (![...held.values()].some((other) => other.pitch === key.pitch)) showKey(key.pitch, false);
}

function lift(key, second) {
  damp(key.voice);
  noteUp(key.note, second);
  key.voice = key.note = null;
}

function releaseAll(kind = "") {
  for (const source of [...held.keys()]) if (source.startsWith(kind)) release(source);
}

// Events carry the moment they happened, which is earlier than the moment we hear of them.
function secondOf(event) {
  const second = event.timeStamp / 1000;
  return Math.abs(second - now()) < 1 ? second : now();
}

// --- Recording and playing back ----------------------------------------------------------------

let state = "idle"; // "counting", "waiting" for the first note, "recording", "playing"
let take = null; // what is being recorded or played: { bpm, beats, notes, zero }
let shown = null; // the component's value
let nextClick = 0; // beats from the downbeat
let nextNote = 0;
let clicks = false;
let timer = 0;
let frame = 0;
const playing = new Set(); // { voice, pitch, start, end } of the take that is played back

const isRecording = () => ["counting", "waiting", "recording"].includes(state);
const beatSeconds = (of) => 60 / of.bpm;
const longest = (of) => limits.bars * of.beats * beatSeconds(of);

async function begin() {
  stop();
  releaseAll();
  const beats = Number(metre.value);
  const countIn = find(".count-in input").checked;
  take = { bpm: chosenTempo(), beats, notes: [], zero: Infinity };
  clicks = find(".metronome input").checked;
  nextClick = -beats;
  enter(countIn ? "counting" : "waiting", countIn ? texts.counting : texts.waiting);
  if (countIn) await start(beats * beatSeconds(take));
  else wake();
}

// Put second 0 of the take where it will be heard, once sound is running; a device that does not
// answer is not waited for.
async function start(delay) {
  const mine = take;
  await Promise.race([wake(), new Promise((done) => setTimeout(done, 400))]);
  if (take === mine) takeBegins(now() + delay + AHEAD + (context?.outputLatency || 0));
}

function takeBegins(second) {
  take.zero = second;
  root.dataset.zero = second; // tells tests where the downbeat is
}

function noteDown(pitch, velocity, second) {
  if (!isRecording()) return null;
  if (state === "waiting") {
    takeBegins(second);
    nextClick = 1; // the note itself is the first beat
    enter("recording", texts.recording);
  }
  const at = second - take.zero;
  if (at < -EARLY_BEATS * beatSeconds(take) || at > longest(take)) return null;
  const note = { start: Math.max(0, at), end: null, pitch, velocity, down: second };
  take.notes.push(note);
  if (take.notes.length >= limits.notes) queueMicrotask(() => finish(texts.full));
  return note;
}

function noteUp(note, second) {
  if (!note || note.end !== null) return;
  note.end = Math.min(note.start + Math.max(SHORTEST, second - note.down), longest(take));
}

function finish(said = "") {
  if (!isRecording()) return;
  for (const key of held.values()) { noteUp(key.note, now()); key.note = null; }
  const round = (second) => Math.round(second * ROUNDING) / ROUNDING;
  const notes = take.notes
    .map((each) => [round(each.start), round(each.end), each.pitch, each.velocity])
    .filter(([start, end]) => end > start)
    .sort((a, b) => a[0] - b[0]);
  if (notes.length) setValue({ bpm: take.bpm, beats: take.beats, notes });
  enter("idle", notes.length ? said : texts.nothing);
}

async function play() {
  if (!shown) return;
  if (state === "playing") return stop();
  stop();
  for (const audio of document.querySelectorAll("audio")) audio.pause();
  take = { ...shown, zero: Infinity };
  nextNote = nextClick = 0;
  clicks = false;
  enter("playing", texts.playing);
  await start(0);
}

function stop() {
  if (isRecording()) return finish();
  for (const each of playing) { damp(each.voice, undefined, 0.02); showKey(each.pitch, false); }
  playing.clear();
  enter("idle");
}

function setValue(value) {
  shown = value;
  props.value = value;
}

function enter(next, said = "") {
  state = next;
  if (next === "idle") take = null;
  clearInterval(timer);
  timer = next === "idle" ? 0 : setInterval(tick, TICK_MS);
  root.classList.toggle("is-recording", isRecording());
  root.classList.toggle("is-timed", next === "counting" || next === "recording");
  find(".record .word").textContent = isRecording() ? texts.stop : texts.record;
  find(".play").textContent = next === "playing" ? texts.stop : texts.play;
  find(".play").disabled = !shown || isRecording();
  find(".clear").disabled = !shown || next !== "idle";
  find(".settings").disabled = next !== "idle";
  find(".status").textContent = said || summary();
  if (next === "counting" || next === "waiting") showBeats(take.beats);
  if (!frame) frame = requestAnimationFrame(look);
}

// What has to be in time, some ticks ahead of it.
function tick() {
  if (!root.isConnected) return end();
  const second = now() - take.zero;
  if (state === "counting" && second >= 0) enter("recording", texts.recording);
  scheduleClicks(second);
  if (state === "playing") scheduleNotes(second);
  if (state === "recording" && second > longest(take)) finish(texts.full);
}

function scheduleClicks(second) {
  const beat = beatSeconds(take);
  for (; nextClick * beat < second + AHEAD; nextClick++) {
    const isLate = nextClick * beat < second - 0.05; // the tab slept
    if (!context || isLate || !(clicks || nextClick < 0)) continue;
    click(audioTime(take.zero + nextClick * beat), nextClick % take.beats === 0);
  }
}

function scheduleNotes(second) {
  const notes = take.notes;
  for (; nextNote < notes.length && notes[nextNote][0] < second + AHEAD; nextNote++) {
    const [start, end, pitch, velocity] = notes[nextNote];
    const voice = context && strike(pitch, velocity, audioTime(take.zero + start));
    if (voice) damp(voice, audioTime(take.zero + end));
    playing.add({ voice, pitch, start, end, isShown: false });
  }
  if (nextNote >= notes.length && second > lastEnd(notes) + 0.3) stop();
}

const lastEnd = (notes) => notes.reduce((last, note) => Math.max(last, note[1]), 0);

// --- Drawing -----------------------------------------------------------------------------------

// Every frame while something moves.
function look() {
  frame = 0;
  if (!root.isConnected) return end();
  if (take) {
    const second = now() - take.zero;
    lightBeat(second);
    for (const each of playing) showPlayed(each, second);
    frame = requestAnimationFrame(look);
  }
  draw();
}

function showPlayed(each, second) {
  const isDown = each.start <= second && second < each.end;
  if (isDown !== each.isShown) showKey(each.pitch, (each.isShown = isDown));
  if (second >= each.end) playing.delete(each);
}

function showBeats(beats) {
  find(".beats").replaceChildren(...Array.from({ length: beats }, () => document.createElement("i")));
}

function lightBeat(second) {
  const dots = find(".beats").children;
  const beat = Math.floor(second / beatSeconds(take));
  for (let i = 0; i < dots.length; i++) {
    dots[i].classList.toggle("is-now", Number.isFinite(beat) && beat >= -take.beats && (beat + take.beats) % take.beats === i);
  }
}

function drawn() {
  if (!isRecording()) return { ...(shown || { bpm: chosenTempo(), beats: Number(metre.value), notes: [] }), until: 0 };
  const second = now() - take.zero;
  const notes = take.notes.map((each) => [each.start, each.end ?? Math.max(each.start + SHORTEST, second), each.pitch, each.velocity]);
  return { bpm: take.bpm, beats: take.beats, notes, until: Math.max(0, Number.isFinite(second) ? second : 0) };
}

function draw() {
  const width = canvas.clientWidth, height = canvas.clientHeight;
  const content = drawn();
  root.classList.toggle("is-empty", !content.notes.length && !isRecording());
  canvas.setAttribute("aria-label", `${texts.strip}: ${summary() || texts.empty}`);
  if (!width) return; // in a hidden tab
  const ratio = window.devicePixelRatio || 1;
  const [pixelWidth, pixelHeight] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== pixelWidth || canvas.height !== pixelHeight) Object.assign(canvas, { width: pixelWidth, height: pixelHeight });
  const pen = canvas.getContext("2d");
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, width, height);
  const style = getComputedStyle(root);
  const colour = (name) => style.getPropertyValue(name).trim();
  const bar = content.beats * beatSeconds(content);
  const bars = Math.max(4, Math.ceil(Math.max(content.until, lastEnd(content.notes)) / bar - 0.05));
  const zoom = width / (bars * bar); // pixels a second
  if (content.notes.length || isRecording()) drawGrid(pen, colour, { bars, bar, beats: content.beats, zoom, height, width });
  drawNotes(pen, colour, content.notes, zoom, height);
  const second = take ? now() - take.zero : -1;
  if (second >= 0 && state !== "idle") {
    pen.fillStyle = colour("--head");
    pen.fillRect(Math.min(second * zoom, width - 2), 0, 2, height);
  }
}

function drawGrid(pen, colour, { bars, bar, beats, zoom, height, width }) {
  const step = bars * 28 > width ? Math.ceil((bars * 28) / width) : 1; // numbers that fit
  pen.font = "11px system-ui, sans-serif";
  for (let i = 0; i < bars; i++) {
    const x = Math.round(i * bar * zoom) + 0.5;
    for (let beat = 1; beat < beats && bar * zoom > 40; beat++) {
      pen.fillStyle = colour("--beat-line");
      pen.fillRect(Math.round((i + beat / beats) * bar * zoom) + 0.5, 18, 1, height);
    }
    pen.fillStyle = colour("--line");
    if (i && bar * zoom > 5) pen.fillRect(x, 0, 1, height);
    pen.fillStyle = colour("--paper-text");
    if (i % step === 0) pen.fillText(String(i + 1), x + 5, 13);
  }
}

function drawNotes(pen, colour, notes, zoom, height) {
  const pitches = notes.map((note) => note[2]);
  const lowest = Math.min(...pitches), highest = Math.max(...pitches);
  const rows = Math.max(16, highest - lowest + 3);
  const row = (height - 24) / rows;
  const middle = (lowest + highest) / 2;
  pen.fillStyle = colour(isRecording() ? "--note-live" : "--note");
  for (const [start, end, pitch, velocity] of notes) {
    const w = Math.max((end - start) * zoom - 1, 2), h = Math.max(row - 1, 2.5);
    pen.globalAlpha = 0.45 + 0.55 * (velocity / 127);
    pen.beginPath();
    pen.roundRect(start * zoom, 20 + (rows / 2 + middle - pitch - 0.5) * row, w, h, Math.min(2.5, h / 2, w / 2));
    pen.fill();
  }
  pen.globalAlpha = 1;
}

function summary() {
  if (!shown) return "";
  const bars = Math.max(1, Math.ceil(lastEnd(shown.notes) / (shown.beats * beatSeconds(shown)) - 0.05));
  return `${counted(bars, texts.bars)}, ${counted(shown.notes.length, texts.notes)}, ${shown.bpm} ${texts.bpm}`;
}

// --- The piano ---------------------------------------------------------------------------------

let octaves = 0;
let lowest = null; // the C at the left
let printed = new Map(); // what stands on the computer's keys, where the browser tells

const keyOf = (pitch) => piano.querySelector(`[data-pitch="${pitch}"]`);
const showKey = (pitch, isDown) => keyOf(pitch)?.classList.toggle("is-down", isDown);

function layOut() {
  const fitting = clamp(Math.floor((piano.clientWidth / NARROWEST_KEY - 1) / 7), 1, 3);
  if (fitting === octaves) return;
  releaseAll("pointer");
  octaves = fitting;
  shift(lowest ?? (octaves === 1 ? 60 : 48));
}

function shift(wanted) {
  const focused = Number(piano.contains(document.activeElement) && document.activeElement.dataset.pitch);
  const moved = wanted - (lowest ?? wanted);
  lowest = clamp(wanted, LOWEST_C, HIGHEST_C - 12 * octaves);
  const highest = lowest + 12 * octaves;
  const whites = 7 * octaves + 1;
  let white = 0;
  const keys = [];
  for (let pitch = lowest; pitch <= highest; pitch++) {
    keys.push(newKey(pitch, isBlack(pitch) ? white - 0.31 : white, isBlack(pitch) ? 0.62 : 1, whites));
    if (!isBlack(pitch)) white++;
  }
  piano.replaceChildren(...keys);
  for (const key of held.values()) showKey(key.pitch, true);
  for (const key of playing) if (key.isShown) showKey(key.pitch, true);
  find(".range").textContent = `${nameOf(lowest)} – ${nameOf(highest)}`;
  find(".lower").disabled = lowest <= LOWEST_C;
  find(".higher").disabled = highest >= HIGHEST_C;
  makeTabStop(clamp(focused ? focused + moved : 60, lowest, highest), Boolean(focused));
}

function newKey(pitch, left, width, whites) {
  const key = document.createElement("button");
  key.type = "button";
  key.className = isBlack(pitch) ? "key black" : "key white";
  key.dataset.pitch = pitch;
  key.tabIndex = -1;
  key.style.left = `${(100 * left) / whites}%`;
  key.style.width = `${(100 * width) / whites}%`;
  key.setAttribute("aria-label", nameOf(pitch).replace("#", ` ${texts.sharp} `));
  const letter = document.createElement("span");
  letter.className = "letter";
  const code = UPPER_ROW[pitch - lowest - 12] ?? LOWER_ROW[pitch - lowest];
  letter.textContent = !code ? "" : (printed.get(code) ?? PRINTED[code] ?? code.slice(-1)).toUpperCase();
  const name = document.createElement("span");
  name.className = "name";
  name.textContent = isBlack(pitch) || pitch % 12 ? "" : nameOf(pitch);
  key.append(letter, ...(isBlack(pitch) ? [] : [name]));
  return key;
}

function makeTabStop(pitch, hasFocus) {
  for (const key of piano.children) key.tabIndex = Number(key.dataset.pitch) === pitch ? 0 : -1;
  if (hasFocus) keyOf(pitch)?.focus({ preventScroll: true });
}

function touch(event) {
  const key = document.elementFromPoint(event.clientX, event.clientY)?.closest(".key");
  if (!key || !piano.contains(key)) return release(`pointer:${event.pointerId}`, secondOf(event));
  const pitch = Number(key.dataset.pitch);
  const box = key.getBoundingClientRect();
  const depth = clamp((event.clientY - box.top) / box.height, 0, 1);
  if (held.get(`pointer:${event.pointerId}`)?.pitch === pitch) return;
  const velocity = Math.round(SOFTEST_TOUCH + depth * (LOUDEST_TOUCH - SOFTEST_TOUCH));
  press(`pointer:${event.pointerId}`, pitch, velocity, secondOf(event));
  makeTabStop(pitch, false);
}

// --- Wiring: mouse and fingers -----------------------------------------------------------------

const touching = new Set();
on(piano, "pointerdown", (event) => {
  if (event.button !== 0) return;
  event.preventDefault();
  piano.setPointerCapture(event.pointerId);
  touching.add(event.pointerId);
  touch(event);
  piano.querySelector("[tabindex='0']")?.focus({ preventScroll: true, focusVisible: false });
});
on(piano, "pointermove", (event) => { if (touching.has(event.pointerId)) touch(event); });
on(piano, "pointerup pointercancel lostpointercapture", (event) => {
  touching.delete(event.pointerId);
  release(`pointer:${event.pointerId}`, secondOf(event));
});
on(piano, "contextmenu dragstart", (event) => event.preventDefault());
on(piano, "click", (event) => { // a screen reader's press has no pointer
  if (event.detail > 0 || !event.target.closest(".key")) return;
  press("reader", Number(event.target.closest(".key").dataset.pitch), COMPUTER_KEY_VELOCITY);
  setTimeout(() => release("reader"), 400);
});

// --- Wiring: the computer's keys, while the focus is in here -----------------------------------

const isTyping = (target) => target.matches?.("input[type=number], select");

on(root, "keydown", (event) => {
  if (event.metaKey || event.ctrlKey || event.altKey) return releaseAll("key:"); // keyup may not come
  if (event.isComposing || isTyping(event.target)) return;
  if (event.target.classList.contains("key") && walk(event)) return event.preventDefault();
  if (!OFFSETS.has(event.code)) return;
  event.preventDefault(); // a slash would open Firefox's search
  if (!event.repeat) press(`key:${event.code}`, lowest + OFFSETS.get(event.code), COMPUTER_KEY_VELOCITY, secondOf(event));
});
on(root, "keyup", (event) => {
  if (event.target.classList.contains("key") && [" ", "Enter"].includes(event.key)) event.preventDefault();
  release(`key:${event.code}`, secondOf(event));
});
on(root, "focusout", (event) => {
  if (!event.relatedTarget || !root.contains(event.relatedTarget) || isTyping(event.relatedTarget)) releaseAll("key:");
});

function walk(event) {
  const pitch = Number(event.target.dataset.pitch);
  const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (step) makeTabStop(clamp(pitch + step, lowest, lowest + 12 * octaves), true);
  else if (event.key === "ArrowDown") shift(lowest - 12);
  else if (event.key === "ArrowUp") shift(lowest + 12);
  else if (event.key !== " " && event.key !== "Enter") return false;
  else if (!event.repeat) press(`key:${event.code}`, pitch, COMPUTER_KEY_VELOCITY, secondOf(event));
  return true;
}

// --- Wiring: a MIDI keyboard -------------------------------------------------------------------

let midi = null;

async function connect() {
  wake();
  try {
    midi = await navigator.requestMIDIAccess();
  } catch {
    find(".midi-said").textContent = texts.midi_refused;
    return;
  }
  midi.onstatechange = listenToInputs;
  listenToInputs();
}

function listenToInputs() {
  const inputs = [...midi.inputs.values()].filter((each) => each.state === "connected");
  releaseAll("midi:");
  for (const input of inputs) input.onmidimessage = (message) => hear(message, input.id);
  const names = inputs.map((each) => each.name).join(", ");
  find(".midi-said").textContent = inputs.length ? `${texts.midi_connected}: ${names}` : texts.midi_none;
  find(".midi").hidden = inputs.length > 0;
}

function hear(message, id) {
  if (!root.clientWidth) return; // in a hidden tab
  const [status, pitch, velocity] = message.data;
  const source = `midi:${id}:${status & 15}:${pitch}`;
  if (status >> 4 === 9 && velocity) press(source, pitch, velocity, secondOf(message));
  else if (status >> 4 === 9 || status >> 4 === 8) release(source, secondOf(message));
}

// --- Wiring: the rest --------------------------------------------------------------------------

function chosenTempo() {
  return clamp(Math.round(Number(tempo.value)) || limits.usual_bpm, limits.slowest_bpm, limits.fastest_bpm);
}

root.setAttribute("aria-label", texts.keyboard);
piano.setAttribute("aria-label", texts.piano);
find(".clear").textContent = texts.clear;
find(".tempo span").textContent = texts.tempo;
find(".tempo").title = texts.tempo_help;
find(".metre span").textContent = texts.metre;
find(".count-in span").textContent = texts.count_in;
find(".metronome span").textContent = texts.metronome;
find(".strip .empty").textContent = texts.empty;
find(".lower").setAttribute("aria-label", texts.lower);
find(".higher").setAttribute("aria-label", texts.higher);
find(".hint.mouse").textContent = texts.computer_keys;
find(".hint.touch").textContent = texts.fingers;
find(".midi").textContent = texts.midi;
find(".midi").hidden = !navigator.requestMIDIAccess;
Object.assign(tempo, { min: limits.slowest_bpm, max: limits.fastest_bpm, value: limits.usual_bpm });
metre.replaceChildren(...Object.entries(METRES).map(([beats, name]) => new Option(name, beats, beats === "4", beats === "4")));

on(record, "click", () => (isRecording() ? finish() : begin()));
on(find(".play"), "click", play);
on(find(".clear"), "click", () => { setValue(null); enter("idle"); });
on(find(".lower"), "click", () => shift(lowest - 12));
on(find(".higher"), "click", () => shift(lowest + 12));
on(find(".midi"), "click", connect);
on(tempo, "change", () => { tempo.value = chosenTempo(); });
on(window, "blur pagehide", () => releaseAll());
on(document, "visibilitychange", () => { if (document.hidden) releaseAll(); });

navigator.keyboard?.getLayoutMap?.().then((map) => { printed = map; if (lowest !== null) shift(lowest); }).catch(() => {});

const sizes = new ResizeObserver(() => {
  if (!root.isConnected) return end();
  if (!root.clientWidth) { stop(); releaseAll(); return; } // its tab was left
  layOut();
  draw();
});
sizes.observe(root);
const theme = new MutationObserver(() => draw());
theme.observe(document.body, { attributes: true, attributeFilter: ["class"] });

// The component has left the page, and takes everything along that would outlive it.
function end() {
  lifetime.abort();
}
lifetime.signal.addEventListener("abort", () => {
  clearInterval(timer);
  cancelAnimationFrame(frame);
  sizes.disconnect();
  theme.disconnect();
  if (midi) { midi.onstatechange = null; for (const input of midi.inputs.values()) input.onmidimessage = null; }
  held.clear();
  context?.close();
  context = null;
});

function show(value) {
  if (state === "playing") stop();
  shown = value; // a take that is being recorded gives way to it
  if (value) { tempo.value = value.bpm; metre.value = value.beats; }
  enter("idle");
}

show(props.value || null);
watch("value", () => show(props.value || null));
