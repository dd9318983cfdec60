// Every chart stands on the page as a drawing; this puts its interactive form in the place of it.
// Nothing is fetched, no text is run as code, and where a step fails the drawing stays.
const wide = matchMedia("(min-width: 720px)");
const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
const json = (id) => JSON.parse($("#" + id)?.textContent ?? "null");
const make = (tag, text, more = {}) => Object.assign(document.createElement(tag), { textContent: text, ...more });
const palette = json("palette") ?? {};
const options = {
  ast: true, renderer: "svg", actions: false, defaultStyle: false,
  tooltip: { disableDefaultStyle: true },
};
const longDay = (day) =>
  new Date(day + "T12:00Z").toLocaleDateString("en-GB", { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });
const charts = new Map(); // figure -> { view, forms, datasets, names }
let lit = { source: "", family: "" };

// ---- drawing ---------------------------------------------------------------------------------

const told = (spec) =>
  (spec.params ?? []).map((p) => (p.name in lit ? { ...p, value: lit[p.name] } : p));

async function draw(figure, chart) {
  const form = wide.matches ? "wide" : "narrow";
  const place = $(`.${form}`, figure);
  const spec = { ...chart.forms[form], datasets: chart.datasets };
  spec.params = told(spec);
  const holder = make("div");
  const { view } = await window.vegaEmbed(holder, spec, options);
  charts.get(figure)?.view.finalize();
  place.replaceChildren(holder);
  view.resize();
  view.addEventListener("click", (event, item) => {
    if (item?.datum?.source || item?.datum?.family) light(item.datum, figure);
  });
  const names = new Set([...JSON.stringify(spec).matchAll(/"data":{"name":"([^"]+)"}/g)].map((m) => m[1]));
  charts.set(figure, { ...chart, view, names, lights: spec.params.length > 0 });
  await view.runAsync();
}

function plainChart(figure) {
  const { datasets, ...forms } = JSON.parse($(".specs", figure).textContent);
  return { forms, datasets };
}

// ---- one source in every chart ---------------------------------------------------------------

function light(told, figure) {
  const again = told && told.source === lit.source && told.family === lit.family && !told.claim;
  lit = told && !again ? { source: told.source ?? "", family: told.family ?? "" } : { source: "", family: "" };
  for (const { view, lights } of charts.values()) {
    if (lights) view.signal("source", lit.source).signal("family", lit.family).runAsync();
  }
  const chosen = (row) => (lit.source ? row.dataset.source === lit.source : lit.family && row.dataset.family === lit.family);
  let rows = 0;
  for (const row of $$("tr[data-source]")) {
    row.classList.toggle("lit", Boolean(chosen(row)));
    rows += row.closest(".claims") && chosen(row) ? 1 : 0;
  }
  const picker = $("#light");
  if (picker) picker.value = lit.source;
  tell(told && !again ? told : null, rows, figure);
}

function tell(told, rows, figure) {
  const cards = $$(".card");
  for (const card of cards) card.replaceChildren();
  if (!told) return;
  const card = (figure && $(".card", figure)) || cards[0];
  if (!card) return;
  const head = make("p");
  head.append(make("b", told.name ?? ""));
  if (told.says) head.append(` ${told.claim ? "states" : "–"} ${told.says}`);
  card.append(head);
  if (told.claim) {
    const more = [`Days: ${told.window}.`, `Published ${told.published}.`, `Here ${told.used}.`];
    if (told.wording) more.unshift(`“${told.wording}”`);
    const line = make("p", more.join(" ") + " ");
    if (told.link) line.append(make("a", "Source", { href: told.link, rel: "noopener noreferrer" }), " · ");
    const row = $$("tr[data-claim]").find((r) => r.dataset.claim === told.claim);
    if (row) line.append(make("a", `Claim ${told.claim} in the table`, { href: "#" + row.id }));
    card.append(line);
  }
  const foot = make("p", `${rows} of its claims are marked in the table of claims. `);
  const clear = make("button", "Show all sources again", { type: "button" });
  clear.addEventListener("click", () => light(null));
  foot.append(clear);
  card.append(foot);
}

// ---- saving a chart --------------------------------------------------------------------------

const literal = (value) =>
  JSON.parse(JSON.stringify(value).replace(/var\((--[a-z-]+)\)/g, (all, name) => palette[name] ?? all));
const hidden = new Set(["aria", "edge", "ink", "strength", "place", "short", "label", "hollow", "out"]);
const guarded = (text) => (/^[=+\-@\t\r]/.test(text) && isNaN(text) ? "'" + text : text);
const cell = (value) => {
  const text = value == null ? "" : guarded(String(value));
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};

function csv(datasets) {
  const tables = Object.entries(datasets).filter(([, rows]) => rows.length && typeof rows[0] === "object");
  const columns = [...new Set(tables.flatMap(([, rows]) => rows.flatMap(Object.keys)))].filter((c) => !hidden.has(c));
  const lines = tables.flatMap(([name, rows]) => rows.map((row) => [name, ...columns.map((c) => row[c])]));
  return [["table", ...columns], ...lines].map((line) => line.map(cell).join(",")).join("\n") + "\n";
}

function lines(text, most) {
  const made = [""];
  for (const word of text.split(" ")) {
    const last = made.at(-1);
    if (last && last.length + 1 + word.length > most) made.push(word);
    else made[made.length - 1] = last ? `${last} ${word}` : word;
  }
  return made;
}

async function save(figure, kind) {
  const { forms, datasets: rows } = charts.get(figure);
  let blob;
  if (kind === "csv") blob = new Blob([csv(rows)], { type: "text/csv" });
  else {
    const title = {
      text: lines($("h3", figure).textContent, 84), subtitle: lines($("figcaption", figure).textContent, 128),
    };
    const spec = literal({ ...forms.wide, datasets: rows, title, background: "var(--paper)", padding: 16 });
    spec.params = told(spec);
    const { view } = await window.vegaEmbed(make("div"), spec, options);
    if (kind === "svg") blob = new Blob([await view.toSVG()], { type: "image/svg+xml" });
    else {
      const canvas = await view.toCanvas(2);
      blob = await new Promise((done) => canvas.toBlob(done, "image/png"));
    }
    view.finalize();
  }
  const link = make("a", "", { href: URL.createObjectURL(blob), download: `${figure.dataset.file}.${kind}` });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

function addSaving(figure) {
  const line = make("p", "Download: ", { className: "save" });
  for (const kind of ["csv", "svg", "png"]) {
    const button = make("button", kind.toUpperCase(), { type: "button" });
    button.setAttribute("aria-label", `Download this chart as ${kind.toUpperCase()}`);
    button.addEventListener("click", () => save(figure, kind));
    line.append(button, " ");
  }
  figure.append(line);
}

// ---- the chart with switches -----------------------------------------------------------------

async function unpacked(id) {
  const raw = Uint8Array.from(atob($("#" + id).textContent), (c) => c.charCodeAt(0));
  return new Response(new Blob([raw]).stream().pipeThrough(new DecompressionStream("deflate")));
}

const rowsOf = (curve) =>
  curve.date.map((day, i) => {
    const row = { day };
    for (const [name, values] of Object.entries(curve)) if (Array.isArray(values) && name !== "date") row[name] = values[i];
    return row;
  });

function explore(figure, form, all) {
  const slider = form.elements.vintage;
  const say = $("#known-day");
  const mark = { quantity: "", day: "", figure: 0 };
  const state = () => {
    const quantity = form.elements.quantity.value;
    const kinds = all.charts[quantity];
    const time = kinds[form.elements.time?.value] ? form.elements.time.value : "loss";
    return { quantity, time, chart: kinds[time], vintages: kinds.vintages ?? [], scale: form.elements.scale.value };
  };
  // what the chart shows on the chosen day of knowledge: nothing published later
  const tables = () => {
    const { quantity, time, chart, vintages, scale } = state();
    const rows = { ...chart.datasets };
    if (scale === "log") rows.bands = []; // their names would lie on one another
    const at = slider && vintages.length ? Math.max(0, vintages.length - 1 - (slider.max - slider.value)) : -1;
    const vintage = vintages[at];
    const past = vintage && at < vintages.length - 1;
    if (past) {
      for (const name of Object.keys(rows)) {
        if (/^(ranges|figures|names-|above)/.test(name)) rows[name] = rows[name].filter((row) => row.out <= vintage.day);
      }
      if (time === "loss") {
        rows.today = rows.days;
        rows.days = rowsOf(vintage);
        rows.bands = [];
      } else rows.knowledge = [{ day: vintage.day }];
    }
    rows.tested = mark.quantity === quantity && time === "loss" ? [{ day: mark.day, figure: mark.figure }] : [];
    return { rows, said: past ? vintage.said : chart.title, day: vintage?.day };
  };
  const words = ({ rows, said, day }, chart) => {
    $("h3", figure).textContent = said;
    $("figcaption", figure).textContent = chart.note + (rows.today?.length ? " Dotted line: the median as known today; a band that reaches the top is cut off there." : "");
    $(".drawing", figure).setAttribute("aria-label", chart.text);
    if (!slider || !day) return;
    say.textContent = longDay(day);
    slider.setAttribute("aria-valuetext", `${say.textContent}: ${said}`);
  };
  const whole = async () => {
    const { chart, scale } = state();
    const shown = tables(), { rows } = shown;
    words(shown, chart);
    await draw(figure, { forms: chart.forms[scale], datasets: rows });
  };
  const moved = () => {
    const shown = tables(), { rows } = shown;
    words(shown, state().chart);
    const held = charts.get(figure);
    held.datasets = rows;
    for (const name of held.names) held.view.data(name, rows[name]);
    return held.view.resize().runAsync();
  };
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", (event) => (event.target === slider ? moved() : event.target.id === "light" ? 0 : whole()));
  form.hidden = false;
  return {
    whole,
    pin: (told) => {
      Object.assign(mark, told);
      if (state().quantity === told.quantity) moved();
    },
  };
}

// ---- a figure put to the test ----------------------------------------------------------------

function chanceAtMost(quantiles, value) {
  const n = quantiles.length;
  if (value < quantiles[0]) return 0.5 / n;
  if (value >= quantiles[n - 1]) return 1 - 0.5 / n;
  let low = 0, high = n - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (quantiles[middle] <= value) low = middle;
    else high = middle;
  }
  const part = (value - quantiles[low]) / (quantiles[high] - quantiles[low] || 1);
  return (low + 0.5 + part) / n;
}

function trial(form, all, buffer, pin) {
  const { days, ends, people } = all.chances;
  const names = Object.keys(ends);
  const numbers = new Uint16Array(buffer);
  const points = numbers.length / names.length / days.length;
  const quantilesOf = (quantity, step) => {
    const [low, high] = ends[quantity][step];
    const start = (names.indexOf(quantity) * days.length + step) * points;
    return Array.from(numbers.subarray(start, start + points), (x) => Math.expm1(low + ((high - low) * x) / 65535));
  };
  const { checked } = all.chances; // smaller chances are not told: no record could check them
  const percent = (p) =>
    p < checked ? `less than ${100 * checked}%` : p > 1 - checked ? `more than ${100 - 100 * checked}%` : (100 * p).toFixed(0) + "%";
  const answer = $("output", form);
  const ask = () => {
    const quantity = form.elements.quantity.value, day = form.elements.day.value;
    const text = form.elements.figure.value.trim();
    const value = /^(\d+|\d{1,3}(,\d{3})+)$/.test(text) ? Number(text.replace(/,/g, "")) : NaN;
    delete answer.dataset.chance;
    if (!Number.isFinite(value)) answer.textContent = text ? "Type one whole number, such as 1500 or 1,500." : "";
    else if (!day || day < form.elements.day.min || day > form.elements.day.max) {
      answer.textContent = `Choose a day from ${form.elements.day.min} to ${form.elements.day.max}.`;
    } else {
      const found = days.findIndex((last) => last >= day);
      const step = found < 0 ? days.length - 1 : found;
      const p = chanceAtMost(quantilesOf(quantity, step), value);
      const figure = value.toLocaleString("en-US");
      const when = longDay(days[step]);
      answer.dataset.chance = p.toFixed(5);
      answer.textContent =
        `${percent(p)[0].toUpperCase() + percent(p).slice(1)}: the chance that at most ${figure} ${people[quantity]} by ${when}, ` +
        `if what is assumed about bias holds. That it was more: ${percent(1 - p)}.` +
        (days[step] === day ? "" : ` Answered for ${when}: the estimate has no step that ends on the day you chose.`);
      pin?.({ quantity, day: days[step], figure: value });
    }
  };
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", ask);
  form.hidden = false;
}

// ---- the table of claims ---------------------------------------------------------------------

function sortable(table) {
  const body = table.tBodies[0];
  const key = (row, i) => row.cells[i].dataset.key ?? row.cells[i].textContent.trim();
  $$("thead th", table).forEach((head, i) => {
    const button = make("button", head.textContent, { type: "button" });
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      const up = head.getAttribute("aria-sort") !== "ascending";
      for (const other of $$("th[aria-sort]", table)) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", up ? "ascending" : "descending");
      const rows = [...body.rows].map((row) => [key(row, i), row]);
      const numbers = rows.every(([k]) => k === "" || !isNaN(k));
      const order = ([a], [b]) => {
        if (a === "" || b === "") return (a === "") - (b === "");
        return (up ? 1 : -1) * (numbers ? a - b : a.localeCompare(b));
      };
      body.append(...rows.sort(order).map(([, row]) => row));
    });
  });
}

