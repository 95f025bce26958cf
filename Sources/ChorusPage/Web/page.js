// SPDX-License-Identifier: Apache-2.0

// The page: who is there, which view is shown, and the keys that work everywhere.

import { call, get, onRefusal, token } from './api.js';
import { button, count, link, make, minute, to, visible } from './elements.js';
import { openAccount } from './view-account.js';
import { openCampaign } from './view-campaign.js';
import { openCampaigns } from './view-campaigns.js';
import { openFamilies } from './view-families.js';
import { openFamily } from './view-family.js';
import { forgetText, openSearch } from './view-search.js';
import { View, field } from './view.js';

/** Views by the first part of the route and whether it has a name behind it. */
const VIEWS = {
  'accounts/': openAccount,
  campaigns: openCampaigns, 'campaigns/': openCampaign,
  families: openFamilies, 'families/': openFamily,
  search: openSearch,
};
/** How many views that were left are kept, so that going back shows them as they were. */
const KEPT_LIMIT = 8;

const page = Object.fromEntries(
  ['main', 'skip', 'views', 'index', 'who', 'name', 'sign-out', 'as-of', 'mine', 'status']
    .map((id) => [id, document.getElementById(id)]),
);

/** What views know of the page. */
const app = {
  session: null,
  route: null,
  may: (role) => app.session.roles.includes('admin') || app.session.roles.includes(role),
  go, writeDown, announce, sawPass,
  /** What is kept of views is not true any more. */
  forgetViews: () => kept.clear(),
};

let view = null;
/** The key of the entry of the history that is shown, and the views that were left, by key. */
let entry = null;
let entryCount = 0;
const kept = new Map();
/** How many prompts the index had, and of which pass families were, when it was asked last. */
let promptCount = 0;
let generation = null;

// Routes

