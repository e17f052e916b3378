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
  props.value = value ?? ""; // gradio makes that of nothing, and would tell of two changes
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
