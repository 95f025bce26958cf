// SPDX-License-Identifier: Apache-2.0

// Who else sent something like this.
//
// The filters stand in the hash. The text of a search does not: it is private, and addresses are
// kept and sent around. It stays in the memory of the page.

import { call, get, path } from './api.js';
import {
  accountLink, button, cell, count, dayInput, decimal, familyLink, head, link, make, minute, moment,
  name, numberCell, row, sentence, table, to,
} from './elements.js';
import { markedPieces, textBox } from './texts.js';
import { View, disclosure, field } from './view.js';

const FILTERS = ['mode', 'slots', 'threshold', 'limit', 'account', 'family', 'since', 'until'];
const STANDARD = { mode: 'similar', threshold: '0.5', limit: '50' };
/** The most matches that the service gives at a time. */
const LARGEST_LIMIT = 1000;

/** The text that was searched for last, for when the view is opened again. */
let lastText = '';

/** Forgets the text when the analyst signs out. */
export function forgetText() { lastText = ''; }

/** Opens the search: of a text, of a prompt (`id`), or of the template of a family (`template`). */
export function openSearch(app, route) {
  const view = new View(app, 'Search');
  const place = make('div', { class: 'results' });
  const about = make('p', { class: 'note', hidden: true });
  const form = searchForm(app, () => submit());
  view.show(
    make('p', { class: 'note lead' }, 'Who else sent something like this? The text stays in this '
      + 'tab: only the filters are in the address.'),
    about, form.element, place,
  );
  view.searchField = form.text;

  /** Puts the filters into the address and asks. */
  function submit() {
    lastText = form.text.value;
    const { id } = origin(app.route.query);
    const address = to('search', null, { ...form.filters(), id: lastText ? '' : id });
    app.writeDown(address);
    ask(lastText ? {} : { id });
  }

  function ask({ id }) {
    const body = { ...form.query(), ...(id ? { id } : { text: form.text.value }) };
    if (!id && !body.text.trim()) {
      place.replaceChildren(make('p', { class: 'state' }, 'Paste a text first.'));
      form.text.focus();
      return;
    }
    view.fill(place, (signal) => results(view, body, {
      signal, only: (account) => { form.account.value = account; submit(); },
    }));
  }

  view.update = async (next) => {
    const { id, template } = origin(next.query);
    form.show(next.query);
    about.hidden = !id;
    about.replaceChildren(...(id ? ['Prompts like ', name(id), '. Paste a text to ask about that '
      + 'instead.'] : []));
    if (id) {
      form.text.value = '';
      ask({ id });
    } else if (template) {
      view.fill(place, async (signal) => {
        const family = await get(path('families', template), { query: { accounts: 0 }, signal });
        form.text.value = family.template;
        form.set({ mode: 'contains', slots: family.slots.length > 0, family: family.family });
        lastText = family.template;
        return results(view, { ...form.query(), text: family.template }, {
          signal, only: (account) => { form.account.value = account; submit(); },
        });
      });
    }
  };
  form.text.value = lastText;
  view.update(route);
  return view;
}

const origin = (query) => ({ id: query.get('id'), template: query.get('template') });

