// The calculator, and a method that gives back what it gets: every type that thrift has.
include "tutorial.thrift"

struct Everything {
  1: bool yes,
  2: bool no,
  3: byte small,
  4: i16 short,
  5: i32 medium,
  6: i64 large,
  7: double real,
  8: string text,
  9: binary bytes,
  10: list<bool> flags,
  11: list<double> reals,
  12: set<i32> numbers,
  13: map<string, i32> ages,
  14: map<i32, list<string>> names,
  15: list<tutorial.Work> works,
  16: map<string, i32> nothing,
  100: optional Everything inner,
}

service Mirror extends tutorial.Calculator {
  Everything mirror(1: Everything all),
  /** Throws what its declaration does not know. */
  string fail(1: string reason),
}
