package statement_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/modelward/modelward/authz"
	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/modelservice"
	"github.com/modelward/modelward/modelservice/statement"
	"pgregory.net/rapid"
)

// The statements of the seed page, with the service spelled as it is called.
func TestExecuteSeed(t *testing.T) {
	w := newWorld(t)
	for _, text := range []string{
		"GRANT USE CATALOG ON CATALOG main TO ai_team;",
		"GRANT USE SCHEMA ON SCHEMA main.default TO ai_team;",
		"GRANT EXECUTE ON MODEL SERVICE main.default.`team-chat` TO ai_team;",
		"GRANT SELECT ON TABLE main.logging.team_chat_payload TO ai_team;",
	} {
		result := w.execute("alice", text)
		if result.Columns != nil || result.Rows != nil || result.Truncated {
			t.Errorf("%s\nanswers %+v, want nothing", text, result)
		}
	}
	for name, at := range map[string]catalog.SecurableType{
		"main":                           catalog.TypeCatalog,
		"main.default":                   catalog.TypeSchema,
		"main.default.team-chat":         modelservice.TypeModelService,
		"main.logging.team_chat_payload": catalog.TypeTable,
	} {
		if got := w.grants(at, name); len(got) != 1 || !strings.HasPrefix(got[0], "ai_team ") {
			t.Errorf("grants on %s: %q", name, got)
		}
	}
	if e := w.refused("bob@example.com", "DROP MODEL SERVICE main.default.`team-chat`"); e.Code != modelservice.CodePermissionDenied {
		t.Errorf("with EXECUTE alone DROP answers %v", e)
	}
	w.execute("alice", "GRANT MANAGE ON MODEL SERVICE main.default.`team-chat` TO `bob@example.com`")
	w.execute("bob@example.com", "DROP MODEL SERVICE main.default.`team-chat`")
	if _, err := w.ms.Get(w.id("alice"), catalog.TypeTable, w.name("main.logging.team_chat_payload")); err != nil {
		t.Errorf("the table went with its service: %v", err)
	}
}

func TestExecuteGrants(t *testing.T) {
	for _, law := range []struct {
		name, says string
		run        []string
		at         catalog.SecurableType
		object     string
		want       []string
	}{
		{"spellings", "privileges are written with spaces or underscores, in any case",
			[]string{"grant use_catalog, Create Schema ON CATALOG Main TO carol"},
			catalog.TypeCatalog, "main", []string{"carol CREATE_SCHEMA", "carol USE_CATALOG"}},
		{"again", "granting again and revoking what is not granted are no faults",
			[]string{"GRANT MANAGE ON SCHEMA main.default TO carol", "GRANT MANAGE ON SCHEMA main.default TO carol",
				"REVOKE APPLY TAG ON SCHEMA main.default FROM carol"},
			catalog.TypeSchema, "main.default", []string{"carol MANAGE"}},
		{"all", "REVOKE ALL PRIVILEGES leaves MANAGE (spec §18.12)",
			[]string{"GRANT ALL PRIVILEGES, EXECUTE, MANAGE ON MODEL SERVICE main.default.`team-chat` TO carol",
				"REVOKE ALL PRIVILEGES ON MODEL SERVICE main.default.`team-chat` FROM carol"},
			modelservice.TypeModelService, "main.default.team-chat", []string{"carol MANAGE"}},
		{"inherited", "a privilege of what is inside can be granted on a container",
			[]string{"GRANT USE SCHEMA, EXECUTE ON CATALOG main TO carol"},
			catalog.TypeCatalog, "main", []string{"carol EXECUTE", "carol USE_SCHEMA"}},
		{"model", "FUNCTION and MODEL are one",
			[]string{"GRANT MANAGE ON FUNCTION system.ai.opus TO carol", "GRANT APPLY TAG ON MODEL system.ai.opus TO carol",
				"REVOKE MANAGE ON MODEL system.ai.opus FROM carol"},
			catalog.TypeModel, "system.ai.opus", []string{"carol APPLY_TAG"}},
		{"metastore", "the metastore has privileges of its own",
			[]string{"GRANT CREATE CATALOG ON METASTORE TO `account users`"},
			catalog.TypeMetastore, "", []string{"account users CREATE_CATALOG"}},
		{"table", "a name without a kind is a table",
			[]string{"GRANT SELECT ON main.logging.team_chat_payload TO 'carol'"},
			catalog.TypeTable, "main.logging.team_chat_payload", []string{"carol SELECT"}},
	} {
		t.Run(law.name, func(t *testing.T) {
			w := newWorld(t)
			for _, text := range law.run {
				w.execute("alice", text)
			}
			if got := w.grants(law.at, law.object); !slices.Equal(got, law.want) {
				t.Errorf("%s\n got %q\nwant %q", law.says, got, law.want)
			}
		})
	}
}

