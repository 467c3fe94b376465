// What is typed is held in this browser at once, and kept on the server a second after
// the last change; what the server has is held no longer. A copy is one person's of one
// request, and knows when it was typed and into which version. Where the answer to that
// request appears, copies that were left behind go to the server, which keeps the newest
// text and gives back what would have been put over it. Passwords and files are never kept.

const PAUSE = 1_000;
const RETRY = 10_000;
const PATIENCE = 2_000;
const headers = { "HX-Request": "true" };
const keys = new WeakMap(); // by form that was typed into: where its copy is held
const seen = new WeakSet(); // the panels whose copies were brought
let pause = 0;
let unsaved = null; // the form whose last change the server does not have yet

const panelOf = (element) => element?.closest?.("[data-drafts]");
const formOf = (element) => element?.closest?.("[data-drafts] [data-decision-form]");
const formIn = (panel) => panel.querySelector("[data-decision-form]");
const status = (form) => form?.querySelector("[data-draft-status]");
const placeOf = (panel) => `draft:${panel.dataset.author}:${panel.dataset.drafts}:`;
const token = () => document.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "";

/* --- the copy in this browser --------------------------------------------------- */

// A browser that keeps nothing: the server's copy has to do.
const store = (() => {
  try {
    return localStorage;
  } catch {
    return null;
  }
})();

function hold(form) {
  if (!keys.has(form)) keys.set(form, `${placeOf(panelOf(form))}${Date.now()}.${Math.random()}`);
  const copy = { at: Date.now(), fields: typed(form).toString() };
  try {
    store?.setItem(keys.get(form), JSON.stringify(copy));
  } catch {
    // It is full.
  }
}

// Not what was typed since.
function drop(key, copy) {
  if (store?.getItem(key) === copy) store?.removeItem(key);
}

// The newest first: what is older is compared with it.
function copiesFor(panel) {
  const all = Object.keys(store ?? {}).filter((key) => key.startsWith(placeOf(panel)));
  const read = (key) => ({ key, copy: store.getItem(key), ...JSON.parse(store.getItem(key)) });
  return all.map(read).sort((one, other) => other.at - one.at);
}

function typed(form) {
  const fields = new FormData(form);
  for (const [name, value] of [...fields]) if (typeof value !== "string") fields.delete(name);
  for (const [name, text] of [...fields]) {
    if (!name.endsWith(".__secret")) continue;
    fields.delete(name);
    if (text) fields.set(name.replace(/__secret$/, "__again"), "1"); // so that it is asked for
  }
  for (const name of ["digest", "csrfmiddlewaretoken"]) fields.delete(name);
  return new URLSearchParams(fields);
}

/* --- the draft on the server ---------------------------------------------------- */

function post(panel, body, more) {
  const request = { method: "POST", body, headers: { ...headers, "X-CSRFToken": token() } };
  return fetch(panel.dataset.drafts, { ...request, ...more }).catch(() => null);
}

const isAway = (answer) => !answer || answer.status >= 500;

function tell(form, words) {
  const line = status(form);
  if (line) line.textContent = words;
}

async function save(form) {
  unsaved = null;
  const [key, copy] = [keys.get(form), store?.getItem(keys.get(form))];
  const answer = await post(panelOf(form), typed(form));
  if (answer?.ok) {
    const { saved } = await answer.json();
    drop(key, copy);
    tell(form, status(form)?.dataset.saved.replace("%s", saved));
  } else if (isAway(answer)) {
    if (form.isConnected) unsaved ??= form;
    tell(form, status(form)?.dataset.unsaved);
    again(form);
  } else if (answer.status === 413) {
    tell(form, (await answer.json()).words);
  } else if ([401, 403].includes(answer.status)) {
    form.dispatchEvent(new CustomEvent("turned-away", { detail: answer.status, bubbles: true }));
  } else {
    tell(form, status(form)?.dataset.refused);
  }
}

// A form that is gone has left its copy, and what is typed elsewhere since is newer.
function again(form) {
  clearTimeout(pause);
  pause = setTimeout(() => form.isConnected && save(form), RETRY);
}

function soon(form) {
  hold(form);
  clearTimeout(pause);
  pause = setTimeout(save, PAUSE, form);
  unsaved = form;
}

for (const kind of ["input", "change"]) {
  document.addEventListener(kind, ({ target }) => formOf(target) && soon(formOf(target)));
}

document.addEventListener("turned-away", () => {
  const form = document.querySelector("[data-drafts] [data-decision-form]");
  if (form && keys.has(form)) tell(form, status(form)?.dataset.unsaved);
});

