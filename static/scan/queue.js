// Scans are sent one after the other without leaving the page: what is scanned while an answer is on its way waits its
// turn, none is dropped and none is sent twice (each form has its own key; the same form again has the same key).
"use strict";

const KEPT = 5; // last scans shown
const KEY_BYTES = 16;
const waiting = [];
const told = [];
let busy = false;
let failed = null; // the scan whose fate is not known

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

// What stands in the field meanwhile is the next scan, half typed: it stays there.
async function send(form, code) {
  const field = codeOf(form);
  if (failed && failed.form === form && failed.code !== code) form.elements.key.value = freshKey();
  failed = null;
  const sent = new FormData(form);
  sent.set(field.name, code);
  const body = form.enctype === "multipart/form-data" ? sent : new URLSearchParams(sent);
  busy = true;
  form.setAttribute("aria-busy", "true");
  showWaiting();
  try {
    const answer = await fetch(form.action, { method: "POST", body });
    if (answer.redirected) {
      location.assign(answer.url);
      return;
    }
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    busy = false;
    tell(page.querySelector("main > .panel"), code);
    if (answer.status >= 500) keepForm(form, code, page.querySelector("main > .panel"));
    else swap(page, field.value);
  } catch {
    busy = false;
    keepForm(form, code, document.querySelector("#unreachable").content.cloneNode(true).firstElementChild);
  }
  soundOfPanel(main);
  goOn();
}

// Nobody knows whether it arrived: the same form stands with the same key, so pressing again counts once.
function keepForm(form, code, panel) {
  form.removeAttribute("aria-busy");
  failed = { form, code };
  waiting.unshift(...[codeOf(form).value].filter(Boolean));
  codeOf(form).value = code;
  if (panel) showPanel(panel);
  codeOf(form).focus();
  showWaiting();
}

function goOn() {
  showWaiting();
  const form = main.querySelector("form.scans");
  if (busy || failed || !waiting.length || !form) return;
  const field = codeOf(form);
  if (!missingOf(form, field)) {
    send(form, waiting.shift());
  } else if (!field.value) {
    field.value = waiting.shift();
    advance(form);
  }
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("form.scans")) return;
  event.preventDefault();
  const field = codeOf(form);
  const code = field.value;
  field.value = "";
  if (!busy) {
    send(form, code);
  } else if (code) {
    waiting.push(code);
    showWaiting();
  }
});

// A page that the Back button brings out of memory may show what is no longer so, and waits for an answer long given.
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});