func TestExecuteDrop(t *testing.T) {
	w := newWorld(t)
	alice := w.id("alice")
	for _, c := range []struct {
		text string
		t    catalog.SecurableType
		name string
	}{
		{"DROP TABLE IF EXISTS main.logging.team_chat_payload", catalog.TypeTable, "main.logging.team_chat_payload"},
		{"DROP MODEL SERVICE Main.Default.`Team-Chat`", modelservice.TypeModelService, "main.default.team-chat"},
		{"DROP SCHEMA main.logging RESTRICT", catalog.TypeSchema, "main.logging"},
		{"DROP CATALOG main CASCADE", catalog.TypeCatalog, "main"},
	} {
		if _, err := w.ms.Grants(alice, c.t, w.name(c.name), ""); err != nil {
			t.Fatalf("%s is not there: %v", c.name, err)
		}
		w.execute("alice", c.text)
		if _, err := w.ms.Grants(alice, c.t, w.name(c.name), ""); modelservice.AsError(err).Code != modelservice.CodeDoesNotExist {
			t.Errorf("%s\nleaves it: %v", c.text, err)
		}
	}
	before := w.version()
	for _, text := range []string{
		"DROP MODEL SERVICE IF EXISTS main.default.`team-chat`",
		"DROP CATALOG IF EXISTS main CASCADE",
		"DROP VIEW IF EXISTS main.default.v",
		"DROP MCP SERVICE IF EXISTS main.default.v",
	} {
		w.execute("alice", text)
	}
	if w.version() != before {
		t.Error("DROP IF EXISTS of what is missing has changed something")
	}
}

// What is invisible is left alone by DROP IF EXISTS, in silence (ruling R23).
func TestExecuteDropInvisible(t *testing.T) {
	w := newWorld(t)
	before := w.version()
	w.execute("carol", "DROP MODEL SERVICE IF EXISTS main.default.`team-chat`")
	w.execute("carol", "DROP CATALOG IF EXISTS main CASCADE")
	if w.version() != before {
		t.Error("something was dropped")
	}
}

