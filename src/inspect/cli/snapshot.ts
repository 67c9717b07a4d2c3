import { httpGet } from './http-get.js';

/** How an inspector is reached. */
export interface Access {
  readonly url: string;
  readonly token: string;
}

/** Asks a running inspector for its snapshot, as JSON. */
export async function fetchSnapshot({ url, token }: Access): Promise<string> {
  const target = new URL('/snapshot', url);
  try {
    return await httpGet(target, { Authorization: `Bearer ${token}` });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`the inspector at ${target.host} cannot be read: ${reason}`, { cause: error });
  }
}