/** The parts of an address behind the `#`. */
function routeOf(hash) {
  const [address, search = ''] = hash.replace(/^#\/?/, '').split(/\?(.*)/s);
  const parts = address.split('/').filter(Boolean).map((part) => {
    try { return decodeURIComponent(part); } catch { return part; }
  });
  const path = parts.length ? parts : ['campaigns'];
  const query = new URLSearchParams(search);
  // Filters change what a view shows; a search for something else is another view.
  return { path, query, key: [...path, query.get('id'), query.get('template')].join('/') };
}

/** Goes to an address; `isReplacing` is for what is typed, which is not worth going back to. */
function go(href, isReplacing = false) {
  if (href === location.hash) return;
  if (isReplacing) {
    history.replaceState(history.state, '', href);
    show();
  } else {
    location.hash = href;
  }
}

/** Writes down in the address what the view shows already. */
function writeDown(href) {
  history.replaceState(history.state, '', href);
  app.route = routeOf(href);
}

/** Shows what the address says. */
function show() {
  if (!app.session || !app.may('read')) return;
  const route = routeOf(location.hash);
  const before = app.route;
  app.route = route;
  const known = history.state?.entry;
  if (view && before && before.key === route.key && view.update) {
    entry = known ?? newEntry();
    view.update(route);
    return;
  }
  leave();
  const isBack = known !== undefined && kept.has(known);
  entry = known ?? newEntry();
  if (isBack) comeBack(kept.get(entry));
  else enter(open(route), before !== null);
  for (const anchor of page.views.querySelectorAll('a')) {
    const isCurrent = anchor.getAttribute('href') === `#/${route.path[0]}`;
    if (isCurrent) anchor.setAttribute('aria-current', route.path.length > 1 ? 'true' : 'page');
    else anchor.removeAttribute('aria-current');
  }
}

function newEntry() {
  entryCount += 1;
  const key = `${performance.timeOrigin}-${entryCount}`;
  history.replaceState({ entry: key }, '');
  return key;
}

function open(route) {
  const opener = VIEWS[route.path.length > 1 ? `${route.path[0]}/` : route.path[0]];
  return opener ? opener(app, route) : openNothing();
}

function openNothing() {
  return new View(app, 'Nothing here').show(make('p', {}, 'There is no view at this address. ',
    link(to('campaigns'), 'All campaigns')));
}

function leave() {
  if (!view) return;
  if (view.isComplete && entry) {
    kept.set(entry, { view, scroll: window.scrollY, focus: document.activeElement });
    if (kept.size > KEPT_LIMIT) kept.delete(kept.keys().next().value);
  }
  view.leave();
}

function enter(next, movesFocus) {
  view = next;
  page.main.replaceChildren(view.element);
  document.title = `${view.title} \u2013 Chorus`;
  window.scrollTo(0, 0);
  if (movesFocus) view.heading.focus({ preventScroll: true });
}

/** Shows a view as it was left: with its rows, where it was scrolled to, on the same link. */
function comeBack({ view: old, scroll, focus }) {
  kept.delete(entry);
  old.comeBack();
  enter(old, false);
  window.scrollTo(0, scroll);
  const place = old.element.contains(focus) ? focus : old.heading;
  place.focus({ preventScroll: true });
}

// Who is there

async function start(movesFocus = false) {
  page.main.setAttribute('aria-busy', 'true');
  try {
    app.session = await get('/v1/session');
    signedIn();
    if (movesFocus) view.heading.focus({ preventScroll: true });
  } catch (error) {
    if (error.status !== 401) showTrouble(error);
  }
  page.main.removeAttribute('aria-busy');
}

function signedIn() {
  page.index.replaceChildren(visible(app.session.index));
  page.name.replaceChildren(visible(app.session.name ?? ''));
  page.views.hidden = !app.may('read');
  page.who.hidden = !token.get();
  page.mine.replaceChildren(app.may('admin') ? mineButton() : '');
  if (app.may('read')) {
    show();
    return;
  }
  enter(new View(app, 'Nothing to show').show(
    make('p', {}, 'Your token may not read. Ask for one with the role read.'),
  ), false);
}

function showTrouble(error) {
  const trouble = new View(app, 'Not available');
  enter(trouble.show(trouble.trouble(error, () => start(true))), false);
}

/** Asks for a token; where one was known it is forgotten. */
function askForToken() {
  const hadToken = Boolean(token.get());
  // Calls that were under way together are refused one by one.
  if (!hadToken && document.querySelector('.sign-in')) return;
  signedOut();
  const input = make('input', {
    type: 'password', name: 'token', autocomplete: 'off', spellcheck: 'false', required: true,
  });
  const state = make('p', { class: 'small', role: 'alert' },
    hadToken ? 'The service does not know this token.' : null);
  enter(new View(app, 'Sign in').show(make(
    'form', { class: 'sign-in', onsubmit: (event) => {
      event.preventDefault();
      token.set(input.value.trim());
      start(true);
    } },
    field('Token', input, 'wide'),
    make('div', { class: 'actions' }, make('button', { class: 'main' }, 'Sign in'), state),
    make('p', { class: 'note' }, 'It is kept in this tab until you sign out or close it.'),
  )), false);
  input.focus();
}

function signedOut() {
  token.forget();
  view?.leave();
  view = null;
  kept.clear();
  forgetText();
  app.session = null;
  app.route = null;
  page.views.hidden = true;
  page.who.hidden = true;
  page.index.replaceChildren();
  page['as-of'].replaceChildren();
  page.mine.replaceChildren();
}

// What is said at the bottom, and to those who listen

function announce(text) { page.status.textContent = text; }

/** Says of which pass families and campaigns are, and how many prompts came since. */
function sawPass(pass, indexed = promptCount) {
  promptCount = indexed;
  if (!pass) return;
  // Views of another pass are not shown again.
  if (pass.generation !== generation) kept.clear();
  generation = pass.generation;
  const newer = promptCount > pass.prompts
    ? ` ${count(promptCount - pass.prompts, 'prompt')} came since.` : '';
  page['as-of'].replaceChildren(
    'Families and campaigns as of ', make('time', { datetime: pass.time }, minute(pass.time)),
    `, of ${count(pass.prompts, 'prompt')}, generation ${count(pass.generation)}.${newer}`,
  );
}

/** The button for those who may have everything mined now. */
function mineButton() {
  const mine = button('Mine now', async () => {
    mine.disabled = true;
    mine.textContent = 'Mining\u2026';
    announce('Mining.');
    try {
      const { seconds } = await call('POST', '/v1/mine', { query: { wait: true } });
      kept.clear();
      const says = `Mined in ${Number(seconds).toFixed(1)} s.`;
      announce(says);
      page.mine.replaceChildren(says, ' ', button('Show what is new', reload, { class: 'plain' }));
    } catch (error) {
      announce(error.message);
      page.mine.replaceChildren(visible(error.message), ' ', mineButton());
    }
  }, { class: 'plain' });
  return mine;
}

function reload() {
  page.mine.replaceChildren(mineButton());
  view.leave();
  enter(open(app.route), true);
}

// Keys

/** Puts the cursor into the search of the view, or opens the search. */
function focusSearch() {
  if (!app.session) return;
  const focus = () => { view.searchField?.focus(); view.searchField?.select(); };
  // The view is there when this listener is called: that of the page was there first.
  if (view.searchField) { focus(); return; }
  window.addEventListener('hashchange', focus, { once: true });
  go(to('search'));
}

/** Closes the innermost thing that is open around an element. */
function closeAround(element) {
  const box = element.closest('details[open]');
  if (box) {
    box.open = false;
    box.querySelector('summary').focus();
    return true;
  }
  const toggle = element.getAttribute('aria-expanded') === 'true' ? element : document
    .querySelector(`[aria-controls="${CSS.escape(element.closest('tr[id]')?.id ?? '')}"]`);
  if (!toggle) return false;
  toggle.click();
  toggle.focus();
  return true;
}

document.addEventListener('keydown', (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  const { target } = event;
  const isTyping = target.matches('textarea, select, input:not([type=checkbox], [type=radio])');
  if (event.key === '/' && !isTyping) {
    event.preventDefault();
    focusSearch();
  } else if (event.key === 'Escape' && closeAround(target)) {
    event.preventDefault();
  }
});

page.skip.addEventListener('click', (event) => {
  event.preventDefault();
  (view?.heading ?? page.main).focus();
});
page['sign-out'].addEventListener('click', () => { signedOut(); start(); });
window.addEventListener('hashchange', show);
history.scrollRestoration = 'manual';
onRefusal(askForToken);
start();
