// Keeps the visitor's token in a cookie; one that is there already counts and is told instead.

const YEAR = 365 * 24 * 3600;

export default function ({ data, setStateValue }) {
  const cookies = document.cookie.split("; ").map((pair) => pair.split("="));
  const [, known] = cookies.find(([name]) => name === data.cookie) ?? [];
  if (known && /^[0-9a-f]{32}$/.test(known)) {
    if (known !== data.token) setStateValue("known", known);
    return;
  }
  const safe = location.protocol === "https:" ? "; Secure" : "";
  document.cookie =
    `${data.cookie}=${data.token}; Path=/; Max-Age=${YEAR}; SameSite=Lax${safe}`;
}
