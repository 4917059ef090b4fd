import { writeFileSync } from 'node:fs';
import { type RunnerTestCase, type RunnerTestFile, TestRunner } from 'vitest';

/** What instrumented code looks at (`@stryker-mutator/instrumenter`), and what is known of the mutants so far. */
interface Mutants {
  activeMutant?: string | undefined;
  currentTestId?: string | undefined;
  hitCount?: number | undefined;
  hitLimit?: number | undefined;
  mutantCoverage?: {
    readonly perTest: Record<string, Record<string, number>>;
  };
  /** By mutant: the test that told it from the original. */
  killed?: Record<string, string>;
}

const scope = globalThis as { __stryker__?: Mutants };

/** More rounds than the original this many times, and the mutant is taken for endless. */
const patience = 100;

/**
 * Runs each test once as it is, to see which mutants it reaches, and then once more for each of those that no test before
 * has told from the original.
 */
export class MutantRunner extends TestRunner {
  async runTask(test: RunnerTestCase): Promise<void> {
    const mutants = (scope.__stryker__ ??= {});
    const killed = (mutants.killed ??= {});
    const run = TestRunner.getTestFn(test);
    mutants.currentTestId = test.id;
    await run();
    mutants.currentTestId = undefined;
    for (const [mutant, hits] of Object.entries(mutants.mutantCoverage?.perTest[test.id] ?? {})) {
      if (mutant in killed) continue;
      Object.assign(mutants, { activeMutant: mutant, hitCount: 0, hitLimit: hits * patience });
      try {
        await run();
      } catch {
        killed[mutant] = `${test.file.name} > ${test.name}`;
      }
      mutants.activeMutant = undefined;
    }
    // A mutant must not leave anything behind that the next test would meet.
    await run();
  }

  override onAfterRunFiles(files: RunnerTestFile[]): void {
    super.onAfterRunFiles(files);
    writeFileSync(process.env['MUTANTS_FILE'] ?? '', JSON.stringify(scope.__stryker__?.killed ?? {}));
  }
}
