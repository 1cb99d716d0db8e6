// Passkeys: <form data-passkey="create|get" data-options='…OptionsJSON'> with a hidden input "credential".
const NAMES = {
  NotAllowedError: "Se canceló o pasó el tiempo. Oprima el botón e intente de nuevo.",
  InvalidStateError: "Este aparato ya tiene una llave de esta cuenta. Entre con ella o use otro aparato.",
  SecurityError: "Esta dirección no es la del municipio. Escriba la dirección oficial e intente de nuevo.",
  NotSupportedError: "Este aparato no puede guardar llaves de acceso. Use su teléfono o una llave USB.",
};
const OTHERWISE = "El aparato no pudo usar su llave de acceso. Intente de nuevo o use otro aparato.";
const OLD = "Este navegador no conoce las llaves de acceso. Actualícelo o use otro.";

const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

// Browsers before 2025 lack the JSON helpers of WebAuthn level 3.
function decoded(options) {
  const list = (all) => (all || []).map((one) => ({ ...one, id: bytes(one.id) }));
  const known = { ...options, challenge: bytes(options.challenge) };
  if (options.user) known.user = { ...options.user, id: bytes(options.user.id) };
  if (options.excludeCredentials) known.excludeCredentials = list(options.excludeCredentials);
  if (options.allowCredentials) known.allowCredentials = list(options.allowCredentials);
  return known;
}

function encoded(credential) {
  if (credential.toJSON) return credential.toJSON();
  const from = credential.response, response = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"])
    if (from[name]) response[name] = text(from[name]);
  if (from.getTransports) response.transports = from.getTransports();
  const { id, type, authenticatorAttachment } = credential;
  return { id, rawId: text(credential.rawId), type, authenticatorAttachment, response, clientExtensionResults: {} };
}

async function answer(form) {
  const kind = form.dataset.passkey, options = JSON.parse(form.dataset.options);
  const parse = kind === "create" ? "parseCreationOptionsFromJSON" : "parseRequestOptionsFromJSON";
  const publicKey = PublicKeyCredential[parse] ? PublicKeyCredential[parse](options) : decoded(options);
  return encoded(await navigator.credentials[kind]({ publicKey }));
}

function say(form, sentence) {
  const place = form.querySelector("[data-passkey-problem]");
  if (!place) return;
  place.textContent = sentence;
  place.hidden = !sentence;
}

async function submit(event) {
  const form = event.target;
  const field = form.elements.namedItem("credential");
  if (!form.matches("[data-passkey]") || field.value) return;
  event.preventDefault();
  say(form, "");
  if (!window.PublicKeyCredential) return say(form, OLD);
  form.setAttribute("aria-busy", "true");
  try {
    field.value = JSON.stringify(await answer(form));
    form.submit();
  } catch (problem) {
    say(form, NAMES[problem.name] || OTHERWISE);
  } finally {
    form.removeAttribute("aria-busy");
  }
}

document.addEventListener("submit", submit);
// A page that the back button brings again must ask the device anew.
addEventListener("pageshow", () => document.querySelectorAll("[data-passkey] [name=credential]").forEach((one) => { one.value = ""; }));
