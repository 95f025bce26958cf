// SPDX-License-Identifier: Apache-2.0

// One campaign: evidence, verdict, pictures, families and accounts.

import { call, get, path, walk } from './api.js';
import { csvLine, exporter, save } from './download.js';
import {
  accountLink, button, cell, count, dayCell, decimal, facts, familyLink, head, link, make, moment,
  numberCell, percent, probability, row, rows, sentence, table, tag, to, visible, visibleString,
} from './elements.js';
import { Pages } from './pages.js';
import { heatFigure, timelineFigure } from './pictures.js';
import { templateLine } from './texts.js';
import { canSpeak, speaks, verdictTag } from './view-campaigns.js';
import { View, field, notThere, withoutTexts } from './view.js';

/** The most bytes of a note, in UTF-8. */
const NOTE_LIMIT = 65536;

const ACCOUNT_COLUMNS = [
  { label: 'account' }, { label: 'prompts', class: 'n' },
  { label: 'share of all its prompts', class: 'n' }, { label: 'families', class: 'n' },
  { label: 'first seen' }, { label: 'last seen' },
];

const CSV_HEAD = 'campaign,account,prompts,share_of_account,families,first_seen,last_seen';

export function openCampaign(app, route) {
  const [, campaignName] = route.path;
  const view = new View(app, 'Campaign', campaignName);
  if (!app.session.has_text) return view.show(withoutTexts());
  const place = make('div');
  view.fill(place, (signal) => load(view, campaignName, signal));
  return view.show(place);
}

async function load(view, campaignName, signal) {
  let campaign;
  try {
    campaign = await get(path('campaigns', campaignName), { signal });
  } catch (error) {
    if (error.status !== 404) throw error;
    return notThere('campaign', 'campaigns', 'All campaigns');
  }
  view.app.sawPass(campaign.as_of);
  return [
    lead(campaign),
    evidence(view, campaign),
    verdict(view, campaign),
    view.section('Timeline', timelineFigure(campaign.timeline, campaign.campaign)),
    view.section('Accounts by family',
      heatFigure(campaign.matrix, campaign.families.length, campaign.campaign)),
    templates(view, campaign),
    accounts(view, campaign),
  ];
}

function lead(campaign) {
  return facts([
    ['score', decimal(campaign.score, 0)], ['accounts', count(campaign.accounts)],
    ['prompts', count(campaign.prompts)], ['families', count(campaign.families.length)],
    ['first seen', moment(campaign.first_seen)], ['last seen', moment(campaign.last_seen)],
  ]);
}

function evidence(view, campaign) {
  const item = (signal) => {
    const says = speaks(signal) ? 'speaks' : 'does not speak';
    const bits = Number(signal.bits);
    // Focus is a plain fact and has no bits.
    const hasBits = bits > 0 || canSpeak(signal);
    return make(
      'li', { 'data-signal': visibleString(signal.name) },
      make('h4', {}, visible(signal.name),
        canSpeak(signal) ? [' ', tag(says, speaks(signal) ? '' : 'quiet')] : null),
      sentence(signal.says),
      make('p', { class: 'small' }, `value ${decimal(signal.value, 2)}`, hasBits ? [
        `, ${decimal(bits, 0)} bits, p\u00A0=\u00A0`, probability(signal.p_value, bits),
      ] : null),
    );
  };
  const strong = campaign.signals.filter(canSpeak);
  const others = campaign.signals.filter((signal) => !canSpeak(signal));
  return view.section(
    'Evidence',
    make('h3', { class: 'part' }, 'What can speak for a campaign'),
    make('p', { class: 'note' }, 'From 8 bits on a signal speaks: chance does this at most once in '
      + '256 times.'),
    make('ul', { class: 'signals can-speak' }, strong.map(item)),
    others.length ? [
      make('h3', { class: 'part' }, 'What only explains'),
      make('p', { class: 'note' }, 'Innocent groups have these too. They count for nothing, '
        + 'neither in the decision nor in the score.'),
      make('ul', { class: 'signals explains' }, others.map(item)),
    ] : null,
  );
}

