// --- A new value, and the first one ------------------------------------------------------------

function show(value) {
  const began = performance.now();
  const before = shown;
  if (!size.width) measureRoll();
  const isSame = Boolean(value && before && value.key && value.key === before.key);
  const wasGrowing = isGrowing();
  shown = value;
  setAudio(value?.audio?.url ?? null, isSame);
  root.classList.toggle("is-empty", !value);
  root.classList.toggle("is-growing", isGrowing());
  setText(find(".title"), value?.title ?? "");
  setText(find(".details"), value?.details ?? "");
  setText(find(".progress"), value?.progress ?? "");
  setMarks(value ?? {}, isSame ? before : {}, isSame);
  setRoll(value?.roll ?? EMPTY_ROLL, isSame);
  setTracks(value?.roll.tracks ?? [], Boolean(value?.parts_can_mute));
  setDownloads(value?.downloads ?? []);
  showDuration();
  showState();
  if (isGrowing() !== wasGrowing) setText(find(".status"), isGrowing() ? texts.growing : value ? texts.complete : "");
  if (!isSame) beginView();
  showKeep();
  showLoop();
  setSheet(value?.sheet ?? null);
  if (isFollowing && wasGrowing && !isGrowing() && !isSounding()) scroll = 0; // complete: ready to play from the start
  isFollowing &&= isGrowing();
  if (!isSame) draw();
  else requestDrawing(isFollowing ? follow : draw);
  roll.dataset.updateMs = performance.now() - began; // for tests
}

// What the visitor has set stays until another piece comes, or Python says something new.
function setMarks(value, before, isSame) {
  const isNews = (name) => !isSame || String(value[name]) !== String(before[name]);
  canKeep = Boolean(value.can_keep);
  if (isNews("keep_bar")) keep = value.keep_bar ?? null;
  if (isNews("muted")) muted = value.muted ?? [];
  blocks = (value.blocks ?? []).filter((bar) => bar > 0);
  if (!isSame) loop = null;
}

function beginView() {
  scroll = 0;
  isFollowing = isGrowing();
  isFresh = !isGrowing();
  zoom = isGrowing() ? GROWING_ZOOM : Math.max(fittingZoom(), READABLE_ZOOM);
}

// A file that takes long is made once it is pressed, and taken along when it is there.

let wanted = null; // the name of a file that is being made

function setDownloads(downloads) {
  const box = find(".downloads");
  const offers = downloads.map(({ label, name, file, make }) => (file ? linkTo(file, name, label) : offerOf(make, name, label)));
  const address = (offer) => `${offer.href ?? ""} ${offer.title} ${offer.textContent}`;
  if (offers.map(address).join() !== [...box.children].map(address).join()) box.replaceChildren(...offers);
  if (!downloads.some(({ name }) => name === wanted)) wanted = null; // another piece
  const link = [...box.querySelectorAll("a")].find(({ download }) => download === wanted);
  if (!link) return;
  wanted = null;
  link.click();
}

function linkTo(file, name, label) {
  const link = document.createElement("a");
  link.href = file.url;
  link.download = name;
  link.textContent = label;
  link.title = name;
  return link;
}

function offerOf(suffix, name, label) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = label;
  button.title = name;
  button.addEventListener("click", () => { wanted = name; trigger("make", { file: suffix }); });
  return button;
}

// Wiring

const self = {
  root, toggle, isSounding, showVolume,
  isReady: canPlay,
  pause: () => audio.pause(),
  recolour: () => { palette = null; draw(); },
};
const playerId = page.join(self);

for (const [selector, label] of Object.entries({
  ".seek": texts.position, ".volume": texts.volume, ".mute": texts.mute, ".loop": texts.loop,
  ".zoom": texts.zoom, ".zoom-in": texts.zoom_in, ".zoom-out": texts.zoom_out, ".views": texts.view,
  ".sheet": texts.sheet, ".keep": texts.keep, ".keep-less": texts.keep_less, ".keep-more": texts.keep_more,
  ".keep-clear": texts.keep_clear,
})) find(selector).setAttribute("aria-label", label);
for (const [selector, text] of Object.entries({
  ".empty": texts.empty, ".as-roll": texts.as_roll, ".as-score": texts.as_score, ".keep-set": texts.keep_set,
})) setText(find(selector), text);
root.setAttribute("aria-label", texts.player);
find(".mute").title = texts.mute;

listenTo(audio);
find(".zoom-in").addEventListener("click", () => (sheetIsShown() ? zoomSheet(1) : zoomTo(zoom * 1.5)));
find(".zoom-out").addEventListener("click", () => (sheetIsShown() ? zoomSheet(-1) : zoomTo(zoom / 1.5)));
for (const name of ["pointerdown", "focusin"]) root.addEventListener(name, () => { page.lastUsed = self; });

root.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && loop) return setLoop(null);
  if (event.target !== root && event.target !== sheetBox) return; // controls keep their own keys
  const actions = {
    ArrowLeft: () => seekTo(audio.currentTime - 5),
    ArrowRight: () => seekTo(audio.currentTime + 5),
    Home: () => seekTo(0),
    End: () => seekTo(duration),
    "[": () => moveLoopBorder("start"),
    "]": () => moveLoopBorder("end"),
  };
  const isBrowsing = event.key.startsWith("Arrow") && (event.altKey || event.metaKey); // back, forward
  if (!actions[event.key] || isBrowsing) return;
  event.preventDefault();
  actions[event.key]();
});

new ResizeObserver(() => {
  measureRoll();
  if (!size.width) return;
  zoom = Math.max(zoom, leastZoom());
  scrollTo(scroll);
  draw();
}).observe(roll);

showVolume();
show(props.value || null);
watch("value", () => show(props.value || null));
