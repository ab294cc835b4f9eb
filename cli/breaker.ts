// The breaker's own process, started by a running desk: only its parts are put together here.
import { runBreakerProcess } from '#infra/breaker/breaker-process.ts';
import { openBroker } from './compose/brokers.ts';

runBreakerProcess(openBroker);
