// The framework takes a local plugin from the service's own folder only.
export { default } from '../lean-validation.js';
