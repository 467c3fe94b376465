// A field that leaves of a long list only the lines that hold what is typed.

const folded = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

document.addEventListener("input", ({ target }) => {
  const list = target.dataset.filter && document.getElementById(target.dataset.filter);
  if (!list) return;
  const words = folded(target.value).split(/\s+/).filter(Boolean);
  for (const line of list.children) {
    line.hidden = !words.every((word) => folded(line.textContent).includes(word));
  }
});

const show = () =>
  document.querySelectorAll("[data-filter]").forEach((field) => (field.closest("label").hidden = false));
document.addEventListener("htmx:afterSettle", show);
show();