function searchForm(app, submit) {
  const hasText = app.session.has_text;
  const text = make('textarea', {
    name: 'text', rows: 5, spellcheck: 'false', autocomplete: 'off',
    placeholder: 'A prompt, or a part of one',
    onkeydown: (event) => {
      if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        element.requestSubmit();
      }
    },
  });
  const modes = ['similar', 'contains'].map((value) => make('input', {
    type: 'radio', name: 'mode', value, disabled: value === 'contains' && !hasText,
  }));
  const slots = make('input', { type: 'checkbox', name: 'slots' });
  const threshold = make('input', {
    type: 'number', name: 'threshold', min: 0, max: 1, step: 'any', required: true,
  });
  const limit = make('input', {
    type: 'number', name: 'limit', min: 1, max: LARGEST_LIMIT, step: 1, required: true,
  });
  const plain = (key) => make('input', {
    type: 'text', name: key, autocomplete: 'off', spellcheck: 'false',
  });
  const [account, family] = [plain('account'), plain('family')];
  const [since, until] = [dayInput('since'), dayInput('until')];
  const thresholdField = field('Similarity, at least', threshold, 'few-digits');
  const slotsField = make('label', {
    class: 'check', title: '{1}, {2} and so on, and {*}, stand for any text',
  }, slots, ' with slots {1}, {*}');
  const mode = () => (modes[1].checked ? 'contains' : 'similar');
  const adapt = () => {
    // A field that is not seen must not hold up the form.
    threshold.disabled = mode() === 'contains';
    thresholdField.hidden = mode() === 'contains';
    slotsField.hidden = mode() !== 'contains';
  };
  for (const input of modes) input.addEventListener('change', adapt);

  const element = make(
    'form', { class: 'search', role: 'search', 'aria-label': 'Prompts',
      onsubmit: (event) => { event.preventDefault(); submit(); } },
    field('Text', text, 'wide'),
    make(
      'div', { class: 'filters' },
      make('fieldset', {}, make('legend', {}, 'Find prompts that'),
        make('label', { class: 'check' }, modes[0], ' are similar'),
        make('label', { class: 'check' }, modes[1], ' contain it'), slotsField),
      thresholdField, field('Matches, at most', limit, 'few-digits'),
      field('Account', account, 'grows-little'), field('Family', family, 'few-letters'),
      field('Sent from', since, 'few-letters'), field('Sent before', until, 'few-letters'),
      make('button', { class: 'main' }, 'Search'),
    ),
    hasText ? null : make('p', { class: 'small' }, 'This index keeps no texts: similarities are '
      + 'estimates, and it cannot say which prompts contain a text.'),
  );

  const set = (values) => {
    if (values.mode) modes[values.mode === 'contains' && hasText ? 1 : 0].checked = true;
    if (values.slots !== undefined) slots.checked = String(values.slots) === 'true';
    for (const input of [threshold, limit, account, family, since, until]) {
      if (values[input.name] !== undefined) input.value = values[input.name];
    }
    adapt();
  };
  return {
    element, text, account, set,
    /** Shows the filters of an address. */
    show(query) {
      const values = { slots: 'false', account: '', family: '', since: '', until: '', ...STANDARD };
      for (const key of FILTERS) if (query.get(key)) values[key] = query.get(key);
      set(values);
    },
    /** The filters as the address has them. */
    filters() {
      const values = {
        mode: mode(), slots: mode() === 'contains' && slots.checked ? 'true' : '',
        threshold: mode() === 'similar' ? threshold.value : '', limit: limit.value,
        account: account.value, family: family.value.trim(), since: since.value, until: until.value,
      };
      for (const key of Object.keys(STANDARD)) {
        if (values[key] === STANDARD[key]) delete values[key];
      }
      return values;
    },
    /** The filters as the service wants them. */
    query() {
      const query = { mode: mode(), limit: Number(limit.value) };
      if (mode() === 'similar') query.threshold = Number(threshold.value);
      if (mode() === 'contains' && slots.checked) query.slots = true;
      for (const input of [account, since, until]) if (input.value) query[input.name] = input.value;
      if (family.value.trim()) query.family = family.value.trim();
      return query;
    },
  };
}

async function results(view, body, { signal, only }) {
  const answer = await call('POST', '/v1/query', { body, signal });
  const { matches } = answer;
  if (!matches.length) {
    view.app.announce('No prompt matches.');
    return make('p', { class: 'state' }, 'No prompt matches.', answer.truncated
      ? ' The search stopped at a limit, so matches may be missing.' : null);
  }
  const accounts = tally(matches.map((match) => match.account));
  const says = summary(answer, accounts.length);
  view.app.announce(says);
  const list = table('Matches, best first', [
    { label: 'rank', class: 'n rank' }, { label: 'similarity', class: 'n' }, { label: 'account' },
    { label: 'time' }, { label: 'id' }, { label: 'family' }, { label: 'text' },
  ], 'cards matches');
  const group = make('tbody', { role: 'rowgroup' });
  matches.forEach((match, place) => matchRows(view, body, match, place + 1, group));
  list.append(group);
  return view.section(
    'Matches', make('p', { class: 'summary' }, says),
    answer.truncated ? make('p', { class: 'small' }, 'The search stopped at a limit, so matches '
      + 'may be missing and the number of texts is an estimate.') : null,
    families(matches), accountFilters(accounts, body.account, only), list,
  );
}

function summary({ matches, text_count: texts }, accountCount) {
  const all = texts === 1 ? '1 text matches.' : `${count(texts)} different texts match.`;
  return `${all} ${count(matches.length, 'prompt')} shown, from `
    + `${count(accountCount, 'account')}.`;
}

