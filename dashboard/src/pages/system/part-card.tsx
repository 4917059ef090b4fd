import { percentText, rateText, shortRevision, State } from '../../kit/index.ts';
import { type Part, readyOf, revisionOf, type ServicePart, type StorePart } from './parts.ts';

/** What is read of a part at a glance: in the picture and in the list. */
export function PartFace({ part }: { readonly part: Part }) {
  return (
    <>
      <span className="system-face-head">
        <span className="system-name">{part.name}</span>
        <State tone={part.health.tone}>{part.health.word}</State>
      </span>
      {part.kind === 'service' ? <ServiceFace part={part} /> : <StoreFace part={part} />}
    </>
  );
}

function ServiceFace({ part: { running, load, declared } }: { readonly part: ServicePart }) {
  const revision = load?.stable ?? revisionOf(running);
  return (
    <>
      <span className="system-face-line">
        {running === null ? `${declared.replicas} wanted` : `${readyOf(running)} of ${running.wanted} ready`}
        {revision !== null && (
          <>
            {' · '}
            <code>{shortRevision(revision)}</code>
          </>
        )}
      </span>
      <span className="system-face-line">{loadText(load, declared)}</span>
      {load?.canary != null && <CanaryShare weight={load.canary.weight} />}
    </>
  );
}

function loadText(load: ServicePart['load'], { traffic, consumes }: ServicePart['declared']): string {
  if (traffic === 'none') return consumes ? 'takes jobs' : 'no requests';
  if (load === null) return 'no requests yet';
  const failed = load.failed === null || load.failed === 0 ? '' : ` · ${percentText(load.failed)} failed`;
  return `${rateText(load.rate)}/s${failed}`;
}

/** Who has how much of the traffic, while two revisions have some. */
export function CanaryShare({ weight }: { readonly weight: number }) {
  return (
    <span className="system-share">
      <span className="system-share-bar" aria-hidden="true">
        <span style={{ inlineSize: `${100 - weight}%` }} />
        <span style={{ inlineSize: `${weight}%` }} />
      </span>
      <span className="system-share-text">{weight} % canary</span>
    </span>
  );
}

function StoreFace({ part: { declared } }: { readonly part: StorePart }) {
  const { kind, version, standbys, backup } = declared;
  return (
    <>
      <span className="system-face-line">
        {version === null ? kind : `${kind} ${version}`}
        {standbys > 0 && ` · ${standbys} ${standbys === 1 ? 'standby' : 'standbys'}`}
      </span>
      <span className="system-face-line">{backup === null ? 'no copies declared' : 'copied'}</span>
    </>
  );
}
