export const USAGE = `Usage: signalbox inspect [<pid> [--snapshot | --close]]

  signalbox inspect                   a line "<pid> <url>" for each running inspector of this user
  signalbox inspect <pid>             the url of the inspector of the process, which is started if there is none
  signalbox inspect <pid> --snapshot  its snapshot as JSON
  signalbox inspect <pid> --close     ends it
`;

export type Action = 'url' | 'snapshot' | 'close';

export type Command =
  | { readonly name: 'list' }
  | { readonly name: 'help' }
  | { readonly name: 'inspect'; readonly pid: number; readonly action: Action };

/** @returns undefined for bad arguments. */
export function commandOf(args: readonly string[]): Command | undefined {
  if (args.length === 1 && (args[0] === '--help' || args[0] === '-h')) return { name: 'help' };
  const [verb, ...rest] = args;
  if (verb !== 'inspect') return undefined;
  if (rest.length === 0) return { name: 'list' };
  if (rest.length === 1 && rest[0] === '--help') return { name: 'help' };
  const numbers = rest.filter((each) => /^[1-9]\d{0,9}$/.test(each));
  const [option, ...more] = rest.filter((each) => !numbers.includes(each));
  const [pid] = numbers;
  const action = option === undefined ? 'url' : ({ '--snapshot': 'snapshot', '--close': 'close' } as const)[option];
  if (pid === undefined || numbers.length > 1 || more.length > 0 || action === undefined) return undefined;
  return { name: 'inspect', pid: Number(pid), action };
}
