// Triage: a request opens beside the list where there is room, and keys do what
// buttons and links do. Every page works without this file; keys can be switched off.

const byId = (id) => document.getElementById(id);
const roomy = matchMedia("(min-width: 75rem)");
const every = () => [...document.querySelectorAll("#list [data-row] .row__title")];
const isThere = (link) => !link.closest("[data-gone]");
const links = () => every().filter(isThere);
const sheet = () => byId("shortcuts");
const titled = /( · [^·]*)$/;

/* --- a request beside the list ---------------------------------------------------- */

function addressOf(approval) {
  const address = new URL(location.href);
  if (approval) address.searchParams.set("open", approval);
  else address.searchParams.delete("open");
  return address.pathname + address.search;
}

let arriving = Promise.resolve();
let wanted = 0;

// Of several that are asked for in a hurry the last one stands there.
async function fetchPane(address) {
  const mine = ++wanted;
  await arriving;
  if (mine !== wanted) return;
  const place = { target: "#pane", select: "#pane", swap: "outerHTML" };
  arriving = htmx.ajax("GET", address, place).catch(() => null);
  await arriving;
}

async function open(approval) {
  document.dispatchEvent(new CustomEvent("pane-leaves"));
  const address = addressOf(approval);
  await fetchPane(address);
  if (byId("task")?.dataset.approval !== approval) return;
  history.pushState({ pane: true }, "", address);
  show(approval);
}

function nameWindow() {
  const heading = byId("task")?.querySelector("h1") ?? byId("heading");
  const [, site] = titled.exec(document.title) ?? [];
  document.title = `${heading.textContent.trim()}${site ?? ""}`;
}

function show(approval) {
  nameWindow();
  byId("inbox").classList.toggle("inbox--split", Boolean(approval));
  for (const link of links()) {
    if (link.dataset.open === approval) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
  if (!approval) return;
  scrollTo({ top: 0 });
  keepInView();
  const heading = byId("task")?.querySelector("h1");
  heading?.setAttribute("tabindex", "-1");
  heading?.focus({ preventScroll: true });
}

// Beside a request the list scrolls by itself, and begins at its top.
function keepInView() {
  const row = document.querySelector("#list .row__title[aria-current]")?.closest("[data-row]");
  const desk = row?.closest(".desk");
  if (!desk?.matches(".inbox--split *")) return;
  const [seen, at] = [desk.getBoundingClientRect(), row.getBoundingClientRect()];
  const bottom = Math.min(seen.bottom, innerHeight);
  if (at.top >= seen.top && at.bottom <= bottom) return;
  desk.scrollTop += (at.top + at.bottom - seen.top - bottom) / 2;
}

function close() {
  document.dispatchEvent(new CustomEvent("pane-leaves"));
  history.pushState({ pane: true }, "", addressOf(null));
  empty();
}

function empty() {
  const from = byId("task")?.dataset.approval;
  byId("pane").replaceChildren();
  show(null);
  links().find((link) => link.dataset.open === from)?.focus();
}

// Back and Forward change what stands beside the list, and leave the list and its ticks.
addEventListener("popstate", async ({ state }) => {
  if (!state?.pane || !byId("inbox")) return;
  document.dispatchEvent(new CustomEvent("pane-leaves"));
  const approval = new URL(location.href).searchParams.get("open");
  if (!approval) return empty();
  await fetchPane(location.pathname + location.search);
  if (byId("task")?.dataset.approval === approval) show(approval);
});

if (byId("inbox")) {
  history.replaceState({ pane: true }, ""); // Back leads here, to the list alone
  keepInView();
}

// A search leaves the request open, and so does its address.
document.addEventListener("htmx:configRequest", ({ detail, target }) => {
  const shown = byId("task")?.dataset.approval;
  if (shown && target.matches(".search")) detail.parameters.open = shown;
});

const isPlain = (event) =>
  event.button === 0 && !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);

document.addEventListener("click", (event) => {
  if (!byId("inbox") || !isPlain(event)) return;
  const link = event.target.closest("[data-open], [data-close]");
  if (!link || (link.dataset.open && !roomy.matches)) return;
  event.preventDefault();
  if (link.dataset.open) open(link.dataset.open);
  else close();
});

/* --- several at once ---------------------------------------------------------------- */

const picks = () => [...document.querySelectorAll("[data-pick]")];
let asking = 0;

