// SPDX-License-Identifier: Apache-2.0

// The list of campaigns.

import { get } from './api.js';
import {
  campaignLink, cell, count, day, dayCell, decimal, facts, head, make, moment, numberCell, row,
  rows, short, table, tag, to,
} from './elements.js';
import { Pages } from './pages.js';
import { View, withoutTexts } from './view.js';

/** The signals that can speak for a campaign; all others only explain one. */
const SPEAKING = ['portfolio', 'load', 'clock', 'rest'];
/** From how many bits on a signal speaks. */
const LEAST_BITS = 8;

export const canSpeak = (signal) => SPEAKING.includes(signal.name);

export const speaks = (signal) => canSpeak(signal) && Number(signal.bits) >= LEAST_BITS;

/** How a verdict stands in a line. */
export function verdictTag(verdict) {
  if (!verdict) return null;
  return tag(verdict.decision, verdict.decision === 'confirmed' ? '' : 'quiet');
}

const COLUMNS = [
  { label: 'rank', class: 'n rank' }, { label: 'campaign' }, { label: 'score', class: 'n' },
  { label: 'accounts', class: 'n' }, { label: 'prompts', class: 'n' },
  { label: 'families', class: 'n' }, { label: 'first seen' }, { label: 'last seen' },
  { label: 'what speaks' }, { label: 'verdict' },
];

function campaignRow(campaign, number) {
  const signals = campaign.signals.filter(speaks).map((signal) => signal.name);
  return row(
    numberCell(number, null, 'n rank'),
    head(campaignLink(campaign.campaign)),
    numberCell(decimal(campaign.score, 0), 'score'),
    numberCell(campaign.accounts, campaign.accounts === 1 ? 'account' : 'accounts'),
    numberCell(campaign.prompts, campaign.prompts === 1 ? 'prompt' : 'prompts'),
    numberCell(campaign.families.length, campaign.families.length === 1 ? 'family' : 'families'),
    dayCell(campaign.first_seen, 'from'), dayCell(campaign.last_seen, 'to'),
    cell(signals.join(', ') || '\u2013', 'speaking'),
    cell(verdictTag(campaign.verdict), 'verdict-cell'),
  );
}

/** How many groups were looked at, and how many of them chance would name. */
function examined(page) {
  if (!page.examined) return null;
  const groups = page.examined === 1 ? 'group of families was' : 'groups of families were';
  const benign = page.benign
    ? [' ', make('span', { class: 'benign-count' }, page.benign === 1
      ? '1 campaign is marked benign.' : `${count(page.benign)} campaigns are marked benign.`)]
    : null;
  return make(
    'p', { class: 'note examined' },
    `${count(page.examined)} ${groups} examined. By chance `, short(page.expected_false),
    ' innocent ones of these would be named, as far as the null models hold. Groups for which one '
    + 'of them fails for an innocent reason, such as colleagues who share templates, are not in '
    + 'this number.', benign,
  );
}

function indexFacts(stats) {
  const dash = (value) => (value === null || value === undefined ? '\u2013' : count(value));
  return facts([
    ['prompts', count(stats.prompts)], ['accounts', count(stats.accounts)],
    ['families', dash(stats.families)], ['campaigns', dash(stats.campaigns)],
    ['first prompt', stats.first_seen ? moment(stats.first_seen, day) : '\u2013'],
    ['last prompt', stats.last_seen ? moment(stats.last_seen, day) : '\u2013'],
  ]);
}

/** Opens the list; `all=true` in the hash lists those marked benign too. */
export function openCampaigns(app, route) {
  const view = new View(app, 'Campaigns');
  if (!app.session.has_text) return view.show(withoutTexts());
  const place = make('div');
  const strip = make('div', { class: 'strip' });
  const all = make('input', { type: 'checkbox', name: 'all' });
  all.addEventListener('change', () => {
    app.go(to('campaigns', null, { all: all.checked && 'true' }));
  });
  view.show(
    make(
      'p', { class: 'note lead' }, make('b', {}, 'Not an accusation.'),
      ' The list says which accounts act together, and shows the evidence. It does not say what '
      + 'they are for: an even service of one firm that runs round the clock looks the same. '
      + 'A person judges. Look at the accounts before acting.',
    ),
    strip,
    make('div', { class: 'filters' }, make('label', { class: 'check' }, all,
      ' Also those marked benign')),
    place,
  );
  view.update = (next) => {
    all.checked = next.query.get('all') === 'true';
    view.fill(place, (signal) => list(view, all.checked, signal));
  };
  view.update(route);
  showFacts(view, strip);
  return view;
}

async function list(view, isAll, signal) {
  let first = null;
  const pages = new Pages(view, {
    key: 'campaigns', one: 'campaign', many: 'campaigns',
    async load(cursor, stop) {
      const page = await get('/v1/campaigns', {
        query: { all: isAll, limit: 100, cursor }, signal: stop,
      });
      first ??= page;
      view.app.sawPass(page.as_of);
      return page;
    },
    frame: () => table('Campaigns, best evidence first', COLUMNS, 'cards campaigns'),
    group: (items, start) => rows(items, (item, place) => campaignRow(item, start + place)),
    empty: () => make('p', { class: 'state' }, first.benign && !isAll
      ? 'Every campaign is marked benign.'
      : 'No group of accounts has enough evidence for a campaign.'),
    restart: () => view.update(view.app.route),
  });
  const content = await pages.start(signal);
  return [content, examined(first)];
}

/** The counts of the index are a courtesy: without them the list still stands. */
async function showFacts(view, strip) {
  try {
    const stats = await get('/v1/stats', { signal: view.signal });
    view.app.sawPass(stats.as_of, stats.prompts);
    strip.replaceChildren(indexFacts(stats));
  } catch (error) {
    if (error.status === undefined && error.name !== 'AbortError') console.error(error);
  }
}
