// SPDX-License-Identifier: Apache-2.0

// Lists that are longer than a screen.

import { button, count, make } from './elements.js';

/** The most pages in the document at once: more rows would make the page slow. */
const SHOWN_LIMIT = 4;

/**
 * A list that is loaded page by page.
 *
 * At most four pages are in the document; the others are kept and brought back when asked for.
 */
export class Pages {
  /**
   * @param view The view that the list stands in.
   * @param options
   *   - `load(cursor, signal)`: a page of the service;
   *   - `key`: where the items are in it;
   *   - `frame()`: the element that groups of rows are put into;
   *   - `group(items, number of the first)`: an element with the rows of a page;
   *   - `one`, `many`: what is listed;
   *   - `empty()`: what is shown when there is nothing.
   */
  constructor(view, options) {
    this.view = view;
    this.options = options;
    this.groups = [];
    this.from = 0;
    this.next = null;
    this.total = 0;
    this.range = make('p', { class: 'small', tabindex: -1 });
    this.moreButton = button('More', () => this.more());
    this.earlierButton = button('Earlier', () => this.earlier(), { hidden: true });
    this.failure = make('div');
    this.bar = make('div', { class: 'actions paging' }, this.moreButton, this.range);
  }

  /** Loads the first page; gives what is to be shown. */
  async start(signal) {
    const page = await this.options.load(null, signal);
    this.take(page);
    if (this.total === 0 && this.groups[0].items.length === 0) return [this.options.empty()];
    this.frame = this.options.frame();
    this.show(0);
    this.tell();
    return [
      make('div', { class: 'actions paging' }, this.earlierButton),
      this.frame, this.failure, this.bar,
    ];
  }

  get to() { return this.from + this.shown.length; }

  get shown() { return this.groups.filter((group) => group.element); }

  take(page) {
    const start = this.groups.reduce((sum, group) => sum + group.items.length, 0);
    this.groups.push({ items: page[this.options.key], start, element: null });
    this.next = page.next ?? null;
    this.total = page.total ?? 0;
  }

  show(place) {
    const group = this.groups[place];
    group.element = this.options.group(group.items, group.start + 1);
    const following = this.groups[place + 1]?.element;
    if (following) following.before(group.element); else this.frame.append(group.element);
  }

  hide(place) {
    this.groups[place].element.remove();
    this.groups[place].element = null;
  }

  async more() {
    this.failure.replaceChildren();
    if (this.to === this.groups.length) {
      this.moreButton.disabled = true;
      try {
        this.take(await this.options.load(this.next, this.view.signal));
      } catch (error) {
        if (error.name !== 'AbortError') this.fail(error);
        return;
      } finally {
        this.moreButton.disabled = false;
      }
    }
    this.show(this.to);
    if (this.shown.length > SHOWN_LIMIT) {
      this.hide(this.from);
      this.from += 1;
    }
    this.tell();
    this.moreButton.focus({ preventScroll: true });
    if (this.moreButton.hidden) this.range.focus({ preventScroll: true });
  }

  earlier() {
    this.from -= 1;
    this.show(this.from);
    if (this.shown.length > SHOWN_LIMIT) this.hide(this.from + SHOWN_LIMIT);
    this.tell();
    if (this.earlierButton.hidden) this.range.focus({ preventScroll: true });
  }

  tell() {
    const { one, many } = this.options;
    const last = this.groups[this.to - 1];
    const left = this.total - (last.start + last.items.length);
    const first = this.groups[this.from].start + 1;
    const end = last.start + last.items.length;
    this.moreButton.hidden = this.next === null && this.to === this.groups.length;
    this.moreButton.textContent = `${count(Math.min(left, last.items.length) || 1)} more`;
    this.earlierButton.hidden = this.from === 0;
    const all = count(this.total, one, many);
    this.range.textContent = first === 1 && end >= this.total ? `All ${all}.`
      : `${count(first)} to ${count(end)} of ${all}.`;
    if (this.total === 1) this.range.textContent = `${all}.`;
    this.view.app.announce(this.range.textContent);
  }

  fail(error) {
    // A cursor does not fit any more when families were mined anew.
    const start = error.status === 400 ? this.options.restart : null;
    const again = start ?? (() => this.more());
    const trouble = this.view.trouble(error, () => { this.failure.replaceChildren(); again(); });
    if (start) {
      trouble.querySelector('button').textContent = 'Load from the start';
      trouble.querySelector('p').append(' The list may have changed meanwhile.');
    }
    this.failure.replaceChildren(trouble);
  }
}
