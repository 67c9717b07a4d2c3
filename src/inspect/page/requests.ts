import type { EventMessage } from '../inspector-data.js';

/** The server does not accept the token, or there is none. */
export class RefusedError extends Error {}

const KEY = 'signalbox-token';

/** Takes the token out of the address bar. This tab keeps it, so that the page can be loaded again. */
function takeToken(): string {
  const given = location.hash.slice(1);
  if (given === '') return sessionStorage.getItem(KEY) ?? '';
  history.replaceState(null, '', location.pathname);
  sessionStorage.setItem(KEY, given);
  return given;
}

const token = takeToken();

// Another url of this address, with the token of a new inspector, would only change the fragment.
addEventListener('hashchange', () => location.reload());

/** Asks the server; undefined if it does not have the id. */
async function get(path: string, abortSignal: AbortSignal | null = null): Promise<Response | undefined> {
  if (token === '') throw new RefusedError('no token');
  const response = await fetch(path, { headers: { Authorization: `Bearer ${token}` }, signal: abortSignal });
  if (response.status === 404) return undefined;
  if (response.status === 401 || response.status === 403) throw new RefusedError('refused');
  if (!response.ok) throw new Error(`The server answered ${response.status}`);
  return response;
}

// The server is of the same build, so its JSON has the types that it was made from.
export async function getJson<T>(path: string): Promise<T | undefined> {
  const response = await get(path);
  return response && ((await response.json()) as T);
}

export async function getText(path: string): Promise<string | undefined> {
  return (await get(path))?.text();
}

/** Reads `/events` until the server closes it. */
export async function* readEvents(
  signalId: number | undefined,
  abortSignal: AbortSignal,
): AsyncGenerator<EventMessage, void> {
  const path = signalId === undefined ? '/events' : `/events?signal=${signalId}`;
  // A chosen signal may be gone by now.
  const response = (await get(path, abortSignal)) ?? (await get('/events', abortSignal));
  if (!response?.body) return;
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let line: string[] = [];
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    const [rest = '', ...lines] = read.value.split('\n');
    line.push(rest);
    for (const next of lines) {
      const text = line.join('');
      line = [next];
      // An empty line ends each message.
      if (text !== '') yield JSON.parse(text.slice('data: '.length)) as EventMessage;
    }
  }
}