async function tell() {
  const bar = byId("bulk");
  const picked = picks().filter((box) => box.checked);
  bar.querySelector("[data-unpick]").hidden = !picked.length;
  if (!picked.length) return;
  const asked = ++asking;
  const query = new URLSearchParams(picked.map((box) => ["id", box.value]));
  const headers = { "HX-Request": "true" };
  const response = await fetch(`${bar.dataset.summary}?${query}`, { headers }).catch(() => null);
  if (asked !== asking) return;
  const summary = bar.querySelector("[data-bulk-summary]");
  if (response?.ok) summary.innerHTML = await response.text();
  else summary.textContent = bar.dataset.picked.replace("%n", picked.length); // all that is known
}

// A page that comes back has its ticks still.
addEventListener("pageshow", () => {
  if (byId("bulk") && picks().some((box) => box.checked)) tell();
});

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-pick]")) tell();
});
document.addEventListener("picked", tell);
document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-unpick]")) return;
  for (const box of picks()) box.checked = false;
  tell();
});

// What decides the selected has nothing to do until something is.
function allow() {
  const button = document.querySelector("#bulk .button--primary");
  if (button) button.disabled = !picks().some((box) => box.checked);
}
for (const kind of ["change", "click", "picked", "htmx:afterSettle"]) document.addEventListener(kind, allow);
addEventListener("pageshow", allow);

function pick() {
  document.activeElement?.closest("[data-row]")?.querySelector("[data-pick]")?.click();
}

/* --- keys --------------------------------------------------------------------------- */

// From a row that a colleague has taken meanwhile, too.
function move(step) {
  const all = every();
  const here = all.findIndex((link) => link === document.activeElement);
  const current = here < 0 ? all.findIndex((link) => link.ariaCurrent === "true") : here;
  const onward = step > 0 ? all.slice(current + 1) : all.slice(0, Math.max(0, current)).reverse();
  const next = onward.find(isThere);
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
}

// The next one of the list that one is in; at its end, what waits first elsewhere.
function next() {
  const all = every();
  const open = all.findIndex((link) => link.ariaCurrent === "true");
  const following = all.slice(open + 1).find(isThere);
  if (following && byId("pane")) return following.click();
  document.querySelector("#task [data-next]")?.click();
}

const verdicts = () => [...document.querySelectorAll("[data-decision-form] .sf-verdict")];
const rejects = (button) => button.classList.contains("sf-verdict--reject");

function choose(rejecting) {
  if (!byId("task")) return openFocused();
  const chosen = verdicts().find((button) => rejects(button) === rejecting);
  if (!chosen) return;
  for (const button of verdicts()) button.toggleAttribute("data-chosen", button === chosen);
  const reason = rejecting && chosen.form.querySelector("textarea");
  (reason || chosen).focus();
  const said = sheet().dataset.approve.replace("%s", chosen.textContent.trim());
  document.querySelector("[data-announcer]").textContent = said;
}

function send() {
  const chosen = verdicts().find((button) => "chosen" in button.dataset);
  chosen?.click();
}

function openFocused() {
  document.activeElement?.closest("[data-row]")?.querySelector(".row__title").click();
}

function press(key) {
  const control = document.querySelector(`#main [data-key="${key}"]`);
  if (!control) return byId("task") ? undefined : openFocused();
  if (control.tagName !== "DETAILS") return control.click();
  control.open = true;
  control.querySelector("input:not([type=hidden]), textarea")?.focus();
}

const KEYS = {
  j: () => move(1),
  k: () => move(-1),
  ArrowDown: () => document.activeElement?.closest("[data-row]") && move(1),
  ArrowUp: () => document.activeElement?.closest("[data-row]") && move(-1),
  n: next,
  x: pick,
  a: () => choose(false),
  r: () => choose(true),
  c: () => press("c"),
  e: () => press("e"),
  u: () => press("u"),
  "/": () => byId("search")?.focus(),
};

const isTyping = (element) =>
  element.isContentEditable ||
  element.matches("textarea, select, input:not([type=checkbox], [type=radio], [type=button])");

document.addEventListener("keydown", (event) => {
  if (!sheet() || event.defaultPrevented || event.altKey || sheet().open) return;
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) return send();
  if (event.ctrlKey || event.metaKey || isTyping(event.target)) return;
  if (event.key === "?") return sheet().showModal();
  const act = sheet().dataset.shortcuts === "on" && KEYS[event.key];
  if (!act || (event.key.startsWith("Arrow") && !event.target.closest("[data-row]"))) return;
  event.preventDefault();
  act();
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-show-keys]")) sheet().showModal();
});