function filterable(form, table) {
  const rows = [...table.tBodies[0].rows];
  const text = new Map(rows.map((row) => [row, row.textContent.toLowerCase().replace(/(\d),(?=\d)/g, "$1")]));
  const shown = $("output", form);
  for (const name of ["quantity", "status"]) {
    const values = [...new Set(rows.map((row) => row.dataset[name]))].sort();
    form.elements[name].append(...values.map((v) => make("option", v.replaceAll("_", " "), { value: v })));
  }
  const sift = () => {
    const words = form.elements.text.value.toLowerCase().replace(/(\d),(?=\d)/g, "$1").split(/\s+/).filter(Boolean);
    let left = 0;
    for (const row of rows) {
      const keep = words.every((word) => text.get(row).includes(word)) &&
        ["quantity", "status"].every((name) => !form.elements[name].value || row.dataset[name] === form.elements[name].value);
      row.hidden = !keep;
      left += keep;
    }
    shown.textContent = `${left.toLocaleString("en-US")} of ${rows.length.toLocaleString("en-US")} claims shown`;
  };
  form.addEventListener("input", sift);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.hidden = false;
  sift();
  for (const link of $$("a[data-behind]")) {
    link.addEventListener("click", () => {
      form.elements.text.value = "";
      form.elements.quantity.value = link.dataset.behind;
      form.elements.status.value = "used";
      sift();
    });
  }
}

