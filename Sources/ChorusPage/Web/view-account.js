// SPDX-License-Identifier: Apache-2.0

// One account: what it sent, its families and its prompts.

import { get, path } from './api.js';
import {
  campaignLink, cell, count, dayCell, facts, familyLink, head, link, make, moment, name,
  numberCell, percent, row, rows, table, to,
} from './elements.js';
import { Pages } from './pages.js';
import { promptSection } from './view-family.js';
import { View, withoutTexts } from './view.js';

/** The families of a page. */
const FAMILY_COUNT = 50;

export function openAccount(app, route) {
  const [, accountName] = route.path;
  const view = new View(app, 'Account', accountName);
  if (!app.session.has_text) return view.show(withoutTexts());
  const place = make('div');
  view.fill(place, (signal) => load(view, accountName, signal));
  return view.show(place);
}

async function load(view, accountName, signal) {
  let account;
  try {
    account = await get(path('accounts', accountName), { signal });
  } catch (error) {
    if (error.status !== 404) throw error;
    return nothingSent(accountName);
  }
  view.app.sawPass(account.as_of);
  return [lead(account), await families(view, account, signal), prompts(view, account)];
}

function nothingSent(accountName) {
  return make(
    'div', { class: 'state' },
    make('p', {}, 'No prompt of this account was there at the last pass. Newer ones appear here '
      + 'after the next.'),
    make('p', {}, link(to('search', null, { account: accountName }), 'Search among its prompts')),
  );
}

/** How many of its prompts are in families, and how many in those that are listed. */
function shares(account) {
  const inFamilies = account.prompts - account.in_no_family;
  const listed = account.families.reduce((sum, entry) => sum + entry.prompts, 0);
  return { inFamilies, unlisted: inFamilies - listed };
}

function lead(account) {
  const { inFamilies, unlisted } = shares(account);
  const campaigns = new Set(account.families.map((entry) => entry.campaign).filter(Boolean));
  const orMore = unlisted > 0 ? ' or more' : '';
  return [
    make('p', { class: 'note lead' }, 'Being in a family is no accusation: public templates are '
      + 'families too.'),
    facts([
      ['prompts', count(account.prompts)], ['in families', count(inFamilies)],
      ['share in families', percent(inFamilies / account.prompts)],
      ['families', `${count(account.families.length)}${orMore}`],
      ['campaigns', `${count(campaigns.size)}${orMore}`],
      ['first seen', moment(account.first_seen)], ['last seen', moment(account.last_seen)],
    ]),
    make('p', { class: 'more' }, link(to('search', null, { account: account.account }),
      'Search among its prompts')),
  ];
}

function familyRow(account, entry) {
  return row(
    head(familyLink(entry.family)),
    numberCell(entry.prompts, entry.prompts === 1 ? 'prompt' : 'prompts'),
    numberCell(percent(entry.prompts / account.prompts), 'of all'),
    dayCell(entry.first_seen, 'from'), dayCell(entry.last_seen, 'to'),
    cell(entry.campaign ? campaignLink(entry.campaign) : null),
  );
}

/** Its families, which all came with the account, a page at a time. */
async function families(view, account, signal) {
  const all = account.families;
  const { unlisted } = shares(account);
  const list = await new Pages(view, {
    key: 'families', one: 'family', many: 'families',
    async load(start) {
      const end = (start ?? 0) + FAMILY_COUNT;
      return {
        families: all.slice(start ?? 0, end), total: all.length,
        next: end < all.length ? end : null,
      };
    },
    frame: () => table('Families of this account, most prompts first', [
      { label: 'family' }, { label: 'prompts', class: 'n' },
      { label: 'share of all its prompts', class: 'n' },
      { label: 'first seen' }, { label: 'last seen' }, { label: 'campaign' },
    ], 'cards families'),
    group: (items) => rows(items, (entry) => familyRow(account, entry)),
    empty: () => make('p', {}, 'None of its prompts is in a family.'),
  }).start(signal);
  return view.section(
    'Families', list,
    unlisted > 0 ? make('p', { class: 'small' }, `${count(unlisted, 'more prompt')} in families `
      + 'that are not listed here.') : null,
  );
}

function prompts(view, account) {
  return promptSection(view, {
    listPath: path('accounts', account.account, 'prompts'), key: 'prompts',
    caption: 'Prompts of this account',
    columns: [{ label: 'id' }, { label: 'time' }, { label: 'family' }, { label: 'others' }],
    cells: (prompt) => [
      head(name(prompt.id), 'account'), cell(moment(prompt.time)),
      cell(prompt.family ? familyLink(prompt.family)
        : make('span', { class: 'quiet' }, 'no family')),
      cell(link(to('search', null, { id: prompt.id }), 'similar')),
    ],
  });
}
