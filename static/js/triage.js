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

const standing = () => byId("task")?.dataset.approval;

function addressOf(approval) {
  const address = new URL(location.href);
  if (approval) address.searchParams.set("open", approval);
  else address.searchParams.delete("open");
  return address.pathname + address.search;
}

const PANE = { target: "#pane", select: "#pane", swap: "outerHTML settle:0ms" };
const ALL = { target: "#inbox", swap: "innerHTML settle:0ms" };
let arriving = Promise.resolve();
let turn = 0;

// Of several that are asked for in a hurry the last one stands there; whether it is that.
async function inTurn(change) {
  const mine = ++turn;
  await arriving;
  if (mine === turn) await (arriving = Promise.resolve(change()).catch(() => null));
  return mine === turn;
}

async function open(approval) {
  document.dispatchEvent(new CustomEvent("pane-leaves"));
  const isLast = await inTurn(() => htmx.ajax("GET", addressOf(approval), PANE));
  if (!isLast || standing() !== approval) return;
  history.pushState(null, "", addressOf(approval));
  show();
}

function nameWindow() {
  const heading = byId("task")?.querySelector("h1") ?? byId("heading");
  const [, site] = titled.exec(document.title) ?? [];
  document.title = `${heading.textContent.trim()}${site ?? ""}`;
}

function markRow() {
  for (const link of every()) {
    if (link.dataset.open === standing()) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
}

function show() {
  nameWindow();
  markRow();
  byId("inbox").classList.toggle("inbox--split", Boolean(standing()));
  if (!standing()) return;
  scrollTo({ top: 0 });
  keepInView();
  const heading = byId("task").querySelector("h1");
  heading?.setAttribute("tabindex", "-1");
  heading?.focus({ preventScroll: true });
}

document.addEventListener("list-shown", markRow);

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

// Whoever closes a request is at its row again.
async function exchange(change) {
  document.dispatchEvent(new CustomEvent("pane-leaves"));
  let from;
  const isLast = await inTurn(() => {
    from = standing();
    return change();
  });
  if (!isLast) return;
  if (standing() === from) return nameWindow();
  show();
  if (!standing()) links().find((link) => link.dataset.open === from)?.focus();
}

const empty = () => byId("pane").replaceChildren();

function close() {
  history.pushState(null, "", addressOf(null));
  exchange(empty);
}

// What makes a list another one; what stands beside it does not.
function listIn(search) {
  const asked = [...new URLSearchParams(search)];
  return String(new URLSearchParams(asked.filter(([key, value]) => value && key !== "open")));
}

// Back and Forward change what stands beside the list; the list and its ticks are left
// alone, unless it is another list that stood there.
function follow() {
  const address = location.pathname + location.search;
  const approval = new URLSearchParams(location.search).get("open") ?? undefined;
  const isOther = listIn(byId("list").dataset.address) !== listIn(location.search);
  if (isOther) return htmx.ajax("GET", address, ALL);
  if (approval === standing()) return null;
  return approval ? htmx.ajax("GET", address, PANE) : empty();
}

addEventListener("popstate", () => {
  if (byId("inbox")) exchange(follow);
});

keepInView();

// A search leaves the request open, and writes its address over that of the last one.
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (!detail.requestConfig.elt.matches(".search") || !detail.shouldSwap) return;
  const open = standing() ? `&open=${standing()}` : "";
  history.replaceState(null, "", detail.pathInfo.finalRequestPath + open);
});
document.addEventListener("htmx:afterSettle", ({ target }) => {
  if (target.id !== "list") return;
  nameWindow();
  markRow();
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
  if (!bar) return;
  const asked = ++asking;
  const picked = picks().filter((box) => box.checked);
  const summary = bar.querySelector("[data-bulk-summary]");
  bar.querySelector("[data-unpick]").hidden = !picked.length;
  bar.querySelector("[data-bulk-idle]").hidden = picked.length > 0;
  if (!picked.length) return summary.replaceChildren();
  const query = new URLSearchParams(picked.map((box) => ["id", box.value]));
  const headers = { "HX-Request": "true" };
  const response = await fetch(`${bar.dataset.summary}?${query}`, { headers }).catch(() => null);
  if (asked !== asking) return;
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
for (const kind of ["change", "click", "picked", "list-shown", "htmx:afterSettle"]) {
  document.addEventListener(kind, allow);
}
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

// What a key is about: the request of the row in focus, or else the one that stands open.
const rowInFocus = () => document.activeElement?.closest("[data-row]")?.querySelector("[data-open]");
const meant = () => rowInFocus()?.dataset.open ?? standing();

// What is done to a request is done where it stands open. In a narrow window that is a
// page of its own, and the key goes along.
async function act(key) {
  const approval = meant();
  if (approval !== standing()) {
    if (!roomy.matches) return carry(approval, key);
    await open(approval);
  }
  if (approval === standing()) ACTS[key]();
}

function carry(approval, key) {
  sessionStorage.setItem("key", `${approval} ${key}`);
  rowInFocus().click();
}

function pressCarried() {
  const [approval, key] = sessionStorage.getItem("key")?.split(" ") ?? [];
  sessionStorage.removeItem("key");
  if (approval && approval === standing()) ACTS[key]();
}

const verdicts = () => [...document.querySelectorAll("[data-decision-form] .sf-verdict")];
const rejects = (button) => button.classList.contains("sf-verdict--reject");

function choose(rejecting) {
  const chosen = verdicts().find((button) => rejects(button) === rejecting);
  if (!chosen) return;
  for (const button of verdicts()) button.toggleAttribute("data-chosen", button === chosen);
  const reason = rejecting && chosen.form.querySelector("textarea");
  (reason || chosen).focus();
  const heading = byId("task").querySelector("h1");
  const said = sheet().dataset.approve.replace("%s", chosen.textContent.trim());
  document.querySelector("[data-announcer]").textContent = said.replace("%t", heading.textContent.trim());
}

function send() {
  if (meant() !== standing()) return;
  const chosen = verdicts().find((button) => "chosen" in button.dataset);
  chosen?.click();
}

function press(key) {
  const control = document.querySelector(`#main [data-key="${key}"]`);
  if (!control) return;
  if (control.tagName !== "DETAILS") return control.click();
  control.open = true;
  control.querySelector("input:not([type=hidden]), textarea")?.focus();
}

const ACTS = {
  a: () => choose(false),
  r: () => choose(true),
  c: () => press("c"),
  e: () => press("e"),
};

const KEYS = {
  j: () => move(1),
  k: () => move(-1),
  ArrowDown: () => document.activeElement?.closest("[data-row]") && move(1),
  ArrowUp: () => document.activeElement?.closest("[data-row]") && move(-1),
  n: next,
  x: pick,
  a: () => act("a"),
  r: () => act("r"),
  c: () => act("c"),
  e: () => act("e"),
  u: () => press("u"), // of what was answered last, wherever one is
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

if (sheet()) pressCarried();

function showButton() {
  const button = document.querySelector("[data-show-keys]");
  if (button) button.hidden = false;
}
document.addEventListener("htmx:afterSettle", showButton);
showButton();
