import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Installs the packages that the lock file of a folder names. Ends this process if npm fails. */
export function install(folder) {
  const args = ['ci', '--prefix', fileURLToPath(folder), '--no-audit', '--no-fund'];
  const { status } = spawnSync('npm', args, { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
