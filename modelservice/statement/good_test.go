package statement

import (
	"reflect"
	"slices"
	"testing"
)

func table(parts ...string) Securable   { return Securable{Kind: "TABLE", Name: parts} }
func service(parts ...string) Securable { return Securable{Kind: "MODEL SERVICE", Name: parts} }
func rows(n int64) *int64               { return &n }
func words(w ...string) []string        { return w }
func some(s string) *string             { return &s }

// readable is a statement and what it means.
type readable struct {
	says string
	text string
	want Statement
}

// readings are the seed of the fuzzer too.
var readings = []readable{
	{"the seed page: a catalog", "GRANT USE CATALOG ON CATALOG main TO ai_team;",
		Grant{words("USE CATALOG"), Securable{"CATALOG", words("main")}, "ai_team"}},
	{"the seed page: a schema", "GRANT USE SCHEMA ON SCHEMA main.default TO ai_team;",
		Grant{words("USE SCHEMA"), Securable{"SCHEMA", words("main", "default")}, "ai_team"}},
	{"the seed page: a service", "GRANT EXECUTE ON MODEL SERVICE main.default.team_chat TO ai_team;",
		Grant{words("EXECUTE"), service("main", "default", "team_chat"), "ai_team"}},
	{"the seed page: a table, behind a comment",
		"-- Optional: grant access to the inference table\nGRANT SELECT ON TABLE main.logging.team_chat_payload TO ai_team;",
		Grant{words("SELECT"), table("main", "logging", "team_chat_payload"), "ai_team"}},
	{"the seed page: drop", "DROP MODEL SERVICE main.default.team_chat;",
		Drop{On: service("main", "default", "team_chat")}},
	{"spec §18, 12", "REVOKE ALL PRIVILEGES ON MODEL SERVICE main.default.`team-chat` FROM `a@b.com`",
		Revoke{words("ALL PRIVILEGES"), service("main", "default", "team-chat"), "a@b.com"}},
	{"spec §18, 14", "DENY EXECUTE ON MODEL SERVICE a.b.c-d TO x", Unsupported{"DENY"}},

	{"any case, any space", "\tgRaNt\r\nuse\u00a0Catalog,execute on/**/Model\nService a.b.c to/*x*/y--z",
		Grant{words("USE CATALOG", "EXECUTE"), service("a", "b", "c"), "y"}},
	{"underscores in privileges", "GRANT use_catalog, CREATE_MATERIALIZED view ON CATALOG c TO g",
		Grant{words("USE CATALOG", "CREATE MATERIALIZED VIEW"), Securable{"CATALOG", words("c")}, "g"}},
	{"ALL alone", "GRANT ALL ON SCHEMA a.b TO g",
		Grant{words("ALL PRIVILEGES"), Securable{"SCHEMA", words("a", "b")}, "g"}},
	{"privileges are open", "GRANT FLY 2 moons ON METASTORE TO g",
		Grant{words("FLY 2 MOONS"), Securable{Kind: "METASTORE"}, "g"}},
	{"DATABASE is SCHEMA", "REVOKE MANAGE ON DATABASE a.b FROM g",
		Revoke{words("MANAGE"), Securable{"SCHEMA", words("a", "b")}, "g"}},
	{"case of names is kept", "GRANT SELECT ON TABLE Main.`A B`.c TO Team",
		Grant{words("SELECT"), table("Main", "A B", "c"), "Team"}},
	{"a back-tick is doubled", "GRANT SELECT ON ```a``.``b``` TO ````",
		Grant{words("SELECT"), table("`a`.`b`"), "`"}},
	{"a quote is doubled, a backslash is itself", `GRANT SELECT ON t TO 'o''neil\'`,
		Grant{words("SELECT"), table("t"), `o'neil\`}},
	{"letters of any script, digits first", "GRANT SELECT ON größe.2024.表 TO 42",
		Grant{words("SELECT"), table("größe", "2024", "表"), "42"}},
	{"comment marks inside quotes", "GRANT SELECT ON `--`.`/*` TO '--;'",
		Grant{words("SELECT"), table("--", "/*"), "--;"}},
	{"comments do not nest", "/* /* */ DROP TABLE t", Drop{On: table("t")}},
	{"a comment may touch a name", "DROP TABLE t--able", Drop{On: table("t")}},
	{"CR ends a comment", "--x\rDROP TABLE t", Drop{On: table("t")}},

	{"provider service", "GRANT EXECUTE ON MODEL PROVIDER SERVICE a.b.c TO g",
		Grant{words("EXECUTE"), Securable{"MODEL PROVIDER SERVICE", words("a", "b", "c")}, "g"}},
	{"MCP service", "GRANT EXECUTE ON MCP SERVICE a.b.c TO g",
		Grant{words("EXECUTE"), Securable{"MCP SERVICE", words("a", "b", "c")}, "g"}},
	{"function", "GRANT EXECUTE ON FUNCTION a.b.c TO g",
		Grant{words("EXECUTE"), Securable{"FUNCTION", words("a", "b", "c")}, "g"}},

	{"a table named model", "GRANT SELECT ON model TO x", Grant{words("SELECT"), table("model"), "x"}},
	{"a model named service", "GRANT EXECUTE ON MODEL service TO x",
		Grant{words("EXECUTE"), Securable{"MODEL", words("service")}, "x"}},
	{"a model in a catalog named service", "GRANT EXECUTE ON MODEL service.a.b TO x",
		Grant{words("EXECUTE"), Securable{"MODEL", words("service", "a", "b")}, "x"}},
	{"a model named provider", "GRANT EXECUTE ON MODEL provider TO x",
		Grant{words("EXECUTE"), Securable{"MODEL", words("provider")}, "x"}},
	{"a service named service", "GRANT EXECUTE ON MODEL SERVICE service TO x",
		Grant{words("EXECUTE"), service("service"), "x"}},
	{"a table named mcp", "GRANT SELECT ON mcp TO x", Grant{words("SELECT"), table("mcp"), "x"}},
	{"a catalog named catalog", "GRANT SELECT ON catalog.table.view TO x",
		Grant{words("SELECT"), table("catalog", "table", "view"), "x"}},
	{"a catalog named metastore", "GRANT SELECT ON metastore.a TO x",
		Grant{words("SELECT"), table("metastore", "a"), "x"}},
	{"a table named on", "GRANT SELECT ON on TO x", Grant{words("SELECT"), table("on"), "x"}},
	{"a table named to", "GRANT SELECT ON TABLE to TO x", Grant{words("SELECT"), table("to"), "x"}},
	{"a table named to, without a kind", "GRANT SELECT ON to TO x", Grant{words("SELECT"), table("to"), "x"}},
	{"a schema named to", "GRANT SELECT ON TABLE to.to TO to", Grant{words("SELECT"), table("to", "to"), "to"}},
	{"a table named table for a group named to", "GRANT SELECT ON table TO to",
		Grant{words("SELECT"), table("table"), "to"}},
	{"a table named from", "REVOKE SELECT ON TABLE from FROM from", Revoke{words("SELECT"), table("from"), "from"}},
	{"a service named to", "GRANT EXECUTE ON MODEL SERVICE to TO x", Grant{words("EXECUTE"), service("to"), "x"}},

	{"everybody's grants", "SHOW GRANTS ON MODEL SERVICE a.b.c", ShowGrants{On: service("a", "b", "c")}},
	{"SHOW GRANT of one", "SHOW GRANT `a@b.com` ON a.b", ShowGrants{"a@b.com", table("a", "b")}},
	{"SHOW GRANTS of a quoted one", "SHOW GRANTS 'account users' ON METASTORE;",
		ShowGrants{"account users", Securable{Kind: "METASTORE"}}},
	{"SHOW GRANTS of on", "SHOW GRANTS on ON t", ShowGrants{"on", table("t")}},
	{"SHOW GRANTS on on", "SHOW GRANTS ON on", ShowGrants{"", table("on")}},
	{"SHOW GRANTS on on.t", "SHOW GRANTS ON on.t", ShowGrants{"", table("on", "t")}},
	{"SHOW GRANTS on a table named to", "SHOW GRANTS ON TABLE to", ShowGrants{"", table("to")}},
	{"SHOW GRANTS of users", "SHOW GRANTS users ON t", ShowGrants{"users", table("t")}},

	{"if exists", "DROP MODEL SERVICE IF EXISTS a.b.c", Drop{On: service("a", "b", "c"), IfExists: true}},
	{"a table named if", "DROP TABLE if", Drop{On: table("if")}},
	{"cascade", "DROP SCHEMA IF EXISTS a.b CASCADE",
		Drop{Securable{"SCHEMA", words("a", "b")}, true, "CASCADE"}},
	{"restrict", "DROP CATALOG a restrict;", Drop{Securable{"CATALOG", words("a")}, false, "RESTRICT"}},
	{"a schema named cascade", "DROP DATABASE cascade CASCADE",
		Drop{Securable{"SCHEMA", words("cascade")}, false, "CASCADE"}},

	{"all columns", "SELECT * FROM c.s.t", Select{From: words("c", "s", "t")}},
	{"columns and a limit", "select a, `b c`,d from c.s.t limit 5;",
		Select{Columns: words("a", "b c", "d"), From: words("c", "s", "t"), Limit: rows(5)}},
	{"columns named from", "SELECT from, from FROM from LIMIT 0", Select{Columns: words("from", "from"), From: words("from"), Limit: rows(0)}},
	{"one column named from", "SELECT from FROM from.t", Select{Columns: words("from"), From: words("from", "t")}},
	{"a table named limit", "SELECT * FROM limit LIMIT 1", Select{From: words("limit"), Limit: rows(1)}},
	{"the greatest limit", "SELECT * FROM t LIMIT 9223372036854775807", Select{From: words("t"), Limit: rows(9223372036854775807)}},
	{"zeros in front", "SELECT * FROM t LIMIT 00000000000000000000000000007", Select{From: words("t"), Limit: rows(7)}},

	{"create a service", "CREATE MODEL SERVICE a.b.c (x => '1')", Unsupported{"CREATE MODEL SERVICE"}},
	{"create or replace a service", "CREATE OR REPLACE MODEL SERVICE a.b.c", Unsupported{"CREATE MODEL SERVICE"}},
	{"alter a service", "ALTER MODEL SERVICE a.b.c SET TAGS ('owner to' = 'x')", Unsupported{"ALTER MODEL SERVICE"}},
	{"alter a service named set", "ALTER MODEL SERVICE set SET x", Unsupported{"ALTER MODEL SERVICE"}},
	{"re-own a service", "ALTER MODEL SERVICE a.b.c OWNER TO `x y`", ChangeOwner{service("a", "b", "c"), "x y"}},
	{"re-own with SET", "ALTER TABLE owner SET OWNER TO x", ChangeOwner{table("owner"), "x"}},
	{"re-own a table named owner", "ALTER TABLE owner OWNER TO 'to'", ChangeOwner{table("owner"), "to"}},
	{"re-own a database", "ALTER DATABASE a.b OWNER TO x", ChangeOwner{Securable{"SCHEMA", words("a", "b")}, "x"}},
	{"rename a table", "ALTER TABLE a.b.c RENAME TO d;", Rename{table("a", "b", "c"), words("d")}},
	{"rename with a whole name", "ALTER TABLE rename rename to a.`b-c`.to", Rename{table("rename"), words("a", "b-c", "to")}},

	{"list services", "SHOW MODEL SERVICES IN a.b LIKE 'x*'", Show{What: "MODEL SERVICES", In: words("a", "b"), Like: some("x*")}},
	{"list services, LIKE left out", "SHOW MODEL SERVICES FROM a.b 'x''*|y'", Show{What: "MODEL SERVICES", In: words("a", "b"), Like: some("x'*|y")}},
	{"list services here", "SHOW MODEL SERVICES", Show{What: "MODEL SERVICES"}},
	{"list catalogs", "SHOW CATALOGS", Show{What: "CATALOGS"}},
	{"list catalogs by pattern", "SHOW CATALOGS LIKE ''", Show{What: "CATALOGS", Like: some("")}},
	{"list schemas", "SHOW SCHEMAS IN a", Show{What: "SCHEMAS", In: words("a")}},
	{"list databases", "SHOW DATABASES", Show{What: "SCHEMAS"}},
	{"list tables", "SHOW TABLES IN a.b;", Show{What: "TABLES", In: words("a", "b")}},
	{"list tables in a schema named like", "SHOW TABLES IN like LIKE 'x'", Show{What: "TABLES", In: words("like"), Like: some("x")}},
	{"list tables in a schema named in", "SHOW TABLES IN in", Show{What: "TABLES", In: words("in")}},
	{"list models", "SHOW MODELS 'o*'", Show{What: "MODELS", Like: some("o*")}},
	{"list groups", "SHOW GROUPS", Show{What: "GROUPS"}},
	{"list the groups of a user", "SHOW GROUPS WITH USER x", Show{What: "GROUPS", With: Principal{"USER", "x"}}},
	{"list the groups of a group", "SHOW GROUPS WITH GROUP group like 'a'", Show{What: "GROUPS", With: Principal{"GROUP", "group"}, Like: some("a")}},
	{"list the groups of a service principal", "SHOW GROUPS WITH SERVICE PRINCIPAL 'x' 'y'",
		Show{What: "GROUPS", With: Principal{"SERVICE PRINCIPAL", "x"}, Like: some("y")}},
	{"list users", "SHOW USERS", Show{What: "USERS"}},
	{"list service principals", "SHOW SERVICE PRINCIPALS LIKE '*'", Show{What: "SERVICE PRINCIPALS", Like: some("*")}},
	{"list who may", "SHOW PRINCIPALS WITH use_catalog ON CATALOG c", ShowPrincipals{"USE CATALOG", Securable{"CATALOG", words("c")}}},

	{"describe a service", "DESCRIBE MODEL SERVICE EXTENDED a.b.c", Describe{service("a", "b", "c"), true}},
	{"desc", "DESC TABLE t", Describe{table("t"), false}},
	{"describe a table", "DESCRIBE a.b.c", Describe{table("a", "b", "c"), false}},
	{"describe more of a table", "DESCRIBE EXTENDED t", Describe{table("t"), true}},
	{"describe a table named extended", "DESCRIBE extended", Describe{table("extended"), false}},
	{"describe more of a table named extended", "DESC TABLE EXTENDED extended", Describe{table("extended"), true}},
	{"describe a table in a catalog named extended", "DESCRIBE extended.a.b", Describe{table("extended", "a", "b"), false}},
	{"describe a catalog", "DESCRIBE CATALOG EXTENDED c", Describe{Securable{"CATALOG", words("c")}, true}},
	{"describe a database", "DESCRIBE DATABASE c.s", Describe{Securable{"SCHEMA", words("c", "s")}, false}},
	{"describe a model named service", "DESCRIBE MODEL service", Describe{Securable{"MODEL", words("service")}, false}},
	{"describe a model that is nearly a service", "DESCRIBE MODEL servic", Describe{Securable{"MODEL", words("servic")}, false}},
	{"re-own a model that is nearly a service", "ALTER MODEL servic OWNER TO x", ChangeOwner{Securable{"MODEL", words("servic")}, "x"}},
	{"comment on a model that is nearly a service", "COMMENT ON MODEL servic IS NULL", Comment{Securable{"MODEL", words("servic")}, nil}},
	{"grant on a model that is nearly a service", "GRANT EXECUTE ON MODEL servic TO x", Grant{words("EXECUTE"), Securable{"MODEL", words("servic")}, "x"}},
	{"describe the metastore", "DESCRIBE METASTORE", Describe{Securable{Kind: "METASTORE"}, false}},
	{"describe a user", "DESCRIBE USER `a@b.c`", DescribePrincipal{Principal{"USER", "a@b.c"}}},
	{"describe a group", "DESC GROUP group", DescribePrincipal{Principal{"GROUP", "group"}}},
	{"describe a service principal", "DESC SERVICE PRINCIPAL service", DescribePrincipal{Principal{"SERVICE PRINCIPAL", "service"}}},
	{"describe a table named user", "DESCRIBE user", Describe{table("user"), false}},
	{"describe a table in a schema named user", "DESCRIBE user.t", Describe{table("user", "t"), false}},

	{"comment", `COMMENT ON MODEL SERVICE a.b.c IS 'it''s; \fine\n'`, Comment{service("a", "b", "c"), some(`it's; \fine\n`)}},
	{"no comment", "COMMENT ON CATALOG c IS NULL", Comment{Securable{"CATALOG", words("c")}, nil}},
	{"an empty comment", "COMMENT ON DATABASE c.s is ''", Comment{Securable{"SCHEMA", words("c", "s")}, some("")}},
	{"comment on a table named is", "COMMENT ON TABLE is IS 'x'", Comment{table("is"), some("x")}},
	{"comment on a model named service", "COMMENT ON MODEL service IS 'x'", Comment{Securable{"MODEL", words("service")}, some("x")}},

	{"create a catalog", "CREATE CATALOG IF NOT EXISTS c", Create{Securable{"CATALOG", words("c")}, true, ""}},
	{"create a catalog named if", "CREATE CATALOG if COMMENT 'if'", Create{Securable{"CATALOG", words("if")}, false, "if"}},
	{"create a schema", "CREATE SCHEMA c.comment COMMENT 'x'", Create{Securable{"SCHEMA", words("c", "comment")}, false, "x"}},
	{"create a database", "CREATE DATABASE c.s", Create{Securable{"SCHEMA", words("c", "s")}, false, ""}},
	{"create a group", "CREATE GROUP g", CreatePrincipal{Who: Principal{"GROUP", "g"}}},
	{"create a group with members", "CREATE GROUP IF NOT EXISTS g WITH USER a, 'b' GROUP c, d SERVICE PRINCIPAL e",
		CreatePrincipal{Principal{"GROUP", "g"}, true, []Principal{
			{"USER", "a"}, {"USER", "b"}, {"GROUP", "c"}, {"GROUP", "d"}, {"SERVICE PRINCIPAL", "e"}}}},
	{"create a group named with", "CREATE GROUP with WITH with", CreatePrincipal{Principal{"GROUP", "with"}, false, []Principal{{"", "with"}}}},
	{"create a user", "CREATE USER `a@b.c`", CreatePrincipal{Who: Principal{"USER", "a@b.c"}}},
	{"create a service principal", "CREATE SERVICE PRINCIPAL IF NOT EXISTS '7'",
		CreatePrincipal{Who: Principal{"SERVICE PRINCIPAL", "7"}, IfNotExists: true}},
	{"drop a group", "DROP GROUP g", DropPrincipal{Principal{"GROUP", "g"}, false}},
	{"drop a user", "DROP USER IF EXISTS `a@b.c`", DropPrincipal{Principal{"USER", "a@b.c"}, true}},
	{"drop a service principal", "DROP SERVICE PRINCIPAL x", DropPrincipal{Principal{"SERVICE PRINCIPAL", "x"}, false}},
	{"change a group", "ALTER GROUP g ADD USER x", ChangeMembers{"g", "ADD", []Principal{{"USER", "x"}}}},
	{"change a group, kinds left out", "ALTER GROUP add ADD add, drop", ChangeMembers{"add", "ADD", []Principal{{"", "add"}, {"", "drop"}}}},
	{"take out of a group", "ALTER GROUP 'g' DROP x, GROUP y, USER z, u",
		ChangeMembers{"g", "DROP", []Principal{{"", "x"}, {"GROUP", "y"}, {"USER", "z"}, {"USER", "u"}}}},
	{"members named like kinds", "ALTER GROUP g ADD user, group, USER user, `group` GROUP group, service, SERVICE PRINCIPAL service",
		ChangeMembers{"g", "ADD", []Principal{{"", "user"}, {"", "group"}, {"USER", "user"}, {"USER", "group"}, {"GROUP", "group"}, {"GROUP", "service"}, {"SERVICE PRINCIPAL", "service"}}}},
	{"rename a user", "ALTER USER a RENAME TO `b@c.d`", RenamePrincipal{Principal{"USER", "a"}, "b@c.d"}},
	{"rename a group", "ALTER GROUP rename RENAME TO to", RenamePrincipal{Principal{"GROUP", "rename"}, "to"}},
	{"rename a service principal", "ALTER SERVICE PRINCIPAL principal RENAME TO 'p'", RenamePrincipal{Principal{"SERVICE PRINCIPAL", "principal"}, "p"}},

	{"explain a privilege", "EXPLAIN PRIVILEGE EXECUTE ON MODEL SERVICE a.b.c FOR x", Explain{"EXECUTE", service("a", "b", "c"), "x"}},
	{"explain one's own", "EXPLAIN PRIVILEGES use_schema ON DATABASE a.b;", Explain{"USE SCHEMA", Securable{"SCHEMA", words("a", "b")}, ""}},
	{"explain of the metastore", "EXPLAIN PRIVILEGE CREATE CATALOG ON METASTORE FOR for", Explain{"CREATE CATALOG", Securable{Kind: "METASTORE"}, "for"}},
	{"explain of a table named for", "EXPLAIN PRIVILEGE SELECT ON for FOR for", Explain{"SELECT", table("for"), "for"}},
	{"explain of a table named for, for oneself", "EXPLAIN PRIVILEGE SELECT ON for", Explain{"SELECT", table("for"), ""}},
}

func TestReadings(t *testing.T) {
	for _, r := range slices.Concat(readings, selectReadings) {
		t.Run(r.says, func(t *testing.T) {
			got, err := Parse(r.text)
			if err != nil {
				t.Fatalf("%s\n%v", r.text, err)
			}
			if !reflect.DeepEqual(got, r.want) {
				t.Fatalf("%s\n got %#v\nwant %#v", r.text, got, r.want)
			}
			checkRoundTrip(t, got)
		})
	}
}

func checkRoundTrip(t interface {
	Helper()
	Fatalf(string, ...any)
}, s Statement) {
	t.Helper()
	again, err := Parse(s.String())
	if err != nil {
		t.Fatalf("printed as %s\n%v", s, err)
	}
	if !reflect.DeepEqual(again, s) {
		t.Fatalf("printed as %s\n got %#v\nwant %#v", s, again, s)
	}
}
