import { createFlags, type Flags, type Host, text } from 'fairway-kit';
import { standInSettings } from './settings.ts';

/** What is declared as the value of each flag; a server of flags may say otherwise for a user. */
export const flagSettings = {
  standIn: standInSettings.standIn,
  aiModel: text<string | null>('FLAG_AI_MODEL', null),
  pricingExperiment: text<string | null>('FLAG_PRICING_EXPERIMENT', null),
  tradingEnabled: text<string | null>('FLAG_TRADING_ENABLED', null),
  agentEnabled: text<string | null>('FLAG_AGENT_ENABLED', null),
};

/** The flags of the system, each exposure counted by variant. In development the stand-in is asked, elsewhere OFREP_URL. */
export function systemFlags({ settings, metrics, log }: Host<typeof flagSettings>): Flags {
  const exposures = metrics.counter('flag_exposures_total', 'Users that were given a value of a flag.', [
    'flag',
    'variant',
  ]);
  return createFlags(
    {
      url: settings.flagsUrl ?? settings.standIn,
      env: {
        FLAG_AI_MODEL: settings.aiModel ?? undefined,
        FLAG_PRICING_EXPERIMENT: settings.pricingExperiment ?? undefined,
        FLAG_TRADING_ENABLED: settings.tradingEnabled ?? undefined,
        FLAG_AGENT_ENABLED: settings.agentEnabled ?? undefined,
      },
      onExposure: ({ flag, value }) => exposures({ flag, variant: String(value) }),
    },
    { log },
  );
}
