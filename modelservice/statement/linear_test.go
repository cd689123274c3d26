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
	{"SELECT * FROM t WHERE ", "("}, {"SELECT * FROM t WHERE ", "NOT "}, {"SELECT * FROM t WHERE ", "a=1 OR "}, {"SELECT * FROM t WHERE ", "(a=1) AND "},
	{"SELECT * FROM t WHERE ", "a "}, {"SELECT * FROM t WHERE a = ", "1"}, {"SELECT * FROM t WHERE a = ", "-"}, {"SELECT * FROM t WHERE a = ", "1e-"},
	{"SELECT * FROM t WHERE a = ", "1."}, {"SELECT * FROM t WHERE a = '", "''"}, {"SELECT * FROM t WHERE a IN (", "1,"}, {"SELECT * FROM t WHERE a IN (", "("},
	{"SELECT * FROM t WHERE a LIKE '", "%_"}, {"SELECT * FROM t WHERE a ", "<"}, {"SELECT * FROM t WHERE a[", "["}, {"SELECT * FROM t WHERE a", "!="},
	{"SELECT * FROM t WHERE ", "array_contains("}, {"SELECT * FROM t WHERE ", "now() - "}, {"SELECT * FROM t WHERE a < NOW() - INTERVAL ", "9"},
	{"SELECT * FROM t WHERE a = TIMESTAMP ", "'1'"}, {"SELECT * FROM t ORDER BY ", "a,"}, {"SELECT * FROM t ORDER BY a ", "DESC "}, {"SELECT COUNT(*) FROM t ", "WHERE "},
	{"DENY ", "("}, {"DENY ", "''"}, {"ALTER ", "("}, {"ALTER MODEL SERVICE x ", "SET "}, {"CREATE ", "OR REPLACE "}, {"COMMENT ON ", "'a' "},
	{"SHOW GROUPS WITH ", "USER "}, {"SHOW TABLES IN ", "in."}, {"SHOW TABLES LIKE '", "''"}, {"SHOW PRINCIPALS WITH ", "a "},
	{"DESCRIBE ", "("}, {"DESCRIBE ", "EXTENDED "}, {"DESCRIBE ", "USER "}, {"DESC SERVICE ", "PRINCIPAL "},
	{"COMMENT ON TABLE ", "IS "}, {"COMMENT ON TABLE t IS '", "''"}, {"COMMENT ON TABLE t IS ", "'"},
	{"CREATE CATALOG ", "IF NOT EXISTS "}, {"CREATE GROUP g WITH ", "USER "}, {"CREATE GROUP g WITH ", "a,"}, {"CREATE GROUP g WITH ", "USER a "},
	{"ALTER GROUP g ADD ", "GROUP,"}, {"ALTER GROUP g DROP USER ", "x, "}, {"ALTER GROUP g ADD ", "SERVICE PRINCIPAL "}, {"ALTER GROUP ", "ADD "},
	{"ALTER TABLE ", "OWNER "}, {"ALTER TABLE t RENAME TO ", "``"}, {"EXPLAIN PRIVILEGE ", "a,"}, {"EXPLAIN PRIVILEGE a ON ", "FOR "}, {"EXPLAIN PRIVILEGE a ON ", "FOR."},
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
		"SELECT * FROM ", "SELECT * FROM t ", "SELECT * FROM t LIMIT ", "SELECT COUNT(*) FROM t ",
		"SELECT * FROM t WHERE a = ", "SELECT * FROM t WHERE a = 1 ", "SELECT * FROM t WHERE a[", "SELECT * FROM t WHERE a IN (",
		"SELECT * FROM t WHERE a BETWEEN ", "SELECT * FROM t WHERE a LIKE ", "SELECT * FROM t WHERE a IS ", "SELECT * FROM t ORDER ", "SELECT * FROM t ORDER BY ",
		"SELECT * FROM t OFFSET ", "CREATE ", "ALTER ", "ALTER TABLE ", "ALTER TABLE t ",
		"COMMENT ", "EXPLAIN ", "COMMENT ON ", "COMMENT ON TABLE ", "COMMENT ON TABLE t ", "COMMENT ON TABLE t IS ", "EXPLAIN PRIVILEGE ",
		"EXPLAIN PRIVILEGE a ON ", "EXPLAIN PRIVILEGE a ON t ", "EXPLAIN PRIVILEGE a ON t FOR ", "SHOW PRINCIPALS ", "SHOW PRINCIPALS WITH ",
		"SHOW CATALOGS ", "SHOW TABLES IN ", "SHOW TABLES IN t ", "SHOW TABLES LIKE ", "SHOW GROUPS WITH ", "SHOW GROUPS WITH USER ",
		"DESCRIBE ", "DESCRIBE EXTENDED ", "DESCRIBE TABLE ", "DESCRIBE USER ", "DESCRIBE SERVICE PRINCIPAL ",
		"CREATE CATALOG ", "CREATE CATALOG c ", "CREATE CATALOG c COMMENT ", "CREATE USER ", "CREATE GROUP g WITH ", "CREATE GROUP g WITH USER ",
		"DROP USER ", "ALTER GROUP ", "ALTER GROUP g ", "ALTER GROUP g ADD ", "ALTER GROUP g ADD a, ", "ALTER TABLE t OWNER TO ", "ALTER TABLE t RENAME TO ",
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
