/** What whoever makes jobs and whoever does them agree on. */
import { SignalManager } from 'signalbox';

export const jobSignals = new SignalManager({ name: 'payments' });

/** An invoice is to be paid: once, however often the job is delivered. */
export const paymentDue = jobSignals.signal<{ invoice: number; cents: number }>('payment_due');

export const namespace = 'payments';
/** Of all workers, one gets each job. */
export const group = 'workers';
