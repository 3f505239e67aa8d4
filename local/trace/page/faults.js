// The faults: a switch for each, what is in force from elsewhere, and one button that ends them all.

import { ask, byId, element } from "./elements.js";

export class Faults {
  constructor(user) {
    this.user = user;
    this.buttons = new Map();
    byId("faults-off").addEventListener("click", () => this.#do("All faults are off.", "/api/faults/off", {}));
  }

  show(state) {
    for (const each of state.switches) this.#button(each).setAttribute("aria-checked", String(each.on));
    const others = state.others.map((words) => element("li", {}, words));
    byId("other-faults").replaceChildren(...(others.length
      ? [element("h3", {}, "Set from elsewhere"), element("ul", {}, others)] : []));
    document.body.dataset.faults = state.switches.some((each) => each.on) || others.length ? "on" : "off";
  }

  async change(key, on) {
    await this.#do(on ? "On." : "Off.", "/api/faults", { key, on, user: this.user() });
  }

  async #do(done, path, body) {
    byId("faults-status").textContent = "…";
    try {
      this.show(await ask(path, body));
      byId("faults-status").textContent = done;
    } catch (error) {
      byId("faults-status").textContent = `That did not work: ${error.message}`;
    }
  }

  #button({ key, title, explanation }) {
    if (!this.buttons.has(key)) {
      const button = element("button", {
        type: "button", role: "switch", "aria-checked": "false", "aria-describedby": `fault-${key}`,
        onclick: () => this.change(key, button.getAttribute("aria-checked") !== "true"),
      }, element("span", { class: "knob", "aria-hidden": "true" }), title);
      this.buttons.set(key, button);
      byId("faults").append(element("li", {}, button, element("p", { class: "hint", id: `fault-${key}` }, explanation)));
    }
    return this.buttons.get(key);
  }
}
