package statement

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

// A refusal is a text that is no statement: where the error points, what it finds
// there, and a part of what it says.
type refusal struct {
	text         string
	offset       int
	line, column int
	near         string
	code         string
	says         string
}

// refusals are the seed of the fuzzer too.
var refusals = []refusal{
	{"", 0, 1, 1, "", codeSyntax, "expected a statement"},
	{";", 0, 1, 1, ";", codeSyntax, "expected a statement"},
	{" -- only\n", 9, 2, 1, "", codeSyntax, "expected a statement"},
	{"FOO", 0, 1, 1, "FOO", codeSyntax, "expected a statement"},
	{"GRNAT SELECT ON t TO x", 0, 1, 1, "GRNAT", codeSyntax, "did you mean GRANT?"},
	{"(((((", 0, 1, 1, "(", codeSyntax, "expected a statement"},
	{"'GRANT'", 0, 1, 1, "'GRANT'", codeSyntax, "expected a statement"},
	{"GRANT", 5, 1, 6, "", codeSyntax, "expected a privilege at the end of the text"},
	{"GRANT ON TABLE t TO x", 6, 1, 7, "ON", codeSyntax, "expected a privilege near \"ON\""},
	{"GRANT , SELECT ON t TO x", 6, 1, 7, ",", codeSyntax, "expected a privilege near \",\""},
	{"GRANT SELECT, ON t TO x", 14, 1, 15, "ON", codeSyntax, "expected a privilege near \"ON\""},
	{"GRANT SELECT TABLE t TO x", 13, 1, 14, "TABLE", codeSyntax, "expected ON or \",\" near \"TABLE\""},
	{"GRANT EXECUTE MODEL SERVICE a.b.c TO x", 14, 1, 15, "MODEL", codeSyntax, "expected ON or \",\" near \"MODEL\""},
	{"GRANT USE CATALOG CATALOG main TO x", 18, 1, 19, "CATALOG", codeSyntax, "expected ON or \",\" near \"CATALOG\""},
	{"GRANT USE_CATALOG CATALOG main TO x", 18, 1, 19, "CATALOG", codeSyntax, "expected ON or \",\" near \"CATALOG\""},
	{"GRANT FOO BAR", 13, 1, 14, "", codeSyntax, "expected ON or \",\" at the end of the text"},
	{"GRANT SELECT(a) ON t TO x", 12, 1, 13, "(", codeSyntax, "expected ON or \",\" near \"(\""},
	{"GRANT USE-CATALOG ON CATALOG c TO x", 9, 1, 10, "-", codeSyntax, "expected ON or \",\" near \"-\""},
	{"GRANT USE_ON ON t TO x", 6, 1, 7, "USE_ON", codeSyntax, "a privilege is words of ASCII letters, digits and underscores other than ON, expected a privilege near \"USE_ON\""},
	{"GRANT lesen_größe ON t TO x", 6, 1, 7, "lesen_größe", codeSyntax, "a privilege is words of ASCII letters, digits and underscores other than ON, expected a privilege near \"lesen_größe\""},
	{"GRANT `SELECT` ON t TO x", 6, 1, 7, "`SELECT`", codeSyntax, "expected a privilege near \"`SELECT`\""},
	{"GRANT SELECT ON", 15, 1, 16, "", codeSyntax, "expected a securable at the end of the text"},
	{"GRANT SELECT ON TO x", 16, 1, 17, "TO", codeSyntax, "expected a securable near \"TO\""},
	{"GRANT SELECT ON CATALOG TO x", 24, 1, 25, "TO", codeSyntax, "expected a name after CATALOG (there is no current catalog) near \"TO\""},
	{"GRANT SELECT ON MCP SERVICE TO x", 28, 1, 29, "TO", codeSyntax, "expected a name near \"TO\""},
	{"GRANT SELECT ON MODEL SERVICE (a) TO x", 30, 1, 31, "(", codeSyntax, "expected TO near \"(\""},
	{"GRANT SELECT ON SCHEMAS main TO x", 16, 1, 17, "SCHEMAS", codeSyntax, "expected a kind of securable near \"SCHEMAS\", did you mean SCHEMA?"},
	{"GRANT SELECT ON EXTERNAL LOCATION l TO x", 25, 1, 26, "LOCATION", codeSyntax, "expected TO near \"LOCATION\""},
	{"GRANT SELECT ON METASTORE m TO x", 26, 1, 27, "m", codeSyntax, "expected TO near \"m\""},
	{"GRANT SELECT ON t", 17, 1, 18, "", codeSyntax, "expected TO at the end of the text"},
	{"GRANT SELECT ON t FROM x", 18, 1, 19, "FROM", codeSyntax, "expected TO near \"FROM\""},
	{"GRANT SELECT ON t TO", 20, 1, 21, "", codeSyntax, "expected a principal at the end of the text"},
	{"GRANT SELECT ON t TO x, y", 22, 1, 23, ",", codeSyntax, "one principal at a time: expected the end of the statement near \",\""},
	{"GRANT SELECT ON t TO x WITH GRANT OPTION", 23, 1, 24, "WITH", codeSyntax, "WITH GRANT OPTION does not exist in Unity Catalog, expected the end of the statement near \"WITH\""},
	{"GRANT SELECT ON t TO ''", 21, 1, 22, "''", codeSyntax, "a principal must not be empty near \"''\""},
	{"GRANT SELECT ON t TO ``", 21, 1, 22, "``", codeSyntax, "a principal must not be empty near \"``\""},
	{"GRANT SELECT ON `` TO x", 16, 1, 17, "``", codeSyntax, "a name part must not be empty near \"``\""},
	{"GRANT SELECT ON a..b TO x", 18, 1, 19, ".", codeSyntax, "expected a name near \".\""},
	{"GRANT SELECT ON a.b. TO x", 24, 1, 25, "x", codeSyntax, "expected TO near \"x\""},
	{"GRANT SELECT ON a.b.c.d TO x", 21, 1, 22, ".", codeSyntax, "a name has at most three parts near \".\""},
	{"GRANT SELECT ON 't' TO x", 16, 1, 17, "'t'", codeSyntax, "expected a name, bare or in back-ticks near \"'t'\""},
	{"GRANT SELECT ON \"t\" TO x", 16, 1, 17, "\"", codeSyntax, "expected a name near \"\\\"\""},
	{"GRANT SELECT ON `t TO x", 16, 1, 17, "`t TO x", codeSyntax, "a back-quoted name has no end"},
	{"GRANT SELECT ON t TO 'x", 21, 1, 22, "'x", codeSyntax, "a string in single quotes has no end"},
	{"GRANT SELECT ON t /* TO x", 18, 1, 19, "/* TO x", codeSyntax, "a comment that is opened with /* has no end"},
	{"GRANT EXECUTE ON MODEL SERVICE main.default.team-chat TO ai_team", 44, 1, 45, "team-chat", codeIdentifier, "the unquoted identifier team-chat is invalid and must be back-quoted as: main.default.`team-chat`"},
	{"GRANT EXECUTE ON MODEL SERVICE my-cat.default.team-chat TO ai_team", 31, 1, 32, "my-cat", codeIdentifier, "the unquoted identifier my-cat is invalid and must be back-quoted as: `my-cat`.default.`team-chat`"},
	{"GRANT EXECUTE ON MODEL SERVICE `my cat`.on.-chat TO ai_team", 43, 1, 44, "-chat", codeIdentifier, "the unquoted identifier -chat is invalid and must be back-quoted as: `my cat`.`on`.`-chat`"},
	{"GRANT EXECUTE ON MODEL SERVICE main.default.team - chat TO ai_team", 49, 1, 50, "-", codeSyntax, "expected TO near \"-\""},
	{"GRANT SELECT ON t TO ai-team", 21, 1, 22, "ai-team", codeIdentifier, "the unquoted identifier ai-team is invalid and must be back-quoted as: `ai-team`"},
	{"GRANT SELECT ON t TO a@b.com;", 21, 1, 22, "a@b.com", codeIdentifier, "the unquoted identifier a@b.com is invalid and must be back-quoted as: `a@b.com`"},
	{"GRANT SELECT ON t TO a.b", 21, 1, 22, "a.b", codeIdentifier, "the unquoted identifier a.b is invalid and must be back-quoted as: `a.b`"},
	{"GRANT SELECT ON t TO @b", 21, 1, 22, "@b", codeIdentifier, "the unquoted identifier @b is invalid and must be back-quoted as: `@b`"},
	{"REVOKE SELECT ON t TO x", 19, 1, 20, "TO", codeSyntax, "expected FROM near \"TO\""},
	{"REVOKE SELECT ON MODEL TO x", 26, 1, 27, "x", codeSyntax, "expected FROM near \"x\""},
	{"SHOW", 4, 1, 5, "", codeSyntax, "expected something to show (GRANTS, PRINCIPALS, CATALOGS, SCHEMAS, TABLES, MODELS, MODEL SERVICES, USERS, GROUPS or SERVICE PRINCIPALS) at the end of the text"},
	{"SHOW GRNATS ON t", 5, 1, 6, "GRNATS", codeSyntax, "expected something to show (GRANTS, PRINCIPALS, CATALOGS, SCHEMAS, TABLES, MODELS, MODEL SERVICES, USERS, GROUPS or SERVICE PRINCIPALS) near \"GRNATS\", did you mean GRANTS?"},
	{"SHOW MODEL", 5, 1, 6, "MODEL", codeSyntax, "near \"MODEL\", did you mean MODELS?"},
	{"SHOW MODEL SERVICE IN a.b", 5, 1, 6, "MODEL", codeSyntax, "near \"MODEL\", did you mean MODEL SERVICES?"},
	{"SHOW SERVICE PRINCIPAL", 5, 1, 6, "SERVICE", codeSyntax, "did you mean SERVICE PRINCIPALS?"},
	{"CREATE MODEL SERVCE a.b.c", 7, 1, 8, "MODEL", codeSyntax, "did you mean MODEL SERVICE?"},
	{"GRANT EXECUTE ON MODEL SERVCE a.b.c TO x", 23, 1, 24, "SERVCE", codeSyntax, "expected SERVICE near \"SERVCE\", did you mean SERVICE?"},
	{"DROP MODEL SREVICE a.b.c", 11, 1, 12, "SREVICE", codeSyntax, "did you mean SERVICE?"},
	{"COMMENT ON MODEL SERVIC a.b.c IS NULL", 17, 1, 18, "SERVIC", codeSyntax, "did you mean SERVICE?"},
	{"DESCRIBE MODEL SERVICES a.b.c", 15, 1, 16, "SERVICES", codeSyntax, "did you mean SERVICE?"},
	{"DESCRIBE GRUOP g", 9, 1, 10, "GRUOP", codeSyntax, "expected a kind of securable near \"GRUOP\", did you mean GROUP?"},
	{"SHOW CATALOG", 5, 1, 6, "CATALOG", codeSyntax, "did you mean CATALOGS?"},
	{"SHOW CATALOGS IN c", 14, 1, 15, "IN", codeSyntax, "expected LIKE, a text in single quotes or the end of the statement near \"IN\""},
	{"SHOW CATALOGS LIKE", 18, 1, 19, "", codeSyntax, "expected a text in single quotes at the end of the text"},
	{"SHOW CATALOGS LIKE x", 19, 1, 20, "x", codeSyntax, "expected a text in single quotes near \"x\""},
	{"SHOW CATALOGS LIEK 'x'", 14, 1, 15, "LIEK", codeSyntax, "near \"LIEK\", did you mean LIKE?"},
	{"SHOW CATALOGS 'x' 'y'", 18, 1, 19, "'y'", codeSyntax, "expected the end of the statement"},
	{"SHOW TABLES IN", 14, 1, 15, "", codeSyntax, "expected a name at the end of the text"},
	{"SHOW TABLES a.b", 12, 1, 13, "a", codeSyntax, "expected IN, FROM, LIKE, a text in single quotes or the end of the statement near \"a\""},
	{"SHOW TABLES IN team-chat.x", 15, 1, 16, "team-chat", codeIdentifier, "must be back-quoted as: `team-chat`.x"},
	{"SHOW GROUPS WITH x", 17, 1, 18, "x", codeSyntax, "expected USER, SERVICE PRINCIPAL or GROUP near \"x\""},
	{"SHOW GROUPS WITH USRE x", 17, 1, 18, "USRE", codeSyntax, "did you mean USER?"},
	{"SHOW GROUPS WITH USER", 21, 1, 22, "", codeSyntax, "expected a principal at the end of the text"},
	{"SHOW USERS WITH USER x", 11, 1, 12, "WITH", codeSyntax, "expected LIKE, a text in single quotes or the end of the statement near \"WITH\""},
	{"SHOW PRINCIPALS", 15, 1, 16, "", codeSyntax, "expected WITH at the end of the text"},
	{"SHOW PRINCIPALS WITH SELECT, MODIFY ON t", 27, 1, 28, ",", codeSyntax, "one privilege at a time: expected ON near \",\""},
	{"SHOW GRANTS", 11, 1, 12, "", codeSyntax, "expected a principal or ON at the end of the text"},
	{"SHOW GRANTS x", 13, 1, 14, "", codeSyntax, "expected ON at the end of the text"},
	{"SHOW GRANTS ON", 14, 1, 15, "", codeSyntax, "expected a securable at the end of the text"},
	{"SHOW GRANTS a@b ON t", 12, 1, 13, "a@b", codeIdentifier, "the unquoted identifier a@b is invalid and must be back-quoted as: `a@b`"},
	{"DROP", 4, 1, 5, "", codeSyntax, "expected a kind of securable"},
	{"DROP x", 5, 1, 6, "x", codeSyntax, "expected a kind of securable"},
	{"DROP TABLE", 10, 1, 11, "", codeSyntax, "expected a name at the end of the text"},
	{"DROP SCHEMA;", 11, 1, 12, ";", codeSyntax, "expected a name near \";\""},
	{"DROP METASTORE", 5, 1, 6, "METASTORE", codeSyntax, "expected a kind of securable"},
	{"DROP MODEL SERVICE IF EXISTS", 28, 1, 29, "", codeSyntax, "expected a name at the end of the text"},
	{"DROP TABLE IF EXISTS", 20, 1, 21, "", codeSyntax, "expected a name at the end of the text"},
	{"DROP TABLE t CASCADE", 13, 1, 14, "CASCADE", codeSyntax, "CASCADE is for CATALOG and SCHEMA, expected the end of the statement near \"CASCADE\""},
	{"DROP SCHEMA s CASCADE RESTRICT", 22, 1, 23, "RESTRICT", codeSyntax, "expected the end of the statement near \"RESTRICT\""},
	{"DROP TABLE t; DROP TABLE u", 14, 1, 15, "DROP", codeSyntax, "one statement at a time: expected nothing after the semicolon near \"DROP\""},
	{"DROP TABLE t;;", 13, 1, 14, ";", codeSyntax, "one statement at a time: expected nothing after the semicolon near \";\""},
	{"DENY x; DROP TABLE u", 8, 1, 9, "DROP", codeSyntax, "one statement at a time: expected nothing after the semicolon near \"DROP\""},
	{"SHOW CATALOGS 'x", 14, 1, 15, "'x", codeSyntax, "a string in single quotes has no end"},
	{"CREATE TABLE t", 7, 1, 8, "TABLE", codeSyntax, "expected something to create (CATALOG, SCHEMA, USER, SERVICE PRINCIPAL, GROUP or MODEL SERVICE) near \"TABLE\""},
	{"CREATE OR REPLACE TABLE t", 18, 1, 19, "TABLE", codeSyntax, "expected MODEL SERVICE near \"TABLE\""},
	{"ALTER TABLE t RENAME u", 14, 1, 15, "RENAME", codeSyntax, "expected OWNER TO or RENAME TO near \"RENAME\""},
	{"ALTER TABLE t RENAME TO", 23, 1, 24, "", codeSyntax, "expected a name at the end of the text"},
	{"ALTER TABLE OWNER TO y", 18, 1, 19, "TO", codeSyntax, "expected OWNER TO or RENAME TO near \"TO\""},
	{"ALTER SCHEMA s RENAME TO u", 15, 1, 16, "RENAME", codeSyntax, "expected OWNER TO near \"RENAME\""},
	{"ALTER TABLE t OWNER TO a, b", 24, 1, 25, ",", codeSyntax, "expected the end of the statement near \",\""},
	{"ALTER x OWNER TO y", 6, 1, 7, "x", codeSyntax, "expected a kind of securable"},
	{"ALTER TABEL t OWNER TO y", 6, 1, 7, "TABEL", codeSyntax, "did you mean TABLE?"},
	{"ALTER MODEL SERVICE a-b OWNER TO x", 20, 1, 21, "a-b", codeIdentifier, "the unquoted identifier a-b is invalid and must be back-quoted as: `a-b`"},
	{"ALTER GRUOP g ADD x", 6, 1, 7, "GRUOP", codeSyntax, "did you mean GROUP?"},
	{"ALTER GROUP", 11, 1, 12, "", codeSyntax, "expected a principal at the end of the text"},
	{"ALTER GROUP g", 13, 1, 14, "", codeSyntax, "expected ADD, DROP or RENAME TO at the end of the text"},
	{"ALTER GROUP g ADD", 17, 1, 18, "", codeSyntax, "expected a principal at the end of the text"},
	{"ALTER GROUP g ADD a, ", 21, 1, 22, "", codeSyntax, "expected a principal at the end of the text"},
	{"ALTER GROUP g ADD a b", 20, 1, 21, "b", codeSyntax, "expected the end of the statement near \"b\""},
	{"ALTER GROUP g ADD user@b.com", 18, 1, 19, "user@b.com", codeIdentifier, "must be back-quoted as: `user@b.com`"},
	{"ALTER USER x ADD y", 13, 1, 14, "ADD", codeSyntax, "expected RENAME TO near \"ADD\""},
	{"ALTER SERVICE x RENAME TO y", 6, 1, 7, "SERVICE", codeSyntax, "expected a kind of securable"},
	{"CREATE CATLOG c", 7, 1, 8, "CATLOG", codeSyntax, "did you mean CATALOG?"},
	{"CREATE CATALOG IF NOT EXISTS", 28, 1, 29, "", codeSyntax, "expected a name at the end of the text"},
	{"CREATE CATALOG c COMMENT", 24, 1, 25, "", codeSyntax, "expected a text in single quotes at the end of the text"},
	{"CREATE CATALOG c COMMENT \"x\"", 25, 1, 26, "\"", codeSyntax, "expected a text in single quotes near \"\\\"\""},
	{"CREATE CATALOG c MANAGED LOCATION 'x'", 17, 1, 18, "MANAGED", codeSyntax, "expected COMMENT or the end of the statement near \"MANAGED\""},
	{"CREATE USER x WITH y", 14, 1, 15, "WITH", codeSyntax, "expected the end of the statement near \"WITH\""},
	{"CREATE GROUP g WITH", 19, 1, 20, "", codeSyntax, "expected a principal at the end of the text"},
	{"DROP USER", 9, 1, 10, "", codeSyntax, "expected a principal at the end of the text"},
	{"DROP USER a, b", 11, 1, 12, ",", codeSyntax, "expected the end of the statement near \",\""},
	{"DROP GROUP g CASCADE", 13, 1, 14, "CASCADE", codeSyntax, "expected the end of the statement near \"CASCADE\""},
	{"DESCRIBE", 8, 1, 9, "", codeSyntax, "expected a securable at the end of the text"},
	{"DESCRIBE CATALOG", 16, 1, 17, "", codeSyntax, "expected a name after CATALOG (there is no current catalog) at the end of the text"},
	{"DESCRIBE TABEL t", 9, 1, 10, "TABEL", codeSyntax, "did you mean TABLE?"},
	{"DESCRIBE EXTENDED CATALOG c", 26, 1, 27, "c", codeSyntax, "expected the end of the statement near \"c\""},
	{"DESCRIBE MODEL SERVICE EXTENDED a-b", 32, 1, 33, "a-b", codeIdentifier, "must be back-quoted as: `a-b`"},
	{"DESCRIBE user-x", 9, 1, 10, "user-x", codeIdentifier, "must be back-quoted as: `user-x`"},
	{"DESCRIBE model-x", 9, 1, 10, "model-x", codeIdentifier, "must be back-quoted as: `model-x`"},
	{"COMMENT IN t", 8, 1, 9, "IN", codeSyntax, "expected ON near \"IN\""},
	{"COMMENT ON t IS 'x'", 11, 1, 12, "t", codeSyntax, "expected a kind of securable"},
	{"COMMENT ON METASTORE IS 'x'", 11, 1, 12, "METASTORE", codeSyntax, "expected a kind of securable"},
	{"COMMENT ON TABLE IS NULL", 17, 1, 18, "IS", codeSyntax, "expected a name near \"IS\""},
	{"COMMENT ON TABLE t 'x'", 19, 1, 20, "'x'", codeSyntax, "expected IS near \"'x'\""},
	{"COMMENT ON TABLE t IS x", 22, 1, 23, "x", codeSyntax, "expected NULL or a text in single quotes near \"x\""},
	{"COMMENT ON TABLE t IS \"x\"", 22, 1, 23, "\"", codeSyntax, "expected NULL or a text in single quotes"},
	{"COMMENT ON TABLE t IS 'x''", 22, 1, 23, "'x''", codeSyntax, "a string in single quotes has no end"},
	{"EXPLAIN SELECT 1", 8, 1, 9, "SELECT", codeSyntax, "expected PRIVILEGE near \"SELECT\""},
	{"EXPLAIN PRIVLEGE SELECT ON t", 8, 1, 9, "PRIVLEGE", codeSyntax, "did you mean PRIVILEGE?"},
	{"EXPLAIN PRIVILEGE SELECT, MODIFY ON t", 24, 1, 25, ",", codeSyntax, "one privilege at a time: expected ON near \",\""},
	{"EXPLAIN PRIVILEGE SELECT ON t TO x", 30, 1, 31, "TO", codeSyntax, "expected FOR or the end of the statement near \"TO\""},
	{"EXPLAIN PRIVILEGE SELECT ON t FOR", 33, 1, 34, "", codeSyntax, "expected a principal at the end of the text"},
	{"EXPLAIN PRIVILEGE SELECT ON t FOR a@b", 34, 1, 35, "a@b", codeIdentifier, "must be back-quoted as: `a@b`"},
	{"EXPLAIN PRIVILEGE SELECT ON FOR x", 28, 1, 29, "FOR", codeSyntax, "expected a securable near \"FOR\""},
	{"GRANT SELECT\r\nON größe\rTO\n\nx y", 31, 5, 3, "y", codeSyntax, "expected the end of the statement near \"y\""},
	{"GRANT SELECT ON größe-x TO y", 16, 1, 17, "größe-x", codeIdentifier, "the unquoted identifier größe-x is invalid and must be back-quoted as: `größe-x`"},
	{"GRANT SELECT ON t\xff TO y", 17, 1, 18, "\\xff", codeSyntax, "the text is not valid UTF-8"},
	{"DROP TABLE a_name_of_more_than_forty_characters_in_one_part more_than_forty_characters_behind_that_one", 60, 1, 61, "more_than_forty_characters_behind_that_o…", codeSyntax, "expected the end of the statement near \"more_than_forty_characters_behind_that_o…\""},
	{"CREATE MODEL PROVIDER SERVICE a.b.c", 7, 1, 8, "MODEL", codeSyntax, "expected something to create (CATALOG, SCHEMA, USER, SERVICE PRINCIPAL, GROUP or MODEL SERVICE) near \"MODEL\""},
	{"GRANT SELECT ON t$1 TO x", 16, 1, 17, "t$1", codeIdentifier, "the unquoted identifier t$1 is invalid and must be back-quoted as: `t$1`"},
	{"GRANT SELECT ON t TO \"x\"", 21, 1, 22, "\"", codeSyntax, "expected a principal near \"\\\"\""},
	{"ſHOW CATALOGS", 0, 1, 1, "ſHOW", codeSyntax, "expected a statement"},
	{"GRANT\rSELECT ON t\rTO\r\n x y", 25, 4, 4, "y", codeSyntax, "expected the end of the statement"},
}

