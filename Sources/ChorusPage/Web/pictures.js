// SPDX-License-Identifier: Apache-2.0

// Pictures: bars of days, and accounts by families as shades.
//
// A picture has no text in it and is drawn as wide as there is room. What is written stands beside
// it, and a table has the same numbers.

import {
  accountLink, cell, count, day, draw, familyLink, head, make, name, numberCell, row, rows, table,
  visibleString,
} from './elements.js';
import { disclosure } from './view.js';

const DAY_LENGTH = 86400000;
/** The most bars: more are thinner than a line. */
const BAR_LIMIT = 400;
/** How wide a bar gets, in points: few of them would be blocks if they filled a page. */
const LARGEST_BAR_WIDTH = 24;
/** How wide what is written below needs, in points. */
const AXIS_WIDTH = 320;
const DAYS_HEIGHT = 72;
const JOINING_HEIGHT = 28;

const ROW_HEIGHT = 16;
const CELL_WIDTH = 10;
/** The shades, each for twice as many prompts as the one before. */
const SHADES = ['1', '2 to 3', '4 to 7', '8 to 15', '16 and more'];

/** Days with prompts as bars at their dates; days without are gaps. */
function bars(timeline) {
  const dates = timeline.map((entry) => Date.parse(`${day(entry.day)}T00:00:00Z`));
  const first = Math.min(...dates);
  const dayCount = Math.round((Math.max(...dates) - first) / DAY_LENGTH) + 1;
  const daysPerBar = Math.ceil(dayCount / BAR_LIMIT);
  const result = Array.from({ length: Math.ceil(dayCount / daysPerBar) }, (_, place) => ({
    day: new Date(first + place * daysPerBar * DAY_LENGTH).toISOString().slice(0, 10),
    prompts: 0, joining: 0,
  }));
  timeline.forEach((entry, place) => {
    const bar = result[Math.floor((dates[place] - first) / DAY_LENGTH / daysPerBar)];
    bar.prompts += Number(entry.prompts) || 0;
    bar.joining += Number(entry.joining) || 0;
  });
  return { list: result, unit: daysPerBar === 1 ? 'day' : `${count(daysPerBar)} days` };
}

function barPicture(values, height, style, label) {
  const most = Math.max(...values, 1);
  let path = '';
  values.forEach((value, place) => {
    if (value <= 0) return;
    const tall = Math.max(1, Math.round(height * value / most));
    path += `M${10 * place} ${height}v-${tall}h8v${tall}z`;
  });
  const picture = draw(
    'svg',
    {
      class: style, role: 'img', 'aria-label': label, height, preserveAspectRatio: 'none',
      viewBox: `0 0 ${10 * values.length} ${height}`,
    },
    draw('path', { d: path }),
  );
  picture.style.maxWidth = `${LARGEST_BAR_WIDTH * values.length}px`;
  return picture;
}

