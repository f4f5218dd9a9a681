import { FitsError } from "@fitstream/native";

/** What `work` throws or rejects with; fails the test when that is nothing or no FitsError. */
export async function failureOf(work: () => unknown): Promise<FitsError> {
  try {
    await work();
  } catch (error) {
    if (error instanceof FitsError) return error;
    throw error;
  }
  throw new Error("expected a FitsError, but nothing was thrown");
}
