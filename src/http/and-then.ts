/** Goes on with `value`, at once unless it is still under way: what is known needs no turn of the event loop. */
export function andThen<T, R>(
  value: T | Promise<T>,
  goOn: (value: T) => R | Promise<R>,
): R | Promise<R> {
  return value instanceof Promise ? value.then(goOn) : goOn(value);
}
