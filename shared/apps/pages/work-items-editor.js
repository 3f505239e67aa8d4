// ---------------------------------------------------------------- a change of one work item

const line = (label, before, after) => el("li", {}, `${label}: `, el("del", {}, said(before)), " → ", el("ins", {}, said(after)));

function texts(quoted) {
  return el("details", {}, el("summary", {}, "Texts"), Object.entries(quoted).map(([name, text]) => [
    el("p", { class: "soft" }, said(name.split(".").at(-1)), ": ", said(text.notice)),
    el("p", { class: "text", dir: "auto" }, text.text),
    text.next_offset !== null && el("p", { class: "soft" }, "The text goes on in Azure DevOps.")]));
}

/** What the server answered to a change that it made: the fields that were wanted, as they are now. */
function done(answer, wanted) {
  const now = cardOf(answer);
  return el("div", { class: "note success", role: "status", tabindex: "-1" }, el("strong", {}, `✓ ${now.id} was changed`),
    FIELDS.filter(([name]) => name in wanted).map(([name, label]) => el("p", {}, `${label}: `, said(written(name, now[name])))));
}

function refusal(outcome) {
  if (outcome.isError) return problem(outcome, outcome.unknown ? "It may have been written" : "Nothing was written");
  return el("div", { class: "note warning", role: "alert" }, el("strong", {}, "Nothing was written yet."), el("p", { class: "text" }, said(outcome.text)));
}

/** The fields of a card that can be changed, with each change as before and after; one press writes them. */
class Editor {
  constructor(board, card, type, wanted) {
    Object.assign(this, { board, card, wanted: {} });
    const allowed = type.structured || {};
    const next = (allowed.transitions || {})[card.state];
    const states = list(next).length > 0 ? next : list(allowed.states).map((each) => each.name);
    const priority = list(allowed.fields).find((each) => each.reference_name === PRIORITY);
    this.changes = el("ul", { class: "changes" });
    this.below = el("div", {});
    this.press = button("Write the change", async () => {
      this.press.disabled = true;
      this.tell(status("Writing …"));
      await board.write(this, { ...this.wanted });
    }, "first");
    const first = states.length > 0 && this.choice("state", "State", states);
    board.draw(card.id, el("div", { class: "editor", role: "group", "aria-label": `Change ${card.id}` },
      type.isError && problem(type, "Its states could not be read"),
      first,
      list(priority && priority.allowed_values).length > 0 && this.choice("priority", "Priority", priority.allowed_values.map(Number).filter(Number.isFinite)),
      this.person(),
      el("div", { role: "status" }, this.changes),
      this.below,
      el("div", { class: "actions" }, this.press, button("Cancel", () => board.close(card.id)))));
    board.elements.get(card.id).className = "item open";
    for (const [name, value] of Object.entries(wanted)) this.want(name, value);
    this.update();
    board.elements.get(card.id).querySelector("select, input").focus();
  }

  want(name, value) {
    if (value === this.card[name]) delete this.wanted[name];
    else this.wanted[name] = value;
    this.update();
  }

  update() {
    const given = FIELDS.filter(([name]) => name in this.wanted);
    show(this.changes, given.length > 0
      ? given.map(([name, label]) => line(label, written(name, this.card[name]), written(name, this.wanted[name])))
      : el("li", { class: "soft" }, "Nothing is changed yet."));
    this.press.disabled = given.length === 0;
    for (const [name, select] of Object.entries(this.selects || {})) {
      select.value = String((name in this.wanted ? this.wanted[name] : this.card[name]) ?? "");
    }
  }

  choice(name, label, values) {
    const present = this.card[name];
    const all = values.includes(present) ? values : [present, ...values];
    const select = el("select", {}, all.map((each) => el("option", { value: each ?? "" }, written(name, each))));
    select.addEventListener("change", () => this.want(name, all[select.selectedIndex]));
    this.selects = { ...this.selects, [name]: select };
    return el("label", {}, label, select);
  }

  person() {
    const found = el("div", { class: "found" });
    const field = el("input", { type: "text", maxlength: 254, placeholder: "Beginning of a name", "aria-label": "Find a person to assign to" });
    const pick = (value) => { this.want("assigned_to", value); show(found); field.value = ""; };
    const find = async () => {
      const query = field.value.trim();
      if (!query) return field.focus();
      show(found, status("Looking …"));
      const outcome = await app.call("devops_search_people", { query, ...organization(this.card, this.board.input) });
      const people = list(outcome.structured && outcome.structured.items).filter((each) => each.active && !each.is_group);
      show(found, outcome.isError ? problem(outcome) : el("p", { class: "soft", role: "status" }, people.length === 0 ? "Nobody was found." : "Found:"),
        people.map((each) => el("button", { type: "button", class: "plain", press: () => pick(each.assign_as) }, said(each.assign_as))));
    };
    field.addEventListener("keydown", (event) => { if (event.key === "Enter") find(); });
    return el("div", {}, el("div", { class: "soft" }, "Assigned to"),
      el("div", { class: "find" }, field, button("Find", find), this.card.assigned_to && button("Assign to nobody", () => pick(null), "plain")), found);
  }

  /** Tells what became of the press, and lets it be repeated where nothing is under way. */
  tell(told) {
    show(this.below, told);
    this.press.disabled = told.textContent === "Writing …";
  }
}
