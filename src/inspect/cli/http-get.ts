import { type RequestOptions, request } from 'node:http';

const ANSWER_LIMIT_MS = 10_000;

/** Returns the body of the answer to a GET. @throws If it does not come in time, or has another status than 200. */
export function httpGet(url: URL, headers: RequestOptions['headers'] = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { headers }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => (text += part));
      response.on('error', reject);
      response.on('end', () => {
        if (response.statusCode === 200) resolve(text);
        else reject(new Error(`it has answered ${response.statusCode}`));
      });
    });
    asked.setTimeout(ANSWER_LIMIT_MS, () => asked.destroy(new Error('no answer: the process may be busy')));
    asked.on('error', reject);
    asked.end();
  });
}
