// --- The bar ruler: a flag after the bars to keep, and a region that is played again and again --

const DRAG_PX = 5; // a pointer that moves less has clicked
const BARS_OF_A_NEW_LOOP = 4;
const LONGEST_JUMP_S = 0.12;
const MEASURED_AFTER_MS = 200;

let canKeep = false;
let keep = null; // how many bars are kept, or null
let loop = null; // { start, end } in seconds
let wasInLoop = false;
let isJumping = false;
let loopTimer = 0;
let jumpS = 0.03; // how long a jump has lately taken: it begins so much earlier, to be in time
let drag = null; // { x, before, isMoved } of a pointer on the ruler or on the flag

const barAt = (second) => Math.max(0, borders.findLastIndex((border) => border <= second + 0.001));

function nearestBorder(second) {
  const distances = borders.map((border) => Math.abs(border - second));
  return Math.max(1, distances.indexOf(Math.min(...distances)));
}

function placeMarks() {
  const left = (second) => clamp(xOf(second), KEYS_WIDTH, size.width);
  const place = (mark, start, end) => {
    mark.style.transform = `translateX(${left(start)}px)`;
    mark.style.width = `${left(end) - left(start)}px`;
  };
  place(find(".region"), loop?.start ?? 0, loop?.end ?? 0);
  find(".region").hidden = !loop;
  const border = keep === null ? null : borders[Math.min(keep, borders.length - 1)];
  flag.hidden = border === null || !isInSight(xOf(border) - 1);
  find(".after").hidden = border === null;
  if (border === null) return;
  flag.style.transform = `translateX(${Math.min(xOf(border), size.width - 2)}px)`;
  find(".after").style.transform = `translateX(${left(border)}px)`;
}

// The flag

function keepBars(count, isSettled = true) {
  if (!canKeep) return;
  keep = count === null ? null : clamp(count, 1, Math.max(1, borders.length - 1));
  showKeep();
  if (isSettled) trigger("keep", { bar: keep });
}

function showKeep() {
  find(".keep").hidden = !canKeep;
  find(".keep").classList.toggle("is-set", keep !== null);
  const said = keep === null ? "" : (keep === 1 ? texts.keep_one : texts.keep_bars).replace("{n}", keep);
  setText(find(".keep-said"), said);
  flag.setAttribute("aria-label", `${said}. ${texts.flag_help}`);
  flag.title = said;
  placeMarks();
}

function hintAt(x) {
  const hint = find(".hint");
  hint.hidden = x === null || !canKeep || !borders.length;
  if (!hint.hidden) hint.style.transform = `translateX(${xOf(borders[nearestBorder(secondAt(x))])}px)`;
}

// The loop

function setLoop(region) {
  loop = region && region.end - region.start > 0.05 ? region : null;
  showLoop();
  if (loop && canPlay() && (audio.currentTime < loop.start || audio.currentTime >= loop.end)) seekTo(loop.start);
  wasInLoop = Boolean(loop);
  guardLoop();
}

function showLoop() {
  const button = find(".loop");
  button.setAttribute("aria-pressed", String(Boolean(loop)));
  button.title = loop ? texts.loop_off : texts.loop_on;
  placeMarks();
}

function newLoop() {
  const first = Math.min(barAt(audio.currentTime), Math.max(0, borders.length - 2));
  setLoop({ start: borders[first] ?? 0, end: borders[Math.min(first + BARS_OF_A_NEW_LOOP, borders.length - 1)] });
}

function regionBetween(a, b, isFree) {
  const [from, to] = [clamp(Math.min(a, b), 0, duration), clamp(Math.max(a, b), 0, duration)];
  if (isFree || borders.length < 2) return { start: from, end: to };
  return { start: borders[barAt(from)], end: borders.find((border) => border >= to - 0.001) ?? duration };
}

function guardLoop() { // a timer is finer than a frame, and it runs in a hidden tab
  clearTimeout(loopTimer);
  if (!loop || isJumping || !isSounding()) return;
  const end = Math.min(loop.end, (audio.duration || Infinity) - 0.02);
  const now = audio.currentTime;
  if (wasInLoop && now >= end - jumpS - 0.002) {
    audio.currentTime = loop.start;
    return void measureJump(audio, performance.now() + (end - now) * 1000, loop.start);
  }
  wasInLoop = now >= loop.start && now < end;
  if (wasInLoop) loopTimer = setTimeout(guardLoop, clamp((end - jumpS - now) * 1000, 1, 200));
}

