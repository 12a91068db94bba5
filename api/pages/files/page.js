// Small comforts over pages that work without any script.
"use strict";

// A form that was sent cannot be sent again by a second press.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.once === undefined) return;
  if (form.dataset.sent) return event.preventDefault();
  form.dataset.sent = "yes";
  for (const button of form.querySelectorAll("button")) button.setAttribute("aria-busy", "true");
});
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
    for (const button of form.querySelectorAll("button")) button.removeAttribute("aria-busy");
  }
});

// What was unfolded stays so when its place is drawn anew.
document.addEventListener("htmx:beforeSwap", ({ detail: { target } }) => {
  const were = [...target.querySelectorAll("details")].map((one) => one.open);
  if (target.id && were.includes(true)) document.addEventListener("htmx:afterSettle", () => {
    const now = document.getElementById(target.id)?.querySelectorAll("details") ?? [];
    if (now.length === were.length) now.forEach((one, place) => { one.open = were[place]; });
    else if (now.length) now[0].open = were[0];
  }, { once: true });
});

// What is filled in beside a choice chooses it.
document.addEventListener("input", ({ target }) => {
  const choice = target.closest(".choice")?.querySelector("[type=radio]");
  if (choice) choice.checked = true;
});

// <div id="live" data-live="/…/events">: fetched anew whenever the server says that something changed.
// A stream that breaks comes again by itself; a tab that wakes up looks at once.
function live(place) {
  const stream = new EventSource(place.dataset.live);
  const again = () => htmx.ajax("GET", location.href, { target: "#live", select: "#live", swap: "outerHTML" });
  stream.addEventListener("change", again);
  stream.addEventListener("end", () => stream.close());
  document.addEventListener("visibilitychange", () => document.hidden || again());
}
addEventListener("DOMContentLoaded", () => {
  const place = document.querySelector("[data-live]");
  if (place && place.dataset.live) live(place);
  if ("serviceWorker" in navigator && location.protocol === "https:") navigator.serviceWorker.register("/service-worker.js");
});

// Buttons that copy, and those that print.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy], [data-print]");
  if (!button) return;
  if (button.dataset.print !== undefined) return print();
  navigator.clipboard.writeText(button.dataset.copy).then(() => { button.textContent = button.dataset.copied; });
});

// What is asked by the code of a bill, where the browser can read codes. The picture goes nowhere.
addEventListener("DOMContentLoaded", async () => {
  const form = document.querySelector("form[data-scan]");
  if (!form || !("BarcodeDetector" in window)) return;
  if (!(await BarcodeDetector.getSupportedFormats()).includes("qr_code")) return;
  form.hidden = false;
  form.querySelector("[type=file]").addEventListener("change", async (event) => {
    const say = form.querySelector("[role=alert]");
    say.textContent = "";
    const picture = await createImageBitmap(event.target.files[0]);
    const [found] = await new BarcodeDetector({ formats: ["qr_code"] }).detect(picture);
    if (!found) { say.textContent = say.dataset.notFound; return; }
    form.elements.code.value = found.rawValue;
    form.requestSubmit();
  });
});

// Staff work without a mouse: “/” to the search, j and k through a list, Enter opens, “?” tells the keys. What has
// data-key is pressed by that key. They are off for whoever turns them off (WCAG 2.1.4), and work in any layout.
const singleKeys = {
  get off() { return localStorage.getItem("single-keys") === "off"; },
  set off(off) { localStorage.setItem("single-keys", off ? "off" : "on"); this.show(); },
  show() { document.documentElement.dataset.singleKeys = this.off ? "off" : "on"; },
};
function pressed(event) {
  if (/^[a-z/?]$/i.test(event.key)) return event.key.toLowerCase();
  if (event.code === "Slash") return event.shiftKey ? "?" : "/";
  return /^[\x20-\x7e]$/.test(event.key) ? event.key : event.code.replace(/^Key/, "").toLowerCase();
}
addEventListener("DOMContentLoaded", () => {
  const help = document.querySelector("dialog#keys");
  if (!help) return;
  singleKeys.show();
  const onOff = help.querySelector("[data-single-keys-on]");
  onOff.checked = !singleKeys.off;
  onOff.addEventListener("change", () => { singleKeys.off = !onOff.checked; });
  document.querySelector("[data-keys-help]")?.addEventListener("click", () => help.showModal());
  if (location.hash === "#text") document.querySelector("[data-search]")?.focus();
  const rows = [...document.querySelectorAll("[data-keys] > li")];
  let here = -1;
  let before = "";
  const go = (place) => {
    if (!rows.length) return;
    rows[here]?.classList.remove("here");
    here = Math.max(0, Math.min(rows.length - 1, place));
    rows[here].classList.add("here");
    rows[here].querySelector("a")?.focus();
    rows[here].scrollIntoView({ block: "nearest" });
  };
  const keys = {
    j: () => go(here + 1),
    k: () => go(here - 1),
    "?": () => help.showModal(),
    "/": () => {
      const search = document.querySelector("[data-search]");
      if (search) search.focus(); else location.href = "/office#text";
    },
  };
  for (const one of document.querySelectorAll("[data-key]")) keys[one.dataset.key] = () => one.click();
  document.addEventListener("keydown", (event) => {
    if (singleKeys.off || event.ctrlKey || event.metaKey || event.altKey || help.open) return;
    if (event.target.closest("input:not([type=radio], [type=checkbox]), textarea, select")) return;
    const key = pressed(event);
    const pair = before + key;
    before = key;
    if (pair === "gq") { location.href = "/office/cases"; return; }
    if (!keys[key]) return;
    event.preventDefault();
    keys[key]();
  });
});

// Passkeys, where the browser has them and the page a name they may be bound to (an IP address is none).
addEventListener("DOMContentLoaded", () => {
  const form = document.querySelector("form[data-passkey]");
  const named = !/^[\d.]+$|:/.test(location.hostname);
  if (!form || !named || !window.PublicKeyCredential?.parseCreationOptionsFromJSON) return;
  form.hidden = false;
  document.querySelector("[data-without-passkeys]")?.remove();
  const say = form.querySelector("[role=alert]");
  const ask = async (place, body) => {
    const headers = { "Content-Type": "application/json" };
    const answer = await fetch(place, { method: "POST", headers, body: JSON.stringify(body) });
    if (answer.ok) return answer.json();
    say.textContent = (await answer.json()).detail;
    throw new Error("refused");
  };
  const make = async () => {
    const options = await ask("/profile/passkeys/options", {});
    const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
    const credential = (await navigator.credentials.create({ publicKey })).toJSON();
    return ask("/profile/passkeys", { name: form.elements.name.value, credential });
  };
  const use = async () => {
    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(await ask("/sign-in/passkey/options", {}));
    const credential = (await navigator.credentials.get({ publicKey })).toJSON();
    return ask("/sign-in/passkey", { next: form.dataset.next, credential });
  };
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    say.textContent = "";
    try {
      location.href = (await (form.dataset.passkey === "make" ? make() : use())).go;
    } catch (error) {
      if (!say.textContent) say.textContent = say.dataset.failed;
    }
  });
});
