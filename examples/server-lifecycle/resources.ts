/** The resources of this server, in the order in which they open. */
import { connectCache } from './cache.js';
import { connectHttpServer } from './http-server.js';
import { connectStore } from './store.js';

export function connectResources(): void {
  connectStore();
  connectCache();
  connectHttpServer();
}
