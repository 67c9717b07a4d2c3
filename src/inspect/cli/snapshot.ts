import { request } from 'node:http';

const TIME_LIMIT_MS = 10_000;

/** How an inspector is reached. */
export interface Access {
  readonly url: string;
  readonly token: string;
}

/** Asks a running inspector for its snapshot, as JSON. */
export function snapshotOf({ url, token }: Access): Promise<string> {
  const target = new URL('/snapshot', url);
  return new Promise((resolve, reject) => {
    const asked = request(target, { headers: { Authorization: `Bearer ${token}` } }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => (text += part));
      response.on('error', reject);
      response.on('end', () => {
        if (response.statusCode === 200) resolve(text);
        else reject(new Error(`the inspector at ${target.host} has answered ${response.statusCode}`));
      });
    });
    asked.setTimeout(TIME_LIMIT_MS, () => asked.destroy(new Error('no answer: the process may be busy')));
    asked.on('error', (error) => {
      reject(new Error(`the inspector at ${target.host} cannot be read: ${error.message}`));
    });
    asked.end();
  });
}
