// Nodes in processes of their own.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';

const file = fileURLToPath(new URL('node.mjs', import.meta.url));

/** Starts so many nodes of the contender that this process measures, and resolves when all are there. */
export async function startNodes(count, url) {
  const contenderFile = basename(process.argv[2]);
  const nodes = Array.from({ length: count }, (_, index) => fork(file, [contenderFile, `node-${index}`, url]));
  const said = () => Promise.all(nodes.map((node) => once(node, 'message')));
  await said();
  return {
    /** Resolves when every node knows that it is to expect so many sends. */
    async expect(sends) {
      for (const node of nodes) node.send(sends);
      await said();
    },
    /** Resolves when every node has received as many as it expects. */
    received: said,
  };
}
