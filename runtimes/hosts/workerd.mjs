// The worker in workerd: answers each request with what came of it.
import { Checks, errorName } from '../checks.mjs';
import { smoke } from '../smoke.mjs';

export default {
  async fetch() {
    const checks = new Checks();
    checks.equal(
      'code from strings is forbidden',
      errorName(() => new Function('return 1')),
      'EvalError',
    );
    return Response.json(await smoke(checks));
  },
};
