// Counts down to the moment an answer goes ahead. Only words: the server decides when,
// and the page says the same, once, without this file.

const TICK = 250;
const LOOKS = 10; // for the page after the answer went ahead
const PARTS = [".status-line", "#answer", ".acts", ".decision__history"];

const ends = new WeakMap();

function tick() {
  for (const banner of document.querySelectorAll("[data-undo]")) show(banner);
}

function show(banner) {
  if (!ends.has(banner)) {
    ends.set(banner, { at: performance.now() + Number(banner.dataset.seconds) * 1_000, looks: 0 });
  }
  const end = ends.get(banner);
  const left = Math.ceil((end.at - performance.now()) / 1_000);
  const words = left > 0 ? banner.dataset.words.replace("%n", left) : banner.dataset.over;
  const place = banner.querySelector("[data-undo-left]");
  if (place.textContent !== words) place.textContent = words;
  if (left <= -1 && banner.dataset.address && end.looks < LOOKS && window.htmx) {
    end.looks += 1;
    end.at = performance.now();
    look(banner);
  }
}

// Once it went ahead, what nobody uses is drawn anew.
async function look(banner) {
  const headers = { "HX-Request": "true" };
  const answer = await fetch(banner.dataset.address, { headers }).catch(() => null);
  const page = answer?.ok && new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page && page.getElementById("task");
  if (!fresh || !banner.isConnected || fresh.querySelector("[data-undo]")) return;
  const task = banner.closest("#task");
  if (fresh.dataset.notice) task.dataset.notice = fresh.dataset.notice;
  else delete task.dataset.notice;
  for (const part of PARTS) exchange(task.querySelector(part), fresh.querySelector(part));
  goAhead(banner, fresh.querySelector("#standing"));
}

// The focus stays where it is; one that was in the banner goes to the heading of the next.
function goAhead(banner, standing) {
  const hadFocus = banner.contains(document.activeElement);
  const task = banner.closest("#task");
  for (const told of task.querySelectorAll("#standing, [data-notice-slot] > [id^=notice-]")) told.remove();
  if (standing) banner.after(document.importNode(standing, true));
  banner.remove();
  const told = task.querySelector("#standing");
  if (told) htmx.process(told);
  const heading = told?.querySelector("h2") ?? task.querySelector("h1");
  if (!hadFocus || !heading) return;
  heading.setAttribute("tabindex", "-1");
  heading.focus({ preventScroll: true });
}

function exchange(old, now) {
  if (!old || !now || isUsed(old)) return;
  const how = { swapStyle: "outerHTML", swapDelay: 0, settleDelay: 0 };
  htmx.swap(old, now.outerHTML, how);
}

const isUsed = (part) =>
  part.contains(document.activeElement) || [...part.querySelectorAll("details[open], textarea, input")].some(isBegun);

const isBegun = (element) =>
  element.tagName === "DETAILS" || element.value !== element.defaultValue || element.checked !== element.defaultChecked;

setInterval(tick, TICK);
tick();
