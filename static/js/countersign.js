// Live updates. Every page works without this file.
//
// The socket only says that something changed; what changed is fetched over HTTP.
// Nothing here moves the focus, or a row under the pointer or the focus.

const POLL = 30_000;
const PING = 25_000;
const HIDDEN_FOR = 60_000;
const GRACE = 1_500;
const LONGEST_WAIT = 30_000;

const byId = (id) => document.getElementById(id);
const main = () => byId("main");
const task = () => byId("task");
const announcer = document.querySelector("[data-announcer]");
const words = announcer?.dataset ?? {};
const plural = new Intl.PluralRules(document.documentElement.lang || "en");

/* --- saying things ------------------------------------------------------------- */

function counted(name, count) {
  const form = plural.select(count) === "one" ? "One" : "Other";
  return (words[name + form] ?? "").replace("%n", count);
}

let lastSaid = 0;
let toSay = 0;
function say(text) {
  clearTimeout(toSay);
  const wait = Math.max(0, lastSaid + 3_000 - Date.now());
  toSay = setTimeout(() => {
    lastSaid = Date.now();
    announcer.textContent = text;
  }, wait);
}

document.addEventListener("say", ({ detail }) => say(detail));

/* --- the connection ------------------------------------------------------------ */

const live = { socket: null, path: "", failures: 0, retry: 0, polling: 0, late: 0, asleep: 0 };

function connect() {
  const path = main()?.dataset.live ?? "";
  if (path === live.path && live.socket) return;
  drop();
  live.path = path;
  if (!path || document.hidden) return;
  const scheme = location.protocol === "https:" ? "wss:" : "ws:";
  const socket = new WebSocket(`${scheme}//${location.host}${path}`);
  live.socket = socket;
  let pinging = 0;
  socket.onopen = () => {
    pinging = setInterval(() => socket.send('{"type":"ping"}'), PING);
    connected();
  };
  socket.onmessage = (event) => heard(JSON.parse(event.data));
  socket.onclose = () => {
    clearInterval(pinging);
    if (live.socket === socket) lost();
  };
}

function drop() {
  const socket = live.socket;
  live.socket = null;
  clearTimeout(live.retry);
  socket?.close();
}

function disconnect() {
  drop();
  settleDown();
}

function settleDown() {
  clearTimeout(live.late);
  clearInterval(live.polling);
  live.late = live.polling = 0;
  showBar(false);
}

function connected() {
  const missed = live.failures > 0;
  live.failures = 0;
  settleDown();
  if (missed) refresh();
}

function lost() {
  live.socket = null;
  live.failures += 1;
  const wait = Math.min(LONGEST_WAIT, 500 * 2 ** Math.min(live.failures, 8));
  live.retry = setTimeout(connect, wait * (0.75 + Math.random() / 2));
  live.late ||= setTimeout(showBar, GRACE, true);
  live.polling ||= setInterval(refresh, POLL);
}

let refreshed = new Date();
function showBar(shown) {
  const bar = document.querySelector("[data-live-bar]");
  if (!bar) return;
  if (shown && bar.hidden) say(bar.dataset.paused);
  bar.hidden = !shown;
  const [hours, minutes] = [refreshed.getHours(), refreshed.getMinutes()].map(String);
  const parts = { H: hours.padStart(2, "0"), G: hours, i: minutes.padStart(2, "0") };
  const time = bar.dataset.clock.replace(/[HGi]/g, (part) => parts[part]); // as the server writes it
  bar.querySelector("[data-refreshed]").textContent = bar.dataset.refreshed.replace("%n", time);
}

addEventListener("offline", () => {
  if (!live.path) return;
  drop();
  lost();
});

function heard(message) {
  if (message.type === "approval") {
    const mine = task()?.dataset.approval;
    if (byId("inbox") || !mine || mine === message.approval_id) refresh();
  }
  if (message.type === "run") refresh();
}

document.addEventListener("visibilitychange", () => {
  clearTimeout(live.asleep);
  if (document.hidden) {
    live.asleep = setTimeout(disconnect, HIDDEN_FOR);
  } else if (!live.socket) {
    connect();
    refresh();
  }
});
addEventListener("pagehide", disconnect);
addEventListener("pageshow", (event) => {
  if (event.persisted) {
    connect();
    refresh();
  }
});

/* --- fetching what changed ------------------------------------------------------ */

