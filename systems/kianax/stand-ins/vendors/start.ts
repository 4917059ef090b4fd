import { type Host, type Parts, secret, type Service } from 'fairway-kit';
import { honoHandler, onUnforeseen } from 'fairway-kit/hono';
import { Hono } from 'hono';
import { broker } from './broker.ts';
import { flags } from './flags.ts';
import { openai } from './openai.ts';
import { signOn } from './sign-on.ts';

const settings = {
  openaiKey: secret('OPENAI_API_KEY'),
  githubSecret: secret('GITHUB_CLIENT_SECRET'),
  googleSecret: secret('GOOGLE_CLIENT_SECRET'),
};

/** All outside services but Polygon, as far as we use them, without any network. Only for development. */
export const vendors: Service<typeof settings> = { name: 'stand-in-vendors', settings, start };

function start({ settings: given, log, random, clock }: Host<typeof settings>): Promise<Parts> {
  const app = new Hono();
  app.onError(onUnforeseen(log));
  app.route('/openai', openai(given.openaiKey));
  app.route('/broker', broker());
  app.route('/', signOn({ github: given.githubSecret, google: given.googleSecret }, { random, clock }));
  app.route('/', flags());
  return Promise.resolve({ handler: honoHandler(app) });
}