func TestExecuteRefusals(t *testing.T) {
	w := newWorld(t)
	w.execute("alice", "GRANT USE CATALOG ON CATALOG main TO carol")
	w.execute("alice", "GRANT USE SCHEMA, CREATE SERVICE ON SCHEMA main.default TO carol")
	for _, c := range []struct {
		who, text string
		code      modelservice.Code
		message   string
	}{
		{"alice", "GRANT EXECUTE ON MODEL SERVICE main.default.team-chat TO carol", modelservice.CodeBadRequest,
			"[INVALID_IDENTIFIER] the unquoted identifier team-chat is invalid and must be back-quoted as: main.default.`team-chat` (line 1, column 45, offset 44). SQLSTATE: 42602"},
		{"alice", "GRANT EXECUTE ON MODEL SERVICE main.default.`x` TO", modelservice.CodeBadRequest, "[PARSE_SYNTAX_ERROR] "},
		{"alice", strings.Repeat(" ", statement.MaxLength+1), modelservice.CodeBadRequest, "[PARSE_SYNTAX_ERROR] "},
		{"alice", "DENY EXECUTE ON MODEL SERVICE main.default.`team-chat` TO carol", modelservice.CodeNotSupported,
			"[UC_COMMAND_NOT_SUPPORTED] The command(s): DENY are not supported in Unity Catalog. SQLSTATE: 0AKUC"},
		{"alice", "CREATE MODEL SERVICE a.b.c", modelservice.CodeNotSupported, "[UC_COMMAND_NOT_SUPPORTED] "},
		{"alice", "ALTER MODEL SERVICE main.default.`team-chat` SET x", modelservice.CodeNotSupported, "[UC_COMMAND_NOT_SUPPORTED] "},
		{"alice", "GRANT EXECUTE ON VIEW main.default.v TO carol", modelservice.CodeDoesNotExist, "VIEW 'main.default.v' does not exist."},
		{"alice", "DROP VOLUME main.default.v", modelservice.CodeDoesNotExist, "VOLUME 'main.default.v' does not exist."},
		{"alice", "SHOW GRANTS ON MODEL PROVIDER SERVICE main.default.v", modelservice.CodeDoesNotExist, "MODEL PROVIDER SERVICE 'main.default.v' does not exist."},
		{"alice", "GRANT USE SCHEMA ON SCHEMA `def-ault` TO carol", modelservice.CodeInvalidParameter,
			"The name of a SCHEMA is catalog.schema: `def-ault` has 1 of 2 parts."},
		{"alice", "DROP CATALOG a.b", modelservice.CodeInvalidParameter, "The name of a CATALOG is catalog: a.b has 2 of 1 parts."},
		{"alice", "SELECT * FROM payload", modelservice.CodeInvalidParameter, "The name of a TABLE is catalog.schema.name: payload has 1 of 3 parts."},
		{"alice", "DROP MODEL SERVICE main.default.`a b`", modelservice.CodeInvalidParameter, "The name main.default.`a b` is invalid: must not contain ' '."},
		{"alice", "GRANT FLY ON CATALOG main TO carol", modelservice.CodeInvalidParameter, "Privilege FLY is not applicable to Catalog 'main'."},
		{"alice", "GRANT EXECUTE ON CATALOG main TO nobody", modelservice.CodePrincipalNotExist, "Could not find principal with name nobody"},
		{"alice", "GRANT EXECUTE ON CATALOG other TO carol", modelservice.CodeDoesNotExist, "Catalog 'other' does not exist."},
		{"alice", "SHOW GRANTS nobody ON CATALOG main", modelservice.CodePrincipalNotExist, "Could not find principal with name nobody"},
		{"alice", "DROP CATALOG main", modelservice.CodeInvalidState, "Catalog 'main' is not empty."},
		{"alice", "DROP MODEL system.ai.opus", modelservice.CodePermissionDenied,
			"[INSUFFICIENT_PERMISSIONS] Insufficient privileges: Model 'system.ai.opus' is in the system catalog: it cannot be deleted or renamed, and what the system made cannot be given away. SQLSTATE: 42501"},
		{"carol", "GRANT USE CATALOG ON CATALOG main TO carol", modelservice.CodePermissionDenied,
			"[INSUFFICIENT_PERMISSIONS] Insufficient privileges: User does not have MANAGE on Catalog 'main'. SQLSTATE: 42501"},
		{"carol", "DROP SCHEMA main.default", modelservice.CodePermissionDenied,
			"[INSUFFICIENT_PERMISSIONS] Insufficient privileges: User does not have MANAGE on Schema 'main.default'. SQLSTATE: 42501"},
		{"alice", "SELECT request_id, price FROM main.logging.team_chat_payload", modelservice.CodeBadRequest,
			"[UNRESOLVED_COLUMN] A column with name price cannot be resolved. SQLSTATE: 42703"},
		{"alice", "SELECT " + strings.Repeat("draw,", 256) + "draw FROM main.logging.team_chat_payload", modelservice.CodeInvalidParameter,
			"A SELECT names at most 256 columns, here are 257."},
	} {
		e := w.refused(c.who, c.text)
		if e.Code != c.code || !strings.HasPrefix(e.Message, c.message) {
			t.Errorf("%.200s\n got %s: %s\nwant %s: %s", c.text, e.Code, e.Message, c.code, c.message)
		}
		if e.Field != "" {
			t.Errorf("%.200s\nblames a field %q, which a statement has not", c.text, e.Field)
		}
		if e.Code == modelservice.CodeBadRequest && strings.Contains(e.Message, "SYNTAX") {
			var syntax *statement.SyntaxError
			if !errors.As(e, &syntax) {
				t.Errorf("%.200s\nthere is no *SyntaxError inside", c.text)
			}
		}
	}
}

