import type { Role } from '#api/browser';
import { Badge, type Column, State, Table } from '../../kit/index.ts';

interface RoleRow {
  readonly role: Role;
  readonly release: boolean;
  readonly approve: boolean;
  readonly administer: boolean;
}

/** As the contract has it; every role may look. */
const rows: readonly RoleRow[] = [
  { role: 'viewer', release: false, approve: false, administer: false },
  { role: 'deployer', release: true, approve: false, administer: false },
  { role: 'approver', release: false, approve: true, administer: false },
  { role: 'admin', release: true, approve: true, administer: true },
];

const yes = (may: boolean) => (may ? <State tone="good">yes</State> : <span className="access-no">no</span>);

/** What each role may do. */
export function Roles({ mine }: { readonly mine: Role | null }) {
  const columns: readonly Column<RoleRow>[] = [
    {
      name: 'Role',
      wide: true,
      cell: ({ role }) => (
        <span className="access-role">
          {role} {role === mine && <Badge tone="quiet">you</Badge>}
        </span>
      ),
    },
    { name: 'Look', cell: () => yes(true) },
    { name: 'Release', cell: ({ release }) => yes(release) },
    { name: 'Agree', cell: ({ approve }) => yes(approve) },
    { name: 'Administer', cell: ({ administer }) => yes(administer) },
  ];
  return (
    <>
      <Table caption="What each role may do" columns={columns} rows={rows} keyOf={({ role }) => role} />
      <p className="hint access-hint">
        Nobody who only deploys can agree to a release, so that four eyes stay four.
      </p>
    </>
  );
}