let fetching = false;
let again = false;
async function refresh() {
  if (fetching) {
    again = true;
    return;
  }
  fetching = true;
  try {
    await freshen();
  } catch {
    // Offline or restarting: the next change, poll or reconnection asks again.
  }
  fetching = false;
  if (again) {
    again = false;
    refresh();
  }
}

async function freshen() {
  if (!main().dataset.live) return;
  const notice = task()?.dataset.notice;
  if (notice) notify(await ask(notice));
  if (byId("inbox")) await updateInbox(await ask(location.href));
  else if (byId("run")) updateRun(await ask(location.href));
}

// Nothing where no answer came that is for the page that stands here.
async function ask(address) {
  const [page, open, place] = [main(), task(), location.href];
  const response = await fetch(address, { headers: { "HX-Request": "true" } });
  if (response.status === 401) (task() ?? document).dispatchEvent(new CustomEvent("turned-away", { detail: 401, bubbles: true }));
  if (![200, 204].includes(response.status) || response.redirected) return null;
  const html = await response.text();
  refreshed = new Date();
  if (live.polling) showBar(true);
  // What was asked for the page before is no news for this one.
  if (main() !== page || task() !== open || location.href !== place) {
    again = true;
    return null;
  }
  return new DOMParser().parseFromString(html, "text/html");
}

// What the fresh page says of the request that is open here; empty when all is well.
function notify(fresh) {
  if (fresh) document.dispatchEvent(new CustomEvent("notice", { detail: fresh.body }));
}

// Relative times grow old even where nothing happens, and who is asked no more is told
// of nothing.
setInterval(() => {
  if (!document.hidden && live.socket) refresh();
}, 60_000);

/* --- the inbox ------------------------------------------------------------------ */

const rowsOf = (root) => [...root.querySelectorAll("[data-row]")];
let waitingList = null;

async function updateInbox(fresh) {
  const moved = fresh && (await movedIn(fresh));
  if (moved) keepingPicks(() => freshenInbox(fresh, moved));
}

// A row at an end of this page that is not in it any more may stand on the page beside it.
async function movedIn(fresh) {
  const rows = rowsOf(document).filter((row) => !row.dataset.gone);
  const ends = { prev: rows.at(0), next: rows.at(-1) };
  const moved = new Set();
  for (const [side, row] of Object.entries(ends)) {
    const beside = fresh.querySelector(`.pager [rel=${side}]`);
    if (!beside || !row || fresh.getElementById(row.id)) continue;
    const page = await ask(beside.href);
    if (!page) return null;
    for (const each of rowsOf(page)) moved.add(each.id);
  }
  return moved;
}

// What is ticked stays ticked, as far as it is still there.
function keepingPicks(change) {
  const boxes = () => [...document.querySelectorAll("[data-pick]")];
  const picked = new Set(boxes().filter((box) => box.checked).map((box) => box.value));
  change();
  if (!picked.size) return;
  for (const box of boxes()) box.checked = picked.has(box.value);
  document.dispatchEvent(new CustomEvent("picked"));
}

function freshenInbox(fresh, moved) {
  replaceIfChanged(byId("total"), fresh.getElementById("total"));
  recount(byId("views"), fresh.getElementById("views"));
  const shown = new Map(rowsOf(document).map((row) => [row.id, row]));
  const current = new Map(rowsOf(fresh).map((row) => [row.id, row]));
  if (!shown.size || !fresh.getElementById("list")) return showList(fresh);
  const isGone = ({ id }) => !current.has(id) && !moved.has(id);
  const gone = [...shown.values()].filter((row) => isGone(row) && !row.dataset.gone);
  for (const row of shown.values()) mark(row, isGone(row));
  for (const [id, row] of current) if (shown.has(id)) freshenRow(shown.get(id), row);
  const added = appendTail(shown, [...current.values()]);
  offer(fresh, added);
  const others = gone.filter((row) => !row.querySelector("[aria-current]")); // one's own is no news
  if (others.length && !added.length) say(counted("gone", others.length));
  sweep();
}

function showList(fresh) {
  replaceIfChanged(byId("list"), fresh.getElementById("list"));
  document.dispatchEvent(new CustomEvent("list-shown"));
}

function freshenRow(row, current) {
  if (row.isEqualNode(current) || isHeld(row)) return;
  row.replaceChildren(...current.cloneNode(true).childNodes);
}

