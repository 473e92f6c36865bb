// What cards and timeline draw alike: stacked columns, colours, words.

// For emotions that the palette does not know: a model may bring its own.
const FURTHER = ["#7a5195", "#8c6d31", "#4c9a8f", "#b5658a"];

/** Word and colour of a part; `palette` maps names to {word, colour}. */
export function lookOf(name, palette) {
  if (palette[name]) return palette[name];
  let sum = 0;
  for (const letter of name) sum += letter.codePointAt(0);
  return { word: name[0].toUpperCase() + name.slice(1), colour: FURTHER[sum % FURTHER.length] };
}

/** The palette's order first, then the rest by name. */
export function inOrder(names, palette) {
  const known = Object.keys(palette);
  const place = (name) => (palette[name] ? known.indexOf(name) : known.length);
  return [...names].sort((a, b) => place(a) - place(b) || (a < b ? -1 : 1));
}

/**
 * One SVG path for each part of a stack of columns.
 * @param columns for each part of `names`, its share (0..1) in each column
 * @returns for each name, the path's "d", in a box of `width` x `height`, first name at the bottom
 */
export function stackPaths(names, columns, width, height) {
  const count = columns[names[0]]?.length ?? 0;
  const paths = Object.fromEntries(names.map((name) => [name, ""]));
  for (let i = 0; i < count; i++) {
    const left = (i * width) / count;
    const w = width / count;
    let top = height;
    for (const name of names) {
      const h = columns[name][i] * height;
      if (!h) continue;
      top -= h;
      paths[name] += `M${left.toFixed(2)} ${top.toFixed(2)}h${w.toFixed(2)}v${h.toFixed(2)}h${(-w).toFixed(2)}z`;
    }
  }
  return paths;
}

export const percent = (share) => (share > 0 && share < 0.005 ? "<1" : Math.round(share * 100)) + " %";

export function clock(utcS, seconds = true) {
  return new Date(utcS * 1000).toLocaleTimeString("en-GB", {
    hour: "2-digit",
    minute: "2-digit",
    ...(seconds && { second: "2-digit" }),
  });
}

export function day(utcS) {
  return new Date(utcS * 1000).toLocaleDateString("en-GB", { weekday: "short", day: "numeric", month: "short" });
}

/** The time, with its day where that is not today. */
export function moment(utcS) {
  const today = new Date().toDateString() === new Date(utcS * 1000).toDateString();
  return today ? clock(utcS) : `${day(utcS)} ${clock(utcS)}`;
}

/**
 * Round times of this computer's clock within a span, seconds since 1970; a day may have 23 or 25 hours.
 * @param every seconds between them: a part of a day, or whole days
 */
export function ticksOf(startS, lengthS, every) {
  const midnight = new Date(startS * 1000);
  midnight.setHours(0, 0, 0, 0);
  const found = [];
  for (; midnight.getTime() / 1000 < startS + lengthS; midnight.setDate(midnight.getDate() + Math.max(1, every / 86400))) {
    for (let second = 0; second < 86400; second += every) {
      const at = new Date(midnight);
      at.setHours(0, 0, second);
      const utcS = at.getTime() / 1000;
      if (utcS >= startS && utcS < startS + lengthS && utcS !== found.at(-1)) found.push(utcS);
    }
  }
  return found;
}

/** Applies what the server says has changed to a map of plain objects. */
export function applyChanges(target, { gone, set }) {
  for (const key of gone) delete target[key];
  for (const [key, fields] of Object.entries(set)) target[key] = Object.assign(target[key] ?? { key }, fields);
}
