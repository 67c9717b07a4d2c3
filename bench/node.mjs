// One node that others send to, in a process of its own. Says when it is there; told to expect so many sends, says when it
// has had them.
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
