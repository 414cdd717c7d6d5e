// The floor: an unsigned request to a route without authorization.
const { API_URL } = process.env;

export async function handler() {
  const response = await fetch(`${API_URL}/open`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ foo: 'bar' }),
  });
  return { status: response.status, body: await response.json() };
}
