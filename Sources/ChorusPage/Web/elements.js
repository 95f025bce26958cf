// SPDX-License-Identifier: Apache-2.0

// Elements, numbers and times, and text of others made safe to show.
//
// All that comes from the service is hostile. It only ever becomes a text node, or the value of an
// attribute that no browser acts on. Markup is never parsed.

const SVG = 'http://www.w3.org/2000/svg';

/**
 * Makes an element.
 *
 * Attributes that are functions are listeners (`onclick`); `false`, `null` and `undefined` are left
 * out, `true` is the empty value. Children are nodes, strings, and lists of these.
 */
export function make(tag, attributes, ...children) {
  return assemble(document.createElement(tag), attributes, children);
}

/** Makes an element of a picture. */
export function draw(tag, attributes, ...children) {
  return assemble(document.createElementNS(SVG, tag), attributes, children);
}

function assemble(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (typeof value === 'function') {
      element.addEventListener(name.slice(2), value);
    } else if (value !== false && value !== null && value !== undefined) {
      element.setAttribute(name, value === true ? '' : value);
    }
  }
  const nodes = children.flat(Infinity).filter((child) => child !== null && child !== undefined
    && child !== false);
  element.append(...nodes);
  return element;
}

/** A button that does something here, unlike a link. */
export function button(label, onclick, attributes = {}) {
  return make('button', { type: 'button', onclick, ...attributes }, label);
}

// Code points that are not seen, or that turn the text around them. Variation selectors stand
// behind many signs and change no more than how these look.
const HIDDEN = '(?![\\uFE00-\\uFE0F])'
  + '[\\u0000-\\u001F\\u007F-\\u009F\\u2028\\u2029\\uFFF9-\\uFFFB\\p{DI}\\p{Cs}]';
// No script needs more than four marks on one letter.
const PILED = '(?<=\\p{M}{4})\\p{M}';
const ODD_ON_A_LINE = new RegExp(`(${HIDDEN}|${PILED})\\1*`, 'gu');
const ODD_ON_LINES = new RegExp(`((?![\\n\\t])${HIDDEN}|${PILED})\\1*`, 'gu');
const MARK_FIRST = /^\p{M}/u;

/** Calls back for each piece of a text: `plain(piece)`, or `odd(name of the code point)`. */
function pieces(text, hasLines, plain, odd) {
  const pattern = hasLines ? ODD_ON_LINES : ODD_ON_A_LINE;
  let start = 0;
  const flush = (end) => {
    if (end === start) return;
    const piece = text.slice(start, end);
    // A mark is put on a dotted circle, so that it does not join what stands before it.
    plain(MARK_FIRST.test(piece) ? `\u25CC${piece}` : piece);
  };
  for (const match of text.matchAll(pattern)) {
    flush(match.index);
    start = match.index + match[0].length;
    const first = match[0].codePointAt(0);
    // A line break of two characters is one.
    if (hasLines && match[0] === '\r' && text[start] === '\n') continue;
    const count = match[0].length / (first > 0xFFFF ? 2 : 1);
    const digits = first.toString(16).toUpperCase().padStart(4, '0');
    odd(`U+${digits}${count > 1 ? ` \u00D7${count}` : ''}`);
  }
  flush(text.length);
}

/** Text of others as nodes: what would be hidden is named. */
export function visible(text, { lines = false } = {}) {
  const fragment = document.createDocumentFragment();
  pieces(
    String(text ?? ''), lines,
    (piece) => fragment.append(piece),
    (name) => fragment.append(make('b', { class: 'odd' }, name)),
  );
  return fragment;
}

/** Text of others for an attribute or the title of the page, where there can be no elements. */
export function visibleString(text) {
  let result = '';
  pieces(
    String(text ?? ''), false,
    (piece) => { result += piece; },
    (name) => { result += `[${name}]`; },
  );
  return result;
}

/** The name of an account, an id, a family, a campaign. */
export function name(text, tag = 'bdi') {
  return make(tag, { class: 'name', dir: tag === 'bdi' ? null : 'auto' }, visible(text));
}

/** A sentence that the service wrote; it can hold names that others chose. */
export function sentence(text, tag = 'p') {
  return make(tag, { dir: 'auto' }, visible(text, { lines: true }));
}

const WHOLE = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

/** A count with separators, and what is counted: `count(2, 'prompt')`. */
export function count(value, one, many = `${one}s`) {
  const number = WHOLE.format(Number(value) || 0);
  return one === undefined ? number : `${number} ${Number(value) === 1 ? one : many}`;
}

export function decimal(value, places) {
  if (value === null || value === undefined) return '\u2013';
  return places === 0 ? WHOLE.format(value) : Number(value).toFixed(places);
}

export function percent(share) {
  const value = 100 * Number(share);
  const places = value > 0 && value < 1 ? 1 : 0;
  return `${decimal(value, places)} %`;
}