function measureJump(recording, dueMs, start) {
  isJumping = true;
  setTimeout(() => {
    isJumping = false;
    const lateS = (performance.now() - dueMs) / 1000 - (audio.currentTime - start);
    if (recording === audio && isSounding() && Math.abs(lateS) < 0.5) {
      jumpS = clamp(jumpS + lateS / 2, 0, LONGEST_JUMP_S);
      roll.dataset.loopLateMs = lateS * 1000; // for tests
    }
    guardLoop();
  }, MEASURED_AFTER_MS);
}

function moveLoopBorder(name) {
  const region = loop ?? { start: 0, end: duration };
  const bar = barAt(audio.currentTime);
  const moved = name === "start" ? borders[bar] : borders[bar + 1] ?? duration;
  const wanted = { ...region, [name]: moved };
  if (wanted.end > wanted.start) setLoop(wanted);
}

// Pointers

ruler.addEventListener("pointerdown", (event) => {
  if (event.button > 0 || !borders.length) return;
  ruler.setPointerCapture(event.pointerId);
  drag = { x: within(event), before: loop, isMoved: false };
});
ruler.addEventListener("pointermove", (event) => {
  if (!drag) return hintAt(event.pointerType === "touch" ? null : within(event));
  drag.isMoved ||= Math.abs(within(event) - drag.x) > DRAG_PX;
  if (!drag.isMoved) return;
  hintAt(null);
  loop = regionBetween(secondAt(drag.x), secondAt(within(event)), event.altKey);
  showLoop();
});
ruler.addEventListener("pointerup", (event) => {
  const ended = drag;
  drag = null;
  if (!ended) return;
  if (ended.isMoved) setLoop(loop);
  else if (canKeep) keepBars(nearestBorder(secondAt(ended.x)));
  else seekTo(secondAt(ended.x));
});
ruler.addEventListener("pointercancel", () => {
  if (drag?.isMoved) setLoop(drag.before);
  drag = null;
});
ruler.addEventListener("pointerleave", () => hintAt(null));

flag.addEventListener("pointerdown", (event) => {
  flag.setPointerCapture(event.pointerId);
  drag = { x: event.clientX, before: keep, isMoved: false };
});
flag.addEventListener("pointermove", (event) => {
  if (!drag) return;
  drag.isMoved ||= Math.abs(event.clientX - drag.x) > DRAG_PX;
  if (drag.isMoved) keepBars(nearestBorder(secondAt(within(event))), false);
});
for (const name of ["pointerup", "pointercancel"]) {
  flag.addEventListener(name, () => {
    const ended = drag;
    drag = null;
    flag.dataset.moved = ended?.isMoved ? "yes" : ""; // its click is still to come
    if (ended?.isMoved && keep !== ended.before) trigger("keep", { bar: keep });
  });
}
flag.addEventListener("click", () => {
  if (!flag.dataset.moved) keepBars(null);
  flag.dataset.moved = "";
});
flag.addEventListener("keydown", (event) => {
  const step = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 }[event.key];
  if (step) keepBars(keep + step);
  else if (event.key === "Delete" || event.key === "Backspace") keepBars(null);
  else return;
  event.preventDefault();
  if (step && flag.hidden) lookAt(borders[keep] - rollWidth() / zoom / 2);
  if (step) flag.focus();
});
find(".keep-set").addEventListener("click", () => {
  keepBars(audio.currentTime > 0 ? nearestBorder(audio.currentTime) : Math.ceil((borders.length - 1) / 2));
  find(".keep-more").focus();
});
find(".keep-less").addEventListener("click", () => keepBars(keep - 1));
find(".keep-more").addEventListener("click", () => keepBars(keep + 1));
find(".keep-clear").addEventListener("click", () => { keepBars(null); find(".keep-set").focus(); });
find(".loop").addEventListener("click", () => (loop ? setLoop(null) : newLoop()));
