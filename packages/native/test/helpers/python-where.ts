/** Expressions evaluated by Python and numpy, row by row: nothing here is shared with the library. */
import type { Node } from "../../src/where/expression.js";
import { runPython } from "./astropy.js";

const script = `
import ctypes, ctypes.util, json, math, re, sys
import numpy as np
from astropy.io import fits

np.seterr(all="ignore")
libm = ctypes.CDLL(ctypes.util.find_library("m"))
LOW, HIGH = -2**63, 2**63 - 1

def plain(pairs):
    if "$integer" in pairs: return int(pairs["$integer"])
    if "$number" in pairs: return float(pairs["$number"])
    return pairs

job = json.load(sys.stdin, object_hook=plain)
rows = job["rows"]
rng = np.random.default_rng(job["seed"])

def near(kind, low, high):
    """Small integers, and those at both ends of the type."""
    ends = np.array([low, low + 1, high - 1, high], dtype=kind)
    small = rng.integers(max(low, -5), 30, rows).astype(kind)
    return np.where(rng.random(rows) < 0.2, rng.choice(ends, rows), small)

def floats(kind):
    odd = np.array([np.nan, np.inf, -np.inf, 0.0, -0.0, 2.0**53, 2.0**63, 2.0**64], dtype=kind)
    usual = np.round(rng.normal(3, 6, rows), 1).astype(kind)
    return np.where(rng.random(rows) < 0.25, rng.choice(odd, rows), usual)

def texts(length):
    words = [b"", b"STAR", b"QSO", b"star", b"S A", b"GAL%", b"a\\xe9", b"  x"]
    return np.array([w[:length] for w in rng.choice(np.array(words, dtype=object), rows)], dtype=f"S{length}")

def integers(name, form, kind, zero=None, null=None):
    info = np.iinfo(kind)
    raw = near(kind, info.min, info.max)
    cards = {}
    if zero is not None: cards["TZERO"] = zero
    if null is not None: cards["TNULL"] = null
    if null is not None: raw = np.where(rng.random(rows) < 0.2, np.array(null, dtype=kind), raw)
    values = [None if null is not None and r == null else int(r) + (zero or 0) for r in raw]
    return name, form, raw, cards, values

columns = [
    integers("b", "B", "u1", null=255), integers("sb", "B", "u1", zero=-128),
    integers("i", "I", "i2", null=-99), integers("ui", "I", "i2", zero=2**15),
    integers("j", "J", "i4", null=7), integers("uj", "J", "i4", zero=2**31, null=-2**31),
    integers("k", "K", "i8", null=-1), integers("uk", "K", "i8", zero=2**63),
]
scaled = near("i2", -2**15, 2**15 - 1)
columns.append(("sc", "I", scaled, {"TSCAL": 0.1, "TZERO": 5.0, "TNULL": 3},
                [None if r == 3 else float(0.1 * int(r) + 5.0) for r in scaled]))
for name, form, kind in (("e", "E", "f4"), ("d", "D", "f8")):
    raw = floats(kind)
    columns.append((name, form, raw, {}, [None if v != v else float(v) for v in raw]))
for name, length in (("s", 6), ("t", 3)):
    raw = texts(length)
    columns.append((name, f"{length}A", raw, {}, [bytes(v).decode("latin1").rstrip(" ") for v in raw]))
raw = rng.choice(np.frombuffer(b"TTF\\0", dtype="u1"), rows)
columns.append(("l", "L", raw, {}, [{84: True, 70: False, 0: None}[int(v)] for v in raw]))
raw = rng.choice(np.array([0, 128], dtype="u1"), rows)
columns.append(("x", "1X", raw, {}, [bool(v) for v in raw]))

table = np.zeros(rows, dtype=[(name, raw.dtype.newbyteorder(">")) for name, _, raw, _, _ in columns])
header = fits.Header([("XTENSION", "BINTABLE"), ("BITPIX", 8), ("NAXIS", 2), ("NAXIS1", table.itemsize),
                      ("NAXIS2", rows), ("PCOUNT", 0), ("GCOUNT", 1), ("TFIELDS", len(columns))])
for n, (name, form, raw, cards, _) in enumerate(columns, 1):
    table[name] = raw
    header[f"TTYPE{n}"], header[f"TFORM{n}"] = name, form
    for keyword, value in cards.items(): header[f"{keyword}{n}"] = value
data = table.tobytes()
with open(job["path"], "wb") as file:
    file.write(fits.PrimaryHDU().header.tostring().encode())
    file.write(header.tostring().encode())
    file.write(data + bytes(-len(data) % 2880))
cells = {name: values for name, _, _, _, values in columns}

def number(function):
    def call(*operands):
        value = float(function(*(np.float64(o) for o in operands)))
        return None if value != value else value
    return call

def of_libm(name, count=1):
    function = getattr(libm, name)
    function.restype, function.argtypes = ctypes.c_double, [ctypes.c_double] * count
    return number(function)

def whole(value):
    if not LOW <= value <= HIGH: raise OverflowError
    return value

def rest(a, b):
    return None if b == 0 else abs(a) % abs(b) * (1 if a >= 0 else -1)

floating = {"+": number(np.add), "-": number(np.subtract), "*": number(np.multiply),
            "/": number(np.divide), "%": number(np.fmod)}
exact = {"+": lambda a, b: a + b, "-": lambda a, b: a - b, "*": lambda a, b: a * b, "%": rest}
calls = {"sqrt": number(np.sqrt), "floor": number(np.floor), "ceil": number(np.ceil),
         "round": number(np.rint), "abs": number(np.abs), "log10": of_libm("log10"),
         "ln": of_libm("log"), "exp": of_libm("exp"), "sin": of_libm("sin"), "cos": of_libm("cos"),
         "tan": of_libm("tan"), "pow": of_libm("pow", 2), "radians": number(np.radians),
         "degrees": number(np.degrees)}
orders = {"=": lambda a, b: a == b, "!=": lambda a, b: a != b, "<": lambda a, b: a < b,
          "<=": lambda a, b: a <= b, ">": lambda a, b: a > b, ">=": lambda a, b: a >= b}

def arithmetic(operator, a, b):
    if a is None or b is None: return None
    if operator == "/" or isinstance(a, float) or isinstance(b, float): return floating[operator](a, b)
    value = exact[operator](whole(a), whole(b))
    return None if value is None else whole(value)

def compare(operator, a, b):
    return None if a is None or b is None else orders[operator](a, b)

def negated(node, value):
    return value if value is None or not node["isNegated"] else not value

def both(values):
    return False if False in values else None if None in values else True

def operand(node, row):
    value = evaluate(node, row)
    is_wide = node["kind"] == "literal" and isinstance(value, int) and not LOW <= value <= HIGH
    return float(value) if is_wide else value

def pattern(text):
    parts = re.findall(r"\\\\.|[%_]|[^%_\\\\]+", text, re.S)
    return "".join({"%": ".*", "_": "."}.get(p) or re.escape(p[1:] if p[0] == "\\\\" else p) for p in parts)

def evaluate(node, row):
    kind = node["kind"]
    if kind == "literal":
        return node["value"].rstrip(" ") if isinstance(node["value"], str) else node["value"]
    if kind == "column": return cells[node["name"]][row]
    if kind in ("sum", "product"):
        value = operand(node["first"], row)
        for link in node["rest"]: value = arithmetic(link["operator"], value, operand(link["operand"], row))
        return value
    if kind == "negation":
        value = operand(node["operand"], row)
        return value if value is None else -value if isinstance(value, float) else whole(-whole(value))
    if kind == "call":
        values = [operand(o, row) for o in node["operands"]]
        if None in values: return None
        if isinstance(values[0], int) and node["name"] in ("floor", "ceil", "round", "abs"):
            value = values[0]
            return value if node["name"] != "abs" or value >= 0 else whole(-value)
        return calls[node["name"]](*values)
    if kind == "comparison":
        return compare(node["operator"], evaluate(node["left"], row), evaluate(node["right"], row))
    if kind == "not":
        value = evaluate(node["operand"], row)
        return None if value is None else not value
    if kind == "and": return both([evaluate(t, row) for t in node["terms"]])
    if kind == "or":
        flipped = both([None if v is None else not v for v in [evaluate(t, row) for t in node["terms"]]])
        return None if flipped is None else not flipped
    value = evaluate(node["value"], row)
    if kind == "is-null": return (value is None) != node["isNegated"]
    if kind == "between":
        low, high = evaluate(node["low"], row), evaluate(node["high"], row)
        return negated(node, both([compare(">=", value, low), compare("<=", value, high)]))
    if value is None: return None
    if kind == "like": return negated(node, re.fullmatch(pattern(node["pattern"]["value"]), value, re.S) is not None)
    items = [evaluate(item, row) for item in node["items"]]
    return negated(node, True if any(i is not None and i == value for i in items) else None if None in items else False)

def answer(tree):
    try:
        values = [evaluate(tree, row) for row in range(rows)]
        for value in values:
            if type(value) is int: whole(value)
    except OverflowError:
        return None
    return [None if v is None else str(v) for v in values]

json.dump([answer(tree) for tree in job["trees"]], sys.stdout)
`;

/** Columns of the table that is made. */
export const columnsMade = {
  numbers: ["b", "sb", "i", "ui", "j", "uj", "k", "uk", "sc", "e", "d"],
  texts: ["s", "t"],
  booleans: ["l", "x"],
} as const;

/**
 * Writes a table of all types, with nulls, and evaluates trees over it. Values are as Python writes
 * them (True, 12, 1.5, inf), null where there is none; null for a tree whose integers overflow.
 */
export function evaluatedByPython(
  python: string,
  job: {
    readonly path: string;
    readonly rows: number;
    readonly seed: number;
    readonly trees: readonly Node[];
  },
): readonly (readonly (string | null)[] | null)[] {
  const text = JSON.stringify(job, (key, value: unknown) => {
    if (typeof value === "bigint") return { $integer: String(value) };
    return key === "value" && typeof value === "number" ? { $number: String(value) } : value;
  });
  return runPython(python, script, JSON.parse(text)) as (string[] | null)[];
}
