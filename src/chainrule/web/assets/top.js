// @ts-check
// The bar on top: examples, link, print, language, light or dark.

import { html, useState } from "./lib.js";
import { copyText } from "./clipboard.js";
import { useSaid } from "./said.js";
import { LANGUAGES, words } from "./words.js";

export function Top({ state, onChange, onExamples }) {
  const [said, say] = useSaid();
  const share = async () => {
    const copied = await copyText(location.href);
    say(copied ? words.linkCopied : words.notCopied);
  };
  return html`
    <header class="top">
      <h1 class="brand">chain<span>rule</span></h1>
      <p class="tagline">${words.tagline}</p>
      <div class="tools">
        <button type="button" class="strong" onClick=${onExamples}>${words.examples}</button>
        <button type="button" class="quiet" onClick=${share}>${said || words.share}</button>
        <button type="button" class="quiet" onClick=${() => print()}>${words.print}</button>
        <${Themes} />
        <label class="bare"><span class="hidden">${words.language}</span>
          <select onChange=${(event) => onChange({ lang: event.currentTarget.value })}>
            ${Object.entries(LANGUAGES).map(([code, name]) => html`
              <option key=${code} value=${code} selected=${code === state.lang}>${name}</option>`)}
          </select></label>
        <span class="hidden" role="status">${said}</span>
      </div>
    </header>`;
}

function Themes() {
  const root = document.documentElement;
  const [theme, setTheme] = useState(root.dataset.theme ?? "auto");
  const choose = (chosen) => {
    setTheme(chosen);
    if (chosen === "auto") delete root.dataset.theme;
    else root.dataset.theme = chosen;
    try {
      localStorage.setItem("chainrule-theme", chosen);
    } catch {
      // storage may be forbidden: the choice lasts as long as the page
    }
  };
  const names = { auto: words.themeAuto, light: words.themeLight, dark: words.themeDark };
  return html`
    <label class="bare"><span class="hidden">${words.theme}</span>
      <select onChange=${(event) => choose(event.currentTarget.value)}>
        ${Object.entries(names).map(([value, name]) => html`
          <option key=${value} value=${value} selected=${value === theme}>${name}</option>`)}
      </select></label>`;
}
