// Nodes in processes of their own.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';

const file = fileURLToPath(new URL('node.mjs', import.meta.url));

/** Starts nodes of the contender that this process measures. Resolves when all are ready. */
export async function startNodes(count, url) {
  const contenderFile = basename(process.argv[2]);
  const nodes = Array.from({ length: count }, (_, index) => fork(file, [contenderFile, `node-${index}`, url]));
  const said = () => Promise.all(nodes.map((node) => once(node, 'message')));
  await said();
  return {
    /** Tells every node how many sends to expect. Resolves when all have confirmed. */
    async expect(sends) {
      for (const node of nodes) node.send(sends);
      await said();
    },
    /** Resolves when every node has received the expected number. */
    received: said,
  };
}
