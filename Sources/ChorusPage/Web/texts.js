// SPDX-License-Identifier: Apache-2.0

// Templates and texts of prompts, with parts of them marked.

import { button, count, make, tag, visible } from './elements.js';

/** How much of a text is shown at first, in UTF-16 units. */
const TEXT_ROOM = 20000;
/** How long a filler of a slot may be in a table. */
const FILLER_ROOM = 160;

/** The sign of a slot: its number, and what fills it. */
export function chip(number, kind) {
  return make(
    'span', { class: 'slot', dir: 'ltr', 'data-slot': number }, `{${number}}`,
    kind ? [' ', make('i', {}, visible(kind))] : null,
  );
}

/** The beginning of a text, without half of a character at its end. */
function beginning(text, room) {
  if (text.length <= room) return text;
  const unit = text.charCodeAt(room - 1);
  return text.slice(0, unit >= 0xD800 && unit < 0xDC00 ? room - 1 : room);
}

/**
 * A box with a text in pieces: `{ text, kind }`, or `{ slot, kind }` for the sign of a slot.
 *
 * A long text is shown in part, with a button for the rest.
 */
export function textBox(pieces, label) {
  const box = make('div', { class: 'text', dir: 'auto', role: 'group', 'aria-label': label });
  // What has to be scrolled can be reached with keys; more stops than that would be in the way.
  requestAnimationFrame(() => { if (box.scrollHeight > box.clientHeight) box.tabIndex = 0; });
  const length = pieces.reduce((sum, piece) => sum + (piece.text?.length ?? 0), 0);
  box.append(...pieceNodes(pieces, TEXT_ROOM));
  if (length <= TEXT_ROOM) return box;
  const whole = make('div', {}, box, make('p', { class: 'actions' }, button(
    `Show all ${count(length, 'character')}`,
    (event) => {
      box.replaceChildren(...pieceNodes(pieces, Infinity));
      event.currentTarget.parentElement.remove();
      box.tabIndex = 0;
      box.focus();
    },
  )));
  return whole;
}

function pieceNodes(pieces, room) {
  const nodes = [];
  let left = room;
  for (const piece of pieces) {
    if (left <= 0) {
      nodes.push(' \u2026');
      break;
    }
    if (piece.slot !== undefined) {
      nodes.push(chip(piece.slot, piece.kind));
      continue;
    }
    const text = beginning(piece.text, left);
    left -= piece.text.length;
    const content = visible(text, { lines: true });
    nodes.push(piece.kind ? make('mark', { class: piece.kind }, content) : content);
  }
  return nodes;
}

/** The pieces of a template, from `template_parts`. */
export function templatePieces(parts, slots) {
  return parts.map((part) => (part.slot === undefined ? { text: part.fixed }
    : { slot: part.slot, kind: slots[part.slot - 1]?.kind }));
}

/**
 * The beginning of a template on one line, with the signs of its slots.
 *
 * Without `slotCount` all that looks like the sign of a slot is taken for one.
 */
export function templateLine(template, { slotCount = Infinity, isCut, isFragment } = {}) {
  const text = String(template ?? '').replace(/\s+/g, ' ');
  const nodes = [];
  let start = 0;
  for (const match of text.matchAll(/\{(\d+)\}/g)) {
    if (Number(match[1]) > slotCount || match[1] === '0') continue;
    nodes.push(visible(text.slice(start, match.index)), chip(match[1]));
    start = match.index + match[0].length;
  }
  nodes.push(visible(text.slice(start)), isCut ? ' \u2026' : null);
  return make(
    'div', { class: 'line' }, isFragment ? [tag('fragment', 'quiet'), ' '] : null,
    make('bdi', {}, nodes),
  );
}

/** What fills a slot, for a table. */
export function filler(text) {
  const shown = beginning(String(text ?? ''), FILLER_ROOM);
  if (shown === '') return make('span', { class: 'quiet' }, '(nothing)');
  const one = shown.replace(/\s+/g, ' ');
  return make('bdi', {}, visible(one), shown.length < text.length ? ' \u2026' : null);
}

/**
 * Cuts a text at byte ranges of its UTF-8.
 *
 * @param layers Lists of ranges with what they are: `{ ranges: [[from, to]], kind }`. Where two
 *   cover the same text the later one counts.
 */
export function markedPieces(text, layers) {
  const bytes = new TextEncoder().encode(text);
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  const events = [];
  layers.forEach(({ ranges, kind }, layer) => {
    for (const [from, to] of ranges ?? []) {
      const [low, high] = [clamped(from, bytes.length), clamped(to, bytes.length)];
      if (low < high) {
        events.push({ at: low, layer, step: 1 }, { at: high, layer, step: -1 });
      }
    }
  });
  events.sort((a, b) => a.at - b.at);
  const open = layers.map(() => 0);
  const pieces = [];
  const add = (from, to) => {
    if (from === to) return;
    const layer = open.findLastIndex((depth) => depth > 0);
    pieces.push({ text: decoder.decode(bytes.subarray(from, to)), kind: layers[layer]?.kind });
  };
  let start = 0;
  for (const event of events) {
    add(start, event.at);
    start = event.at;
    open[event.layer] += event.step;
  }
  add(start, bytes.length);
  return pieces;
}

function clamped(value, limit) {
  return Math.min(Math.max(0, Math.trunc(Number(value) || 0)), limit);
}
