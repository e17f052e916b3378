// The list of takes: a card each, with a small picture of its notes.
//
// gr.HTML runs this once with `element`, `props`, `watch` and `trigger`. The value is
// { takes: [{id, name, facts, is_starred, notes: "[[start, end, pitch], …]" from 0 to 1}],
//   shown, compared } as midigen/ui/takes_list.py makes it. Whatever is pressed becomes the event
// "select" with {action, take, value}. Names only ever become textContent.

const find = (selector) => element.querySelector(selector);
const root = find(".takes");
const template = find("template");
const texts = props.texts;
const tell = (action, take = null, value = null) => trigger("select", { action, take, value });

function drawMini(canvas, notes) {
  const ratio = window.devicePixelRatio || 1;
  const { clientWidth: width, clientHeight: height } = canvas;
  if (!width) return;
  canvas.width = width * ratio;
  canvas.height = height * ratio;
  const pen = canvas.getContext("2d");
  pen.scale(ratio, ratio);
  pen.fillStyle = getComputedStyle(root).getPropertyValue("--mini-note").trim();
  for (const [start, end, pitch] of JSON.parse(notes)) {
    pen.fillRect(start * width, (1 - pitch) * (height - 3), Math.max((end - start) * width, 1.2), 2);
  }
}

function askName(card, take) {
  const box = card.querySelector(".new-name");
  const show = card.querySelector(".show");
  const leave = () => { box.hidden = true; show.hidden = false; };
  box.value = take.name;
  box.setAttribute("aria-label", texts.new_name);
  show.hidden = true;
  box.hidden = false;
  box.select();
  box.onblur = leave;
  box.onkeydown = (event) => {
    if (event.key === "Escape") { leave(); show.focus(); }
    if (event.key !== "Enter") return;
    event.preventDefault(); // else the button that gets the focus is pressed by the same key
    tell("rename", take.id, box.value);
    leave();
    show.focus();
  };
}

function askDelete(button, take) {
  // The first press asks, the second one within four seconds deletes.
  if (button.dataset.asked) return tell("delete", take.id);
  button.dataset.asked = "yes";
  button.textContent = texts.really_delete;
  setTimeout(() => { delete button.dataset.asked; button.textContent = texts.delete; }, 4000);
}

function cardOf(take, value) {
  const card = template.content.firstElementChild.cloneNode(true);
  const part = (name) => card.querySelector(`.${name}`);
  card.dataset.take = take.id;
  card.classList.toggle("is-shown", take.id === value.shown);
  card.classList.toggle("is-compared", take.id === value.compared);
  part("name").textContent = take.name;
  part("facts").textContent = take.facts;
  part("show").setAttribute("aria-label", `${texts.show}: ${take.name}, ${take.facts}`);
  if (take.id === value.shown) part("show").setAttribute("aria-current", "true");
  part("show").onclick = () => tell("show", take.id);
  part("star").setAttribute("aria-pressed", String(take.is_starred));
  part("star").setAttribute("aria-label", `${texts.star}: ${take.name}`);
  part("star").title = texts.star;
  part("star").onclick = () => tell("star", take.id, !take.is_starred);
  const isCompared = take.id === value.compared;
  part("compare").textContent = isCompared ? texts.end_compare : texts.compare;
  part("compare").title = texts.compare_help;
  part("compare").setAttribute("aria-pressed", String(isCompared));
  part("compare").disabled = take.id === value.shown;
  part("compare").onclick = () => tell("compare", isCompared ? null : take.id);
  part("rename").textContent = texts.rename;
  part("rename").onclick = () => askName(card, take);
  part("delete").textContent = texts.delete;
  part("delete").onclick = (event) => askDelete(event.currentTarget, take);
  return card;
}

function show() {
  const value = props.value || { takes: [], shown: null, compared: null };
  root.classList.toggle("is-empty", value.takes.length === 0);
  find(".zip").disabled = value.takes.length === 0;
  const cards = value.takes.map((take) => cardOf(take, value));
  const focused = document.activeElement?.closest?.(".take")?.dataset.take;
  const place = document.activeElement?.className;
  find(".list").replaceChildren(...cards);
  cards.forEach((card, i) => drawMini(card.querySelector(".mini"), value.takes[i].notes));
  if (focused) find(`.take[data-take="${focused}"] .${place?.split(" ")[0]}`)?.focus();
}

find(".title").textContent = texts.takes;
find(".none").textContent = texts.none;
find(".zip").textContent = texts.zip;
find(".zip").onclick = () => tell("zip");
new ResizeObserver(() => {
  const value = props.value;
  if (value) element.querySelectorAll(".mini").forEach((mini, i) => drawMini(mini, value.takes[i].notes));
}).observe(root);
new MutationObserver(show).observe(document.body, { attributes: true, attributeFilter: ["class"] });
show();
watch("value", show);
