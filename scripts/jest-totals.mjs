/** A jest reporter: which tests were skipped and, as the very last line, how many passed and how many failed. */
export default class Totals {
  onRunComplete(_contexts, results) {
    const skipped = results.testResults.flatMap((file) => file.testResults).filter((test) => test.status === 'pending');
    // A test file that can't be loaded has no tests to count.
    const failedTests = results.numFailedTests + results.numRuntimeErrorTestSuites;
    const print = () => {
      // With every test passed, what failed is the coverage floor.
      const failed = process.exitCode ? Math.max(failedTests, 1) : 0;
      for (const test of skipped) console.log(`\nSkipped: ${test.fullName}`);
      console.log(`\n${results.numPassedTests} passed, ${failed} failed`);
    };
    // Jest sets the exit code in an `exit` listener of its own, which it adds later: come after that one.
    process.once('beforeExit', () => process.once('exit', print));
  }
}
