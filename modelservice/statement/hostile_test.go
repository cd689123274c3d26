package statement_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/modelward/modelward/modelservice"
	"github.com/modelward/modelward/modelservice/statement"
)

const drop = "DROP SCHEMA main.default CASCADE"

// hostileTexts are refused whole: the one that would do something stands in a
// text that is no single statement (case 5.4, invariant I44).
func hostileTexts() []string {
	texts := []string{
		drop + "; " + drop, drop + ";;", drop + "; --\n;", ";" + drop, "; " + drop, drop + " " + drop, drop + "\x00", "\x00" + drop, drop + "; x", drop + "\\g", drop + "\nGO\n" + drop,
		"SHOW CATALOGS; " + drop, "SHOW CATALOGS\n" + drop, "SHOW CATALOGS --\n" + drop, "SHOW CATALOGS /* */ " + drop, "SHOW CATALOGS /*" + drop, "/*!" + drop + "*/", "/*+ x */ /*" + drop + "*/", "-- " + drop, "--" + drop + "\n", "/**/", "/*/" + drop, "/* /* */ */ " + drop,
		"SHOW TABLES IN main.default LIKE 'x'; " + drop + " --'", "SHOW TABLES IN main.default LIKE 'x\\'; " + drop + " --'", "SHOW SCHEMAS IN `main`; " + drop + " --`", "SHOW SCHEMAS IN `main``; " + drop,
		"GRANT USE CATALOG ON CATALOG main TO `carol`; " + drop, "GRANT USE CATALOG ON CATALOG main TO carol, bob", "GRANT USE CATALOG ON CATALOG main TO carol WITH GRANT OPTION", "GRANT USE CATALOG ON CATALOG main, SCHEMA main.default TO carol",
		"GRANT USE CATALOG ON CATALOG main TO carol UNION SELECT 1", "GRANT USE CATALOG ON CATALOG main TO (SELECT 'carol')", "DROP SCHEMA main.default, main.logging CASCADE", "DROP SCHEMA main.* CASCADE", "DROP SCHEMA main.% CASCADE", "DROP SCHEMA \"main\".\"default\" CASCADE", "DROP SCHEMA [main].[default] CASCADE",
		"DROP SCHEMA main.default\u00a0CASCADE;x", "DROP SCHEMA main\uff0edefault CASCADE", "DROP SCHEMA main.dеfault CASCADE", "DROP SCHEMA main.\u202edefault CASCADE", "DROP SCHEMA `main.default` CASCADE", "DROP SCHEMA `main`.`default ` CASCADE", "DROP SCHEMA `main`.` default` CASCADE", "DROP SCHEMA `main`.`default\x00` CASCADE", "DROP SCHEMA `main`.`default\n` CASCADE", "DROP SCHEMA main.`` CASCADE", "DROP SCHEMA main..default CASCADE", "DROP SCHEMA .main.default CASCADE", "DROP SCHEMA main.default. CASCADE", "DROP SCHEMA main.de-fault CASCADE", "DROP SCHEMA 'main'.'default' CASCADE", "DROP SCHEMA main.default' CASCADE", "DROP SCHEMA main.default` CASCADE", "DROP SCHEMA :s CASCADE", "DROP SCHEMA ? CASCADE", "DROP SCHEMA IDENTIFIER('main.default') CASCADE", "EXECUTE IMMEDIATE '" + drop + "'", "BEGIN " + drop + "; END", "EXPLAIN " + drop, "WITH x AS (SELECT 1) " + drop,
		"ＤＲＯＰ SCHEMA main.default CASCADE", "DROP\u200bSCHEMA main.default CASCADE", "D\x00ROP SCHEMA main.default CASCADE", "DROP ſCHEMA main.default CASCADE", "\ufeff" + drop, "\xff" + drop, drop + "\xff", "DROP SCHEMA `main`.`\xff` CASCADE",
		"CREATE USER `x`; CREATE USER `y`", "CREATE USER x y", "CREATE USER ''", "CREATE USER `a\x00b`", "CREATE USER `a\u202eb`", "CREATE USER ` a`", "CREATE SCHEMA main.`a.b`", "CREATE SCHEMA main.`a/b`", "CREATE SCHEMA main.`a b`", "CREATE SCHEMA main.`a\tb`", "CREATE SCHEMA main.`" + strings.Repeat("a", 256) + "`",
		"COMMENT ON CATALOG main IS 'a' 'b'", "COMMENT ON CATALOG main IS 'a\x00'", "COMMENT ON CATALOG main IS '\xff'", "COMMENT ON CATALOG main IS '" + strings.Repeat("x", 65_536) + "'", "COMMENT ON CATALOG main IS CONCAT('a','b')", "COMMENT ON CATALOG main IS \"a\"",
	}
	for c := rune(0); c < 0xA0; c++ {
		if c < 0x20 || c >= 0x7F {
			texts = append(texts, fmt.Sprintf("CREATE SCHEMA main.`a%cb`", c), fmt.Sprintf("CREATE USER `a%cb`", c), fmt.Sprintf("CREATE GROUP 'a%cb'", c))
		}
	}
	for _, open := range []string{"(", "((a)", "`", "'", "/*", "--\n", "NOT ", "a.", ";", "\\", "{", "[", "a=1 OR ", "a=1 AND NOT ("} {
		for _, start := range []string{"", "DROP SCHEMA ", "GRANT USE CATALOG ON CATALOG main TO ", "SELECT * FROM main.logging.team_chat_payload WHERE "} {
			for _, n := range []int{64, 65, 10_000} {
				texts = append(texts, start+strings.Repeat(open, n))
			}
		}
	}
	return texts
}

func TestHostileTexts(t *testing.T) {
	w := newWorld(t)
	before := w.ms.Catalog().Snapshot().Version()
	for _, text := range hostileTexts() {
		for try := 0; ; try++ { // somebody else may have the machine
			var from, to runtime.MemStats
			runtime.ReadMemStats(&from)
			start := time.Now()
			_, err := statement.Execute(w.ctx, w.ms, w.id("alice"), text, nil)
			took := time.Since(start)
			runtime.ReadMemStats(&to)
			e := modelservice.AsError(err)
			switch {
			case e == nil:
				t.Errorf("%.200q is executed", text)
			case e.HTTPStatus()/100 != 4 || e.Message == "" || len(e.ShortMessage()) > 5<<10:
				t.Errorf("%.200q: %d %.200s", text, e.HTTPStatus(), e.Message)
			}
			if cost := to.TotalAlloc - from.TotalAlloc; cost > 16<<20 {
				t.Errorf("%.200q takes %d bytes", text, cost)
			}
			if took <= 50*time.Millisecond {
				break
			}
			if try == 5 {
				t.Errorf("%.200q takes %v", text, took)
				break
			}
		}
		if now := w.ms.Catalog().Snapshot().Version(); now != before {
			t.Fatalf("%.200q is refused and has changed something", text)
		}
	}
	if _, err := statement.Execute(w.ctx, w.ms, w.id("alice"), drop+" ; -- and no more", nil); err != nil || w.ms.Catalog().Snapshot().Version() == before {
		t.Errorf("what all of them are made of does nothing: %v", err)
	}
}
