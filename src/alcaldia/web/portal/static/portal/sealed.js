// The sealed box: its secret is made, wrapped and used in this page and never sent. See vault/rules/sealed_box.py.
import { bytes, random, text, touch as prf, utf } from "./prf.js";

const place = document.getElementById("sealed");
const told = JSON.parse(document.getElementById("sealed-told").textContent);
const part = (name) => document.getElementById(`sealed-${name}`);
const SAY = {
  noPrf: "Este aparato no puede abrir la caja con su llave de acceso. Se abrirá con el código impreso; guárdelo bien.",
  wrong: "Ese código no abre esta caja. Revíselo signo por signo.",
  key: "Esa llave no abre esta caja. Use el código impreso.",
  last: "Esos no son los últimos cuatro signos. Mírelos en su papel.",
  damaged: "Un texto no se pudo abrir: está dañado o alguien lo cambió. Avise a la oficina digital.",
  touch: "Se canceló o el aparato no respondió. Intente de nuevo.",
  failed: "No se pudo guardar. Actualice la página e intente de nuevo; lo que escribió sigue aquí.",
  made: "Su caja está lista.", saved: "Guardado, cifrado en su navegador.", added: "Desde ahora se abre también con esta llave.",
  code: "El código nuevo ya vale; el anterior dejó de servir.",
  kept: "Archivo guardado, cifrado en su navegador.", dropped: "Archivo quitado.", none: "Elija primero un archivo.",
  large: "El archivo pasa de 10 MB. Elija uno más pequeño.", many: "La caja guarda hasta 20 archivos. Quite alguno.",
  lost: "Ese archivo no se pudo abrir: no está, está dañado o alguien lo cambió. Avise a la oficina digital.",
};
const LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const ROUNDS = 600_000, BLOCK = 256, MIB = 1024 * 1024;
const PART = MIB, FILLED = 64 * 1024, LARGEST = 10 * MIB, MOST = 20;
const hex = (data) => Array.from(new Uint8Array(data), (one) => one.toString(16).padStart(2, "0")).join("");
let secret = null, code = "";

class Problem extends Error {}
const fail = (name) => { throw new Problem(SAY[name]); };