/** Calls `over` with where the pointer is, as shares of width and height, and `out` behind it. */
function pointed(picture, over, out) {
  const tell = (event) => {
    const box = picture.getBoundingClientRect();
    over([(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height]);
  };
  picture.addEventListener('pointermove', tell);
  picture.addEventListener('pointerdown', tell);
  picture.addEventListener('pointerleave', out);
  return picture;
}

/**
 * Prompts day by day, and for a family the accounts that join, with a table of all days.
 *
 * @param subject The family or campaign, for those who do not see the picture.
 */
export function timelineFigure(timeline, subject) {
  if (!timeline.length) return make('p', {}, 'No prompts in this time.');
  const hasAccounts = timeline.some((entry) => entry.joining !== undefined);
  const whose = visibleString(subject);
  return [
    barFigure(bars(timeline), day(timeline.at(-1).day), hasAccounts, whose),
    disclosure(
      `${count(timeline.length, 'day')} as a table`,
      () => dayTable(timeline, hasAccounts, whose),
      { class: 'day-table' },
    ),
  ];
}

function barFigure({ list, unit }, last, hasAccounts, whose) {
  const most = Math.max(...list.map((bar) => bar.prompts));
  const usual = `at most ${count(most)} a ${unit}`;
  const readout = make('span', {}, usual);
  const tell = (bar) => {
    const joining = hasAccounts ? `, ${count(bar.joining, 'account')} joining` : '';
    readout.textContent = `${bar.day}: ${count(bar.prompts, 'prompt')}${joining}`;
  };
  const picture = (key, height, style, label) => {
    const svg = barPicture(list.map((bar) => bar[key]), height, style, label);
    return pointed(svg, ([x]) => {
      tell(list[Math.min(list.length - 1, Math.max(0, Math.floor(x * list.length)))]);
    }, () => { readout.textContent = usual; });
  };
  const busiest = list.find((bar) => bar.prompts === most).day;
  const when = unit === 'day' ? `on ${busiest}` : `from ${busiest} on`;
  const figure = make(
    'figure', {},
    picture('prompts', DAYS_HEIGHT, 'days', `Prompts per ${unit} of ${whose}, ${list[0].day} to `
      + `${last}: at most ${count(most)}, ${when}`),
    hasAccounts ? picture('joining', JOINING_HEIGHT, 'days joining',
      `Accounts joining ${whose} per ${unit}: at most `
      + count(Math.max(...list.map((bar) => bar.joining)))) : null,
    make(
      'figcaption', { class: 'axis' },
      make('span', {}, list[0].day), readout, make('span', {}, last),
    ),
    hasAccounts ? make(
      'p', { class: 'small key' },
      make('span', {}, make('i', { class: 'k-prompts' }), 'prompts'),
      make('span', {}, make('i', { class: 'k-joining' }), 'accounts with their first prompt'),
    ) : null,
  );
  figure.style.maxWidth = `${Math.max(AXIS_WIDTH, LARGEST_BAR_WIDTH * list.length)}px`;
  return figure;
}

function dayTable(timeline, hasAccounts, whose) {
  const columns = [{ label: 'day' }, { label: 'prompts', class: 'n' }];
  if (hasAccounts) {
    for (const label of ['accounts', 'joining', 'leaving']) columns.push({ label, class: 'n' });
  }
  const days = table(`${whose}, day by day`, columns, 'narrow');
  days.append(rows(timeline, (entry) => row(
    head(visibleString(entry.day)), numberCell(entry.prompts),
    hasAccounts ? [entry.accounts, entry.joining, entry.leaving].map((n) => numberCell(n)) : null,
  )));
  return days;
}

/** The shade of a number of prompts; 0 for none. */
function shade(value) {
  return value > 0 ? Math.min(SHADES.length, Math.floor(Math.log2(value)) + 1) : 0;
}

/**
 * Which account sent how many prompts of which family, as shades, with a table of the same.
 *
 * @param matrix `families`, `accounts`, and `counts` with a row for each family.
 * @param familyCount All families of the campaign, of which the first are drawn.
 */
export function heatFigure(matrix, familyCount, subject) {
  const { families, accounts, counts } = matrix;
  if (!families.length || !accounts.length) return make('p', {}, 'There is nothing to draw.');
  const paths = Array.from({ length: SHADES.length + 1 }, () => '');
  let [filled, most] = [0, 0];
  counts.forEach((line, y) => line.forEach((value, x) => {
    if (!(value > 0)) return;
    filled += 1;
    most = Math.max(most, value);
    paths[shade(value)] += `M${CELL_WIDTH * x} ${ROW_HEIGHT * y}h9v15h-9z`;
  }));
  const height = ROW_HEIGHT * families.length;
  const label = `${visibleString(subject)}, ${count(families.length, 'family', 'families')} by `
    + `${count(accounts.length, 'account')}: ${count(filled)} of `
    + `${count(families.length * accounts.length)} fields have prompts, at most ${count(most)} in `
    + 'one. The table below has the numbers.';
  const picture = draw(
    'svg',
    {
      role: 'img', 'aria-label': label, height, preserveAspectRatio: 'none',
      viewBox: `0 0 ${CELL_WIDTH * accounts.length} ${height}`,
    },
    paths.map((d, number) => (d ? draw('path', { class: `s${number}`, d }) : null)),
  );
  const left = familyCount - families.length;
  const usual = 'A row is a family, a column '
    + `${accounts.length === 1 ? 'the account' : `one of the ${accounts.length} busiest accounts`}`
    + `, the busiest first.${left > 0
      ? ` ${count(left, 'more family', 'more families')} not drawn.` : ''}`;
  const caption = make('span', {}, usual);
  pointed(picture, ([x, y]) => {
    const account = Math.floor(x * accounts.length);
    const family = Math.floor(y * families.length);
    const value = counts[family]?.[account];
    if (value === undefined) return;
    caption.replaceChildren(
      name(accounts[account]), ', ', name(families[family]), `: ${count(value, 'prompt')}`,
    );
  }, () => { caption.textContent = usual; });
  return [
    make(
      'figure', {},
      make(
        'div', { class: 'heat' },
        make('ol', {}, families.map((family) => make('li', {}, familyLink(family)))),
        picture,
      ),
      make(
        'figcaption', { class: 'axis' }, caption,
        make(
          'span', { class: 'key' },
          SHADES.map((title, number) => (paths[number + 1] ? make(
            'span', {}, make('i', { class: `k${number + 1}` }), title,
          ) : null)),
          make('span', {}, 'prompts'),
        ),
      ),
    ),
    disclosure('The same as a table', () => heatTable(matrix, visibleString(subject))),
  ];
}

function heatTable({ families, accounts, counts }, subject) {
  const grid = table(`${subject}: prompts of the busiest accounts in each family`, [
    { label: 'account' },
    ...families.map((family) => ({ label: name(family), class: 'n' })),
  ], 'grid');
  grid.append(rows(accounts.map((account, x) => [account, x]), ([account, x]) => row(
    head(accountLink(account)),
    counts.map((line) => cell(line[x] ? count(line[x]) : '\u00B7', 'n')),
  )));
  return make('div', {
    class: 'scroll', tabindex: 0, role: 'group', 'aria-label': 'Accounts by family',
  }, grid);
}
