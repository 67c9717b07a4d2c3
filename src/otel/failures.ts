import { type Exception, type Span, SpanStatusCode } from '@opentelemetry/api';
import { textOf } from '../internal/printing.js';

/** Returns the `error.type` of whatever was thrown. */
export function errorTypeOf(error: unknown): string {
  return textOf(error, 'code') ?? textOf(error, 'name') ?? '_OTHER';
}

/** Marks a span as failed. */
export function recordFailure(span: Span, error: unknown): void {
  const exception = exceptionOf(error);
  span.recordException(exception);
  span.setAttribute('error.type', errorTypeOf(error));
  span.setStatus({ code: SpanStatusCode.ERROR, message: exception.message ?? '' });
}

/** Returns whatever was thrown as an exception that every SDK records. */
function exceptionOf(error: unknown): Exclude<Exception, string> {
  if ((typeof error !== 'object' && typeof error !== 'function') || error === null) {
    return { name: '_OTHER', message: String(error) };
  }
  const [code, message, stack] = [textOf(error, 'code'), textOf(error, 'message'), textOf(error, 'stack')];
  return {
    name: textOf(error, 'name') ?? '_OTHER',
    ...(code === undefined ? {} : { code }),
    ...(message === undefined ? {} : { message }),
    ...(stack === undefined ? {} : { stack }),
  };
}
