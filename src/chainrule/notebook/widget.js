// @ts-check
// The derivation in a notebook: a front end for the model of chainrule/notebook/__init__.py.
// Text is set as text; MathML and SVG come from the package's own printers and are parsed as XML.

const HUES = [210, 28, 150, 280, 345, 90, 185, 45]; // as in flow/picture.py
const WRT_HUE = 17;
const MATHML = "http://www.w3.org/1998/Math/MathML";
const IN_GRAPH = `
  svg { max-width: none; height: auto; }
  .later { opacity: 0.12; }
  g.lit rect { stroke-width: 4; }
  path.lit { stroke-width: 4; }
`;

/** @typedef {{lhs?: string, rhs?: string, why?: string, text?: string, kind?: string,
 *    name?: string | null, wrt?: string | null}} Line */

/**
 * @param {string} tag
 * @param {{class?: string, text?: string}} [about]
 * @param {(Node | null)[]} children
 */
function element(tag, about = {}, ...children) {
  const made = document.createElement(tag);
  if (about.class) made.className = about.class;
  if (about.text) made.textContent = about.text;
  for (const child of children) if (child) made.append(child);
  return made;
}

/** @param {string} source */
function parsed(source) {
  const found = new DOMParser().parseFromString(source, "application/xml").documentElement;
  return document.importNode(found, true);
}

/** What a symbol looks like in MathML, to find it again: u₁ is an msub of u and 1. */
function key(/** @type {Element} */ node) {
  const parts = [...node.children].slice(0, 2);
  const isPower = node.localName === "msubsup";
  const text = isPower ? parts.map((part) => part.textContent).join("") : node.textContent;
  return `${isPower ? "msub" : node.localName}:${text}`;
}

/** The symbol's own element in a formula that holds nothing else. */
function symbolOf(/** @type {string} */ source) {
  return /** @type {Element} */ (parsed(source).querySelector("semantics > :first-child"));
}

class View {
  /** @param {any} model @param {HTMLElement} el */
  constructor(model, el) {
    this.model = model;
    this.view = model.get("view");
    /** @type {Map<string, string>} */
    this.names = new Map();
    Object.entries(this.view.symbols).forEach(([name, source]) => {
      this.names.set(key(symbolOf(/** @type {string} */ (source))), name);
    });
    this.hues = new Map(
      Object.keys(this.view.symbols).map((name, place) => [
        name,
        place ? HUES[(place - 1) % HUES.length] : WRT_HUE,
      ]),
    );
    /** @type {{line: Line, node: HTMLElement}[]} */
    this.steps = [];
    this.root = element("div", { class: "chainrule-widget" });
    this.draw();
    el.replaceChildren(this.root);
    this.changed = () => this.show();
    model.on("change:step", this.changed);
    this.show();
  }

  end() {
    this.model.off("change:step", this.changed);
  }

  // -- drawing

  draw() {
    const { view } = this;
    const goal = element("div", { class: "goal" }, this.formula(view.goal));
    const given = view.given.length
      ? element("p", { class: "given", text: `${view.words.given}: ${view.given.join("; ")}` })
      : null;
    this.root.append(goal);
    if (given) this.root.append(given);
    if (view.graph) this.root.append(this.drawGraph());
    for (const order of view.orders) {
      this.root.append(element("p", { text: `${order.title}: ${order.rule}` }));
      if (order === view.orders[0]) this.root.append(this.bar());
      for (const group of order.groups) this.root.append(this.group(group));
    }
    this.result = element(
      "section",
      { class: "result" },
      element("strong", { text: view.result_title }),
      this.list(view.result, false),
    );
    this.root.append(this.result);
  }

  /** A formula whose intermediates have their colour and light up together. */
  formula(/** @type {string} */ source) {
    const math = parsed(source);
    for (const node of math.getElementsByTagNameNS(MATHML, "*")) {
      const name = this.names.get(key(node));
      if (!name || node.closest("annotation") || node.parentElement?.closest(".symbol")) continue;
      node.classList.add("symbol");
      node.setAttribute("data-name", name);
      /** @type {any} */ (node).style.setProperty("--hue", String(this.hues.get(name)));
      this.lights(node, name, null);
    }
    return math;
  }

  drawGraph() {
    const holder = element("div", { class: "graph" });
    this.graph = holder.attachShadow({ mode: "open" }); // its styles are its own
    this.graph.append(element("style", { text: IN_GRAPH }), parsed(this.view.graph));
    for (const node of this.graph.querySelectorAll("g[data-name]")) {
      this.lights(node, node.getAttribute("data-name"), null);
    }
    return holder;
  }

