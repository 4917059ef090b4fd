/** Two channels from one stream: a release. */
export function Logo() {
  return (
    <svg
      viewBox="0 0 28 28"
      width="28"
      height="28"
      fill="none"
      strokeWidth="3"
      strokeLinecap="round"
      aria-hidden="true"
    >
      <path d="M3 23C10 23 8 5 15 5" stroke="var(--stable)" />
      <path d="M13 23c7 0 5-18 12-18" stroke="var(--canary)" strokeDasharray="0.1 5" />
    </svg>
  );
}
