// What is typed is kept on the server a second after the last change. While that can't
// be reached, this browser holds a copy and tries again. Passwords and files are never kept.

const PAUSE = 1_000;
const RETRY = 10_000;
const PATIENCE = 2_000;
let pause = 0;
let unsaved = null; // the form whose last change is not sent yet
const touched = new Set(); // the keys of forms that were typed into
const headers = { "HX-Request": "true" };

const formOf = (element) => element?.closest?.("[data-decision-form][data-draft]");
const keyOf = (form) => `draft:${form.dataset.draft}:${form.elements.version.value}`;
const status = (form) => form.querySelector("[data-draft-status]");

function typed(form) {
  const fields = new FormData(form);
  for (const [name, value] of [...fields]) if (typeof value !== "string") fields.delete(name);
  for (const [name, text] of [...fields]) {
    if (!name.endsWith(".__secret")) continue;
    fields.delete(name);
    if (text) fields.set(name.replace(/__secret$/, "__again"), "1"); // so that it is asked for
  }
  fields.delete("digest");
  return new URLSearchParams(fields);
}

function tell(form, words) {
  const line = status(form);
  if (line) line.textContent = words;
}

function hold(form, body) {
  body.delete("csrfmiddlewaretoken");
  try {
    localStorage.setItem(keyOf(form), body.toString());
  } catch {
    // A browser that keeps nothing: the server's copy has to do.
  }
}

async function save(form) {
  unsaved = null;
  const body = typed(form);
  const sent = { method: "POST", body, headers };
  const answer = await fetch(form.dataset.draft, sent).catch(() => null);
  if (answer?.ok) {
    const { saved } = await answer.json();
    localStorage.removeItem(keyOf(form));
    tell(form, status(form)?.dataset.saved.replace("%s", saved));
  } else if (!answer || answer.status >= 500) {
    holdBack(form);
    pause = setTimeout(save, RETRY, form);
  } else if (answer.status === 413) {
    hold(form, body);
    tell(form, (await answer.json()).words);
  } else if ([401, 403].includes(answer.status)) {
    form.dispatchEvent(new CustomEvent("turned-away", { detail: answer.status, bubbles: true }));
  }
}

function holdBack(form) {
  hold(form, typed(form));
  tell(form, status(form)?.dataset.unsaved);
}

document.addEventListener("turned-away", () => {
  const form = document.querySelector("[data-decision-form][data-draft]");
  if (form && touched.has(keyOf(form))) holdBack(form);
});

function soon(event) {
  const form = formOf(event.target);
  if (!form) return;
  clearTimeout(pause);
  pause = setTimeout(save, PAUSE, form);
  unsaved = form;
  touched.add(keyOf(form));
}

for (const kind of ["input", "change"]) document.addEventListener(kind, soon);
// An answer is on its way, and a draft of it would come too late. Before anything else
// is done with the request, what was typed is kept: its page is drawn anew.
document.addEventListener(
  "submit",
  (event) => {
    const form = unsaved;
    clearTimeout(pause);
    unsaved = null;
    if (!form || formOf(event.target)) return;
    event.preventDefault();
    event.stopPropagation();
    const { target, submitter } = event;
    const late = new Promise((done) => setTimeout(done, PATIENCE));
    Promise.race([save(form), late]).finally(() => target.requestSubmit(submitter));
  },
  true,
);
// Whoever leaves within that second, or opens another request, has typed it all the same.
addEventListener("pagehide", () => {
  if (unsaved) fetch(unsaved.dataset.draft, { method: "POST", body: typed(unsaved), headers, keepalive: true });
});
document.addEventListener("pane-leaves", () => {
  if (!unsaved) return;
  clearTimeout(pause);
  save(unsaved);
});
// An answer that did not get through leaves something to be kept.
for (const failed of ["htmx:sendError", "htmx:responseError"]) {
  document.addEventListener(failed, ({ target }) => {
    const form = formOf(target);
    if (form && touched.has(keyOf(form))) pause = setTimeout(save, RETRY, form);
  });
}

// What the server does not take is at least typed again, as far as it is text.
function fillIn(form, fields) {
  for (const [name, text] of fields) {
    const control = form.elements[name];
    if (control?.matches?.("textarea, input:not([type=hidden], [type=checkbox], [type=radio])")) control.value = text;
  }
}

// A copy that was left behind goes to the server, and the page shows it.
async function recover() {
  const form = document.querySelector("[data-decision-form][data-draft]");
  const left = form && localStorage.getItem(keyOf(form));
  if (!left) return;
  const fields = new URLSearchParams(left);
  fields.set("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
  const sent = { method: "POST", body: fields, headers };
  const answer = await fetch(form.dataset.draft, sent).catch(() => null);
  if (!answer || [401, 403].includes(answer.status) || answer.status >= 500) return; // once more, later
  if (answer.status === 413) return fillIn(form, fields);
  localStorage.removeItem(keyOf(form));
  if (answer.ok) location.reload();
}
recover();