  bar() {
    const { words } = this.view;
    const button = (/** @type {string} */ word, /** @type {() => void} */ act) => {
      const made = /** @type {HTMLButtonElement} */ (element("button", { text: words[word] }));
      made.type = "button";
      made.addEventListener("click", act);
      return made;
    };
    this.back = button("step-back", () => this.go(this.model.get("step") - 1));
    this.next = button("step-next", () => this.go(this.model.get("step") + 1));
    this.all = button("step-all", () => this.go(0));
    this.place = element("span", { class: "why" });
    this.place.setAttribute("role", "status");
    const bar = element("div", { class: "bar" }, this.back, this.next, this.all, this.place);
    bar.addEventListener("keydown", (event) => {
      const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!by) return;
      event.preventDefault();
      event.stopPropagation(); // the notebook has arrow keys of its own
      this.go(this.model.get("step") + by);
    });
    return bar;
  }

  group(/** @type {{title: string, steps: Line[]}} */ group) {
    const made = /** @type {HTMLDetailsElement} */ (
      element("details", {}, element("summary", { text: group.title }), this.list(group.steps, true))
    );
    made.open = true;
    return made;
  }

  list(/** @type {Line[]} */ lines, /** @type {boolean} */ areSteps) {
    const list = element("ol");
    for (const line of lines) {
      const node = line.text
        ? element("li", {}, element("span", { class: "checked", text: line.text }))
        : element(
            "li",
            {},
            element("span", { class: "lhs" }, this.formula(line.lhs ?? "")),
            element("span", { text: "=" }),
            element("span", {}, this.formula(line.rhs ?? "")),
            line.why ? element("span", { class: "why", text: line.why }) : null,
          );
      if (areSteps) {
        this.steps.push({ line, node });
        if (line.name) this.lights(node, line.name, line.wrt ?? null);
      }
      list.append(node);
    }
    return list;
  }

  // -- lights: what belongs together

  /** @param {Element} node @param {string | null} name @param {string | null} wrt */
  lights(node, name, wrt) {
    node.addEventListener("mouseenter", () => this.light(name, wrt));
    node.addEventListener("mouseleave", () => this.lightStep());
  }

  /** Light up an intermediate, or the edge its partial derivative belongs to. */
  light(/** @type {string | null} */ name, /** @type {string | null} */ wrt) {
    for (const node of this.root.querySelectorAll(".symbol")) {
      node.classList.toggle("lit", name !== null && node.getAttribute("data-name") === name);
    }
    for (const { line, node } of this.steps) {
      const isMeant = name !== null && line.name === name && (!wrt || line.wrt === wrt);
      node.classList.toggle("lit", isMeant);
    }
    if (!this.graph) return;
    for (const box of this.graph.querySelectorAll("g[data-name]")) {
      const own = box.getAttribute("data-name");
      box.classList.toggle("lit", own !== null && (own === name || own === wrt));
    }
    for (const edge of this.graph.querySelectorAll("path.edge")) {
      const [from, to] = [edge.getAttribute("data-from"), edge.getAttribute("data-to")];
      edge.classList.toggle("lit", wrt !== null && from === wrt && to === name);
    }
  }

  // -- step by step

  go(/** @type {number} */ step) {
    this.model.set("step", Math.max(0, Math.min(step, this.steps.length)));
    this.model.save_changes();
    this.show();
  }

  /** Show the steps up to the chosen one, and in the graph what they have reached. */
  show() {
    const step = this.model.get("step");
    const count = this.steps.length;
    this.steps.forEach(({ node }, place) => {
      node.classList.toggle("later", step > 0 && place >= step);
      node.classList.toggle("now", place === step - 1);
    });
    this.result?.classList.toggle("later", step > 0 && step < count);
    if (step > 0) {
      const now = this.steps[step - 1];
      const fold = now.node.closest("details");
      if (fold) fold.open = true;
      now.node.scrollIntoView({ block: "nearest" });
    }
    if (this.place && this.back && this.next && this.all) {
      const text = this.view.words["step-of"].replace("{place}", step).replace("{count}", count);
      this.place.textContent = step > 0 ? text : "";
      const buttons = /** @type {HTMLButtonElement[]} */ ([this.back, this.next, this.all]);
      [step < 1, step >= count, step === 0].forEach((off, place) => {
        buttons[place].disabled = off;
      });
    }
    this.reveal(step);
  }

  reveal(/** @type {number} */ step) {
    if (!this.graph) return;
    const reached = new Set();
    const own = new Set(this.hues.keys());
    own.delete(this.view.wrt);
    for (const { line } of step > 0 ? this.steps.slice(0, step) : this.steps) {
      if (line.kind === "introduce" && line.name) reached.add(line.name);
    }
    const isLater = (/** @type {string | null} */ name) => own.has(name ?? "") && !reached.has(name);
    const nothing = step === 0 || !this.steps.some(({ line }) => line.kind === "introduce");
    for (const box of this.graph.querySelectorAll("g[data-name]")) {
      box.classList.toggle("later", !nothing && isLater(box.getAttribute("data-name")));
    }
    for (const edge of this.graph.querySelectorAll("path.edge")) {
      edge.classList.toggle("later", !nothing && isLater(edge.getAttribute("data-to")));
    }
    this.lightStep();
  }

  /** What the step that is shown is about; when it combines, the paths it combines. */
  lightStep() {
    const step = this.model.get("step");
    const now = step > 0 ? this.steps[step - 1].line : null;
    this.light(now?.name ?? null, now?.wrt ?? null);
    if (now?.kind !== "combine" || !this.graph) return;
    const pairs = new Set();
    for (const route of this.view.routes) {
      for (let place = 1; place < route.length; place++) {
        pairs.add(`${route[place - 1]} ${route[place]}`);
      }
    }
    for (const edge of this.graph.querySelectorAll("path.edge")) {
      const pair = `${edge.getAttribute("data-from")} ${edge.getAttribute("data-to")}`;
      if (pairs.has(pair)) edge.classList.add("lit");
    }
  }
}

/** @param {{model: any, el: HTMLElement}} context */
function render({ model, el }) {
  const view = new View(model, el);
  return () => view.end();
}

export default { render };
