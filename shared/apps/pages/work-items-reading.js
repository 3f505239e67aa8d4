// ---------------------------------------------------------------- work items as they were read

/** A work item of a summary, or of a row of a query, which has no revision. `rev` is null where none was read. */
function cardOf(entry, form) {
  const columns = entry.columns || null;
  const value = (name, column) => (columns ? plain(columns[column]) : plain(entry[name]));
  const address = entry.web_url || (form ? form.replace("{id}", encodeURIComponent(entry.id)) : "");
  const priority = columns ? columns[PRIORITY] : entry.priority;
  return {
    id: entry.id, rev: entry.rev > 0 ? entry.rev : null, gone: entry.rev === 0, address,
    type: value("type", "System.WorkItemType"), title: value("title", "System.Title"), state: value("state", "System.State"),
    project: value("project", "System.TeamProject") || placeOf(address).project || "",
    assigned_to: value("assigned_to", "System.AssignedTo") || null,
    priority: typeof priority === "number" ? priority : null,
    texts: entry.texts || {}, link: entry.link ? `${entry.link} of ${entry.linked_from}` : "",
  };
}

/** The organization and the project in the address of a work item. */
function placeOf(address) {
  if (!URL.canParse(address)) return {};
  const url = new URL(address);
  const path = url.pathname.split("/").filter(Boolean);
  const before = path.slice(0, path.indexOf("_workitems")).map((each) => {
    try { return decodeURIComponent(each); } catch { return each; }
  });
  const named = url.hostname.endsWith(".visualstudio.com") ? [url.hostname.split(".")[0], ...before] : before;
  return path.includes("_workitems") ? { organization: named[0], project: named[1] } : {};
}

/** The arguments that name a work item: its address names its organization too. */
const reference = (card, input) => (card.address ? { ref: card.address } : { ref: String(card.id), ...organization(card, input) });

function organization(card, input) {
  const name = placeOf(card.address).organization || (input && input.organization);
  return name ? { organization: String(name) } : {};
}

/** Reads work items as they are now: {cards, failed: an outcome or null}. */
async function read(cards, input) {
  const args = { work_item_ids: cards.map((card) => reference(card, input).ref), fields: ["System.State"] };
  if (cards.some((card) => !card.address)) Object.assign(args, organization(cards[0], input));
  const found = [];
  let cursor = null;
  for (let parts = 0; parts < MOST_PARTS; parts += 1) {
    const outcome = await app.call("devops_get_work_item", cursor ? { ...args, cursor } : args);
    if (outcome.isError || !outcome.structured) return { cards: found, failed: outcome };
    const page = outcome.structured;
    found.push(...list(page.items).map((each) => cardOf(each, page.web_url)));
    cursor = page.next_cursor;
    if (!cursor) break;
  }
  return { cards: found, failed: null };
}
