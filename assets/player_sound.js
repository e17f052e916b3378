// --- Sound: play, seek, and exchange the recording while it plays ------------------------------

const IN_STEP_S = 0.012; // two recordings that differ less follow each other without a stumble
const SETTLED_S = 0.12; // after a seek a recording's clock is steady again
const TRIES = 6;

let awaited = null; // the recording that is being loaded
let isWaiting = false; // for more of a growing piece: all that there was is played

const AUDIO_EVENTS = {
  play: () => { page.lastUsed = self; page.silenceOthers(self, audio); showState(); },
  pause: () => showState(),
  seeked: () => { drawSounding(); guardLoop(); },
  timeupdate: () => guardLoop(),
  ended: () => {
    isWaiting = !loop && isGrowing();
    if (!loop) return showState();
    audio.currentTime = loop.start;
    audio.play().catch(() => {});
  },
  loadedmetadata: () => {
    learnDuration();
    if (isFresh) zoom = Math.max(fittingZoom(), READABLE_ZOOM);
    draw();
  },
};

function learnDuration() { // the last notes ring on after the roll ends
  if (Number.isFinite(audio.duration)) duration = Math.max(duration, audio.duration);
  showDuration();
}

function listenTo(recording) {
  for (const [name, act] of Object.entries(AUDIO_EVENTS)) {
    recording.addEventListener(name, () => { if (recording === audio) act(); });
  }
  return recording;
}

function setAudio(url, isSame) {
  if (isSame && (url === null || url === audio.getAttribute("src"))) return; // it is there, or to come
  if (isSame && canPlay()) return void exchange(url);
  awaited = null;
  isWaiting = false;
  audio.pause();
  url ? audio.setAttribute("src", url) : audio.removeAttribute("src");
  audio.load();
}

const happens = (recording, name) => new Promise((resolve, reject) => {
  recording.addEventListener(name, resolve, { once: true });
  recording.addEventListener("error", reject, { once: true });
});
const pass = (seconds) => new Promise((resolve) => setTimeout(resolve, Math.max(0, seconds * 1000)));

async function exchange(url) {
  const next = listenTo(document.createElement("audio"));
  awaited = next;
  next.preload = "auto";
  next.setAttribute("src", url);
  try {
    await happens(next, "canplay");
    await catchUp(next);
  } catch {
    if (awaited === next) awaited = null;
    return; // the old recording goes on
  }
  if (awaited === next) awaited = null;
}

// The next recording runs along unheard until it is in step. How long this browser takes to seek and
// to start shows in how far it lags, so that the next try aims further ahead.
async function catchUp(next) {
  for (let tries = 0; ; tries++) {
    const arrived = happens(next, "seeked");
    next.currentTime = audio.currentTime + (isSounding() ? page.leadS : 0);
    await arrived;
    if (awaited !== next) return next.pause();
    if (!isSounding()) break;
    next.muted = true;
    if (next.paused && !(await starts(next))) return takeOverUnlocked(next);
    await pass(SETTLED_S);
    const lag = audio.currentTime - next.currentTime;
    if (awaited !== next) return next.pause();
    if (!isSounding() || Math.abs(lag) < IN_STEP_S || tries === TRIES) break;
    if (Math.abs(lag) < 0.5) page.leadS = clamp(page.leadS + lag, 0, 0.5); // else it was moved
  }
  if (!isSounding()) {
    next.pause();
    next.currentTime = audio.currentTime;
  }
  takeOver(next);
}

const starts = (recording) => recording.play().then(() => true, () => false);

function takeOver(next) {
  const old = audio;
  roll.dataset.swapErrorMs = (next.currentTime - old.currentTime) * 1000; // for tests
  audio = next;
  old.replaceWith(next);
  showVolume();
  old.pause();
  old.removeAttribute("src");
  old.load(); // lets go of the file
  learnDuration();
  goOn();
  showState();
  guardLoop();
}

function goOn() { // where a growing piece had been played as far as it was
  if (!isWaiting) return;
  isWaiting = false;
  audio.play().catch(() => {});
}

function takeOverUnlocked(next) { // some browsers play only what was once pressed
  const at = audio.currentTime;
  audio.setAttribute("src", next.getAttribute("src"));
  audio.load();
  audio.currentTime = at;
  audio.play().catch(() => {});
}

function toggle() {
  if (!canPlay()) return;
  isWaiting = false;
  if (!audio.paused) return audio.pause();
  page.silenceOthers(self, audio);
  audio.play().catch(() => {});
}

function seekTo(second) {
  if (!canPlay()) return;
  isWaiting = false;
  const wanted = clamp(second, 0, audio.duration || duration);
  audio.currentTime = wanted;
  wasInLoop = loop !== null && wanted >= loop.start && wanted < loop.end;
  keepInSight();
  drawSounding();
}

function tick() {
  if (!root.isConnected) audio.pause(); // its component is gone
  keepInSight();
  drawSounding();
  frame = isSounding() ? requestAnimationFrame(tick) : 0;
}

function showState() {
  const playing = isSounding();
  const play = find(".play");
  root.classList.toggle("is-playing", playing);
  play.disabled = seek.disabled = !canPlay();
  const isTooEarly = isGrowing() && !canPlay();
  play.setAttribute("aria-label", isTooEarly ? `${texts.play}: ${texts.growing}` : playing ? texts.pause : texts.play);
  play.title = isTooEarly ? texts.growing : "";
  if (playing && !frame) frame = requestAnimationFrame(tick);
  guardLoop();
}

function showTime(now) {
  setText(find(".time"), clock(now));
  if (document.activeElement !== seek || !seek.matches(":active")) seek.value = now;
  seek.setAttribute("aria-valuetext", `${clock(now)} / ${clock(duration)}`);
}

function showDuration() {
  seek.max = duration || 1;
  setText(find(".total"), clock(duration));
}

function showVolume(recording = audio) {
  recording.volume = page.volume;
  recording.muted = page.isMuted;
  find(".volume").value = page.isMuted ? 0 : page.volume;
  find(".mute").setAttribute("aria-pressed", String(page.isMuted));
}

find(".play").addEventListener("click", toggle);
find(".mute").addEventListener("click", () => page.setVolume({ isMuted: !page.isMuted }));
find(".volume").addEventListener("input", (event) => {
  page.setVolume({ volume: Number(event.target.value), isMuted: false });
});
seek.addEventListener("input", () => seekTo(Number(seek.value)));
for (const slider of [seek, find(".volume")]) { // afterwards the space bar shall play again
  slider.addEventListener("pointerup", () => root.focus({ preventScroll: true }));
}
