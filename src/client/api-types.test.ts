import { expect, test } from "bun:test";
import type { z } from "zod";
import type { ReadyAnswer } from "../wire/health.ts";
import * as Wire from "../wire/problem.ts";
import type {
  CloseAllAnswer,
  CreateAnswer,
  ListAnswer,
  RotateAnswer,
  SessionAnswer,
} from "../wire/session-answers.ts";
import type { CreateBody, UpdateBody } from "../wire/session-requests.ts";
import type * as Client from "./api-types.ts";
import { PROBLEM_CODES, type ProblemCode } from "./errors.ts";

type Flat<T> = T extends (infer Item)[]
  ? Flat<Item>[]
  : T extends object
    ? { [K in keyof T]: Flat<T[K]> }
    : T;
/** True only for types that the compiler holds for identical, optional members and all. */
type Same<A, B> =
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- two deferred types are what is compared
  (<T>() => T extends Flat<A> ? 1 : 2) extends <T>() => T extends Flat<B> ? 1 : 2 ? true : false;

/** Each is true, or this file does not compile: the types of the client are those of the wire. */
const SAME: readonly [
  Same<ProblemCode, Wire.ProblemCode>,
  Same<Client.FieldError, Wire.FieldError>,
  Same<Client.CreateSession, CreateBody>,
  Same<Client.UpdateSession, UpdateBody>,
  Same<Client.CreatedSession, CreateAnswer>,
  Same<Client.Session, SessionAnswer>,
  Same<Client.SessionList, ListAnswer>,
  Same<Client.ClosedAll, z.infer<typeof CloseAllAnswer>>,
  Same<Client.RotatedToken, RotateAnswer>,
  Same<Client.Readiness, ReadyAnswer>,
] = [true, true, true, true, true, true, true, true, true, true];

const DIFFERENT: readonly [
  Same<{ a: string }, { a?: string }>,
  Same<{ a: string }, { a: string; b: string }>,
  Same<{ a: string[] }, { a: (string | null)[] }>,
] = [false, false, false];

test("the client's types are those of the wire, by a comparison that can tell types apart", () => {
  expect(SAME).not.toContain(false);
  expect(DIFFERENT).not.toContain(true);
});

test("the client knows every code of the service", () => {
  expect(PROBLEM_CODES).toEqual(Wire.PROBLEM_CODES);
});
