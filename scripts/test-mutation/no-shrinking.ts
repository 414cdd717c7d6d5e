import { configureGlobal } from 'fast-check';

// The first failing case notices a mutant. A smaller case would only cost time.
configureGlobal({ endOnFailure: true });