// Something hidden is refused word for word as something missing.
func TestExecuteHiddenIsMissing(t *testing.T) {
	w := newWorld(t)
	for _, form := range []string{
		"GRANT USE CATALOG ON CATALOG %c TO carol", "SHOW GRANTS ON CATALOG %c", "DROP CATALOG %c", "DROP CATALOG IF EXISTS %c",
		"GRANT USE SCHEMA ON SCHEMA %c.default TO carol", "SHOW GRANTS carol ON SCHEMA %c.default", "DROP SCHEMA %c.default CASCADE",
		"GRANT EXECUTE ON MODEL SERVICE %c.default.`team-chat` TO carol", "REVOKE FLY ON MODEL SERVICE %c.default.`team-chat` FROM nobody",
		"SHOW GRANTS ON MODEL SERVICE %c.default.team_chat", "DROP MODEL SERVICE %c.default.`team-chat`",
		"SHOW SCHEMAS IN %c", "SHOW TABLES IN %c.logging", "SHOW MODELS IN %c.default 'x'", "SHOW MODEL SERVICES FROM %c.default", "SHOW CATALOGS LIKE '%c'",
		"DESCRIBE CATALOG %c", "DESCRIBE SCHEMA EXTENDED %c.default", "DESCRIBE MODEL SERVICE %c.default.`team-chat`", "DESC EXTENDED %c.logging.team_chat_payload",
		"COMMENT ON CATALOG %c IS NULL", "COMMENT ON MODEL SERVICE %c.default.`team-chat` IS 'x'", "CREATE SCHEMA %c.default", "CREATE SCHEMA IF NOT EXISTS %c.new",
		"ALTER CATALOG %c OWNER TO carol", "ALTER MODEL SERVICE %c.default.`team-chat` SET OWNER TO nobody", "ALTER TABLE %c.logging.team_chat_payload RENAME TO x",
		"ALTER TABLE %c.logging.team_chat_payload RENAME TO other.a.b", "ALTER TABLE %c.logging.team_chat_payload OWNER TO nobody",
		"EXPLAIN PRIVILEGE EXECUTE ON MODEL SERVICE %c.default.`team-chat`", "EXPLAIN PRIVILEGE FLY ON CATALOG %c FOR alice", "EXPLAIN PRIVILEGE USE CATALOG ON CATALOG %c FOR nobody",
		"SHOW PRINCIPALS WITH FLY ON SCHEMA %c.default", "SHOW PRINCIPALS WITH SELECT ON %c.logging.team_chat_payload",
		"SELECT * FROM %c.logging.team_chat_payload", "SELECT nothing FROM %c.logging.team_chat_payload", "DROP TABLE %c.logging.team_chat_payload",
	} {
		answer := func(c string) string {
			result, err := statement.Execute(w.ctx, w.ms, w.id("carol"), strings.ReplaceAll(form, "%c", c), nil)
			if err == nil {
				return fmt.Sprint(cells(result.Rows))
			}
			return strings.ReplaceAll(err.Error(), c, "%c")
		}
		if hidden, missing := answer("main"), answer("niam"); hidden != missing {
			t.Errorf("%s\nhidden:  %s\nmissing: %s", form, hidden, missing)
		}
	}
}

