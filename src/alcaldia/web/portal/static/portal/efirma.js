// e.firma without the key leaving the machine: the .key file is read, opened and used in this page alone; what is
// sent is the certificate and the signature. <form data-efirma data-text="address of the bytes to sign">.
import { open as openTripleDes } from "./des3.js";

const SAY = {
  none: "Elija su certificado (.cer), su llave (.key) y escriba la contraseña de la llave.",
  file: "Ese archivo no es una llave .key. Elija el archivo que termina en .key.",
  old: "Su llave usa un cifrado antiguo (PBES1) que el navegador no puede leer. Renueve su e.firma, o firme con su programa como se explica abajo.",
  cipher: "Su llave usa un cifrado que el navegador no puede leer. Firme con su programa como se explica abajo.",
  password: "La contraseña no abre esa llave. Escríbala otra vez; nada salió de su equipo.",
  kind: "Esa llave no es RSA ni de curva P-256. Firme con su programa como se explica abajo.",
  text: "No se pudo traer el texto que se firma. Actualice la página e intente de nuevo.",
};
class Problem extends Error {}
const fail = (name) => { throw new Problem(SAY[name]); };

const PBES2 = "1.2.840.113549.1.5.13", PBKDF2 = "1.2.840.113549.1.5.12", TRIPLE_DES = "1.2.840.113549.3.7";
const HASHES = { "1.2.840.113549.2.7": "SHA-1", "1.2.840.113549.2.9": "SHA-256", "1.2.840.113549.2.10": "SHA-384", "1.2.840.113549.2.11": "SHA-512" };
const AES = { "2.16.840.1.101.3.4.1.2": 128, "2.16.840.1.101.3.4.1.22": 192, "2.16.840.1.101.3.4.1.42": 256 };
const RSA = "1.2.840.113549.1.1.1", EC = "1.2.840.10045.2.1", P256 = "1.2.840.10045.3.1.7";

// DER: { tag, body, next }; children(body) → list of them.
function element(data, at = 0) {
  let size = data[at + 1], head = at + 2;
  if (size & 0x80) {
    const count = size & 0x7f;
    size = 0;
    if (count < 1 || count > 3) fail("file");
    for (let n = 0; n < count; n++) size = size * 256 + data[head++];
  }
  if (!(head + size <= data.length)) fail("file");
  return { tag: data[at], body: data.slice(head, head + size), next: head + size };
}
function children(body) {
  const found = [];
  for (let at = 0; at < body.length; ) { const one = element(body, at); found.push(one); at = one.next; }
  return found;
}
function name(one) {
  if (one?.tag !== 6) fail("file");
  const parts = [Math.floor(one.body[0] / 40), one.body[0] % 40];
  let value = 0;
  for (const byte of one.body.slice(1)) {
    value = value * 128 + (byte & 0x7f);
    if (!(byte & 0x80)) { parts.push(value); value = 0; }
  }
  return parts.join(".");
}
const number = (one) => one.body.reduce((sum, byte) => 256 * sum + byte, 0);

// Parameters of an EncryptedPrivateKeyInfo (RFC 5958) under PBES2 (RFC 8018).
function read(data) {
  const outer = element(data);
  if (outer.tag !== 0x30) fail("file");
  const [algorithm, sealed] = children(outer.body);
  if (algorithm?.tag !== 0x30 || sealed?.tag !== 4) fail("file");
  const [scheme, parameters] = children(algorithm.body);
  if (name(scheme) !== PBES2) fail("old");
  const [derivation, cipher] = children(parameters.body).map((one) => children(one.body));
  if (name(derivation[0]) !== PBKDF2) fail("cipher");
  const [salt, rounds, ...rest] = children(derivation[1].body);
  const prf = rest.find((one) => one.tag === 0x30);
  const hash = prf ? HASHES[name(children(prf.body)[0])] : "SHA-1";
  if (!hash || number(rounds) > 10_000_000) fail("cipher");
  return { salt: salt.body, rounds: number(rounds), hash, cipher: name(cipher[0]), vector: cipher[1].body, sealed: sealed.body };
}

async function opened(data, password) {
  const told = read(data), bits = told.cipher === TRIPLE_DES ? 192 : AES[told.cipher];
  if (!bits) fail("cipher");
  const typed = await crypto.subtle.importKey("raw", new TextEncoder().encode(password), "PBKDF2", false, ["deriveBits"]);
  const derived = new Uint8Array(await crypto.subtle.deriveBits({ name: "PBKDF2", hash: told.hash, salt: told.salt, iterations: told.rounds }, typed, bits));
  if (told.cipher === TRIPLE_DES) return openTripleDes(derived, told.vector, told.sealed) ?? fail("password");
  const key = await crypto.subtle.importKey("raw", derived, "AES-CBC", false, ["decrypt"]);
  try {
    return new Uint8Array(await crypto.subtle.decrypt({ name: "AES-CBC", iv: told.vector }, key, told.sealed));
  } catch { fail("password"); }
}

// PKCS#8 in the clear: which algorithm, by its own word.
function kind(plain) {
  try {
    const [, algorithm] = children(element(plain).body), [what, curve] = children(algorithm.body);
    if (name(what) === RSA) return { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
    return name(what) === EC && name(curve) === P256 ? { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } : null;
  } catch { fail("password"); }
}

// ECDSA comes as r ‖ s and is verified as SEQUENCE { r, s }.
function sequence(pair) {
  const whole = (half) => {
    let from = 0;
    while (from < half.length - 1 && !half[from]) from++;
    const bare = half.slice(from), body = bare[0] & 0x80 ? [0, ...bare] : [...bare];
    return [2, body.length, ...body];
  };
  const both = [...whole(pair.slice(0, 32)), ...whole(pair.slice(32))];
  return Uint8Array.from([0x30, both.length, ...both]);
}

export async function sign(file, password, text) {
  const plain = await opened(file, password), algorithm = kind(plain) ?? fail("kind");
  let key;
  try { key = await crypto.subtle.importKey("pkcs8", plain, algorithm, false, ["sign"]); } catch { fail("kind"); } finally { plain.fill(0); }
  const made = new Uint8Array(await crypto.subtle.sign(algorithm, key, text));
  return algorithm.name === "ECDSA" ? sequence(made) : made;
}

async function submit(event) {
  const form = event.target;
  if (!form.matches("[data-efirma]")) return;
  event.preventDefault();
  const problem = form.querySelector("[data-problem]");
  const key = form.querySelector("[data-key]"), password = form.querySelector("[data-password]");
  problem.hidden = true;
  form.setAttribute("aria-busy", "true");
  try {
    if (!form.elements.certificado.files.length || !key.files.length || !password.value) fail("none");
    const file = new Uint8Array(await key.files[0].arrayBuffer());
    const asked = new FormData();
    for (const field of ["state", "csrfmiddlewaretoken"]) asked.set(field, form.elements[field].value);
    const answer = await fetch(form.dataset.text, { method: "POST", body: asked, credentials: "same-origin" });
    if (!answer.ok) fail("text");
    const made = await sign(file, password.value, await answer.arrayBuffer());
    form.elements.firma64.value = btoa(String.fromCharCode(...made));
    // Neither has a name, so neither would be sent; they are emptied all the same.
    key.value = ""; password.value = "";
    form.submit();
  } catch (error) {
    problem.textContent = error instanceof Problem ? error.message : SAY.file;
    problem.hidden = false;
  } finally {
    form.removeAttribute("aria-busy");
  }
}

document.addEventListener("submit", submit);