/** Values with how often they are there, the commonest first. */
function tally(values) {
  const counts = new Map();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1]);
}

function families(matches) {
  const found = tally(matches.map((match) => match.family).filter(Boolean));
  if (!found.length) return make('p', { class: 'small' }, 'None of them is of a known family.');
  return make('p', { class: 'small' }, found.length === 1 ? 'Of family ' : 'Of families ',
    found.map(([family, n], place) => [place ? ', ' : null, familyLink(family), ` (${count(n)})`]));
}

/** Buttons that leave the prompts of one account. */
function accountFilters(accounts, chosen, only) {
  if (chosen) {
    return make('p', { class: 'small' }, 'Only account ', name(chosen), '. ',
      button('All accounts', () => only(''), { class: 'plain' }));
  }
  if (accounts.length < 2) return null;
  return disclosure('Only one of the accounts', () => make('ul', {}, accounts.map(([account, n]) =>
    make('li', {}, button([name(account), ` ${count(n)}`], () => only(account),
      { class: 'chip' })))), { class: 'offers' });
}

/** The row of a match, and under it, when it is opened, its text and why it is one. */
function matchRows(view, body, match, number, list) {
  const id = `match-${number}`;
  const toggle = button('Show', () => {
    const isOpen = toggle.getAttribute('aria-expanded') === 'true';
    toggle.setAttribute('aria-expanded', String(!isOpen));
    toggle.firstChild.data = isOpen ? 'Show' : 'Hide';
    under.hidden = isOpen;
    if (isOpen || place.firstChild) return;
    view.fill(place, (signal) => matchDetails(view, body, match, signal));
  }, {
    class: 'plain', 'aria-expanded': 'false', 'aria-controls': id,
    'aria-label': `Text and reasons of match ${number}`,
  });
  const place = make('div', { class: 'expansion' });
  const under = make('tr', { role: 'row', class: 'texts', id, hidden: true },
    make('td', { role: 'cell', colspan: 7 }, place));
  const similarity = `${match.estimated ? 'about ' : ''}${decimal(match.similarity, 3)}`;
  list.append(row(
    numberCell(number, null, 'n rank'), numberCell(similarity, 'similar'),
    // Without texts there are no views of accounts.
    head(view.app.session.has_text ? accountLink(match.account) : name(match.account), 'account'),
    cell(moment(match.time)),
    cell(name(match.id), 'account'),
    cell(match.family ? familyLink(match.family) : make('span', { class: 'quiet' }, '\u2013')),
    cell(toggle),
  ), under);
}

/** Asks for one match again, with its text and the reasons, by its account and moment. */
async function matchDetails(view, body, match, signal) {
  const moments = Date.parse(match.time);
  const answer = await call('POST', '/v1/query', {
    signal,
    body: {
      ...body, account: match.account, since: match.time,
      until: new Date(moments + 1).toISOString(), limit: LARGEST_LIMIT,
      with_text: view.app.session.has_text, explain: true,
    },
  });
  const found = answer.matches.find((other) => other.id === match.id);
  const { text } = found ?? await get(path('prompts', match.id), { signal });
  const why = found?.explanation;
  const inPrompt = found?.span
    ? [{ ranges: [found.span], kind: 'fixed' }, { ranges: found.slots, kind: 'filler' }]
    : [{ ranges: why?.shared_in_prompt, kind: 'fixed' }];
  return [
    make('p', { class: 'small' }, moment(match.time, minute), ', containment ',
      decimal(match.containment, 3), ', score ', decimal(match.score, 3), '. ',
      link(to('search', null, { id: match.id }), 'Prompts like this one')),
    text === undefined ? make('p', { class: 'small' }, 'The index keeps no text of it.') : [
      textBox(markedPieces(text, inPrompt), 'Text'),
      make('p', { class: 'small' }, 'Marked: ', make('mark', { class: 'fixed' },
        found?.span ? 'what was searched for' : 'what both share'),
      found?.slots?.length
        ? [', ', make('mark', { class: 'filler' }, 'what fills its slots')] : null, '.'),
    ],
    why?.says?.length
      ? make('ul', { class: 'reasons' }, why.says.map((says) => sentence(says, 'li'))) : null,
  ];
}
