import type { Running } from './candidates/candidate.ts';
import { type Answer, ask } from './ground.ts';
import { bodyOf } from './services.ts';

const sent = 400;
const atOnce = 16;
const stays = 10;
/** Of 400 requests a true 10 % gives 40 ± 6 (one standard deviation): beyond five of them it is something else. */
const [fewest, most] = [10, 70];

/** What is wrong with a candidate's answers; null: it does what the figures will say it did. */
export async function checkAnswers(running: Running): Promise<string | null> {
  const answers: (Answer | null)[] = [];
  const one = async () => {
    for (let number = 0; number < sent / atOnce; number += 1) answers.push(await ask(running.port));
  };
  await Promise.all(Array.from({ length: atOnce }, one));
  const wrong = answers.filter((answer) => answer?.status !== 200 || armOf(answer) === null);
  if (wrong.length > 0) return `${wrong.length} of ${sent} answers were wrong: ${JSON.stringify(wrong[0])}`;
  const canary = answers.filter((answer) => armOf(answer) === 'canary').length;
  const [least, highest] = running.splits ? [fewest, most] : [0, 0];
  if (canary < least || canary > highest) return `${canary} of ${sent} requests went to the canary`;
  if (running.sticks) {
    const fault = await checkStaying(running, answers);
    if (fault !== null) return fault;
  }
  return running.checkCounts === null ? null : running.checkCounts(sent);
}

/** A client that came to the canary by chance stays there by its cookie. */
async function checkStaying({ port }: Running, answers: readonly (Answer | null)[]): Promise<string | null> {
  const first = answers.find((answer) => armOf(answer) === 'canary');
  const cookie = first?.cookies[0]?.split(';')[0];
  if (cookie === undefined) return 'it gives clients no cookie';
  for (let number = 0; number < stays; number += 1)
    if (armOf(await ask(port, { cookie })) !== 'canary') return 'a client of the canary did not stay there';
  return null;
}

function armOf(answer: Answer | null): 'stable' | 'canary' | null {
  if (answer?.text === bodyOf('stable')) return 'stable';
  return answer?.text === bodyOf('canary') ? 'canary' : null;
}