/** A number with two digits that count, small ones as a power of ten. */
export function short(value) {
  const number = Number(value);
  if (!(number > 0)) return '0';
  if (number >= 1) return number.toFixed(1);
  const exponent = Math.floor(Math.log10(number));
  return exponent < -6 ? power(Math.log10(number)) : number.toFixed(1 - exponent);
}

/** A p-value: that of the service, or that of the bits where it is too small for a number. */
export function probability(pValue, bits) {
  const value = Number(pValue ?? 2 ** -bits);
  if (value > 0.001) return value.toFixed(3);
  return power(value > 1e-300 ? Math.log10(value) : -bits * Math.LOG10E * Math.LN2);
}

function power(logarithm) {
  let exponent = Math.floor(logarithm);
  let digit = Math.round(10 ** (logarithm - exponent));
  if (digit === 10) [digit, exponent] = [1, exponent + 1];
  return make('span', {}, `${digit}\u00A0\u00D7\u00A010`, make('sup', {}, `\u2212${-exponent}`));
}

export const day = (time) => String(time ?? '').slice(0, 10);

export const minute = (time) => String(time ?? '').slice(0, 16).replace('T', ' ');

/** A moment: the day, or the minute. */
export function moment(time, show = minute) {
  if (!time) return make('span', {}, '\u2013');
  return make('time', { datetime: visibleString(time) }, visible(show(time)));
}

/** Facts side by side: pairs of a label and a number. */
export function facts(pairs) {
  return make('dl', { class: 'facts' }, pairs.map(([label, value]) =>
    make('div', {}, make('dt', {}, label), make('dd', {}, value))));
}

export function tag(label, style = '') {
  return make('span', { class: `tag ${style}`.trim() }, visible(label));
}

// A table keeps its roles when it is laid out as a list of cards on a phone: browsers forget them
// where cells are no cells any more.

/**
 * Makes the head of a table.
 *
 * A column has a `label`, and can have a `class` for its cells, a `sort` listener and `isSorted`.
 */
export function table(caption, columns, style = '') {
  const heads = columns.map((column) => make(
    'th',
    {
      scope: 'col', role: 'columnheader', class: column.class,
      'aria-sort': column.isSorted ? 'descending' : null,
    },
    column.sort
      ? button([column.label, column.isSorted ? ' \u2193' : null], column.sort, { class: 'sort' })
      : column.label,
  ));
  return make(
    'table', { class: style, role: 'table' },
    make('caption', { class: 'unseen' }, caption),
    make('thead', { role: 'rowgroup' }, make('tr', { role: 'row' }, heads)),
  );
}

export function rows(items, row) {
  return make('tbody', { role: 'rowgroup' }, items.map((item, place) => row(item, place)));
}

export function row(...cells) {
  return make('tr', { role: 'row' }, cells);
}

/** The cell that names its row. */
export function head(content, style) {
  return make('th', { scope: 'row', role: 'rowheader', class: style }, content);
}

/** A cell; on a phone, where there is no head, `label` stands behind its content. */
export function cell(content, style, label) {
  return make('td', { role: 'cell', class: style, 'data-label': label }, content);
}

/** A cell with the day of a moment; on a phone `label` stands before it. */
export function dayCell(time, label) {
  return make('td', { role: 'cell', 'data-before': label }, moment(time, day));
}

export function numberCell(value, label, style = 'n') {
  return cell(typeof value === 'number' ? count(value) : value, style, label);
}

/** A link to a view: `to('families', 'f-9cnfff5s', { since: '2026-05-01' })`. */
export function to(view, item, query = {}) {
  const entries = Object.entries(query).filter(([, value]) => value);
  const search = new URLSearchParams(entries).toString();
  const path = item === undefined || item === null ? view : `${view}/${encodeURIComponent(item)}`;
  return `#/${path}${search ? `?${search}` : ''}`;
}

export function link(href, content, attributes = {}) {
  return make('a', { href, ...attributes }, content);
}

export function familyLink(family, query) {
  return link(to('families', family, query), name(family), { class: 'tight' });
}

export function campaignLink(campaign) {
  return link(to('campaigns', campaign), name(campaign), { class: 'tight' });
}

/** A link to what an account sent, but for the few names that no address can hold. */
export function accountLink(account) {
  const isAddress = !['', '.', '..'].includes(account) && account.isWellFormed();
  return isAddress ? link(to('accounts', account), name(account)) : name(account);
}

/** A field for a day, or for a moment as the service writes it. */
export function dayInput(key) {
  return make('input', {
    type: 'text', name: key, autocomplete: 'off', spellcheck: 'false', placeholder: 'YYYY-MM-DD',
    pattern: '\\d{4}-\\d{2}-\\d{2}(T[\\d:.]+Z)?', title: 'A day, as 2026-05-01',
  });
}
