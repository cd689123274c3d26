package statement

import (
	"strings"
	"testing"
)

// selectRefusals are the refusals of SELECT.
var selectRefusals = []refusal{
	{"SELECT", 6, 1, 7, "", codeSyntax, "expected a column or \"*\" at the end of the text"},
	{"SELECT FROM t", 7, 1, 8, "FROM", codeSyntax, "expected a column or \"*\" near \"FROM\""},
	{"SELECT a, FROM t", 10, 1, 11, "FROM", codeSyntax, "expected a column or \"*\" near \"FROM\""},
	{"SELECT *, a FROM t", 8, 1, 9, ",", codeSyntax, "expected FROM near \",\""},
	{"SELECT a.b FROM t", 8, 1, 9, ".", codeSyntax, "a column is one name, expected FROM or \",\" near \".\""},
	{"SELECT sum(*) FROM t", 10, 1, 11, "(", codeSyntax, "a column is one name, expected FROM or \",\" near \"(\""},
	{"SELECT a", 8, 1, 9, "", codeSyntax, "expected FROM or \",\" at the end of the text"},
	{"SELECT * FROM", 13, 1, 14, "", codeSyntax, "expected a name at the end of the text"},
	{"SELECT * FROM (SELECT 1)", 14, 1, 15, "(", codeSyntax, "expected a name near \"(\""},
	{"SELECT * FROM t LIMIT 5 ORDER BY a", 24, 1, 25, "ORDER", codeSyntax, "ORDER is not supported here, expected OFFSET or the end of the statement near \"ORDER\""},
	{"SELECT * FROM t, u", 15, 1, 16, ",", codeSyntax, "expected WHERE, ORDER BY, LIMIT, OFFSET or the end of the statement near \",\""},
	{"SELECT * FROM t LIMIT", 21, 1, 22, "", codeSyntax, "expected a number of rows at the end of the text"},
	{"SELECT * FROM t LIMIT -1", 22, 1, 23, "-", codeSyntax, "LIMIT must not be negative, expected a number of rows near \"-\""},
	{"SELECT * FROM t LIMIT 9223372036854775808", 22, 1, 23, "9223372036854775808", codeSyntax, "LIMIT is at most 9223372036854775807, expected a number of rows near \"9223372036854775808\""},
	{"SELECT * FROM t LIMIT 1_000", 22, 1, 23, "1_000", codeSyntax, "expected a number of rows near \"1_000\""},
	{"SELECT * FROM t LIMIT 5.5", 23, 1, 24, ".", codeSyntax, "expected OFFSET or the end of the statement near \".\""},
	{"SELECT a-b FROM t", 7, 1, 8, "a-b", codeIdentifier, "the unquoted identifier a-b is invalid and must be back-quoted as: `a-b`"},
	{"SELECT * FROM t WHERE", 21, 1, 22, "", codeSyntax, "expected a condition at the end of the text"},
	{"SELECT * FROM t WHERE ORDER BY a", 22, 1, 23, "ORDER", codeSyntax, "expected a condition near \"ORDER\""},
	{"SELECT * FROM t WHERE a", 23, 1, 24, "", codeSyntax, "expected a comparison, IS, IN, BETWEEN or LIKE at the end of the text"},
	{"SELECT * FROM t WHERE a =", 25, 1, 26, "", codeSyntax, "expected a column or a value at the end of the text"},
	{"SELECT * FROM t WHERE a = = 1", 26, 1, 27, "=", codeSyntax, "expected a column or a value near \"=\""},
	{"SELECT * FROM t WHERE a < = 1", 26, 1, 27, "=", codeSyntax, "expected a column or a value near \"=\""},
	{"SELECT * FROM t WHERE a = 1 b", 28, 1, 29, "b", codeSyntax, "expected AND, OR, ORDER BY, LIMIT, OFFSET or the end of the statement near \"b\""},
	{"SELECT * FROM t WHERE a = 1 AND", 31, 1, 32, "", codeSyntax, "expected a condition at the end of the text"},
	{"SELECT * FROM t WHERE OR a = 1", 22, 1, 23, "OR", codeSyntax, "expected a condition near \"OR\""},
	{"SELECT * FROM t WHERE NOT", 25, 1, 26, "", codeSyntax, "expected a condition at the end of the text"},
	{"SELECT * FROM t WHERE TRUE", 22, 1, 23, "TRUE", codeSyntax, "expected a condition near \"TRUE\""},
	{"SELECT * FROM t WHERE a = true", 26, 1, 27, "true", codeSyntax, "expected a column or a value near \"true\""},
	{"SELECT * FROM t WHERE (a = 1", 28, 1, 29, "", codeSyntax, "expected AND, OR or \")\" at the end of the text"},
	{"SELECT * FROM t WHERE a = 1)", 27, 1, 28, ")", codeSyntax, "expected AND, OR, ORDER BY, LIMIT, OFFSET or the end of the statement near \")\""},
	{"SELECT * FROM t WHERE ()", 23, 1, 24, ")", codeSyntax, "expected a condition near \")\""},
	{"SELECT * FROM t WHERE (SELECT 1) = a", 23, 1, 24, "SELECT", codeSyntax, "subqueries are not supported here, expected a condition near \"SELECT\""},
	{"SELECT * FROM t WHERE EXISTS (SELECT 1)", 22, 1, 23, "EXISTS", codeSyntax, "subqueries are not supported here, expected a condition near \"EXISTS\""},
	{"SELECT * FROM t WHERE a IN (SELECT b FROM c)", 28, 1, 29, "SELECT", codeSyntax, "subqueries are not supported here, expected a value near \"SELECT\""},
	{"SELECT * FROM t WHERE a IN ()", 28, 1, 29, ")", codeSyntax, "expected a value near \")\""},
	{"SELECT * FROM t WHERE a IN (1,)", 30, 1, 31, ")", codeSyntax, "expected a value near \")\""},
	{"SELECT * FROM t WHERE a IN (b)", 28, 1, 29, "b", codeSyntax, "IN takes values and no columns, expected a value near \"b\""},
	{"SELECT * FROM t WHERE a IN 1", 27, 1, 28, "1", codeSyntax, "expected \"(\" near \"1\""},
	{"SELECT * FROM t WHERE a IN (1 2)", 30, 1, 31, "2", codeSyntax, "expected \",\" or \")\" near \"2\""},
	{"SELECT * FROM t WHERE a NOT = 1", 28, 1, 29, "=", codeSyntax, "expected IN, BETWEEN or LIKE near \"=\""},
	{"SELECT * FROM t WHERE a NOT RLIKE 'x'", 28, 1, 29, "RLIKE", codeSyntax, "RLIKE is not supported here, expected IN, BETWEEN or LIKE near \"RLIKE\""},
	{"SELECT * FROM t WHERE a ILIKE 'x'", 24, 1, 25, "ILIKE", codeSyntax, "ILIKE is not supported here, expected a comparison, IS, IN, BETWEEN or LIKE near \"ILIKE\""},
	{"SELECT * FROM t WHERE a LIKE b", 29, 1, 30, "b", codeSyntax, "expected a text in single quotes near \"b\""},
	{"SELECT * FROM t WHERE a LIKE 'b' ESCAPE 'xy'", 40, 1, 41, "'xy'", codeSyntax, "ESCAPE takes one character, expected a text in single quotes near \"'xy'\""},
	{"SELECT * FROM t WHERE a LIKE 'b' ESCAPE ''", 40, 1, 41, "''", codeSyntax, "ESCAPE takes one character"},
	{"SELECT * FROM t WHERE a BETWEEN 1", 33, 1, 34, "", codeSyntax, "expected AND at the end of the text"},
	{"SELECT * FROM t WHERE a BETWEEN 1 OR 2", 34, 1, 35, "OR", codeSyntax, "expected AND near \"OR\""},
	{"SELECT * FROM t WHERE a IS TRUE", 27, 1, 28, "TRUE", codeSyntax, "expected NULL or NOT NULL near \"TRUE\""},
	{"SELECT * FROM t WHERE a IS NOT 1", 31, 1, 32, "1", codeSyntax, "expected NULL near \"1\""},
	{"SELECT * FROM t WHERE a IS NOT DISTINCT FROM 1", 31, 1, 32, "DISTINCT", codeSyntax, "expected NULL near \"DISTINCT\""},
	{"SELECT * FROM t WHERE lower(a) = 'x'", 22, 1, 23, "lower", codeSyntax, "functions are not supported here, expected a condition near \"lower\""},
	{"SELECT * FROM t WHERE a = upper('x')", 26, 1, 27, "upper", codeSyntax, "functions are not supported here, expected a column or a value near \"upper\""},
	{"SELECT * FROM t WHERE a + 1 = 2", 24, 1, 25, "+", codeSyntax, "arithmetic is not supported here near \"+\""},
	{"SELECT * FROM t WHERE a = 1 - 1", 28, 1, 29, "-", codeSyntax, "arithmetic is not supported here near \"-\""},
	{"SELECT * FROM t WHERE a || b = 'x'", 24, 1, 25, "|", codeSyntax, "arithmetic is not supported here near \"|\""},
	{"SELECT * FROM t WHERE a/b = 1", 23, 1, 24, "/", codeSyntax, "arithmetic is not supported here near \"/\""},
	{"SELECT * FROM t WHERE t.a = 1", 23, 1, 24, ".", codeSyntax, "a column is one name near \".\""},
	{"SELECT * FROM t WHERE a[0] = 'x'", 24, 1, 25, "0", codeSyntax, "expected a text in single quotes near \"0\""},
	{"SELECT * FROM t WHERE a['x' = 'y'", 28, 1, 29, "=", codeSyntax, "expected \"]\" near \"=\""},
	{"SELECT * FROM t WHERE 'x'['y'] = 'z'", 25, 1, 26, "[", codeSyntax, "expected a comparison, IS, IN, BETWEEN or LIKE near \"[\""},
	{"SELECT * FROM t WHERE a = \"x\"", 26, 1, 27, "\"", codeSyntax, "expected a column or a value near"},
	{"SELECT * FROM t WHERE a = - 1", 26, 1, 27, "-", codeSyntax, "expected a column or a value near \"-\""},
	{"SELECT * FROM t WHERE a = --1", 29, 1, 30, "", codeSyntax, "expected a column or a value at the end of the text"},
	{"SELECT * FROM t WHERE a = 1.2.3", 26, 1, 27, "1.2.3", codeSyntax, "expected a number near \"1.2.3\""},
	{"SELECT * FROM t WHERE a = 1e", 26, 1, 27, "1e", codeSyntax, "expected a number near \"1e\""},
	{"SELECT * FROM t WHERE a = 0x10", 26, 1, 27, "0x10", codeSyntax, "expected a number near \"0x10\""},
	{"SELECT * FROM t WHERE a = 1_000", 26, 1, 27, "1_000", codeSyntax, "expected a number near \"1_000\""},
	{"SELECT * FROM t WHERE a = .", 26, 1, 27, ".", codeSyntax, "expected a number near \".\""},
	{"SELECT * FROM t WHERE a = 10L", 26, 1, 27, "10L", codeSyntax, "expected a number near \"10L\""},
	{"SELECT * FROM t WHERE a-b = 1", 22, 1, 23, "a-b", codeIdentifier, "must be back-quoted as: `a-b`"},
	{"SELECT * FROM t WHERE `` = 1", 22, 1, 23, "``", codeSyntax, "a name part must not be empty near \"``\""},
	{"SELECT * FROM t WHERE a = now(", 30, 1, 31, "", codeSyntax, "expected \")\" at the end of the text"},
	{"SELECT * FROM t WHERE a > now() - 1", 34, 1, 35, "1", codeSyntax, "expected INTERVAL near \"1\""},
	{"SELECT * FROM t WHERE a > now() - INTERVAL HOUR", 43, 1, 44, "HOUR", codeSyntax, "expected a whole number near \"HOUR\""},
	{"SELECT * FROM t WHERE a > now() - INTERVAL 1.5 HOUR", 44, 1, 45, ".", codeSyntax, "expected SECOND, MINUTE, HOUR, DAY or WEEK near \".\""},
	{"SELECT * FROM t WHERE a > now() - INTERVAL 1 MONTH", 45, 1, 46, "MONTH", codeSyntax, "expected SECOND, MINUTE, HOUR, DAY or WEEK near \"MONTH\""},
	{"SELECT * FROM t WHERE a > now() - INTERVAL 36526 DAYS", 43, 1, 44, "36526", codeSyntax, "an interval is at most 100 years near \"36526\""},
	{"SELECT * FROM t WHERE a > now() - INTERVAL 99999999999999999999 DAYS", 43, 1, 44, "99999999999999999999", codeSyntax, "an interval is at most 100 years"},
	{"SELECT * FROM t WHERE a > now() - INTERVAL 1 DAY - INTERVAL 1 DAY", 49, 1, 50, "-", codeSyntax, "arithmetic is not supported here near \"-\""},
	{"SELECT * FROM t WHERE a > now() + INTERVAL 1 DAY", 32, 1, 33, "+", codeSyntax, "arithmetic is not supported here near \"+\""},
	{"SELECT * FROM t WHERE array_contains(a)", 38, 1, 39, ")", codeSyntax, "expected \",\" near \")\""},
	{"SELECT * FROM t WHERE array_contains(a, 1)", 40, 1, 41, "1", codeSyntax, "expected a text in single quotes near \"1\""},
	{"SELECT * FROM t WHERE array_contains('a', 'b')", 37, 1, 38, "'a'", codeSyntax, "ARRAY_CONTAINS takes a column and a text, expected a column near \"'a'\""},
	{"SELECT * FROM t WHERE array_contains(a['k'], 'b')", 37, 1, 38, "a", codeSyntax, "ARRAY_CONTAINS takes a column and a text, expected a column near \"a\""},
	{"SELECT * FROM t WHERE array_contains(a, 'b'", 43, 1, 44, "", codeSyntax, "expected \")\" at the end of the text"},
	{"SELECT * FROM t WHERE a = 1; DROP TABLE t", 29, 1, 30, "DROP", codeSyntax, "one statement at a time: expected nothing after the semicolon near \"DROP\""},
	{"SELECT * FROM t WHERE a = 'x'' OR 1 = 1", 26, 1, 27, "'x'' OR 1 = 1", codeSyntax, "a string in single quotes has no end"},
	{"SELECT * FROM t WHERE a = 1 GROUP BY a", 28, 1, 29, "GROUP", codeSyntax, "GROUP is not supported here, expected AND, OR, ORDER BY, LIMIT, OFFSET or the end of the statement"},
	{"SELECT * FROM t HAVING a = 1", 16, 1, 17, "HAVING", codeSyntax, "HAVING is not supported here, expected WHERE, ORDER BY, LIMIT, OFFSET or the end of the statement"},
	{"SELECT * FROM t JOIN u", 16, 1, 17, "JOIN", codeSyntax, "JOIN is not supported here"},
	{"SELECT * FROM t AS u", 16, 1, 17, "AS", codeSyntax, "AS is not supported here"},
	{"SELECT * FROM t u", 16, 1, 17, "u", codeSyntax, "expected WHERE, ORDER BY, LIMIT, OFFSET or the end of the statement near \"u\""},
	{"SELECT * FROM t UNION SELECT * FROM u", 16, 1, 17, "UNION", codeSyntax, "UNION is not supported here"},
	{"SELECT * FROM t ORDER a", 22, 1, 23, "a", codeSyntax, "expected BY near \"a\""},
	{"SELECT * FROM t ORDER BY", 24, 1, 25, "", codeSyntax, "expected a column at the end of the text"},
	{"SELECT * FROM t ORDER BY a,", 27, 1, 28, "", codeSyntax, "expected a column at the end of the text"},
	{"SELECT * FROM t ORDER BY a b", 27, 1, 28, "b", codeSyntax, "expected ASC, DESC, \",\", LIMIT, OFFSET or the end of the statement near \"b\""},
	{"SELECT * FROM t ORDER BY a ASC DESC", 31, 1, 32, "DESC", codeSyntax, "expected \",\", LIMIT, OFFSET or the end of the statement near \"DESC\""},
	{"SELECT * FROM t ORDER BY a NULLS LAST", 27, 1, 28, "NULLS", codeSyntax, "NULLS is not supported here"},
	{"SELECT * FROM t ORDER BY sum(a)", 25, 1, 26, "sum", codeSyntax, "functions are not supported here, expected a column near \"sum\""},
	{"SELECT * FROM t ORDER BY (a)", 25, 1, 26, "(", codeSyntax, "expected a column near \"(\""},
	{"SELECT * FROM t ORDER BY a WHERE b = 1", 27, 1, 28, "WHERE", codeSyntax, "WHERE is not supported here, expected ASC, DESC, \",\", LIMIT"},
	{"SELECT * FROM t LIMIT 1 WHERE b = 1", 24, 1, 25, "WHERE", codeSyntax, "WHERE is not supported here, expected OFFSET or the end of the statement"},
	{"SELECT * FROM t OFFSET 1 LIMIT 1", 25, 1, 26, "LIMIT", codeSyntax, "LIMIT is not supported here, expected the end of the statement"},
	{"SELECT * FROM t OFFSET -1", 23, 1, 24, "-", codeSyntax, "OFFSET must not be negative, expected a number of rows near \"-\""},
	{"SELECT * FROM t OFFSET 9223372036854775808", 23, 1, 24, "9223372036854775808", codeSyntax, "OFFSET is at most 9223372036854775807"},
	{"SELECT * FROM t OFFSET", 22, 1, 23, "", codeSyntax, "expected a number of rows at the end of the text"},
	{"SELECT COUNT(*) FROM t LIMIT 1", 23, 1, 24, "LIMIT", codeSyntax, "LIMIT is not supported here, expected WHERE or the end of the statement near \"LIMIT\""},
	{"SELECT COUNT(*) FROM t WHERE a = 1 ORDER BY a", 35, 1, 36, "ORDER", codeSyntax, "ORDER is not supported here, expected AND, OR or the end of the statement near \"ORDER\""},
	{"SELECT COUNT(*), a FROM t", 15, 1, 16, ",", codeSyntax, "expected FROM near \",\""},
	{"SELECT COUNT(a) FROM t", 12, 1, 13, "(", codeSyntax, "a column is one name, expected FROM or \",\" near \"(\""},
	{"SELECT DISTINCT a FROM t", 16, 1, 17, "a", codeSyntax, "expected FROM or \",\" near \"a\""},
}