/** The verdict there is, and a form for a new one. */
function verdict(view, campaign) {
  const given = make('div', { class: 'given' });
  const note = make('textarea', { name: 'note', rows: 2, maxlength: NOTE_LIMIT });
  const state = make('p', { class: 'small', role: 'status' });
  const benign = button('Mark benign', () => give('benign'));
  const confirmed = button('Mark confirmed', () => give('confirmed'));
  const back = button('Take back', takeBack);
  const buttons = [benign, confirmed, back];

  function show(current) {
    back.hidden = !current;
    if (!current) {
      given.replaceChildren(make('p', { class: 'small' }, 'Nobody has judged this campaign yet.'));
      return;
    }
    given.replaceChildren(make('p', {}, verdictTag(current), ' ', moment(current.time)));
    if (!current.note) return;
    const said = visible(current.note, { lines: true });
    given.append(make('p', { class: 'said', dir: 'auto' }, said));
  }

  async function give(decision) {
    const bytes = new TextEncoder().encode(note.value).length;
    if (bytes > NOTE_LIMIT) {
      state.textContent = `The note has ${count(bytes)} bytes and may have ${count(NOTE_LIMIT)}. `
        + 'Shorten it.';
      note.focus();
      return;
    }
    await change(async () => {
      const body = note.value ? { decision, note: note.value } : { decision };
      const current = await call('PUT', path('campaigns', campaign.campaign, 'verdict'), { body });
      note.value = '';
      show(current);
      return decision === 'benign' ? 'Marked benign. The campaign is not listed any more.'
        : 'Marked confirmed.';
    });
  }

  async function takeBack() {
    await change(async () => {
      await call('DELETE', path('campaigns', campaign.campaign, 'verdict'));
      show(null);
      note.focus();
      return 'Taken back. The campaign is listed as before.';
    });
  }

  async function change(work) {
    for (const other of buttons) other.disabled = true;
    state.textContent = 'Saving\u2026';
    try {
      state.textContent = await work();
      view.app.forgetViews();
    } catch (error) {
      state.replaceChildren(visible(error.message),
        error.requestID ? visible(` (${error.requestID})`) : '');
    }
    for (const other of buttons) other.disabled = false;
  }

  show(campaign.verdict);
  const mayJudge = view.app.may('read') && view.app.may('write');
  return view.section('Verdict', make(
    'div', { class: 'verdict' }, given,
    mayJudge ? make(
      'form', { onsubmit: (event) => event.preventDefault() },
      field('Note', note, 'wide'),
      make('div', { class: 'actions' }, buttons, state),
    ) : make('p', { class: 'small' }, 'Your token may look but not judge: that needs the roles '
      + 'read and write.'),
  ));
}

function templates(view, campaign) {
  const list = table('Families of this campaign', [
    { label: 'family' }, { label: 'template' }, { label: 'prompts', class: 'n' },
  ], 'cards');
  list.append(rows(campaign.templates, (entry) => row(
    head(familyLink(entry.family)),
    cell(templateLine(entry.template, { isCut: entry.template.length >= 240 }), 'fills'),
    numberCell(entry.prompts, entry.prompts === 1 ? 'prompt' : 'prompts'),
  )));
  const all = campaign.families.length;
  return view.section(
    'Families', list,
    all > campaign.templates.length ? make('p', { class: 'more' }, link(
      to('families', null, { campaign: campaign.campaign }),
      `All ${count(all)} families of this campaign`,
    )) : null,
  );
}

function accountRow(account) {
  return row(
    head(accountLink(account.account), 'account'),
    numberCell(account.prompts, account.prompts === 1 ? 'prompt' : 'prompts'),
    numberCell(percent(account.share_of_account), 'of all'),
    numberCell(account.families, account.families === 1 ? 'family' : 'families'),
    dayCell(account.first_seen, 'from'), dayCell(account.last_seen, 'to'),
  );
}

function accounts(view, campaign) {
  const listPath = path('campaigns', campaign.campaign, 'accounts');
  const place = make('div');
  const start = () => view.fill(place, (signal) => new Pages(view, {
    key: 'accounts', one: 'account', many: 'accounts',
    load: (cursor, stop) => get(listPath, { query: { limit: 100, cursor }, signal: stop }),
    frame: () => table('Accounts of this campaign', ACCOUNT_COLUMNS, 'cards accounts'),
    group: (items) => rows(items, accountRow),
    empty: () => make('p', {}, 'No accounts.'),
    restart: start,
  }).start(signal));
  start();
  return view.section('Accounts', exporter(view, [
    ['Accounts as CSV', (options) => saveAccounts(campaign, listPath, options)],
    ['Campaign with all accounts as JSON', (options) => saveCampaign(campaign, listPath, options)],
  ]), place);
}

async function saveAccounts(campaign, listPath, options) {
  const all = await walk(listPath, 'accounts', options);
  const lines = all.map((account) => csvLine([
    campaign.campaign, account.account, account.prompts, decimal(account.share_of_account, 4),
    account.families, account.first_seen, account.last_seen,
  ]));
  save(`${campaign.campaign}-accounts.csv`, 'text/csv', `${[CSV_HEAD, ...lines].join('\n')}\n`);
  return all.length;
}

async function saveCampaign(campaign, listPath, options) {
  const current = await get(path('campaigns', campaign.campaign), { signal: options.signal });
  const all = await walk(listPath, 'accounts', options);
  const text = JSON.stringify({ campaign: current, accounts: all }, null, 2);
  save(`${campaign.campaign}.json`, 'application/json', `${text}\n`);
  return all.length;
}
