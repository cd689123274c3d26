package statement

import "math"

func field(column string) Field                 { return Field{Column: column} }
func element(column, key string) Field          { return Field{column, &key} }
func num(text string) Literal                   { return Literal{"NUMBER", text} }
func str(text string) Literal                   { return Literal{"STRING", text} }
func where(c Condition) Select                  { return Select{From: words("t"), Where: c} }
func equals(column string, n string) Comparison { return Comparison{field(column), "=", num(n)} }

var null = Literal{Type: "NULL"}

// selectReadings are the readings of SELECT.
var selectReadings = []readable{
	{"a condition", "SELECT * FROM t WHERE a = 1", where(equals("a", "1"))},
	{"all comparisons", "SELECT * FROM t WHERE a==1 AND a!=1 AND a <> 1 AND a<1 AND a<=1 AND a>1 AND a>=1 AND a<=>1", where(And{
		equals("a", "1"), Comparison{field("a"), "<>", num("1")}, Comparison{field("a"), "<>", num("1")}, Comparison{field("a"), "<", num("1")},
		Comparison{field("a"), "<=", num("1")}, Comparison{field("a"), ">", num("1")}, Comparison{field("a"), ">=", num("1")},
		Comparison{field("a"), "<=>", num("1")},
	})},
	{"a constant on the left, and on both sides", "SELECT * FROM t WHERE 1 < a AND 1 = 1 AND a < b", where(And{
		Comparison{num("1"), "<", field("a")}, Comparison{num("1"), "=", num("1")}, Comparison{field("a"), "<", field("b")}})},
	{"AND binds closer than OR, and NOT closer still", "SELECT * FROM t WHERE NOT a = 1 AND b = 2 OR c = 3 AND NOT NOT d = 4", where(Or{
		And{Not{equals("a", "1")}, equals("b", "2")}, And{equals("c", "3"), Not{Not{equals("d", "4")}}}})},
	{"parentheses", "SELECT * FROM t WHERE NOT (a = 1 OR b = 2) AND (c = 3 OR d = 4)", where(And{
		Not{Or{equals("a", "1"), equals("b", "2")}}, Or{equals("c", "3"), equals("d", "4")}})},
	{"parentheses without need", "SELECT * FROM t WHERE ((a = 1) AND (b = 2 AND (c = 3))) AND (d = 4)", where(And{
		equals("a", "1"), equals("b", "2"), equals("c", "3"), equals("d", "4")})},
	{"lists", "SELECT * FROM t WHERE a IN (1, 'x' ,NULL) OR a NOT IN (now())", where(Or{
		In{field("a"), false, []Operand{num("1"), str("x"), null}}, In{field("a"), true, []Operand{Now{}}}})},
	{"ranges", "SELECT * FROM t WHERE a BETWEEN 1 AND 2 AND a NOT BETWEEN b AND 'c'", where(And{
		Between{field("a"), false, num("1"), num("2")}, Between{field("a"), true, field("b"), str("c")}})},
	{"patterns", `SELECT * FROM t WHERE a LIKE '%\_%' OR a NOT LIKE 'x''!%' ESCAPE '!' OR a LIKE '' ESCAPE '\'`, where(Or{
		Like{field("a"), false, `%\_%`, ""}, Like{field("a"), true, "x'!%", "!"}, Like{field("a"), false, "", ""}})},
	{"nulls", "SELECT * FROM t WHERE a IS NULL OR a IS NOT NULL OR NULL <=> a", where(Or{
		IsNull{field("a"), false}, IsNull{field("a"), true}, Comparison{null, "<=>", field("a")}})},
	{"elements", "SELECT * FROM t WHERE request_tags['team'] = 'red' AND `a b`[''''] IS NULL", where(And{
		Comparison{element("request_tags", "team"), "=", str("red")}, IsNull{element("a b", "'"), false}})},
	{"lists of a row", "SELECT * FROM t WHERE array_contains(a, 'X') AND NOT Array_Contains ( `b c` , 'Y' )", where(And{
		Contains{"a", "X"}, Not{Contains{"b c", "Y"}}})},
	{"numbers", "SELECT * FROM t WHERE a IN (-1, +1, 1.5, .5, 1., 1e3, 1E-3, -.5e+10, 007, -9223372036854775808, 1e999)", where(In{field("a"), false, []Operand{
		num("-1"), num("1"), num("1.5"), num(".5"), num("1."), num("1e3"), num("1E-3"), num("-.5e+10"), num("007"),
		num("-9223372036854775808"), num("1e999")}})},
	{"times", "SELECT * FROM t WHERE a = TIMESTAMP '2026-08-01 10:00:00' OR a > current_timestamp - interval 5 days OR a < NOW ( )-INTERVAL '1' WEEK OR a = CURRENT_TIMESTAMP()",
		where(Or{Comparison{field("a"), "=", Literal{"TIMESTAMP", "2026-08-01 10:00:00"}}, Comparison{field("a"), ">", Now{5, "DAY"}},
			Comparison{field("a"), "<", Now{1, "WEEK"}}, Comparison{field("a"), "=", Now{}}})},
	{"columns named like functions", "SELECT * FROM t WHERE now = 1 AND timestamp = 2 AND array_contains = 3 AND count = 4 AND interval = 5 AND exists = 6", where(And{
		equals("now", "1"), equals("timestamp", "2"), equals("array_contains", "3"), equals("count", "4"), equals("interval", "5"), equals("exists", "6")})},
	{"columns named like words", "SELECT * FROM t WHERE `not` = 1 AND `a-b` = 2 AND `1` = 3 AND `a.b` = 4 AND größe = 5", where(And{
		equals("not", "1"), equals("a-b", "2"), equals("1", "3"), equals("a.b", "4"), equals("größe", "5")})},
	{"quotes are data", "SELECT * FROM t WHERE a = ''' OR 1 = 1 --' AND b = '\\'", where(And{
		Comparison{field("a"), "=", str("' OR 1 = 1 --")}, Comparison{field("b"), "=", str(`\`)}})},
	{"an order", "SELECT * FROM t ORDER BY a, b ASC, `c d` desc, desc, by desc", Select{From: words("t"), OrderBy: []Order{
		{"a", false}, {"b", false}, {"c d", true}, {"desc", false}, {"by", true}}}},
	{"everything", "select a from t where b = 1 order by c limit 5 offset 6;", Select{
		Columns: words("a"), From: words("t"), Where: equals("b", "1"), OrderBy: []Order{{"c", false}}, Limit: rows(5), Offset: 6}},
	{"an offset alone", "SELECT * FROM t OFFSET 9223372036854775807", Select{From: words("t"), Offset: math.MaxInt64}},
	{"an offset of nothing", "SELECT * FROM t OFFSET 0", Select{From: words("t")}},
	{"a table named where", "SELECT * FROM where WHERE a = 1", Select{From: words("where"), Where: equals("a", "1")}},
	{"a table named order", "SELECT * FROM order ORDER BY order", Select{From: words("order"), OrderBy: []Order{{"order", false}}}},
	{"a count", "SELECT COUNT(*) FROM t", Select{Count: true, From: words("t")}},
	{"a count of some", "select count ( * ) from t where a = 1;", Select{Count: true, From: words("t"), Where: equals("a", "1")}},
	{"a column named count", "SELECT count, count FROM t", Select{Columns: words("count", "count"), From: words("t")}},
}
