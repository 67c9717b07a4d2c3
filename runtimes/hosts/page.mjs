// The page in Chromium: leaves what came of it where the runner looks for it.
import { Checks, errorName } from '../checks.mjs';
import { smoke } from '../smoke.mjs';

const violations = [];
addEventListener('securitypolicyviolation', ({ violatedDirective }) => violations.push(violatedDirective));
addEventListener('unhandledrejection', ({ reason }) => violations.push(String(reason)));
const checks = new Checks();
await smoke(checks);
// The violation's event comes in a task of its own.
await new Promise((resolve) => setTimeout(resolve, 0));
checks.equal('what the policy forbids', violations, []);
checks.equal(
  'code from strings is forbidden',
  errorName(() => new Function('return 1')),
  'EvalError',
);
globalThis.outcome = checks.outcome;