function mark(row, gone) {
  if (gone) row.dataset.gone = "true";
  else delete row.dataset.gone;
  row.classList.toggle("row--gone", gone);
}

// Rows that moved up from the next page go below; nothing else moves.
function appendTail(shown, rows) {
  const last = rows.findLastIndex((row) => shown.has(row.id));
  const tail = last < 0 ? [] : rows.slice(last + 1);
  const more = document.querySelector(".pager [rel=next]");
  if (more) byId("rows")?.append(...tail.map((row) => row.cloneNode(true)));
  return rows.filter((row) => !shown.has(row.id) && !(more && tail.includes(row)));
}

// The fresh page is shown as a whole once it is asked for, so nothing is taken out of it.
function offer(fresh, added) {
  waitingList = fresh;
  const button = document.querySelector("[data-show-new]");
  const label = added.length ? counted("new", added.length) : "";
  if (label && button.textContent !== label) say(counted("arrived", added.length));
  button.textContent = label;
  button.hidden = !label;
}

function sweep() {
  const list = byId("list");
  if (!list || isHeld(list)) return;
  const gone = [...list.querySelectorAll("[data-gone]")];
  if (!gone.length) return;
  if (gone.length === rowsOf(list).length) return reloadList();
  gone.forEach(leave);
}

function leave(row) {
  row.classList.add("row--leaving");
  setTimeout(() => {
    row.classList.remove("row--leaving");
    if (row.dataset.gone && !isHeld(byId("list"))) keepingPicks(() => row.remove());
  }, 120);
}

async function reloadList() {
  rowsOf(byId("list")).forEach((row) => row.remove());
  await refresh();
}

const isHeld = (element) => element.matches(":hover") || element.contains(document.activeElement);

for (const event of ["pointerout", "focusout"]) {
  document.addEventListener(event, (e) => {
    if (e.target.closest?.("[data-list]")) setTimeout(sweep, 50);
  });
}

document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-show-new]")) return;
  keepingPicks(() => showList(waitingList));
  byId("list").querySelector("a")?.focus({ preventScroll: true });
});

/* --- a run ---------------------------------------------------------------------- */

function updateRun(fresh) {
  if (!fresh) return;
  for (const id of ["run-head", "run-graph", "steps", "run-result", "events"]) {
    const old = byId(id);
    const now = fresh.getElementById(id);
    if (old && now) patch(old, now);
  }
}

// Change only what differs, keep what is open, leave alone what has the focus.
function patch(old, now) {
  for (const details of now.querySelectorAll("details[id]")) {
    const shown = byId(details.id);
    if (shown) details.open = shown.open;
  }
  if (old.isEqualNode(now)) return;
  if (isKeyed(old) && isKeyed(now)) return patchList(old, now);
  if (old.contains(document.activeElement)) return;
  old.replaceWith(document.adoptNode(now));
}

const isKeyed = (element) => element.children.length > 0 && [...element.children].every((c) => c.id);

function patchList(old, now) {
  const wanted = new Set([...now.children].map((child) => child.id));
  for (const child of [...old.children]) if (!wanted.has(child.id)) child.remove();
  for (const child of [...now.children]) {
    const shown = byId(child.id);
    if (shown) patch(shown, child);
    else old.append(document.adoptNode(child));
  }
}

function replaceIfChanged(old, now) {
  if (old && now && !old.isEqualNode(now)) old.replaceChildren(...now.childNodes);
}

// Only the counts: a view that has the focus keeps it, and a menu stays open.
function recount(old, now) {
  const counts = now ? [...now.querySelectorAll(".count")] : [];
  const shown = [...old.querySelectorAll(".count")];
  if (counts.length !== shown.length) return replaceIfChanged(old, now);
  shown.forEach((count, at) => (count.textContent = counts[at].textContent));
}

/* --- once on each page ----------------------------------------------------------- */

// A focus is given once: what is kept while all around it is drawn anew asks no second time.
document.addEventListener("focusin", ({ target }) => target.removeAttribute("autofocus"));

// Times are written by the server, in this browser's zone from the next page on.
function tellZone() {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone ?? "";
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `zone=${zone}; path=/; max-age=31536000; samesite=lax${secure}`;
}
tellZone();

connect();
document.addEventListener("htmx:afterSettle", connect);