// An answer is on its way, and a draft of it would come too late. Before anything else
// is done with the request, what was typed is kept: its page is drawn anew.
document.addEventListener(
  "submit",
  (event) => {
    const { target, submitter } = event;
    const form = unsaved;
    clearTimeout(pause);
    unsaved = null;
    if (formOf(target)) return;
    if (panelOf(target)) return store?.removeItem(keys.get(formIn(panelOf(target)))); // thrown away
    if (!form) return;
    event.preventDefault();
    event.stopPropagation();
    const late = new Promise((done) => setTimeout(done, PATIENCE));
    Promise.race([save(form), late]).finally(() => target.requestSubmit(submitter));
  },
  true,
);
// Whoever leaves within that second, or opens another request, has typed it all the same.
addEventListener("pagehide", () => {
  if (unsaved) post(panelOf(unsaved), typed(unsaved), { keepalive: true });
});
document.addEventListener("pane-leaves", () => {
  if (!unsaved) return;
  clearTimeout(pause);
  save(unsaved);
});
// An answer that did not get through leaves something to be kept.
for (const failed of ["htmx:sendError", "htmx:responseError"]) {
  document.addEventListener(failed, ({ target }) => {
    if (keys.has(formOf(target))) again(formOf(target));
  });
}

// Of an answer that got through no copy is needed.
document.addEventListener("htmx:beforeOnLoad", ({ detail: { xhr, requestConfig } }) => {
  const form = formOf(requestConfig.elt);
  if (form && xhr.status < 300) store?.removeItem(keys.get(form));
});

/* --- copies that were left behind ----------------------------------------------- */

function appear(event) {
  const panel = document.querySelector("[data-drafts]");
  if (!panel || seen.has(panel)) return;
  seen.add(panel);
  const form = formIn(panel);
  const before = formOf(event?.detail?.requestConfig?.elt);
  if (form && before && placeOf(panelOf(before)) === placeOf(panel)) goOn(form, before);
  const own = keys.get(form);
  bring(panel, copiesFor(panel).filter(({ key }) => key !== own));
}

// What the server draws anew instead of recording it holds what was typed.
function goOn(form, before) {
  if (keys.has(before)) keys.set(form, keys.get(before));
  soon(form);
}

// Until it is known what stands in the form nobody types into it; who did so already,
// because the server was away, goes on with what they typed.
async function bring(panel, copies) {
  if (!copies.length || !panel.isConnected) return;
  const form = formIn(panel);
  if (unsaved) await save(unsaved);
  const isBegun = keys.has(form);
  const focused = form?.contains(document.activeElement) && document.activeElement.id;
  if (form && !isBegun) form.inert = true;
  let isTaken = false;
  const waiting = [];
  for (const copy of copies) {
    if (unsaved || waiting.length) waiting.push(copy);
    else if ((await send(panel, copy, waiting)) && !isBegun) isTaken = true;
  }
  if (isTaken) await draw(panel);
  if (form) form.inert = false;
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
  if (waiting.length) setTimeout(bring, RETRY, panel, waiting);
}

async function send(panel, left, waiting) {
  const body = new URLSearchParams(left.fields);
  body.set("age", Math.max(0, Date.now() - left.at));
  const answer = await post(panel, body, { signal: AbortSignal.timeout(PATIENCE) });
  if (isAway(answer)) {
    waiting.push(left);
    tell(formIn(panel), status(formIn(panel))?.dataset.unsaved);
  } else if (answer.status === 412) {
    offer(panel, left, await answer.text());
  } else if (answer.status === 413) {
    retype(formIn(panel), left, body, (await answer.json()).words);
  }
  if (answer?.ok) drop(left.key, left.copy);
  return answer?.ok;
}

async function draw(panel) {
  const answer = await fetch(panel.dataset.address, { headers }).catch(() => null);
  if (!answer?.ok || !panel.isConnected) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.getElementById(panel.id);
  const how = { swapStyle: "outerHTML", swapDelay: 0, settleDelay: 0 };
  if (fresh) htmx.swap(panel, fresh.outerHTML, how);
}

// What is too long for the server is at least typed again, as far as it is text.
function retype(form, left, fields, words) {
  if (!form) return;
  tell(form, words);
  if (keys.has(form) || fields.get("version") !== form.elements.version.value) return;
  for (const [name, text] of fields) {
    const control = form.elements[name];
    if (control?.matches?.("textarea, input:not([type=hidden], [type=checkbox], [type=radio])")) control.value = text;
  }
  keys.set(form, left.key);
}

/* --- a copy that is older than the draft ---------------------------------------- */

const offered = new WeakMap(); // by notice

function offer(panel, left, html) {
  const notice = new DOMParser().parseFromString(html, "text/html").body.firstElementChild;
  offered.set(notice, left);
  panel.querySelector(".panel__body").prepend(notice);
  document.dispatchEvent(new CustomEvent("say", { detail: notice.querySelector("h3").textContent }));
}

document.addEventListener("click", async ({ target }) => {
  const button = target.closest("[data-copy-use], [data-copy-drop]");
  if (!button) return;
  const [notice, panel] = [button.closest(".notice"), panelOf(button)];
  const { key, copy, fields } = offered.get(notice);
  if ("copyUse" in button.dataset) {
    clearTimeout(pause);
    if (unsaved) await save(unsaved);
    const answer = await post(panel, new URLSearchParams(fields));
    if (!answer?.ok) return tell(formIn(panel), status(formIn(panel))?.dataset.unsaved);
    drop(key, copy);
    await draw(panel);
  } else {
    drop(key, copy);
    notice.remove();
  }
  document.querySelector("[data-drafts] h2")?.focus({ preventScroll: true });
});

document.addEventListener("htmx:afterSettle", appear);
appear();
