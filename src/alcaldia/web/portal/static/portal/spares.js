// A device's spare key: the passkey's PRF gives its secret. Making sends the public half alone; restoring, once, the secret.
import { bytes, random, text, touch, utf } from "./prf.js";

const SAY = {
  touch: "Se canceló o el aparato no respondió. Intente de nuevo.",
  noPrf: "Este aparato no puede hacer llaves de repuesto con su llave de acceso. Haga una en papel.",
  old: "Este navegador no puede hacer esa llave. Actualícelo, o use la de papel.",
};
// PKCS#8 of an X25519 secret (RFC 8410): this head, then the 32 bytes.
const HEAD = [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x6e, 0x04, 0x22, 0x04, 0x20];
const told = JSON.parse(document.getElementById("spare-told")?.textContent ?? "null");

class Problem extends Error {}
const fail = (name) => { throw new Problem(SAY[name]); };

async function seedOf(salts) {
  const { name, first } = await touch(told.rp, salts) ?? fail("touch");
  if (!first) fail("noPrf");
  const base = await crypto.subtle.importKey("raw", first, "HKDF", false, ["deriveBits"]);
  const how = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info: utf.encode(`alcaldia spare prf v1 x25519 ${told.subject}`) };
  return { name, seed: new Uint8Array(await crypto.subtle.deriveBits(how, base, 256)) };
}
async function publicHalf(seed) {
  const key = await crypto.subtle.importKey("pkcs8", Uint8Array.from([...HEAD, ...seed]), { name: "X25519" }, true, ["deriveBits"]).catch(() => fail("old"));
  return text(bytes((await crypto.subtle.exportKey("jwk", key)).x));
}

const ACTIONS = {
  async make(form) {
    const salt = text(random(32)), { name, seed } = await seedOf(Object.fromEntries(told.keys.map((id) => [id, salt])));
    form.elements.credential.value = name;
    form.elements.salt.value = salt;
    form.elements.public.value = await publicHalf(seed);
  },
  async restore(form) { form.elements.secret.value = text((await seedOf(told.salts)).seed); },
};

function say(form, sentence) {
  const place = form.querySelector("[data-problem]");
  place.textContent = sentence;
  place.hidden = !sentence;
}
for (const form of document.querySelectorAll("form[data-spare]")) {
  form.hidden = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    say(form, "");
    form.setAttribute("aria-busy", "true");
    try { await ACTIONS[form.dataset.spare](form); form.submit(); } catch (error) { say(form, error instanceof Problem ? error.message : SAY.old); } finally { form.removeAttribute("aria-busy"); }
  });
}