func TestExecuteHints(t *testing.T) {
	w := newWorld(t)
	w.check(errors.Join(
		second(w.ms.CreateCatalog(w.ctx, w.id("alice"), modelservice.NewObject{Name: "my-lake"})),
		second(w.ms.CreateSchema(w.ctx, w.id("alice"), w.name("my-lake"), modelservice.NewObject{Name: "a_b"})),
	))
	w.service("my-lake.a_b", "x-y_z", nil)
	for _, c := range []struct{ who, text, hint string }{
		{"alice", "GRANT EXECUTE ON MODEL SERVICE main.default.team_chat TO ai_team",
			"Model Service 'main.default.team_chat' does not exist. Did you mean main.default.`team-chat`?"},
		{"alice", "DROP MODEL SERVICE my_lake.`a-b`.x_y_z", "Did you mean `my-lake`.a_b.`x-y_z`?"},
		{"alice", "SHOW GRANTS ON CATALOG my_lake", "Did you mean `my-lake`?"},
		{"alice", "SHOW GRANTS ON SCHEMA my_lake.a_b", "Did you mean `my-lake`.a_b?"},
		{"alice", "SELECT * FROM main.logging.`team-chat-payload`", "Did you mean main.logging.team_chat_payload?"},
		{"alice", "DROP MODEL SERVICE main.default.teamchat", ""},
		{"alice", "DROP TABLE main.default.team_chat", ""}, // a service is no table
		{"carol", "GRANT EXECUTE ON MODEL SERVICE main.default.team_chat TO ai_team", ""},
		{"carol", "SHOW GRANTS ON CATALOG my_lake", ""},
	} {
		e := w.refused(c.who, c.text)
		if e.Code != modelservice.CodeDoesNotExist || !strings.HasSuffix(e.Message, c.hint) || c.hint == "" && strings.Contains(e.Message, "mean") {
			t.Errorf("%s: %s\n got %v\nwant a hint %q", c.who, c.text, e, c.hint)
		}
	}
}

func second[T any](_ T, err error) error { return err }

// Names are data: whatever a name holds, the statement that is printed with it
// is about that object and no other (I44).
func TestExecuteNamesAreData(t *testing.T) {
	w := newWorld(t)
	rapid.Check(t, func(t *rapid.T) {
		leaf := rapid.StringOfN(rapid.RuneFrom([]rune("ab-_`'\"*;()#@TO\\äß")), 1, 8, -1).Draw(t, "name")
		in := catalog.FullName{Catalog: "main"}
		made, err := w.ms.CreateSchema(w.ctx, w.id("alice"), in, modelservice.NewObject{Name: leaf})
		if err != nil {
			t.Fatalf("%q: %v", leaf, err)
		}
		on := statement.Securable{Kind: "SCHEMA", Name: []string{"main", leaf}}
		w.execute("alice", statement.Grant{Privileges: []string{"USE SCHEMA"}, On: on, To: "carol"}.String())
		got, err := w.ms.Grants(w.id("alice"), catalog.TypeSchema, made.Name, "")
		if err != nil || len(got) != 1 || got[0].Principal != "carol" {
			t.Fatalf("%q: grants are %v (%v)", leaf, got, err)
		}
		w.execute("alice", statement.Drop{On: on}.String())
		if _, err := w.ms.Get(w.id("alice"), catalog.TypeSchema, made.Name); err == nil {
			t.Fatalf("%q is still there", leaf)
		}
	})
}

