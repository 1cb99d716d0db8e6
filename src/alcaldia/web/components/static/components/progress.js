// Keeps the progress of long work up to date; without JavaScript the page has an "Actualizar" link.
const EVERY_MS = 1500;
const same = { createHTML: (text) => text };
const ours = window.trustedTypes?.createPolicy("alcaldia-progress", same) ?? same;

async function refresh() {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(ours.createHTML(await answer.text()), "text/html");
  const fresh = page.getElementById("avance");
  if (!fresh || !("running" in fresh.dataset)) {
    location.reload();
    return;
  }
  document.getElementById("avance").replaceChildren(...fresh.childNodes);
  setTimeout(refresh, EVERY_MS);
}

setTimeout(refresh, EVERY_MS);
