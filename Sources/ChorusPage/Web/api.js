// SPDX-License-Identifier: Apache-2.0

// Calls of the service.

const TOKEN_KEY = 'chorus-token';
/** How many times an export waits because there were too many requests. */
const WAIT_LIMIT = 20;

/** What a call failed with. */
export class Problem extends Error {
  constructor({ status = 0, code = '', title = '', detail = '', requestID = '', retryAfter = 0 }) {
    super(detail || title);
    Object.assign(this, { status, code, title, detail, requestID, retryAfter });
  }
}

/** The token, kept for this tab and this session only. */
export const token = {
  get: () => sessionStorage.getItem(TOKEN_KEY),
  set: (value) => sessionStorage.setItem(TOKEN_KEY, value),
  forget: () => sessionStorage.removeItem(TOKEN_KEY),
};

let refused = () => {};

/** Says what happens when the service does not know the token any more. */
export function onRefusal(callback) { refused = callback; }

/**
 * Calls the service.
 *
 * Query parameters that are `null`, `undefined`, `false` or empty are left out.
 */
export async function call(method, path, { query = {}, body, signal } = {}) {
  const headers = { Accept: 'application/json' };
  const known = token.get();
  if (known) headers.Authorization = `Bearer ${known}`;
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  let response;
  try {
    response = await fetch(address(path, query), {
      method, headers, signal, cache: 'no-store', credentials: 'omit', redirect: 'error',
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    throw new Problem({
      title: 'The service cannot be reached.',
      detail: 'The service cannot be reached. Check that it runs, then try again.',
    });
  }
  if (response.ok) return response.status === 204 ? null : parsed(response);
  const problem = await problemOf(response);
  if (problem.status === 401) refused(problem);
  throw problem;
}

function address(path, query) {
  const entries = Object.entries(query)
    .filter(([, value]) => value !== null && value !== undefined && value !== false && value !== '')
    .map(([key, value]) => [key, String(value)]);
  const search = new URLSearchParams(entries).toString();
  return search ? `${path}?${search}` : path;
}

async function parsed(response) {
  try {
    return await response.json();
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    throw new Problem({
      status: response.status,
      requestID: response.headers.get('X-Request-ID') ?? '',
      detail: 'The answer of the service broke off or is not JSON. Try again.',
    });
  }
}

async function problemOf(response) {
  let body = {};
  try {
    body = await response.json() ?? {};
  } catch (error) {
    if (error.name === 'AbortError') throw error;
  }
  const seconds = Number(response.headers.get('Retry-After'));
  return new Problem({
    status: response.status,
    code: String(body.code ?? ''),
    title: String(body.title ?? ''),
    detail: String(body.detail || body.title || `The service answered ${response.status}.`),
    requestID: String(body.request_id ?? response.headers.get('X-Request-ID') ?? ''),
    retryAfter: Number.isFinite(seconds) ? seconds : 0,
  });
}

export const get = (path, options) => call('GET', path, options);

/** The path of a named thing: `/v1/families/f-9cnfff5s/members`. */
export function path(...parts) {
  return `/v1/${parts.map(encodeURIComponent).join('/')}`;
}

/**
 * Walks a whole list and gives all its items.
 *
 * Where there are too many requests it waits as long as the service asks for.
 */
export async function walk(listPath, key, { query = {}, signal, progress = () => {} }) {
  const items = [];
  let cursor = null;
  let waits = 0;
  do {
    try {
      const page = await get(listPath, { query: { ...query, limit: 1000, cursor }, signal });
      items.push(...page[key]);
      cursor = page.next;
      progress(items.length, page.total);
    } catch (error) {
      if (error.status !== 429 || waits >= WAIT_LIMIT) throw error;
      waits += 1;
      await pause(error.retryAfter || 1, signal);
    }
  } while (cursor);
  return items;
}

function pause(seconds, signal) {
  return new Promise((resolve, reject) => {
    const stop = () => reject(new DOMException('Stopped', 'AbortError'));
    if (signal?.aborted) { stop(); return; }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, 1000 * seconds);
    signal?.addEventListener('abort', () => { clearTimeout(timer); stop(); }, { once: true });
  });
}
