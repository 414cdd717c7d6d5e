import type { MethodAndPath } from '../call/find-route.ts';

/** @param route of the settings, e.g. `GET /whoami` */
export function routeOf(route: string): MethodAndPath {
  const [method = '', path = ''] = route.split(' ');
  return { method, path };
}
