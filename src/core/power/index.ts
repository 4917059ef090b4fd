export { type Draws, drawsFrom, logFactorial, poisson } from './draws.ts';
export { type Effect } from './effects.ts';
export { sightInputOf, stepsOf } from './expected.ts';
export { drawAnswers, type Latencies, latenciesOf, type LatencyLaw, normalBelow } from './latencies.ts';
export { isWorthJudging } from './look.ts';
export { effectText, nearlyAlways, percentText, sightSentence, timeText } from './sentences.ts';
export { type EffectSight, type SightInput, sightOf, type SightStep, type StepSight } from './sight.ts';