func TestRefusals(t *testing.T) {
	for _, r := range slices.Concat(refusals, selectRefusals) {
		t.Run(clip(r.text), func(t *testing.T) {
			s, err := Parse(r.text)
			var e *SyntaxError
			if !errors.As(err, &e) {
				t.Fatalf("read as %#v, error %v", s, err)
			}
			if e.Offset != r.offset || e.Line != r.line || e.Column != r.column || e.Near != r.near || e.Code != r.code {
				t.Errorf("got  %d %d:%d near %q %s\nwant %d %d:%d near %q %s",
					e.Offset, e.Line, e.Column, e.Near, e.Code, r.offset, r.line, r.column, r.near, r.code)
			}
			if !strings.Contains(e.Message, r.says) {
				t.Errorf("%s\ndoes not say %s", e.Message, r.says)
			}
			checkError(t, r.text, err)
		})
	}
}

func TestLength(t *testing.T) {
	longest := "DROP TABLE t" + strings.Repeat(" ", MaxLength-len("DROP TABLE t"))
	if _, err := Parse(longest); err != nil {
		t.Fatalf("a text of MaxLength: %v", err)
	}
	_, err := Parse(longest + " ")
	if !errors.Is(err, ErrTooLong) {
		t.Fatalf("one byte more: %v", err)
	}
	checkError(t, longest+" ", err)
	if _, err := Parse("x"); errors.Is(err, ErrTooLong) {
		t.Fatalf("a short text: %v", err)
	}
}
