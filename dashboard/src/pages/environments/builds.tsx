import type { EnvironmentView } from '#api/browser';
import { type Column, Empty, Table } from '../../kit/index.ts';

/** Services by environments: differences are seen at a glance. */
export function Builds({ environments }: { readonly environments: readonly EnvironmentView[] }) {
  const shown = environments.filter(({ builds }) => Object.keys(builds).length > 0);
  const services = [...new Set(shown.flatMap(({ builds }) => Object.keys(builds)))].toSorted();
  if (services.length === 0)
    return (
      <Empty title="Nothing runs anywhere yet.">
        <p>Bring an environment up, and its builds are listed here.</p>
      </Empty>
    );
  const columns: readonly Column<string>[] = [
    { name: 'Service', cell: (service) => service, heads: true },
    ...shown.map((environment) => ({
      name: environment.name,
      cell: (service: string) => <Build environment={environment} service={service} />,
    })),
  ];
  return (
    <Table
      caption="Builds by service and environment"
      columns={columns}
      rows={services}
      keyOf={(name) => name}
    />
  );
}

function Build({
  environment: { builds, ahead, next },
  service,
}: {
  readonly environment: EnvironmentView;
  readonly service: string;
}) {
  const build = builds[service];
  if (build === undefined) return <span className="hint">not here</span>;
  return (
    <span className="environments-build">
      <code>{build.slice(0, 12)}</code>
      {ahead?.includes(service) === true && <span className="environments-ahead">ahead of {next}</span>}
    </span>
  );
}
