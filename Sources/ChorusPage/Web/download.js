// SPDX-License-Identifier: Apache-2.0

// Files made here, in the browser, and kept by it where the analyst says.

import { button, count, make, visible } from './elements.js';

// What a terminal or a spreadsheet would act on or hide, but for line ends.
const CONTROL =
  /[\u0000-\u0009\u000B-\u001F\u007F-\u009F\u061C\u200B-\u200F\u2028-\u202E\u2066-\u2069]/g;

/** A line of comma-separated values; a sign that a spreadsheet would run is defused. */
export function csvLine(cells) {
  return cells.map((value) => {
    const text = String(value ?? '').replace(CONTROL, '');
    const safe = /^[=+\-@]/.test(text) ? `'${text}` : text;
    return /[,"\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  }).join(',');
}

/** Has the browser keep a file. */
export function save(fileName, type, text) {
  const address = URL.createObjectURL(new Blob([text], { type: `${type};charset=utf-8` }));
  const anchor = make('a', { href: address, download: fileName.replace(/[^\w.-]/g, '_') });
  document.body.append(anchor);
  anchor.click();
  anchor.remove();
  // The download has begun when this runs.
  setTimeout(() => URL.revokeObjectURL(address), 60000);
}

/**
 * Buttons that export something, with what is under way and a way to stop it.
 *
 * @param view The view that they stand in.
 * @param exports Pairs of a label and `async ({ signal, progress }) => number of items saved`.
 */
export function exporter(view, exports) {
  const note = make('span', { class: 'small' });
  const stop = button('Stop', () => stopping?.abort(), { class: 'plain', hidden: true });
  const buttons = exports.map(([label, run]) => button(label, () => start(label, run)));
  let stopping = null;

  async function start(label, run) {
    stopping = new AbortController();
    const leave = () => stopping.abort();
    view.signal.addEventListener('abort', leave, { once: true });
    for (const other of buttons) other.disabled = true;
    stop.hidden = false;
    note.textContent = 'Reading\u2026';
    try {
      const saved = await run({
        signal: stopping.signal,
        progress: (done, total) => { note.textContent = `${count(done)} of ${count(total)}`; },
      });
      finish(`Saved ${count(saved)}.`);
    } catch (error) {
      if (error.name === 'AbortError') finish('Stopped; nothing was saved.');
      else finish(failure(error));
    }
    view.signal.removeEventListener('abort', leave);
  }

  function finish(text) {
    for (const other of buttons) other.disabled = false;
    if (document.activeElement === stop) buttons[0].focus();
    stop.hidden = true;
    note.replaceChildren(visible(text));
    view.app.announce(text);
  }

  return make('div', { class: 'actions' }, buttons, note, stop);
}

function failure(error) {
  const isCursor = error.status === 400;
  const advice = isCursor ? ' The list may have changed meanwhile: export it again.' : '';
  return `${error.message}${advice}${error.requestID ? ` (${error.requestID})` : ''}`;
}
