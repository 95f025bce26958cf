// SPDX-License-Identifier: Apache-2.0

// One family: its template and slots, its days, its accounts and its prompts.

import { get, path } from './api.js';
import {
  accountLink, button, campaignLink, cell, count, decimal, facts, familyLink, head, link, make,
  moment, name, numberCell, percent, row, rows, table, to, visible,
} from './elements.js';
import { Pages } from './pages.js';
import { timelineFigure } from './pictures.js';
import { chip, filler, markedPieces, templatePieces, textBox } from './texts.js';
import { View, notThere, withoutTexts } from './view.js';

/** How many of the busiest accounts are listed at first, and at most. */
const BUSIEST_COUNT = 10;
const LARGEST_BUSIEST_COUNT = 1000;
/** Prompts of a page, without their texts and with them. */
const PROMPT_COUNT = 50;
const TEXT_COUNT = 20;

export function openFamily(app, route) {
  const [, familyName] = route.path;
  const view = new View(app, 'Family', familyName);
  if (!app.session.has_text) return view.show(withoutTexts());
  const place = make('div');
  view.update = (next) => {
    const time = { since: next.query.get('since'), until: next.query.get('until') };
    view.fill(place, (signal) => load(view, familyName, time, signal));
  };
  view.update(route);
  return view.show(place);
}

async function load(view, familyName, time, signal) {
  let family;
  try {
    family = await get(path('families', familyName), {
      query: { ...time, accounts: BUSIEST_COUNT }, signal,
    });
  } catch (error) {
    if (error.status !== 404) throw error;
    return notThere('family', 'families', 'All families');
  }
  view.app.sawPass(family.as_of);
  return [
    lead(family, familyName, time),
    template(view, family),
    slots(view, family),
    view.section('Day by day', growth(family), timelineFigure(family.timeline, family.family)),
    busiest(view, family, time),
    members(view, family),
  ];
}

function lead(family, asked, time) {
  const isWindow = time.since || time.until;
  const since = time.since ? ` from ${time.since}` : '';
  const until = time.until ? ` before ${time.until}` : '';
  const kin = [
    family.campaign ? ['Of campaign ', campaignLink(family.campaign), '. '] : null,
    family.parent ? ['Has the fixed text of ', familyLink(family.parent), '. '] : null,
    family.split_from ? ['Was a part of ', familyLink(family.split_from), '. '] : null,
    family.former_names.length ? [
      'Was also called ', family.former_names.map((old, n) => [n ? ', ' : null, name(old)]), '. ',
    ] : null,
    asked !== family.family ? ['Is called ', familyLink(family.family), ' now. '] : null,
  ];
  return [
    isWindow ? make(
      'p', { class: 'note lead' }, 'Only prompts sent', visible(since + until), '. Template and '
      + 'slots are those of all time. ', link(to('families', family.family), 'All time'),
    ) : null,
    facts([
      ['accounts', count(family.accounts)], ['prompts', count(family.prompts)],
      ['distinct', count(family.distinct)], ['spread, bits', decimal(family.spread_score, 0)],
      ['first seen', moment(family.first_seen)], ['last seen', moment(family.last_seen)],
    ]),
    make('p', { class: 'kin' }, kin),
  ];
}

function template(view, family) {
  const deviating = family.deviating_share > 0
    ? ` ${percent(family.deviating_share)} of the sampled prompts deviate from it.` : '';
  const variants = family.variants > 1
    ? ` It is written in ${count(family.variants)} ways, of which this is the commonest.` : '';
  return view.section(
    'Template',
    textBox(templatePieces(family.template_parts, family.slots), 'Template'),
    make('p', { class: 'more' }, `A ${family.kind === 'fragment' ? 'fragment' : 'template'}. `
      + `${percent(family.fixed_share)} of its text is fixed.${deviating}${variants} `,
      link(to('search', null, { template: family.family }), 'Search for this template')),
  );
}

function slots(view, family) {
  if (!family.slots.length) {
    return view.section('Slots', make('p', {}, 'It has no slots: its text is fixed.'));
  }
  const list = table('What fills the slots', [
    { label: 'slot' }, { label: 'kind' }, { label: 'different fillers', class: 'n' },
    { label: 'sampled', class: 'n' }, { label: 'shortest', class: 'n' },
    { label: 'longest', class: 'n' }, { label: 'examples' },
  ], 'cards slots');
  list.append(rows(family.slots.map((slot, place) => [slot, place + 1]), ([slot, number]) => row(
    head(chip(number)), cell(visible(slot.kind)), numberCell(slot.fillers, 'different'),
    numberCell(slot.sample, 'sampled'), numberCell(slot.shortest, 'shortest'),
    numberCell(slot.longest, 'longest'),
    cell(make('ul', { class: 'fillers' }, (slot.examples ?? []).map((example) =>
      make('li', {}, filler(example)))), 'fills wraps'),
  )));
  return view.section('Slots', list);
}

