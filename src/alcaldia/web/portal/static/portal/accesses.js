// Who looked, while one watches: asks every second and puts the new list in place. Without it, reload the page.
const same = { createHTML: (text) => text };
const ours = window.trustedTypes?.createPolicy("alcaldia-accesses", same) ?? same;
const looks = document.getElementById("looks");
const fresh = document.getElementById("fresh");
const EVERY = 1000;

async function refresh() {
  const answer = await fetch(location.href, { credentials: "same-origin" });
  if (!answer.ok || answer.redirected) return;
  const page = new DOMParser().parseFromString(ours.createHTML(await answer.text()), "text/html").getElementById("looks");
  if (!page) return;
  looks.dataset.newest = page.dataset.newest;
  looks.replaceChildren(...page.childNodes);
  fresh.hidden = false;
}

async function ask() {
  if (!document.hidden) {
    try {
      const answer = await fetch(looks.dataset.ask, { credentials: "same-origin" });
      if (answer.ok && !answer.redirected && (await answer.json()).newest > Number(looks.dataset.newest)) await refresh();
    } catch { /* no connection: the next second asks again */ }
  }
  setTimeout(ask, EVERY);
}

if (looks) setTimeout(ask, EVERY);