func FuzzExecute(f *testing.F) {
	for _, text := range []string{
		"GRANT EXECUTE ON MODEL SERVICE main.default.`team-chat` TO ai_team", "SHOW GRANTS ON METASTORE",
		"SELECT request, draw FROM main.logging.team_chat_payload LIMIT 0", "DROP SCHEMA IF EXISTS main.default CASCADE",
		"REVOKE ALL ON main.a.b FROM `x`", "DENY x", "SHOW CATALOGS", "DROP MODEL SERVICE a_b.c-d",
		"SHOW MODEL SERVICES IN main.default LIKE '*a|b*'", "SHOW GROUPS WITH USER `bob@example.com`", "DESCRIBE EXTENDED main.logging.team_chat_payload",
		"DESCRIBE MODEL SERVICE EXTENDED main.default.`team-chat`", "COMMENT ON CATALOG main IS 'x'", "ALTER SCHEMA main.default OWNER TO carol",
		"ALTER TABLE main.logging.team_chat_payload RENAME TO main.logging.x", "CREATE SCHEMA IF NOT EXISTS main.s COMMENT ''", "CREATE USER u",
		"CREATE GROUP g WITH USER carol GROUP ai_team", "CREATE GROUP g WITH `account users`", "ALTER GROUP ai_team DROP `bob@example.com`, carol",
		"ALTER GROUP ai_team RENAME TO x", "DROP USER IF EXISTS alice", "EXPLAIN PRIVILEGE MANAGE ON METASTORE FOR carol",
		"EXPLAIN PRIVILEGE EXECUTE ON MODEL SERVICE main.default.`team-chat` FOR ai_team", "SHOW PRINCIPALS WITH SELECT ON main.logging.team_chat_payload",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		w := newWorld(t)
		before := w.version()
		result, err := statement.Execute(w.ctx, w.ms, w.id("alice"), text, nil)
		if err == nil {
			if result == nil {
				t.Fatalf("%q: neither a result nor an error", text)
			}
			for _, r := range result.Rows {
				if len(r) != len(result.Columns) {
					t.Fatalf("%q: a row of %d values under %d columns", text, len(r), len(result.Columns))
				}
			}
			return
		}
		e, ok := err.(*modelservice.Error)
		if !ok || e.Code == "" || e.Message == "" || e.Code == modelservice.CodeInternal {
			t.Fatalf("%q: the error is %#v", text, err)
		}
		if w.version() != before {
			t.Fatalf("%q: refused and has changed something", text)
		}
	})
}

func ExampleExecute() {
	ctx := context.Background()
	c, err := catalog.Open(ctx, nil, &catalog.Options{Kinds: modelservice.Kinds()})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer c.Close(ctx)
	var alice catalog.PrincipalID
	_, err = c.Update(ctx, "setup", func(tx *catalog.Tx) error {
		if alice, err = tx.CreatePrincipal(catalog.User, "alice"); err != nil {
			return err
		}
		return tx.AddMember(catalog.MetastoreAdmins, alice)
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	ms, err := modelservice.NewMetastore(ctx, c, authz.New(nil), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, text := range []string{
		"GRANT CREATE CATALOG ON METASTORE TO `account users`",
		"SHOW GRANTS ON METASTORE",
		"DROP MODEL SERVICE main.default.team_chat",
	} {
		result, err := statement.Execute(ctx, ms, alice, text, nil)
		if err != nil {
			fmt.Println(err)
			continue
		}
		for _, row := range result.Rows {
			fmt.Println(*row[0], *row[1], *row[2], *row[3])
		}
	}
	// Output:
	// account users CREATE CATALOG METASTORE metastore-1
	// modelservice: RESOURCE_DOES_NOT_EXIST: Model Service 'main.default.team_chat' does not exist.
}

// Names with fewer parts are completed by the current catalog and schema.
func TestCurrent(t *testing.T) {
	w := newWorld(t)
	run := func(text string, opts *statement.Options) error {
		_, err := statement.Execute(w.ctx, w.ms, w.id("alice"), text, opts)
		return err
	}
	both := &statement.Options{Catalog: "main", Schema: "default"}
	for _, text := range []string{"SHOW GRANTS ON SCHEMA default", "SHOW GRANTS ON CATALOG main"} {
		if err := run(text, both); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
	if err := run("SHOW GRANTS ON SCHEMA default", &statement.Options{Schema: "default"}); err == nil {
		t.Error("a schema without a catalog was found")
	}
	if err := run("SHOW GRANTS ON SCHEMA default", nil); err == nil {
		t.Error("a short name was completed from nothing")
	}
	err := run("SHOW GRANTS ON MODEL SERVICE nothing", both)
	if e := modelservice.AsError(err); e == nil || !strings.Contains(e.Message, "'main.default.nothing' does not exist") {
		t.Errorf("a one-part name became %v", err)
	}
}
