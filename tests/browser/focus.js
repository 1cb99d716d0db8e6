// What somebody with only a keyboard meets where the focus is. Called after each key; remembers the stop before on the page.
() => {
  const one = document.activeElement, target = document.querySelector(":target");
  // The stop before: where a link within the page has just led, or the last one, or the start of the page.
  const before = (target === window.targetBefore ? window.stopBefore : target) ?? document.body;
  [window.stopBefore, window.targetBefore] = [one, target];

  const group = (radio) => [...document.getElementsByName(radio.name)].filter((other) => other.form === radio.form);
  // A group of radio buttons is one stop: the marked one, or the first.
  const leads = (radio) => radio === (group(radio).find((other) => other.checked) ?? group(radio)[0]);
  const stops = [...document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex='0']")].filter(
    (each) => each.type !== "hidden" && !each.disabled && each.checkVisibility({ visibilityProperty: true }) && (each.type !== "radio" || leads(each)),
  );
  const follows = (first, second) => !!(first.compareDocumentPosition(second) & Node.DOCUMENT_POSITION_FOLLOWING);
  const says = (each) => (each.innerText || each.getAttribute("aria-label") || each.id || "").trim();

  // The ring is drawn outside, on what lies behind: it must stand out there by 3 to 1 (WCAG 1.4.11).
  const light = (colour) => {
    const [red, green, blue] = colour.match(/[\d.]+/g).map((part) => (part /= 255) <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05;
  };
  const clear = (colour) => /, 0\)$/.test(colour);
  const behind = (each) => {
    while (each && clear(getComputedStyle(each).backgroundColor)) each = each.parentElement;
    return each ? getComputedStyle(each).backgroundColor : "rgb(255, 255, 255)";
  };
  const style = getComputedStyle(one);
  const drawn = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2 && !clear(style.outlineColor);
  const pair = drawn ? [light(style.outlineColor), light(behind(one.parentElement))] : [1, 1];
  const ring = Math.max(...pair) / Math.min(...pair) >= 3 || (one.matches(".maplibregl-map *") && style.boxShadow !== "none");

  // Whole in the window, except what is larger than the window, and under nothing.
  const box = one.getBoundingClientRect(), [line] = one.getClientRects();
  const within = (from, to, size) => (from >= -1 && to <= size + 1) || to - from > size;
  const top = line && document.elementFromPoint(line.left + line.width / 2, line.top + line.height / 2);
  const seen = one.contains(top) && within(box.left, box.right, innerWidth) && within(box.top, box.bottom, innerHeight);

  // After the stop before, both in the document and to the eye, and with nothing jumped over.
  const was = before.isConnected ? before.getBoundingClientRect() : null;
  const beside = was && box.top < was.bottom && was.top < box.bottom;
  const earlier = was && (beside ? box.right <= was.left : box.bottom <= was.top && box.left < was.right);
  const ordered = one.tabIndex <= 0 && (!was || (follows(before, one) && !earlier));
  const jumped = was ? stops.filter((each) => follows(before, each) && follows(each, one) && !each.contains(one)).map(says) : [];

  return {
    tag: one.tagName, type: one.type ?? "", name: one.name ?? "", value: one.value ?? "", checked: !!one.checked, text: says(one),
    options: one.type === "radio" ? group(one).map((other) => other.value) : [...(one.options ?? [])].map((other) => other.value),
    ring, seen, ordered, jumped, left: stops.filter((each) => follows(one, each)).length,
  };
}
