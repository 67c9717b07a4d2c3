// One node that receives sends, in a process of its own. It tells its parent when it is ready, and when it has received
// the number of sends that the parent told it to expect.
const [, , contenderFile, name, url] = process.argv;

let left = 0;
function receive({ value }) {
  left -= 1;
  if (left === 0) process.send('received');
  return value;
}

const { openNode } = await import(`./contenders/${contenderFile}.mjs`);
await openNode(url, name, receive);

process.on('message', (count) => {
  left = count;
  process.send('expecting');
});
process.on('disconnect', () => process.exit());
process.send('there');