async function derived(raw, info) {
  const base = await crypto.subtle.importKey("raw", raw, "HKDF", false, ["deriveKey"]);
  const how = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info: utf.encode(info) };
  return crypto.subtle.deriveKey(how, base, { name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
}
async function fromCode(letters, salt) {
  const base = await crypto.subtle.importKey("raw", utf.encode(letters), "PBKDF2", false, ["deriveKey"]);
  const how = { name: "PBKDF2", hash: "SHA-256", salt, iterations: ROUNDS };
  return crypto.subtle.deriveKey(how, base, { name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
}
async function sealBytes(key, plain, about) {
  const iv = random(12), made = await crypto.subtle.encrypt({ name: "AES-GCM", iv, additionalData: utf.encode(about) }, key, plain);
  const all = new Uint8Array(12 + made.byteLength);
  all.set(iv);
  all.set(new Uint8Array(made), 12);
  return all;
}
async function unsealBytes(key, all, about) {
  try {
    return new Uint8Array(await crypto.subtle.decrypt({ name: "AES-GCM", iv: all.subarray(0, 12), additionalData: utf.encode(about) }, key, all.subarray(12)));
  } catch { return null; }
}
const seal = async (key, plain, about) => text(await sealBytes(key, plain, about));
const unseal = (key, data, about) => unsealBytes(key, bytes(data), about);
const about = (...parts) => JSON.stringify([...parts, told.subject]);
const mark = async (raw) => hex(await crypto.subtle.digest("SHA-256", Uint8Array.from([...utf.encode("alcaldia box mark"), ...raw])));

// The key that one touch gives (credential id → salt); null where the device has no PRF.
async function touch(salts) {
  const { name, first } = await prf(told.rp, salts) ?? fail("touch");
  return { name, key: first && await derived(first, "alcaldia sealed prf v1") };
}

async function wrapOfCode(letters) {
  const salt = random(16);
  return { kind: "code", name: "", salt: text(salt), data: await seal(await fromCode(letters, salt), secret, about("wrap", "code")) };
}
async function wrapOfKey() {
  const salt = text(random(32)), { name, key } = await touch(Object.fromEntries(told.keys.map((id) => [id, salt])));
  return key && { kind: "prf", name, salt, data: await seal(key, secret, about("wrap", name)) };
}

async function post(address, message, data) {
  const form = new FormData(part("post"));
  form.set("told", JSON.stringify(message));
  if (data) form.set("data", data);
  const answer = await fetch(address, { method: "POST", body: form, credentials: "same-origin" }).catch(() => null);
  if (!answer?.ok || answer.redirected) fail("failed");
}
async function keep(wraps) {
  const message = { mark: await mark(secret), wraps };
  await post(place.dataset.keys, message);
  told.box = { notes: {}, files: [], ...told.box, ...message };
}

const padded = (plain) => { const made = new Uint8Array((Math.floor(plain.length / BLOCK) + 1) * BLOCK).fill(32); made.set(plain); return made; };
const noteKey = (group) => derived(secret, `alcaldia sealed note ${group}`);

async function inside(found) {
  if (!found || (await mark(found)) !== told.box.mark) return false;
  secret = found;
  for (const area of place.querySelectorAll("[data-group]")) {
    const group = area.dataset.group, kept = told.box.notes[group];
    if (!kept) continue;
    const plain = await unseal(await noteKey(group), kept.data, about("note", group, kept.number)) ?? fail("damaged");
    area.value = area.dataset.was = JSON.parse(new TextDecoder().decode(plain));
  }
  await list();
  show("inside");
  return true;
}

// Files. The browser gives each a random name; what people call it is in its sealed head.
const fileKey = (name) => derived(secret, `alcaldia sealed file ${name}`);
const headOf = async (one) => JSON.parse(new TextDecoder().decode(await unseal(await fileKey(one.name), one.head, about("head", one.name)) ?? fail("lost")));

async function list() {
  part("files").replaceChildren();
  for (const one of told.box.files) {
    const row = part("row").content.cloneNode(true), head = await headOf(one).catch(() => null);
    row.querySelector("[data-name]").textContent = head ? `${head.name} (${Math.max(1, Math.round(head.size / 1024)).toLocaleString("es-MX")} kB)` : one.name;
    for (const button of row.querySelectorAll("[data-do]")) button.dataset.file = one.name;
    part("files").append(row);
  }
}

async function sealedParts(name, file) {
  const key = await fileKey(name), plain = new Uint8Array(Math.max(1, Math.ceil(file.size / FILLED)) * FILLED);
  plain.set(new Uint8Array(await file.arrayBuffer()));
  const count = Math.ceil(plain.length / PART), parts = [];
  for (let at = 0; at < count; at += 1) parts.push(await sealBytes(key, plain.subarray(at * PART, (at + 1) * PART), about("file", name, at, count)));
  return new Blob(parts);
}

async function openedParts(name, all, size) {
  const key = await fileKey(name), step = PART + 28, count = Math.ceil(all.length / step), parts = [];
  for (let at = 0; at < count; at += 1) parts.push(await unsealBytes(key, all.subarray(at * step, (at + 1) * step), about("file", name, at, count)) ?? fail("lost"));
  return new Blob(parts).slice(0, size, "application/octet-stream");
}

const addressOf = (name) => `${place.dataset.file}${name}/`;

const ACTIONS = {
  begin() {
    const values = random(28);
    code = Array.from(values, (one) => LETTERS[one & 31]).join("");
    part("letters").textContent = code.match(/.{4}/g).join("-");
    part("last").value = "";
    show("code");
  },
  print: () => print(),
  async make() {
    if (part("last").value.trim().toUpperCase() !== code.slice(-4)) fail("last");
    const again = Boolean(secret), others = again ? told.box.wraps.filter((one) => one.kind === "prf") : [];
    secret ??= random(32);
    const wraps = [await wrapOfCode(code), ...others];
    if (!again) { const own = await wrapOfKey(); if (own) wraps.push(own); }
    await keep(wraps);
    code = ""; part("letters").textContent = "";
    await inside(secret);
    say(again ? SAY.code : wraps.length > 1 ? SAY.made : SAY.noPrf);
  },
  async open() {
    const wraps = told.box.wraps.filter((one) => one.kind === "prf" && told.keys.includes(one.name));
    if (!wraps.length) fail("noPrf");
    const salts = Object.fromEntries(wraps.map((one) => [one.name, one.salt]));
    const { name, key } = await touch(salts);
    if (!key) fail("noPrf");
    const wrap = wraps.find((one) => one.name === name);
    if (!wrap || !(await inside(await unseal(key, wrap.data, about("wrap", name))))) fail("key");
  },
  async typed() {
    const letters = part("typed").value.toUpperCase().replace(/[^0-9A-Z]/g, "").replace(/[IL]/g, "1").replace(/O/g, "0");
    const wrap = told.box.wraps.find((one) => one.kind === "code");
    const found = await unseal(await fromCode(letters, bytes(wrap.salt)), wrap.data, about("wrap", "code"));
    if (!(await inside(found))) fail("wrong");
    part("typed").value = "";
  },
  async add() {
    const own = await wrapOfKey();
    if (!own) fail("noPrf");
    await keep([...told.box.wraps.filter((one) => one.name !== own.name), own]);
    show("inside");
    say(SAY.added);
  },
  async save() {
    for (const area of place.querySelectorAll("[data-group]")) {
      if (area.value === (area.dataset.was ?? "")) continue;
      const group = area.dataset.group, number = (told.box.notes[group]?.number ?? 0) + 1;
      const data = await seal(await noteKey(group), padded(utf.encode(JSON.stringify(area.value))), about("note", group, number));
      await post(place.dataset.note, { group, number, data });
      told.box.notes[group] = { number, data };
      area.dataset.was = area.value;
    }
    say(SAY.saved);
  },
  async keepFile() {
    const file = part("file").files[0] ?? fail("none");
    if (file.size > LARGEST) fail("large");
    if (told.box.files.length >= MOST) fail("many");
    const name = text(random(16)), head = utf.encode(JSON.stringify({ name: file.name.slice(0, 200), size: file.size }));
    const message = { name, head: await seal(await fileKey(name), padded(head), about("head", name)) };
    await post(place.dataset.file, message, await sealedParts(name, file));
    told.box.files.push(message);
    part("file").value = "";
    await list();
    say(SAY.kept);
  },
  async openFile({ file }) {
    const head = await headOf(told.box.files.find((one) => one.name === file));
    const answer = await fetch(addressOf(file), { credentials: "same-origin" }).catch(() => null);
    if (!answer?.ok || answer.redirected) fail("lost");
    const link = document.createElement("a");
    link.href = URL.createObjectURL(await openedParts(file, new Uint8Array(await answer.arrayBuffer()), head.size));
    link.download = head.name;
    link.click();
    URL.revokeObjectURL(link.href);
  },
  async dropFile({ file }) {
    await post(`${addressOf(file)}quitar/`, {});
    told.box.files = told.box.files.filter((one) => one.name !== file);
    await list();
    say(SAY.dropped);
  },
};

function show(name) {
  for (const one of ["make", "code", "closed", "inside"]) part(one).hidden = one !== name;
  part("no-key").hidden = !told.box?.wraps || told.box.wraps.some((one) => one.kind === "prf" && told.keys.includes(one.name));
}
function say(sentence, problem = false) {
  for (const [name, mine] of [["problem", problem], ["said", !problem]]) {
    part(name).textContent = mine ? sentence : "";
    part(name).hidden = !mine || !sentence;
  }
}

place.addEventListener("click", async (event) => {
  const action = ACTIONS[event.target.dataset?.do];
  if (!action) return;
  say("");
  place.setAttribute("aria-busy", "true");
  try { await action(event.target.dataset); } catch (error) { say(error instanceof Problem ? error.message : SAY.failed, true); } finally { place.removeAttribute("aria-busy"); }
});
show(told.box ? "closed" : "make");
