/**
 * Returns a function that makes a value once per client. All engines on one client share it, and it lives as long as
 * the client.
 */
export function perClient<Client extends object, Part>(make: (client: Client) => Part): (client: Client) => Part {
  const parts = new WeakMap<Client, Part>();
  return (client) => {
    const part = parts.get(client) ?? make(client);
    parts.set(client, part);
    return part;
  };
}
