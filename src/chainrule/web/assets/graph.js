// @ts-check
// The data-flow graph beside the derivation: drawn when it is first seen, lit by the pointer,
// led by the step-through, saved as SVG or PNG.

import { html, useEffect, useRef, useState } from "./lib.js";
import { save } from "./clipboard.js";
import { Scroll } from "./formula.js";
import { drawGraph, roomFor } from "./graph_draw.js";
import { asPNG, asSVG } from "./graph_save.js";
import { Choice } from "./settings.js";
import { words } from "./words.js";

const MOST = 60;

export function Graph({ result, frame }) {
  const { orders } = result.derivation;
  const [chosen, choose] = useState(0);
  const place = frame ? frame.order : Math.min(chosen, orders.length - 1);
  const order = orders[place];
  const card = useRef(null);
  const holder = useRef(null);
  const isSeen = useSeen(card);
  const [hasFailed, setFailed] = useState(false);
  const [picture, setPicture] = useState(null);
  const count = order.graph.nodes.filter((node) => node.definition).length;
  const note = count > MOST ? words.graphTooLarge(count) : hasFailed ? words.graphFailed : "";

  useEffect(() => {
    if (!isSeen && !frame) return undefined;
    if (count > MOST) {
      setPicture(null);
      return undefined;
    }
    let isWanted = true;
    const label = words.graphLabel(order.wrt, order.of);
    drawGraph(order, place, label).then(
      (drawn) => {
        if (!isWanted) return;
        setFailed(false);
        setPicture(drawn);
      },
      () => {
        if (!isWanted) return;
        setFailed(true);
        setPicture(null);
      },
    );
    return () => {
      isWanted = false;
    };
  }, [order, isSeen || Boolean(frame)]);
  useEffect(() => {
    holder.current.replaceChildren(...(picture ? [picture] : []));
  }, [picture]);
  useEffect(() => {
    if (picture) lead(picture, frame);
  }, [picture, frame]);

  const download = async (kind) => {
    const blob = kind === "SVG" ? await asSVG(picture) : await asPNG(picture);
    save(blob, `data-flow.${kind.toLowerCase()}`);
  };
  return html`
    <section class="card graph" ref=${card} aria-labelledby="graph-title">
      <header>
        <h2 id="graph-title">${words.graph}</h2>
        ${!note && html`<div class="tools">${["SVG", "PNG"].map((kind) => html`
          <button type="button" class="quiet" aria-label=${words.download(kind)} disabled=${!picture}
            onClick=${() => download(kind)}>${kind}</button>`)}</div>`}
      </header>
      ${orders.length > 1 && html`<${Choice} label=${words.order} name="graph-order" chosen=${place}
        options=${orders.map((_, i) => [i, words.orders[i] ?? i + 1])} onChoose=${choose} />`}
      <${Scroll} label=${words.graph} class="picture">
        ${!picture && !note && html`<p class="hint" style=${{ height: roomFor(order) }}>${words.graphLoading}</p>`}
        <div ref=${holder}></div><//>
      ${note && html`<p class="hint">${note}</p>`}
    </section>`;
}

/** Whether an element has come near the window; true at once where the page is printed. */
function useSeen(place) {
  const [isSeen, setSeen] = useState(false);
  useEffect(() => {
    const see = () => setSeen(true);
    const observer = new IntersectionObserver(
      (entries) => entries.some((entry) => entry.isIntersecting) && see(),
      { rootMargin: "200px" },
    );
    observer.observe(place.current);
    addEventListener("beforeprint", see);
    return () => {
      observer.disconnect();
      removeEventListener("beforeprint", see);
    };
  }, []);
  return isSeen;
}

/** Show of the graph what the frame has drawn so far. */
function lead(picture, frame) {
  for (const part of picture.querySelectorAll("[data-id]")) {
    const { id } = part.dataset;
    const isLink = part.classList.contains("link");
    const isDrawn = !frame || (isLink ? frame.edges : frame.nodes).has(id);
    part.classList.toggle("undrawn", !isDrawn);
    part.classList.toggle("now", Boolean(frame?.lit.has(id)));
    part.classList.toggle("back", Boolean(frame?.back.has(id)));
  }
  picture.classList.toggle("led", Boolean(frame?.lit.size));
}