// What a condition may have is bounded, and the bound is what the error says.
func TestWhereBounds(t *testing.T) {
	const start = "SELECT * FROM t WHERE "
	for _, c := range []struct {
		says, start, more, end string
		most                   int
	}{
		{"a condition has at most 64 parentheses and NOTs around one another", "", "(", "a = 1" + strings.Repeat(")", maxDepth), maxDepth},
		{"a condition has at most 64 parentheses and NOTs around one another", "", "NOT ", "a = 1", maxDepth},
		{"a condition has at most 1000 parts", "a = 1", " AND a = 1", "", maxTerms - 1},
		{"a condition has at most 1000 parts", "(a = 1)", " OR (a = 1)", "", maxTerms - 1},
		{"IN has at most 10000 values", "a IN (0", ",1", ")", maxValues - 1},
		{"IN has at most 10000 values", "a IN (0) OR a IN (0", ",1", ")", maxValues - 2},
		{"ORDER BY names at most 32 columns", "a = 1 ORDER BY a", ", a", "", maxOrders - 1},
	} {
		text := start + c.start + strings.Repeat(c.more, c.most) + c.end
		s, err := Parse(text)
		if err != nil {
			t.Fatalf("%s: %s\n%v", c.says, clip(text), err)
		}
		checkRoundTrip(t, s)
		for _, more := range []int{c.most + 1, 50_000} {
			text := start + c.start + strings.Repeat(c.more, more) + c.end
			_, err := Parse(text)
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Fatalf("%s, not %v", c.says, err)
			}
			checkError(t, text, err)
		}
	}
}
