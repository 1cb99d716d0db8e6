// The kiosk: its own key signs codes and permits. Steps are fetched into one document, so that the browser's history
// holds nothing of anybody, and the document is thrown away at the end or when nobody touches it for a minute.
const same = { createHTML: (text) => text };
const ours = window.trustedTypes?.createPolicy("alcaldia-kiosk", same) ?? same;
const START = "/quiosco/", ASK = 40, WIPE = 60;
const CURVE = { name: "ECDSA", namedCurve: "P-256" }, SIGN = { name: "ECDSA", hash: "SHA-256" };
const main = document.getElementById("contenido");
const still = document.querySelector(".still"), problem = document.querySelector(".problem");
let touched = Date.now(), busy = false;

const from64 = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
const to64 = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
const signed = async (key, what) => to64(await crypto.subtle.sign(SIGN, key, typeof what === "string" ? new TextEncoder().encode(what) : what));

// The shelf of this browser holds one thing: { id, key }, of which the key can be used and never read.
function shelf(mode, act) {
  return new Promise((done, failed) => {
    const opening = indexedDB.open("alcaldia-quiosco", 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore("llave");
    opening.onerror = () => failed(opening.error);
    opening.onsuccess = () => {
      const asked = act(opening.result.transaction("llave", mode).objectStore("llave"));
      asked.onerror = () => failed(asked.error);
      asked.onsuccess = () => { opening.result.close(); done(asked.result); };
    };
  });
}
const own = () => shelf("readonly", (held) => held.get("mia"));

// What each form adds before it is sent, and what is to be kept once the answer is good.
const adding = {
  async enrol(form) {
    const pair = await crypto.subtle.generateKey(CURVE, false, ["sign"]);
    const publicKey = to64(await crypto.subtle.exportKey("raw", pair.publicKey));
    const signature = await signed(pair.privateKey, `alcaldia kiosk key ${form.get("code")}`);
    return [{ public: publicKey, signature }, pair.privateKey];
  },
  async code(form) {
    const { id, key } = await own();
    return [{ kiosk: id, signature: await signed(key, `alcaldia kiosk code ${form.get("code")}`) }];
  },
  async permit(form, challenge) {
    return [{ signature: await signed((await own()).key, from64(challenge)) }];
  },
};

async function send(form) {
  const told = new URLSearchParams(new FormData(form));
  if (told.has("code")) told.set("code", told.get("code").trim());
  const [more, made] = form.dataset.sign ? await adding[form.dataset.sign](told, form.dataset.challenge) : [{}];
  for (const [name, value] of Object.entries(more)) told.set(name, value);
  await turn(form.action, { method: "POST", body: told });
  const enrolled = made && main.querySelector("[data-kiosk]")?.dataset.kiosk;
  if (!enrolled) return;
  await shelf("readwrite", (held) => held.put({ id: enrolled, key: made }, "mia"));
  await navigator.storage?.persist?.();
}

async function turn(address, options = {}) {
  const answer = await fetch(address, { credentials: "same-origin", cache: "no-store", ...options });
  const page = new DOMParser().parseFromString(ours.createHTML(await answer.text()), "text/html");
  const next = page.getElementById("contenido");
  if (!next) throw new Error("no page");
  document.title = page.title;
  main.replaceChildren(...next.childNodes);
  main.focus();
  const wrong = main.querySelector(".error");
  if (wrong) wrong.scrollIntoView({ block: "center" });
  else scrollTo(0, 0);
}

async function once(act) {
  if (busy) return;
  busy = true;
  problem.hidden = true;
  main.setAttribute("aria-busy", "true");
  try { await act(); } catch { problem.hidden = false; } finally { busy = false; main.removeAttribute("aria-busy"); }
}

function wipe() {
  main.replaceChildren();
  location.replace(START);
}

// A page that holds nothing of anybody may stand there for days.
const bare = () => main.querySelector("[data-if], [data-sign=enrol], [data-kiosk]") && ![...main.querySelectorAll("input[name=code]")].some((one) => one.value);

function watch() {
  const idle = bare() ? 0 : (Date.now() - touched) / 1000;
  if (idle >= WIPE) return wipe();
  still.hidden = idle < ASK;
  still.querySelector("strong").textContent = still.hidden ? "" : Math.ceil(WIPE - idle);
}

document.addEventListener("submit", (event) => {
  if (!main.contains(event.target)) return;
  event.preventDefault();
  once(() => send(event.target));
});
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href], [data-wipe], [data-print]");
  if (!link || !main.contains(link)) return;
  event.preventDefault();
  if (link.matches("[data-print]")) print();
  else if (link.matches("[data-step]")) once(() => turn(link.href));
  else wipe();
});
// Not "scroll", which the page also does by itself.
for (const name of ["pointerdown", "keydown", "input", "wheel"]) addEventListener(name, () => { touched = Date.now(); still.hidden = true; }, { capture: true, passive: true });
addEventListener("visibilitychange", watch);
addEventListener("pagehide", () => main.replaceChildren());
addEventListener("pageshow", (event) => { if (event.persisted) wipe(); });
setInterval(watch, 1000);

async function begin() {
  const code = decodeURIComponent(location.hash.slice(1));
  if (code) history.replaceState(null, "", START);
  if (!main.querySelector("[data-if]")) return;
  let kind = "unable";
  try { if (crypto.subtle) kind = (await own()) ? "kiosk" : "other"; } catch { /* no shelf here: a private window, or storage is off */ }
  if (code && kind !== "unable") {
    await once(() => turn(`${START}registro/`));
    const field = main.querySelector("input[name=code]");
    if (field) field.value = code;
    return;
  }
  main.querySelector(`[data-if=${kind}]`).hidden = false;
  main.querySelector(`[data-if=${kind}] input[name=code]`)?.focus();
}
begin();
