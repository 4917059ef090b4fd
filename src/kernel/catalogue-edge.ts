import type { CatalogueEntry } from './catalogue-entry.ts';

/** The public listeners of the router and their certificates. */
export const edgeEntries = {
  edge_certificate_not_issued: {
    sentence: 'No certificate could be got for {host}: {reason}.',
    hint: 'It is tried again by itself. The host must lead to this machine, and port 80 to a listener of the edge with tls: "none".',
    status: 502,
    exit: 1,
  },
  edge_certificate_unusable: {
    sentence: 'The certificate {source} cannot be used: {reason}.',
    hint: 'Check the certificate and its key. They are read again when they change; until then the one before is shown.',
    status: 422,
    exit: 2,
  },
  edge_listen_failed: {
    sentence: 'The edge cannot listen on {address}:{port}: {reason}.',
    hint: 'End what listens there, or write another port at edge.listen. Ports below 1024 need the right to them.',
    status: 409,
    exit: 5,
  },
  edge_request_invalid: {
    sentence: 'The router was asked something of its edge that it does not understand: {reason}.',
    hint: 'Send "maintenance" as true, as false, or as null for what the table says.',
    status: 422,
    exit: 2,
  },
} as const satisfies Record<string, CatalogueEntry>;
