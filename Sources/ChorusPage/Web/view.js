// SPDX-License-Identifier: Apache-2.0

// What all views have in common: a heading, parts that are loaded, and what is said meanwhile.

import { button, count, link, make, to, visible, visibleString } from './elements.js';

/** The least seconds between two questions whether families are there by now. */
const LEAST_WAIT = 1;
/** How long nothing is said while a part is loaded, in milliseconds. */
const QUIET_TIME = 150;

/** A view: one thing that the page shows at a time. */
export class View {
  /** `title` is text of ours, `subject` the name of what is shown. */
  constructor(app, title, subject) {
    this.app = app;
    this.title = subject === undefined ? title : `${title} ${visibleString(subject)}`;
    this.heading = make(
      'h1', { tabindex: -1 }, title,
      subject === undefined ? null : [' ', make('bdi', { class: 'name' }, visible(subject))],
    );
    this.element = make('div', { class: 'view' }, this.heading);
    this.controller = new AbortController();
    this.rounds = new WeakMap();
  }

  /** Ends what is under way when the view is left. */
  get signal() { return this.controller.signal; }

  /** Whether all of it is there, so that it can be shown again as it is. */
  get isComplete() { return !this.element.querySelector('[aria-busy], .trouble'); }

  /** Puts nodes below what is there; gives itself. */
  show(...nodes) {
    this.element.append(...nodes);
    return this;
  }

  leave() { this.controller.abort(); }

  comeBack() { this.controller = new AbortController(); }

  /**
   * Fills a place with what some work gives: nodes. What was under way for the place is stopped.
   *
   * While families are being mined it says so, and asks again by itself.
   */
  async fill(place, work) {
    this.rounds.get(place)?.abort();
    const round = new AbortController();
    this.rounds.set(place, round);
    const signal = AbortSignal.any([this.signal, round.signal]);
    place.setAttribute('aria-busy', 'true');
    const timer = setTimeout(() => {
      if (!place.firstChild) place.replaceChildren(make('p', { class: 'state' }, 'Loading\u2026'));
    }, QUIET_TIME);
    try {
      const content = await work(signal);
      if (!signal.aborted) place.replaceChildren(...[content].flat(Infinity).filter(Boolean));
    } catch (error) {
      if (signal.aborted || error.name === 'AbortError' || error.status === 401) return;
      if (error.status === undefined) console.error(error);
      place.replaceChildren(this.trouble(error, () => this.fill(place, work), signal));
    } finally {
      clearTimeout(timer);
      if (this.rounds.get(place) === round) place.removeAttribute('aria-busy');
    }
  }

  /** What is shown instead of a part that cannot be loaded; `signal` ends waiting. */
  trouble(error, again, signal = this.signal) {
    if (error.code === 'notReady') return this.waiting(error, again, signal);
    const text = error.status === undefined
      ? 'The page failed to show this. The console of the browser has more.' : error.message;
    this.app.announce(text);
    return make(
      'div', { class: 'state trouble' },
      make('p', { dir: 'auto' }, visible(text)),
      error.requestID
        ? make('p', { class: 'small' }, 'Request ', make('bdi', { class: 'name' },
          visible(error.requestID)))
        : null,
      make('p', { class: 'actions' }, button('Try again', again)),
    );
  }

  waiting(error, again, signal) {
    let left = Math.max(LEAST_WAIT, Math.ceil(error.retryAfter || 5));
    const note = make('span', { class: 'small' });
    const tell = () => { note.textContent = `Asking again in ${count(left, 'second')}.`; };
    const stop = () => { clearInterval(timer); signal.removeEventListener('abort', stop); };
    const ask = () => { stop(); again(); };
    const timer = setInterval(() => {
      left -= 1;
      if (left > 0) tell(); else ask();
    }, 1000);
    signal.addEventListener('abort', stop);
    tell();
    this.app.announce('Families are being mined. The page asks again by itself.');
    return make(
      'div', { class: 'state trouble' },
      make('p', {}, 'Families are being mined. They appear here when that is done.'),
      make('p', { class: 'actions' }, button('Ask now', ask), note),
    );
  }

  /** A part with a heading. */
  section(title, ...content) {
    const id = `part-${title.toLowerCase().replace(/\W+/g, '-')}`;
    return make('section', { 'aria-labelledby': id }, make('h2', { id }, title), content);
  }
}

/** What stands in views of families and campaigns when the index keeps no texts. */
export function withoutTexts() {
  return make(
    'div', { class: 'state' },
    make('p', {}, 'This index keeps no texts. Families and campaigns are found in texts, so there '
      + 'are none here.'),
    make('p', {}, link(to('search'), 'Search'), ' still finds similar prompts, by estimates.'),
  );
}

/** What stands for a family or campaign that is not there. */
export function notThere(what, list, label) {
  return make(
    'div', { class: 'state' },
    make('p', {}, `There is no ${what} of this name. Names can change when everything is mined `
      + 'again.'),
    make('p', {}, link(to(list), label)),
  );
}

/** A field of a form with its label. */
export function field(label, input, style = '') {
  return make('label', { class: `field ${style}`.trim() }, make('span', {}, label), input);
}

export function choices(name, pairs) {
  return make('select', { name }, pairs.map(([value, label]) => make('option', { value }, label)));
}

/** A box that is opened and closed; its content is made when it is first opened. */
export function disclosure(label, content, attributes = {}) {
  const box = make('details', attributes, make('summary', {}, label));
  let isMade = false;
  box.addEventListener('toggle', () => {
    if (!box.open || isMade) return;
    isMade = true;
    box.append(...[content()].flat(Infinity).filter(Boolean));
  });
  return box;
}
