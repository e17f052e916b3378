// The table of files: a press on a row's button becomes the event "listen" with {file}.
//
// gr.HTML runs this once with `element` and `trigger`; the table comes from midigen/ui/markup.py.

element.addEventListener("click", (event) => {
  const button = event.target.closest(".listen");
  if (!button) return;
  for (const other of element.querySelectorAll(".listen[aria-current]")) other.removeAttribute("aria-current");
  button.setAttribute("aria-current", "true");
  trigger("listen", { file: button.dataset.file });
});
