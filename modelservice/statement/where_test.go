package statement

import (
	"strings"
	"testing"
	"time"

	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/modelservice"
)

// What no row can be asked is refused before any row is read.
func TestConditionsRefused(t *testing.T) {
	for _, c := range []struct{ rest, says string }{
		{"WHERE status_code = 'abc'", `[CAST_INVALID_INPUT] The value 'abc' of the type "STRING" cannot be cast to "INT" because it is malformed. SQLSTATE: 22018`},
		{"WHERE status_code = ''", `[CAST_INVALID_INPUT] The value '' of the type`},
		{"WHERE status_code IN (1, '2x')", `[CAST_INVALID_INPUT] The value '2x'`},
		{"WHERE latency_ms BETWEEN 1 AND '1.5'", `[CAST_INVALID_INPUT] The value '1.5' of the type "STRING" cannot be cast to "BIGINT"`},
		{"WHERE 'O''x' < sampling_fraction", `[CAST_INVALID_INPUT] The value 'O''x' of the type "STRING" cannot be cast to "DOUBLE"`},
		{"WHERE event_time > 'yesterday'", `[CAST_INVALID_INPUT] The value 'yesterday' of the type "STRING" cannot be cast to "TIMESTAMP"`},
		{"WHERE event_time > '2026-02-30'", `[CAST_INVALID_INPUT]`},
		{"WHERE event_time > TIMESTAMP '2026'", `[INVALID_TYPED_LITERAL] The value of the typed literal "TIMESTAMP" is invalid: '2026'. SQLSTATE: 42604`},
		{"WHERE draw = 5", `[DATATYPE_MISMATCH.BINARY_OP_DIFF_TYPES] Cannot resolve "(draw = 5)" due to data type mismatch: the left and right operands of the binary operator have incompatible types ("STRING" and "INT"). SQLSTATE: 42K09`},
		{"WHERE url IN ('a', 5000000000)", `("STRING" and "BIGINT")`},
		{"WHERE url < 1.5", `("STRING" and "DECIMAL")`},
		{"WHERE url < 1e5", `("STRING" and "DOUBLE")`},
		{"WHERE event_time = 5", `("TIMESTAMP" and "INT")`},
		{"WHERE event_time = url", `("TIMESTAMP" and "STRING")`},
		{"WHERE url = now()", `("STRING" and "TIMESTAMP")`},
		{"WHERE request_tags = 'a'", `("MAP<STRING,STRING>" and "STRING")`},
		{"WHERE request_tags = request_tags", `[DATATYPE_MISMATCH.INVALID_ORDERING_TYPE]`},
		{"WHERE request_tags['a'] = 5", `("STRING" and "INT")`},
		{"WHERE logging_error_codes = 'a'", `("ARRAY<STRING>" and "STRING")`},
		{"WHERE logging_error_codes['a'] = 'a'", `[INVALID_EXTRACT_BASE_FIELD_TYPE] Can't extract a value from logging_error_codes. Need a complex type [MAP] but got "ARRAY<STRING>". SQLSTATE: 42000`},
		{"WHERE array_contains(url, 'a')", `[DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE] Cannot resolve "(ARRAY_CONTAINS(url, 'a'))"`},
		{"WHERE status_code LIKE '2%'", `LIKE requires a "STRING", status_code has the type "INT"`},
		{"WHERE url LIKE 'a\\'", `[INVALID_FORMAT.ESC_AT_THE_END] The format is invalid: 'a\'.`},
		{"WHERE url LIKE 'a!bc' ESCAPE '!'", `[INVALID_FORMAT.ESC_IN_THE_MIDDLE] The format is invalid: 'a!bc'. The escape character is not allowed to precede 'b'. SQLSTATE: 42601`},
		{"WHERE url LIKE '%_" + strings.Repeat("a", maxWild) + "%'", "A pattern has at most 64 characters between two % where one of them is _."},
		{"WHERE latency_ms < 1e999", `[INVALID_NUMERIC_LITERAL_RANGE] Numeric literal 1e999 is outside the valid range for double`},
		{"WHERE latency_ms < " + strings.Repeat("9", 39), `[DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION] Decimal precision 39 exceeds max precision 38. SQLSTATE: 22003`},
		{"WHERE latency_ms < 1." + strings.Repeat("9", 500_000), `Decimal precision 500001 exceeds`},
		{"WHERE latency_ms = '" + strings.Repeat("9", 39) + "'", `[CAST_INVALID_INPUT]`},
		{"WHERE nothing = 1", "[UNRESOLVED_COLUMN] A column with name nothing cannot be resolved. SQLSTATE: 42703"},
		{"WHERE url = 'a' OR NOT (`team-chat` IS NULL)", "[UNRESOLVED_COLUMN] A column with name `team-chat` cannot be resolved."},
		{"WHERE array_contains(nothing, 'a')", "[UNRESOLVED_COLUMN]"},
		{"WHERE nothing['a'] LIKE 'a'", "[UNRESOLVED_COLUMN]"},
		{"WHERE 'a' IN ('b', 5) AND 'x' = 5", `[CAST_INVALID_INPUT] The value 'a' of the type "STRING" cannot be cast to "INT"`},
		{"ORDER BY nothing", "[UNRESOLVED_COLUMN]"},
		{"ORDER BY url, request_tags DESC", `[DATATYPE_MISMATCH.INVALID_ORDERING_TYPE] Cannot resolve "request_tags DESC" due to data type mismatch: the sort order does not support the type "MAP<STRING,STRING>". SQLSTATE: 42K09`},
		{"ORDER BY url LIMIT 10001", "ORDER BY puts at most 10000 rows in order, unless by event_time first: with LIMIT and OFFSET this SELECT needs 10001."},
		{"ORDER BY url LIMIT 1 OFFSET 10000", "needs 10001."},
		{"ORDER BY url OFFSET 9223372036854775807", "needs 9223372036854775807."},
	} {
		_, err := plan(t, "SELECT url FROM t "+c.rest)
		if err == nil {
			t.Errorf("%s\nis not refused", clip(c.rest))
			continue
		}
		e := modelservice.AsError(err)
		if !strings.Contains(e.Message, c.says) || e.HTTPStatus() != 400 || len(e.Message) > 1000 {
			t.Errorf("%s\n got %d %s\nwant %s", clip(c.rest), e.HTTPStatus(), e.Message, c.says)
		}
	}
}

