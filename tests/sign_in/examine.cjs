// What pages owe to people who see little or use no mouse; evaluated in a page or in a frame of one.

const fs = require("fs");

const AXE = fs.readFileSync(require.resolve("axe-core"), "utf8");
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

async function examine(frame) {
  await frame.evaluate(AXE);
  const found = await frame.evaluate((tags) => axe.run(document, { runOnly: tags }), RULES);
  return {
    title: await frame.title(),
    violations: found.violations.map((each) => `${each.id}: ${each.nodes.map((node) => node.html).join(" ")}`),
    unsure: found.incomplete.filter((each) => each.id === "color-contrast").length,
    contrasts: found.passes.find((each) => each.id === "color-contrast")?.nodes.length ?? 0,
    scrolls: await frame.evaluate(() => document.documentElement.scrollWidth > window.innerWidth),
  };
}

// What has the focus, and whether it can be seen: by an outline, or by what is around it.
function focused() {
  const element = document.activeElement;
  const style = getComputedStyle(element);
  const visible = (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2) || style.boxShadow !== "none";
  const labels = [...(element.labels ?? [])].map((label) => label.innerText);
  const named = element.getAttribute("aria-label") ?? "";
  return { tag: element.tagName, text: [element.innerText, ...labels, named].join(" ").trim(), visible };
}

module.exports = { examine, focused };