// ---- all of it -------------------------------------------------------------------------------

async function start() {
  document.documentElement.classList.add("live");
  const explorer = $("figure.explorer");
  const still = $$("figure").filter((figure) => figure !== explorer);
  let own;
  if (explorer) {
    const all = await (await unpacked("explorer-data")).json();
    own = explore(explorer, $("#switches"), all);
    await own.whole();
    const test = $("#try");
    if (test) trial(test, all, await (await unpacked("chances-data")).arrayBuffer(), own.pin);
  }
  for (const figure of still) await draw(figure, plainChart(figure));
  for (const figure of $$("figure")) addSaving(figure);
  const claims = $(".scroll.claims table");
  if (claims) {
    sortable(claims);
    if ($("#sift")) filterable($("#sift"), claims);
  }
  $("#light")?.addEventListener("change", (event) => {
    const option = event.target.selectedOptions[0];
    light(option.value ? { source: option.value, family: option.dataset.family, name: option.textContent } : null, explorer);
  });
  addEventListener("keydown", (event) => event.key === "Escape" && lit.family + lit.source && light(null));
  wide.addEventListener("change", () => {
    own?.whole();
    for (const figure of still) draw(figure, plainChart(figure));
  });
  document.documentElement.dataset.ready = "yes";
}
start();
