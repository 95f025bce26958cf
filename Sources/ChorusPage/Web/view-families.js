// SPDX-License-Identifier: Apache-2.0

// The list of families, with filters that stand in the hash.

import { get, walk } from './api.js';
import { csvLine, exporter, save } from './download.js';
import {
  button, campaignLink, cell, dayCell, dayInput, decimal, familyLink, head, make, numberCell, row,
  rows, table, to,
} from './elements.js';
import { Pages } from './pages.js';
import { templateLine } from './texts.js';
import { View, choices, field, withoutTexts } from './view.js';

/** The families of a page. */
const PAGE_SIZE = 100;
/** How long typing rests before the list follows it, in milliseconds. */
const TYPING_REST = 300;

const SORTS = [
  ['spread', 'spread'], ['accounts', 'accounts'], ['prompts', 'prompts'], ['recent', 'last seen'],
];
const KINDS = [['', 'all kinds'], ['template', 'templates'], ['fragment', 'fragments']];
/** The filters, named as the service names them. */
const FILTERS = [
  'search', 'min_accounts', 'min_prompts', 'kind', 'since', 'until', 'campaign', 'sort',
];

const CSV_HEAD = 'family,kind,template,slots,prompts,distinct,accounts,first_seen,last_seen,'
  + 'spread_score,campaign';

/** The filters of a route; the order by spread is not written down. */
function filtersOf(query) {
  const filters = {};
  for (const key of FILTERS) if (query.get(key)) filters[key] = query.get(key);
  return filters;
}

export function openFamilies(app, route) {
  const view = new View(app, 'Families');
  if (!app.session.has_text) return view.show(withoutTexts());
  const place = make('div');
  const campaign = make('p', { class: 'small' });
  const form = filterForm((filters, isTyping) => {
    const kept = filtersOf(app.route.query).campaign;
    app.go(to('families', null, { ...filters, campaign: kept }), isTyping);
  });
  const current = () => filtersOf(app.route.query);
  view.show(
    make('p', { class: 'note lead' }, 'Prompts cut from one template, sent by many accounts. '
      + 'Public templates have many accounts too. Spread is in bits.'),
    form.element, campaign, place,
    exporter(view, [['This list as CSV', (options) => saveList(current(), options)]]),
  );
  view.searchField = form.search;
  view.update = (next) => {
    const filters = filtersOf(next.query);
    form.show(filters);
    campaign.replaceChildren(...(filters.campaign ? [
      'Only those of campaign ', campaignLink(filters.campaign), '. ',
      button('All families', () => app.go(to('families', null, { ...filters, campaign: '' })),
        { class: 'plain' }),
    ] : []));
    view.fill(place, (signal) => list(view, filters, signal));
  };
  view.update(route);
  return view;
}

/** The form; `changed(filters, whether it is typing)` is called for each change. */
function filterForm(changed) {
  const search = make('input', {
    type: 'search', name: 'search', autocomplete: 'off', spellcheck: 'false',
  });
  const least = (key) => make('input', { type: 'number', name: key, min: 1, step: 1,
    inputmode: 'numeric' });
  const inputs = {
    search, min_accounts: least('min_accounts'), min_prompts: least('min_prompts'),
    kind: choices('kind', KINDS), since: dayInput('since'),
    until: dayInput('until'), sort: choices('sort', SORTS),
  };
  const read = () => {
    const filters = {};
    for (const [key, input] of Object.entries(inputs)) {
      if (input.value && input.validity.valid) filters[key] = input.value.trim();
    }
    if (filters.sort === 'spread') delete filters.sort;
    return filters;
  };
  let timer = null;
  const change = (isTyping) => { clearTimeout(timer); changed(read(), isTyping); };
  search.addEventListener('input', () => {
    clearTimeout(timer);
    timer = setTimeout(() => { if (search.isConnected) change(true); }, TYPING_REST);
  });
  const clear = () => {
    for (const input of Object.values(inputs)) input.value = '';
    inputs.sort.value = 'spread';
    change(false);
    search.focus();
  };
  const element = make(
    'form', { class: 'filters', role: 'search', 'aria-label': 'Families',
      onsubmit: (event) => { event.preventDefault(); change(false); },
      onchange: (event) => { if (event.target !== search) change(false); } },
    field('Template or name has', search, 'grows'),
    field('Accounts, at least', inputs.min_accounts, 'few-digits'),
    field('Prompts, at least', inputs.min_prompts, 'few-digits'),
    field('Kind', inputs.kind),
    field('Sent from', inputs.since, 'few-letters'),
    field('Sent before', inputs.until, 'few-letters'),
    field('Order', inputs.sort),
    button('Clear', clear),
  );
  const show = (filters) => {
    for (const [key, input] of Object.entries(inputs)) {
      const value = filters[key] ?? (key === 'sort' ? 'spread' : '');
      // What is being typed is not taken away.
      if (input.value.trim() !== value) input.value = value;
    }
  };
  return { element, search, show };
}

async function list(view, filters, signal) {
  const { app } = view;
  const sort = filters.sort ?? 'spread';
  // The numbers of a family are those of the window that the list is of.
  const time = { since: filters.since, until: filters.until };
  const by = (order) => ({
    isSorted: sort === order,
    sort: () => app.go(to('families', null, { ...filters, sort: order === 'spread' ? '' : order })),
  });
  const columns = [
    { label: 'family' }, { label: 'template' },
    { label: 'accounts', class: 'n', ...by('accounts') },
    { label: 'prompts', class: 'n', ...by('prompts') },
    { label: 'spread', class: 'n', ...by('spread') },
    { label: 'last seen', ...by('recent') }, { label: 'campaign' },
  ];
  const familyRow = (family) => row(
    head(familyLink(family.family, time)),
    cell(templateLine(family.template, {
      slotCount: family.slots.length, isCut: family.template_cut,
      isFragment: family.kind === 'fragment',
    }), 'fills'),
    numberCell(family.accounts, family.accounts === 1 ? 'account' : 'accounts'),
    numberCell(family.prompts, family.prompts === 1 ? 'prompt' : 'prompts'),
    numberCell(decimal(family.spread_score, 0), 'bits'),
    dayCell(family.last_seen, 'last'),
    cell(family.campaign ? campaignLink(family.campaign) : null),
  );
  return new Pages(view, {
    key: 'families', one: 'family', many: 'families',
    async load(cursor, stop) {
      const page = await get('/v1/families', {
        query: { ...filters, sort, brief: true, limit: PAGE_SIZE, cursor }, signal: stop,
      });
      app.sawPass(page.as_of);
      return page;
    },
    frame: () => table('Families', columns, 'cards families'),
    group: (items) => rows(items, familyRow),
    empty: () => make('p', { class: 'state' }, Object.keys(filters).some((key) => key !== 'sort')
      ? 'No family fits these filters.' : 'No families were found.'),
    restart: () => view.update(app.route),
  }).start(signal);
}

async function saveList(filters, options) {
  const all = await walk('/v1/families', 'families', {
    ...options, query: { ...filters, sort: filters.sort ?? 'spread' },
  });
  const lines = all.map((family) => csvLine([
    family.family, family.kind, family.template, family.slots.length, family.prompts,
    family.distinct, family.accounts, family.first_seen, family.last_seen,
    decimal(family.spread_score, 3), family.campaign,
  ]));
  save('families.csv', 'text/csv', `${[CSV_HEAD, ...lines].join('\n')}\n`);
  return all.length;
}