// Conditions at the edges of what values there are.
func TestConditionsHold(t *testing.T) {
	at, _ := parseTime("2026-08-01 11:30:00.123456")
	r := &inferencelog.Record{
		ID: "1", EventTime: at, Requester: "o'neil", LatencyMs: 9223372036854775807, RequestSize: 9007199254740993, StatusCode: 200, SamplingFraction: 0.1,
		RequestTags: map[string]string{"team": "red", "": "nobody"}, LoggingErrorCodes: []string{"X"}, Request: []byte("{\"größe\":\n\"50%_\"}"),
	}
	for condition, want := range map[string]truth{
		"latency_ms = 9223372036854775807": yes, "latency_ms < 9223372036854775808": yes, "latency_ms > 9223372036854775806.9": yes,
		"latency_ms < 9223372036854775807.5": yes, "latency_ms >= -9223372036854775809": yes, "latency_ms = 9223372036854775807.0": yes,
		"latency_ms < 1e300": yes, "latency_ms > -1.7e308": yes, "latency_ms > 1e-400": yes, "latency_ms = '9223372036854775807'": yes,
		"request_bytes = 9007199254740993": yes, "request_bytes = 9007199254740992": no, "request_bytes > 9007199254740992.5": yes,
		"sampling_fraction = 0.1": yes, "sampling_fraction = 1e-1": yes, "sampling_fraction < '0.2'": yes, "sampling_fraction < latency_ms": yes, "latency_ms < sampling_fraction": no,
		"99999999999999999999999999999999999998 < 99999999999999999999999999999999999999": yes, "1 = 1.000": yes, "'1' = 1": yes, "1 = 2": no, "'b' > 'a'": yes,
		"total_tokens = 0": unknown, "NOT total_tokens = 0": unknown, "total_tokens <=> NULL": yes, "total_tokens <=> 0": no, "NULL = NULL": unknown, "NULL <=> NULL": yes,
		"total_tokens IN (1)": unknown, "status_code IN (1, NULL)": unknown, "status_code NOT IN (1, NULL)": unknown, "status_code IN (200, NULL)": yes,
		"status_code NOT IN (200, NULL)": no, "NULL IN (1, 'a')": unknown, "NULL BETWEEN 1 AND 'a'": unknown, "status_code BETWEEN NULL AND 1": no, "status_code BETWEEN 1 AND NULL": unknown,
		"status_code = 1 AND total_tokens = 1": no, "status_code = 200 AND total_tokens = 1": unknown, "status_code = 200 OR total_tokens = 1": yes, "total_tokens = 1 OR status_code = 1": unknown,
		"requester = 'o''neil'": yes, "requester = 'O''NEIL'": no, "requester = '' OR 1 = 2": no, "url IS NULL": yes, "url = ''": unknown, "requester >= 'o'": yes,
		"request_tags['team'] = 'red'": yes, "request_tags['Team'] = 'red'": unknown, "REQUEST_TAGS['Team'] IS NULL": yes, "request_tags[''] <> 'x'": yes, "request_headers['x'] IS NULL": yes,
		"request_tags IS NOT NULL": yes, "request_tags <=> NULL": no, "array_contains(logging_error_codes, 'X')": yes, "array_contains(logging_error_codes, 'x')": no,
		"request LIKE '%größe%50\\%\\_\"}'": yes, "request LIKE '%50!%!__}' ESCAPE '!'": yes, "request LIKE '%gr__e%'": yes, "request LIKE '%gr_e%'": no, "request LIKE '{%}'": yes, "request LIKE '{'": no,
		"request LIKE '_\"_____\":_\"____\"_'": yes, "requester LIKE 'o''neil'": yes, "requester LIKE '%'": yes, "requester LIKE ''": no, "url LIKE '%'": unknown, "NULL LIKE '%'": unknown, "requester NOT LIKE '%l'": no,
		"requester LIKE 'o%l%'": yes, "requester LIKE '%neil%il'": no, "requester LIKE '_______'": no, "requester LIKE '%______%'": yes, "requester LIKE '%_______%'": no,
		"event_time = '2026-08-01 11:30:00.123456'": yes, "event_time = '2026-08-01T13:30:00.123456+02:00'": yes, "event_time > '2026-08-01'": yes, "event_time < TIMESTAMP '2026-08-01 11:31'": yes,
		"event_time = ' 2026-08-01T11:30:00.123456789Z '": yes, "event_time > now() - INTERVAL 29 MINUTES": no, "event_time > NOW() - INTERVAL '1' hour": yes, "now() > TIMESTAMP '0001-01-01'": yes,
		"event_time = '2026-08-01 13:30:00.123456 +02:00'": yes, "event_time = '2026-08-01 11:30:00.123456 UTC'": yes, "event_time < '9999-12-31 23:59:59.999999'": yes,
	} {
		s, err := Parse("SELECT * FROM t WHERE " + condition)
		if err != nil {
			t.Errorf("%s\n%v", condition, err)
			continue
		}
		checkRoundTrip(t, s)
		scan := newScan(inferencelog.Columns(), oracleNow)
		test, err := scan.compile(s.(Select).Where)
		if err != nil {
			t.Errorf("%s\n%v", condition, err)
			continue
		}
		scan.move(r)
		if got := test(scan); got != want {
			t.Errorf("%s is %d, want %d", condition, got, want)
		}
	}
}

// A pattern costs what the text costs, however alike the two are.
func TestLikeIsLinear(t *testing.T) {
	text := strings.Repeat("a", 4<<20)
	for _, pattern := range []string{"%" + strings.Repeat("a", 60) + "_b%", strings.Repeat("%a", 30) + "%b%", "%_b%_b%_b%", strings.Repeat("%_a", 200) + "b"} {
		p, err := newLikePattern(pattern, "")
		if err != nil {
			t.Fatal(err)
		}
		begin := time.Now()
		if p.match(text) {
			t.Errorf("%s fits", clip(pattern))
		}
		if took := time.Since(begin); took > 30*time.Second {
			t.Errorf("%s took %v", clip(pattern), took)
		}
	}
}
