// Small helps inside forms: how much room is left, a reason to start from, and a search
// in long lists. Every form works without this file.

const byId = (id) => document.getElementById(id);

function count(control) {
  const counter = byId(`${control.id}-counter`);
  if (!counter?.dataset.sfLeft) return;
  const left = Number(counter.dataset.sfCounter) - [...control.value].length;
  counter.textContent = counter.dataset.sfLeft.replace("%n", left);
}

function startFrom(list) {
  const area = byId(list.dataset.sfReasons);
  if (!area || !list.value || area.value.includes(list.value)) return;
  area.value = area.value.trim() ? `${list.value}\n${area.value}` : list.value;
  count(area);
}

// The search narrows the native list down; what is chosen stays in it, so that typing
// alone never changes the answer. Options are taken out, for not every browser hides them.

const folded = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
const allOptions = new WeakMap();

function narrow(search) {
  const list = byId(search.dataset.sfSearch);
  if (!list) return [];
  if (!allOptions.has(list)) allOptions.set(list, [...list.options]);
  const words = folded(search.value).split(/\s+/).filter(Boolean);
  const fits = (option) =>
    option.value !== "" && words.every((word) => folded(option.label).includes(word));
  const every = allOptions.get(list);
  const found = every.filter(fits);
  const chosen = list.value;
  const stays = (each) => !words.length || each.value === chosen || fits(each);
  list.replaceChildren(...every.filter(stays));
  list.value = chosen; // taking options out made the browser choose another
  const status = byId(`${list.id}-found`);
  const { sfNone, sfSome } = status.dataset;
  const said = found.length ? sfSome.replace("%n", found.length) : sfNone;
  status.textContent = words.length ? said : "";
  // The page has one voice, which waits until the one before has been heard.
  if (words.length) document.dispatchEvent(new CustomEvent("say", { detail: said }));
  return found;
}

function chooseFirst(search) {
  const list = byId(search.dataset.sfSearch);
  const [first] = narrow(search);
  if (!first) return;
  list.value = first.value;
  list.dispatchEvent(new Event("change", { bubbles: true }));
  list.focus();
}

function showSearches(root) {
  root.querySelectorAll(".sf-search[hidden]").forEach((each) => (each.hidden = false));
}

document.addEventListener("input", (event) => {
  count(event.target);
  if (event.target.dataset.sfSearch) narrow(event.target);
});
// Told at once instead of after a long upload; the server checks it again.
function checkSize(control) {
  const file = control.files[0];
  const isTooLarge = file && file.size > Number(control.dataset.sfMax);
  control.setCustomValidity(isTooLarge ? control.dataset.sfTooLarge : "");
  if (!isTooLarge) return;
  control.reportValidity();
  control.value = "";
}

document.addEventListener("change", (event) => {
  if (event.target.dataset.sfMax) checkSize(event.target);
  if (event.target.matches("[data-sf-reasons]")) startFrom(event.target);
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !event.target.dataset?.sfSearch) return;
  event.preventDefault(); // it would send the form
  chooseFirst(event.target);
});
document.addEventListener("htmx:afterSettle", () => showSearches(document));
showSearches(document);
