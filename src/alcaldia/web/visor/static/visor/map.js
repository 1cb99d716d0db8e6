// The map is an enhancement: every page works without it. It swaps the panel with what the server renders.
const stage = document.getElementById("stage");
const panel = document.getElementById("panel");
const says = document.getElementById("map-says");
const word = (name) => stage.dataset[`word${name}`];
const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
const NEAR = { zoom: 18.8, pitch: 58, bearing: -25 };
const EMPTY = { type: "FeatureCollection", features: [] };
const FAVOUR = { permitted: "#4c9a72", conditional: "#ecc884" };
// Trusted types: pages of our own become nodes here (a parsed document runs no script of theirs)...
const ours = window.trustedTypes?.createPolicy("alcaldia-panel", { createHTML: (text) => text }) ?? { createHTML: (text) => text };
// ... and MapLibre, which knows no policies, may start its worker and do nothing else of the kind.
window.trustedTypes?.createPolicy("default", {
  createScriptURL: (url) => (url === new URL(stage.dataset.worker, location.href).href ? url : null),
});
let map, themes, bare, lib;
let solid = false;

// Where the buttons float on the map, the names of the town begin below them.
const clearOfTools = () => {
  const tools = stage.querySelector(".tools");
  return getComputedStyle(tools).position === "absolute" ? tools.offsetTop + tools.offsetHeight + 24 : 24;
};
const whenIdle = (act) => (map.isStyleLoaded() ? act() : map.once("idle", act));

function styleSheet(href) {
  return new Promise((done) => {
    const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href, onload: done, onerror: done });
    document.head.append(link);
  });
}

async function start() {
  stage.hidden = false;
  document.body.classList.add("with-map");
  try {
    [lib] = await Promise.all([import(stage.dataset.lib), styleSheet(stage.dataset.css)]);
    lib.setWorkerUrl(new URL(stage.dataset.worker, location.href).href);
    const style = await (await fetch(stage.dataset.style)).json();
    ({ themes, bare } = style.metadata);
    const box = stage.dataset.extent?.split(",").map(Number);
    map = new lib.Map({
      container: "map", style, bounds: box && [[box[0], box[1]], [box[2], box[3]]], fitBoundsOptions: { padding: { top: clearOfTools(), right: 24, bottom: 24, left: 24 } },
      maxZoom: 20, attributionControl: false, locale: { "Map.Title": word("Map"), "NavigationControl.ZoomIn": word("In"), "NavigationControl.ZoomOut": word("Out"), "NavigationControl.ResetBearing": word("North") },
      transformRequest: (url) => ({ url: url.startsWith("/") ? location.origin + url : url }),
    });
  } catch (error) {
    console.warn(error);
    stage.hidden = true;
    document.body.classList.remove("with-map");
    return;
  }
  map.addControl(new lib.NavigationControl({ visualizePitch: true }), "top-right");
  map.addControl(new lib.ScaleControl({}), "bottom-left");
  map.on("click", (event) => openAt(event.lngLat));
  map.on("mousemove", "parcels-fill", () => { map.getCanvas().style.cursor = "pointer"; });
  map.on("mouseleave", "parcels-fill", () => { map.getCanvas().style.cursor = ""; });
  map.getCanvas().addEventListener("keydown", (event) => { if (event.key === "Enter") openAt(map.getCenter()); });
  map.getCanvas().addEventListener("focus", () => stage.classList.toggle("keys", map.getCanvas().matches(":focus-visible")));
  map.getCanvas().addEventListener("blur", () => stage.classList.remove("keys"));
  for (const box of stage.querySelectorAll("[data-layer]")) box.addEventListener("change", () => toggle(box.dataset.layer, box.checked));
  document.getElementById("visible").addEventListener("toggle", (event) => event.target.open && listVisible());
  map.on("moveend", () => document.getElementById("visible").open && listVisible());
  map.once("load", () => { for (const box of stage.querySelectorAll("[data-layer]:checked")) toggle(box.dataset.layer, true); follow(); stage.dataset.ready = ""; });
}

const openAt = ({ lng, lat }) => visit(`${stage.dataset.point}?lon=${lng.toFixed(7)}&lat=${lat.toFixed(7)}`);

function toggle(layer, on) {
  for (const kind of ["fill", "line", "circle"]) {
    if (map.getLayer(`${layer}-${kind}`)) map.setLayoutProperty(`${layer}-${kind}`, "visibility", on ? "visible" : "none");
  }
}

function listVisible() {
  const list = document.getElementById("visible-list");
  const centre = map.project(map.getCenter());
  const seen = new Map();
  for (const one of map.getZoom() >= 15 ? map.queryRenderedFeatures({ layers: ["parcels-fill"] }) : []) {
    const [lng, lat] = one.geometry.type === "Polygon" ? one.geometry.coordinates[0][0] : one.geometry.coordinates[0][0][0];
    const point = map.project([lng, lat]);
    seen.set(one.properties.id, { ...one.properties, away: Math.hypot(point.x - centre.x, point.y - centre.y) });
  }
  const rows = [...seen.values()].sort((a, b) => a.away - b.away).slice(0, 20);
  list.replaceChildren(...rows.map((one) => {
    const link = Object.assign(document.createElement("a"), { href: `${stage.dataset.home}predio/${one.id}/` });
    link.textContent = [word("Parcel"), one.number, one.use].filter(Boolean).join(" · ");
    link.dataset.panel = "";
    const item = document.createElement("li");
    item.append(link);
    return item;
  }));
  if (!rows.length) list.append(Object.assign(document.createElement("li"), { textContent: word("None") }));
}

