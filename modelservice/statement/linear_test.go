package statement

import (
	"runtime"
	"strings"
	"testing"
)

// shapes are a start and what is repeated after it, one or more for every
// rule of the grammar.
var shapes = [][2]string{
	{"", "("}, {"", "x"}, {"", " "}, {"", ";"}, {"", "/"}, {"", "-"}, {"", "--\n"}, {"", "/**/"}, {"", "/*"}, {"", "`"},
	{"", "'"}, {"", "GRANT "}, {"", "\xff"}, {"", "é"}, {"", "\r"},
	{"GRANT ", "("}, {"GRANT ", "a "}, {"GRANT ", "a,"}, {"GRANT ", "_"}, {"GRANT ", "a_"}, {"GRANT ", "EXECUTE "},
	{"GRANT SELECT ON ", "("}, {"GRANT SELECT ON ", "a."}, {"GRANT SELECT ON ", "TO "}, {"GRANT SELECT ON ", "TO."},
	{"GRANT SELECT ON ", "MODEL "}, {"GRANT SELECT ON ", "MODEL SERVICE "}, {"GRANT SELECT ON ", "MODEL PROVIDER "},
	{"GRANT SELECT ON ", "``"}, {"GRANT SELECT ON `", "``"}, {"GRANT SELECT ON ", "a-"}, {"GRANT SELECT ON x-", "."},
	{"GRANT SELECT ON t TO ", "("}, {"GRANT SELECT ON t TO ", "a@"}, {"GRANT SELECT ON t TO ", "''"}, {"GRANT SELECT ON t TO x", ";"},
	{"SHOW ", "("}, {"SHOW GRANTS ", "ON "}, {"SHOW GRANTS ON t", " "}, {"SHOW CATALOGS ", "("},
	{"DROP ", "("}, {"DROP TABLE ", "IF EXISTS "}, {"DROP TABLE IF EXISTS t", "/**/"},
	{"SELECT ", "("}, {"SELECT ", "a,"}, {"SELECT ", "FROM "}, {"SELECT ", "FROM,"}, {"SELECT * FROM ", "("}, {"SELECT * FROM t LIMIT ", "9"},
	{"DENY ", "("}, {"DENY ", "''"}, {"ALTER ", "("}, {"ALTER MODEL SERVICE x ", "SET "}, {"CREATE ", "OR REPLACE "}, {"COMMENT ON ", "'a' "},
}

// Time and memory are linear (invariant I45). Time is counted in bytes walked
// and tokens looked at, memory in bytes allocated.
func TestLinear(t *testing.T) {
	const small, large = MaxLength / 16, MaxLength
	for _, shape := range shapes {
		says := shape[0] + shape[1] + "…"
		workSmall, memSmall := cost(shape, small)
		workLarge, memLarge := cost(shape, large)
		if workLarge > 17*workSmall+100 || workLarge > 16*large {
			t.Errorf("%q: %d steps for %d bytes, %d for %d", says, workSmall, small, workLarge, large)
		}
		if memLarge > 24*memSmall+1<<20 {
			t.Errorf("%q: %d bytes allocated for %d bytes, %d for %d", says, memSmall, small, memLarge, large)
		}
	}
}

func cost(shape [2]string, size int) (work int, allocated uint64) {
	text := fill(shape, size)
	p := &parser{lex: lexer{text: text}}
	p.parse()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	Parse(text)
	runtime.ReadMemStats(&after)
	return p.work + p.lex.work, after.TotalAlloc - before.TotalAlloc
}

func fill(shape [2]string, size int) string {
	return shape[0] + strings.Repeat(shape[1], (size-len(shape[0]))/len(shape[1]))
}

// No rule has a depth to run out of: the cost of a stack is an exit that
// cannot be recovered.
func TestParenthesesAreACleanError(t *testing.T) {
	for _, start := range []string{
		"", "GRANT ", "GRANT SELECT ", "GRANT SELECT ON ", "GRANT SELECT ON t ", "GRANT SELECT ON t TO ", "GRANT SELECT ON t TO x ",
		"SHOW ", "SHOW GRANTS ", "SHOW GRANTS ON ", "DROP ", "DROP TABLE ", "DROP TABLE t ", "SELECT ", "SELECT a ",
		"SELECT * FROM ", "SELECT * FROM t ", "SELECT * FROM t LIMIT ", "CREATE ", "ALTER ", "ALTER TABLE ", "ALTER TABLE t ",
		"COMMENT ", "EXPLAIN ",
	} {
		for _, n := range []int{1, 2, 200_000, 1_000_000} {
			_, err := Parse(start + strings.Repeat("(", n))
			syntax, ok := err.(*SyntaxError)
			if !ok || syntax.Offset != len(start) || syntax.Near != "(" {
				t.Fatalf("%s and %d parentheses: %v", start, n, err)
			}
		}
	}
}
