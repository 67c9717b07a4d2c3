/** The signals that the senders of jobs and the workers share. */
import { SignalManager } from 'signalbox';

export const jobSignals = new SignalManager({ name: 'payments' });

/** Asks to pay an invoice: once, however often the job is delivered. */
export const paymentDue = jobSignals.signal<{ invoice: number; cents: number }>('payment_due');

export const namespace = 'payments';
/** Each job goes to one of the workers. */
export const group = 'workers';