// --- the panel -------------------------------------------------------------------------------
async function visit(address, { push = true } = {}) {
  panel.classList.add("busy");
  let response, text;
  try {
    response = await fetch(address, { headers: { "X-Visor-Fragment": "1" } });
    text = await response.text();
  } catch {
    panel.classList.remove("busy");
    says.textContent = word("Failed");
    return;
  }
  panel.classList.remove("busy");
  const page = new DOMParser().parseFromString(ours.createHTML(text), "text/html");
  if (!response.ok) {
    const alert = page.querySelector("[role=alert]");
    says.textContent = alert?.textContent ?? word("Failed");
    if (alert) {
      panel.querySelector(":scope > [role=alert]")?.remove();
      panel.prepend(alert);
    }
    return;
  }
  document.title = page.title;
  panel.replaceChildren(...page.body.children);
  if (push) history.pushState({}, "", response.url);
  panel.scrollTop = 0;
  const heading = panel.querySelector("h1");
  if (heading) { heading.tabIndex = -1; heading.focus({ preventScroll: true }); }
  follow();
}

const inside = (url) => url.origin === location.origin && url.pathname.startsWith(stage.dataset.home);

document.addEventListener("click", (event) => {
  const link = event.target.closest("a");
  if (!map || !link || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
  if (link.dataset.go) {
    event.preventDefault();
    map[calm ? "jumpTo" : "flyTo"]({ center: link.dataset.go.split(",").map(Number), zoom: 15.5 });
    visit(link.href);
  } else if ((panel.contains(link) || "panel" in link.dataset) && !("whole" in link.dataset) && inside(new URL(link.href))) {
    event.preventDefault();
    visit(link.href);
  }
});
panel.addEventListener("submit", (event) => {
  const form = event.target;
  if (!map || form.method !== "get") return;
  event.preventDefault();
  visit(`${new URL(form.action).pathname}?${new URLSearchParams(new FormData(form))}`);
});
addEventListener("popstate", () => map && visit(location.href, { push: false }));

// --- what the panel shows, on the map ----------------------------------------------------------
function follow() {
  const facts = panel.querySelector("#facts")?.dataset ?? {};
  whenIdle(() => {
    colour(facts);
    choose(facts);
  });
}

function colour({ theme, where }) {
  const zones = theme === "zone" ? "visible" : "none";
  for (const id of ["zones-fill", "zones-line"]) if (map.getLayer(id)) map.setLayoutProperty(id, "visibility", zones);
  if (!map.getLayer("parcels-fill")) return;
  if (where) return favour(where);
  map.setPaintProperty("parcels-fill", "fill-color", themes[theme] ?? bare);
}

async function favour(activity) {
  const found = await (await fetch(`${stage.dataset.favourable}?giro=${encodeURIComponent(activity)}`)).json();
  const pairs = Object.entries(FAVOUR).filter(([name]) => found[name]?.length).flatMap(([name, tone]) => [found[name], tone]);
  map.setPaintProperty("parcels-fill", "fill-color", pairs.length ? ["match", ["get", "id"], ...pairs, "#e9e5dc"] : "#e9e5dc");
}

async function choose({ lon, lat, parcel, volume, shape }) {
  map.getSource("selected").setData(shape ? { type: "Feature", properties: {}, geometry: JSON.parse(shape) } : EMPTY);
  map.getSource("volumes").setData(EMPTY);
  if (!parcel) return tilt(false);
  const center = [Number(lon), Number(lat)];
  map[calm ? "jumpTo" : "easeTo"]({ center, zoom: Math.max(map.getZoom(), 17.5), ...(volume && solid ? NEAR : {}) });
  volumeButton(volume, center);
  if (solid) await raise(volume);
}

const raise = async (address) => map.getSource("volumes").setData(await (await fetch(address)).json());

// The numbers of the lots would be written across the volumes.
function tilt(on, center = map.getCenter()) {
  if (on === solid) return;
  solid = on;
  if (map.getLayer("parcels-symbol")) map.setLayoutProperty("parcels-symbol", "visibility", on ? "none" : "visible");
  map[calm ? "jumpTo" : "easeTo"](on ? { center, ...NEAR } : { pitch: 0, bearing: 0 });
}

function volumeButton(address, center) {
  const button = panel.querySelector("[data-solid]");
  if (!button) return;
  button.hidden = false;
  button.setAttribute("aria-pressed", String(solid));
  button.addEventListener("click", async () => {
    tilt(!solid, center);
    if (solid) stage.scrollIntoView({ block: "nearest" });
    button.setAttribute("aria-pressed", String(solid));
    if (solid) await raise(address);
    else map.getSource("volumes").setData(EMPTY);
  });
}

start();
