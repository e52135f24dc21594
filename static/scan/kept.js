// Scans that have no answer yet lie in the browser's own store, each under its key, before anything else happens with
// them: a reload, a closed tab or an ended session loses none, and the key lets each count once. They belong to the
// person who scanned: the next one on the same phone neither sees nor sends them. No CSRF token is ever kept.
"use strict";

const SHELF = "scan ";
let turn = 0; // tells two scans of one moment apart

function shelfOf(person) {
  return `${SHELF}${person} `;
}

function whose() {
  return document.querySelector("main").dataset.person;
}

// A browser that keeps nothing (private, full) goes on as before: the scan is in memory only.
function keepScan(entry) {
  const kept = { at: Date.now(), turn: turn++, page: location.pathname, ...entry };
  try {
    localStorage.setItem(`${shelfOf(whose())}${kept.id}`, JSON.stringify({ ...kept, body: undefined }));
  } catch (error) {
    console.warn("this browser keeps no scans", error);
  }
  return kept;
}

function forgetScan(id) {
  localStorage.removeItem(`${shelfOf(whose())}${id}`);
}

function keptScans() {
  if (!whose()) return [];
  const found = Object.keys(localStorage).filter((name) => name.startsWith(shelfOf(whose())));
  return found.map((name) => JSON.parse(localStorage.getItem(name))).sort((a, b) => a.at - b.at || a.turn - b.turn);
}

// What is kept of other pages waits there; here it is only told, with the way to it.
function tellKept(main) {
  const pages = [...new Set(keptScans().map((entry) => entry.page))].filter((page) => page !== location.pathname);
  if (!pages.length) return;
  const line = document.createElement("p");
  line.className = "kept";
  line.textContent = `${main.dataset.kept} `;
  for (const page of pages) {
    const link = document.createElement("a");
    link.href = page;
    link.textContent = decodeURIComponent(page.split("/").pop());
    line.append(link, " ");
  }
  main.querySelector("h1").after(line);
}
