// @ts-check
// Python source as coloured pieces; enough for the code that chainrule writes.

const WORDS =
  "and as assert def elif else for from if import in is lambda not or raise return while with None True False";
const KEYWORDS = new Set(WORDS.split(" "));
const PIECE = /("""[^]*?"""|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')|(#[^\n]*)|(\b\d[\d.eE]*\b)|([A-Za-z_]\w*)/g;

/** @param {string} source @returns {[string, string][]} pairs of a kind, perhaps "", and text */
export function tokens(source) {
  const found = [];
  let end = 0;
  for (const match of source.matchAll(PIECE)) {
    if (match.index > end) found.push(["", source.slice(end, match.index)]);
    const [text, string, comment, number, word] = match;
    const called = word && source[match.index + text.length] === "(";
    const kind = string ? "string" : comment ? "comment" : number ? "number"
      : KEYWORDS.has(word) ? "keyword" : called ? "call" : "";
    found.push([kind, text]);
    end = match.index + text.length;
  }
  found.push(["", source.slice(end)]);
  return found;
}
