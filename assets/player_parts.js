// --- The parts: a legend, and where it is wanted switches --------------------------------------

let trackNames = [];
let canMute = false;
let muted = []; // track indices

function setTracks(names, isSwitchable) {
  if (String(names) === String(trackNames) && isSwitchable === canMute) return showMuted();
  [trackNames, canMute] = [names, isSwitchable];
  find(".tracks").replaceChildren(...(names.length < 2 ? [] : names.map(canMute ? switchOf : legendOf)));
  showMuted();
}

function legendOf(name, index) {
  const item = document.createElement("li");
  item.textContent = name;
  item.style.setProperty("--swatch", `var(--note${["", "-2", "-3", "-4", "-5"][index % 5]})`);
  return item;
}

function switchOf(name, index) {
  const item = legendOf("", index);
  const part = document.createElement("button");
  part.type = "button";
  part.className = "part";
  part.textContent = name;
  part.title = texts.mute_part;
  part.addEventListener("click", (event) => (event.altKey || event.shiftKey ? solo(index) : mute(index)));
  const alone = document.createElement("button");
  alone.type = "button";
  alone.className = "solo";
  alone.textContent = texts.solo_letter;
  alone.title = texts.solo;
  alone.setAttribute("aria-label", `${texts.solo}: ${name}`);
  alone.addEventListener("click", () => solo(index));
  item.append(part, alone);
  return item;
}

const isSolo = (index) => muted.length === trackNames.length - 1 && !muted.includes(index);

function mute(index) {
  changeMuted(muted.includes(index) ? muted.filter((each) => each !== index) : [...muted, index]);
}

function solo(index) {
  changeMuted(isSolo(index) ? [] : trackNames.map((_, each) => each).filter((each) => each !== index));
}

function changeMuted(wanted) {
  muted = wanted.toSorted((a, b) => a - b);
  showMuted();
  draw();
  trigger("mute", { muted });
}

function showMuted() {
  [...find(".tracks").children].forEach((item, index) => {
    item.classList.toggle("is-muted", muted.includes(index));
    item.querySelector(".part")?.setAttribute("aria-pressed", String(!muted.includes(index)));
    item.querySelector(".solo")?.setAttribute("aria-pressed", String(isSolo(index)));
  });
}