function growth(family) {
  const { median, ninetieth, most } = family.per_account;
  const grown = family.growth === null || family.growth === undefined ? ''
    : ` The later half of the time has ${decimal(family.growth, 2)} times the prompts of the `
      + 'earlier one.';
  return make('p', { class: 'per-account' }, `Half of the accounts sent at most ${count(median)}, `
    + `nine in ten at most ${count(ninetieth)}, the busiest ${count(most)}.${grown}`);
}

function busiest(view, family, time) {
  const place = make('div', {}, busiestTable(family));
  const left = family.accounts - family.top_accounts.length;
  if (left <= 0) return view.section('Busiest accounts', place);
  const wanted = Math.min(family.accounts, LARGEST_BUSIEST_COUNT);
  const more = button(
    wanted === family.accounts ? `All ${count(wanted)}` : `The busiest ${count(wanted)}`,
    () => {
      bar.remove();
      view.fill(place, async (signal) => busiestTable(await get(path('families', family.family), {
        query: { ...time, accounts: wanted }, signal,
      })));
    },
  );
  const bar = make('div', { class: 'actions' }, more,
    make('span', { class: 'small' }, `${count(left)} more.`));
  return view.section('Busiest accounts', place, bar);
}

function busiestTable(family) {
  const list = table('The busiest accounts', [
    { label: 'account' }, { label: 'prompts', class: 'n' }, { label: 'which' },
  ], 'cards narrow busiest');
  list.append(rows(family.top_accounts, (entry) => row(
    head(accountLink(entry.account), 'account'),
    numberCell(entry.prompts, entry.prompts === 1 ? 'prompt' : 'prompts'),
    cell(link(to('search', null, { template: family.family, account: entry.account }),
      'its prompts')),
  )));
  return list;
}

function members(view, family) {
  return promptSection(view, {
    listPath: path('families', family.family, 'members'), key: 'members',
    caption: 'Prompts of this family',
    columns: [{ label: 'id' }, { label: 'account' }, { label: 'time' }, { label: 'others' }],
    cells: (member) => [
      head(name(member.id), 'account'), cell(accountLink(member.account), 'account'),
      cell(moment(member.time)),
      cell(link(to('search', null, { id: member.id }), 'similar')),
    ],
    legend: ['Marked: ', make('mark', { class: 'fixed' }, 'the fixed text of the template'), '.'],
  });
}

/**
 * A list of prompts; their texts are asked for only when the analyst asks for them.
 *
 * @param options
 *   - `listPath`, `key`: the call that lists them, and where they are in its answer;
 *   - `caption`, `columns`: those of the table;
 *   - `cells(prompt)`: the cells of a row, one for each column;
 *   - `legend`: what is said of marked texts, where texts are marked.
 */
export function promptSection(view, { listPath, key, caption, columns, cells, legend }) {
  const place = make('div');
  let hasTexts = false;
  const toggle = button('Show texts', () => {
    hasTexts = !hasTexts;
    toggle.setAttribute('aria-pressed', String(hasTexts));
    start();
  }, { 'aria-pressed': 'false' });
  const note = legend ? make('p', { class: 'small', hidden: true }, legend) : null;
  const start = () => {
    if (note) note.hidden = !hasTexts;
    view.fill(place, (signal) => new Pages(view, {
      key, one: 'prompt', many: 'prompts',
      load: (cursor, stop) => get(listPath, {
        query: { limit: hasTexts ? TEXT_COUNT : PROMPT_COUNT, cursor, with_text: hasTexts },
        signal: stop,
      }),
      frame: () => table(caption, columns, 'cards members'),
      group: (items) => rows(items, (prompt) => promptRows(prompt, cells(prompt))),
      empty: () => make('p', {}, 'No prompts.'),
      restart: start,
    }).start(signal));
  };
  start();
  return view.section('Prompts', make('div', { class: 'actions' }, toggle, note), place);
}

function promptRows(prompt, cells) {
  if (prompt.text === undefined) return row(...cells);
  return [
    row(...cells),
    make('tr', { role: 'row', class: 'texts' }, make(
      'td', { role: 'cell', colspan: cells.length },
      textBox(markedPieces(prompt.text, [{ ranges: prompt.spans, kind: 'fixed' }]), 'Text'),
    )),
  ];
}
