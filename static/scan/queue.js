// Scans are sent one after the other without leaving the page: what is scanned while an answer is on its way waits its
// turn, none is dropped and none is sent twice (each form has its own key; the same form again has the same key). Until
// its answer is there each is kept by kept.js, and sent on after a reload.
"use strict";

const KEPT = 5; // last scans shown
const KEY_BYTES = 16;
const waiting = []; // scanned, not sent: codes that the form is still filled in for
const unanswered = []; // sent by this page before it was loaded anew; nobody knows what became of them
const told = [];
let busy = false;
let failed = null; // the scan whose fate is not known
let typing = null; // of the waiting ones that which stands in the field

const main = document.querySelector("main");

function codeOf(form) {
  return form.querySelector("[data-scan][name=code]") || form.querySelector("[data-scan]");
}

function freshKey() {
  return [...crypto.getRandomValues(new Uint8Array(KEY_BYTES))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function showWaiting() {
  const line = main.querySelector(".waiting");
  if (!line) return;
  line.textContent = busy ? `${main.dataset.waiting} ${waiting.length || ""}`.trim() : "";
}

// The last scans stay in sight, with the sign of how each went: a refusal is not lost behind the next green one.
function showTold() {
  const form = main.querySelector("form.scans");
  if (!form || told.length < 2) return;
  const list = document.createElement("ol");
  list.className = "recent";
  list.setAttribute("aria-label", main.dataset.recent);
  for (const each of told.slice(1)) {
    const line = document.createElement("li");
    line.className = each.tone;
    line.textContent = `${each.sign} ${each.code} · ${each.title}`;
    list.append(line);
  }
  form.after(list);
}

function tell(panel, code) {
  if (!panel || !code) return;
  const words = (name) => (panel.querySelector(name) || { textContent: "" }).textContent.trim();
  told.unshift({ tone: panel.dataset.tone, sign: words(".sign"), title: words(".why"), code });
  told.length = Math.min(told.length, KEPT + 1);
}

// The new page takes over what is being typed this very moment.
function swap(page, typed) {
  document.title = page.title;
  main.replaceChildren(...page.querySelector("main").childNodes);
  showKeys(main);
  showTold();
  const field = main.querySelector("[autofocus]") || waitingField();
  if (!field) return;
  field.focus();
  if (typed && field.matches("[data-scan]")) field.value = typed;
}

function showPanel(panel) {
  for (const old of main.querySelectorAll(":scope > .panel")) old.remove();
  main.querySelector("h1").after(panel);
}

function csrf() {
  return (document.querySelector("[name=csrf_token]") || { value: "" }).value;
}

// The form with this code as it will be sent, kept before it is; a picture is too large to keep.
function entryOf(form, code) {
  const sent = new FormData(form);
  sent.set(codeOf(form).name, code);
  const fields = [...sent].filter(([name, value]) => name !== "csrf_token" && typeof value === "string");
  const entry = { id: form.elements.key.value, action: new URL(form.action).pathname, code, fields };
  if ([...sent.values()].some((value) => value instanceof File && value.size)) return { ...entry, body: sent };
  return keepScan(entry);
}

function put(code) {
  waiting.push(keepScan({ id: freshKey(), code, fields: null }));
  showWaiting();
}

// What stands in the field meanwhile is the next scan, half typed: it stays there.
async function send(form, entry) {
  failed = null;
  busy = true;
  if (form) form.setAttribute("aria-busy", "true");
  showWaiting();
  try {
    const body = entry.body || new URLSearchParams([...entry.fields, ["csrf_token", csrf()]]);
    const answer = await fetch(entry.action, { method: "POST", body });
    const signsIn = answer.redirected && new URL(answer.url).pathname === "/sign-in"; // the scan waits for the person
    if (answer.status < 500 && !signsIn) forgetScan(entry.id);
    if (answer.redirected) {
      location.assign(answer.url);
      return;
    }
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    busy = false;
    tell(page.querySelector("main > .panel"), entry.code);
    if (answer.status >= 500) keepForm(form, entry, page.querySelector("main > .panel"));
    else swap(page, form ? codeOf(form).value : "");
  } catch {
    busy = false;
    keepForm(form, entry, document.querySelector("#unreachable").content.cloneNode(true).firstElementChild);
  }
  soundOfPanel(main);
  goOn();
}

// Nobody knows whether it arrived: the same form stands with the same key, so pressing again counts once.
function keepForm(form, entry, panel) {
  failed = entry;
  if (panel) showPanel(panel);
  if (!form) return;
  form.removeAttribute("aria-busy");
  const typed = codeOf(form).value;
  if (typed && typed !== entry.code) waiting.unshift(keepScan({ id: freshKey(), code: typed, fields: null }));
  for (const [name, value] of entry.fields) {
    const field = form.elements[name];
    if (field && "value" in field && field.type !== "checkbox") field.value = value;
  }
  codeOf(form).focus();
  showWaiting();
}

function goOn() {
  showWaiting();
  const form = main.querySelector("form.scans");
  if (busy || failed) return;
  if (unanswered.length) {
    send(form, unanswered.shift());
    return;
  }
  if (!waiting.length || !form) return;
  const field = codeOf(form);
  if (!missingOf(form, field)) {
    const next = waiting.shift();
    const entry = entryOf(form, next.code);
    forgetScan(next.id);
    send(form, entry);
  } else if (!field.value) {
    typing = waiting.shift();
    field.value = typing.code;
    advance(form);
  }
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("form.scans")) return;
  event.preventDefault();
  const field = codeOf(form);
  const code = field.value;
  if (busy) {
    field.value = "";
    if (code) put(code);
    return;
  }
  if (failed && failed.code !== code) {
    // The one whose fate is not known goes first, as it was; this one waits behind it.
    const before = failed;
    if (code) put(code);
    field.value = "";
    send(form, before);
    return;
  }
  const entry = entryOf(form, code);
  if (typing) forgetScan(typing.id);
  typing = null;
  field.value = "";
  send(form, entry);
});

addEventListener("online", () => {
  if (failed && !busy) send(main.querySelector("form.scans"), failed);
});

for (const entry of keptScans().filter((each) => each.page === location.pathname)) {
  (entry.fields ? unanswered : waiting).push(entry);
}
tellKept(main);
goOn();

// A page that the Back button brings out of memory may show what is no longer so, and waits for an answer long given.
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});
