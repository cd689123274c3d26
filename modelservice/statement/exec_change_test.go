package statement_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/modelservice"
	"github.com/modelward/modelward/modelservice/statement"
)

func (w *world) object(t catalog.SecurableType, name string) modelservice.Object {
	w.Helper()
	o, err := w.ms.Get(w.id("alice"), t, w.name(name))
	w.check(err)
	return o
}

func TestCreate(t *testing.T) {
	w := newWorld(t)
	w.execute("alice", "GRANT CREATE CATALOG ON METASTORE TO carol")
	w.execute("carol", "CREATE CATALOG `My-Lake` COMMENT 'it''s \\hers'")
	w.execute("carol", "CREATE SCHEMA IF NOT EXISTS `my-lake`.A")
	w.execute("carol", "CREATE DATABASE `my-lake`.b COMMENT ''")
	if o := w.object(catalog.TypeCatalog, "my-lake"); o.Owner != "carol" || o.Comment != `it's \hers` {
		t.Errorf("the catalog is %+v", o)
	}
	w.object(catalog.TypeSchema, "my-lake.a")
	w.object(catalog.TypeSchema, "my-lake.b")
	before := w.version()
	w.execute("carol", "CREATE CATALOG IF NOT EXISTS `my-lake` COMMENT 'other'")
	w.execute("carol", "CREATE SCHEMA IF NOT EXISTS `my-lake`.a COMMENT 'other'")
	if w.version() != before {
		t.Error("IF NOT EXISTS has changed what exists")
	}
	_, err := statement.Execute(w.ctx, w.ms, w.id("carol"), "CREATE SCHEMA c", &statement.Options{Catalog: "my-lake"})
	w.check(err)
	w.object(catalog.TypeSchema, "my-lake.c")
	for _, c := range []struct {
		who, text string
		code      modelservice.Code
		message   string
	}{
		{"carol", "CREATE CATALOG `my-lake`", modelservice.CodeAlreadyExists, "Catalog 'my-lake' already exists."},
		{"carol", "CREATE SCHEMA `my-lake`.a", modelservice.CodeAlreadyExists, "Schema 'my-lake.a' already exists."},
		{"bob@example.com", "CREATE CATALOG IF NOT EXISTS x", modelservice.CodePermissionDenied, "[INSUFFICIENT_PERMISSIONS] Insufficient privileges: User does not have CREATE CATALOG on Metastore. SQLSTATE: 42501"},
		{"bob@example.com", "CREATE SCHEMA IF NOT EXISTS main.default", modelservice.CodeDoesNotExist, "Catalog 'main' does not exist."},
		{"carol", "CREATE SCHEMA my_lake.d", modelservice.CodeDoesNotExist, "Catalog 'my_lake' does not exist. Did you mean `my-lake`?"},
		{"carol", "CREATE SCHEMA d", modelservice.CodeInvalidParameter, "The name of a SCHEMA is catalog.schema: d has 1 of 2 parts."},
		{"carol", "CREATE CATALOG `a b`", modelservice.CodeInvalidParameter, "The name `a b` is invalid: must not contain ' '."},
		{"carol", "CREATE CATALOG x COMMENT '" + strings.Repeat("x", catalog.MaxCommentLength+1) + "'", modelservice.CodeInvalidParameter, "Invalid comment"},
	} {
		if e := w.refused(c.who, c.text); e.Code != c.code || !strings.HasPrefix(e.Message, c.message) {
			t.Errorf("%.100s\n got %s: %s\nwant %s: %s", c.text, e.Code, e.Message, c.code, c.message)
		}
	}
}

// COMMENT and OWNER TO work on every kind of object there is.
func TestCommentAndOwner(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct {
		kind string
		t    catalog.SecurableType
		name string
	}{
		{"CATALOG", catalog.TypeCatalog, "main"}, {"SCHEMA", catalog.TypeSchema, "main.default"},
		{"TABLE", catalog.TypeTable, "main.logging.team_chat_payload"},
		{"MODEL SERVICE", modelservice.TypeModelService, "main.default.team-chat"},
	} {
		on := c.kind + " " + statement.QuoteName(strings.Split(c.name, "."))
		w.execute("alice", "COMMENT ON "+on+" IS 'a ''comment''\n--'")
		if got := w.object(c.t, c.name).Comment; got != "a 'comment'\n--" {
			t.Errorf("the comment on %s is %q", on, got)
		}
		w.execute("alice", "COMMENT ON "+on+" IS NULL")
		if got := w.object(c.t, c.name).Comment; got != "" {
			t.Errorf("the comment on %s is %q, want none", on, got)
		}
		w.execute("alice", "ALTER "+on+" SET OWNER TO ai_team")
		w.execute("alice", "ALTER "+on+" OWNER TO 'CAROL'")
		if got := w.object(c.t, c.name).Owner; got != "carol" {
			t.Errorf("the owner of %s is %s", on, got)
		}
	}
	w.execute("alice", "COMMENT ON MODEL system.ai.opus IS 'good'")
	if got := w.object(catalog.TypeModel, "system.ai.opus").Comment; got != "good" {
		t.Errorf("the comment on a model is %q", got)
	}
	for _, c := range []struct {
		who, text string
		code      modelservice.Code
		message   string
	}{
		{"alice", "ALTER MODEL system.ai.opus OWNER TO carol", modelservice.CodePermissionDenied, "[INSUFFICIENT_PERMISSIONS] "},
		{"alice", "ALTER CATALOG main OWNER TO nobody", modelservice.CodePrincipalNotExist, "Could not find principal with name nobody"},
		{"alice", "ALTER CATALOG main OWNER TO `System user`", modelservice.CodePrincipalNotExist, "Could not find principal with name System user"},
		{"alice", "ALTER VIEW main.default.v OWNER TO carol", modelservice.CodeDoesNotExist, "VIEW 'main.default.v' does not exist."},
		{"alice", "COMMENT ON MODEL SERVICE main.default.team_chat IS ''", modelservice.CodeDoesNotExist,
			"Model Service 'main.default.team_chat' does not exist. Did you mean main.default.`team-chat`?"},
		{"bob@example.com", "COMMENT ON CATALOG main IS ''", modelservice.CodeDoesNotExist, "Catalog 'main' does not exist."},
		{"alice", "COMMENT ON CATALOG main IS '" + strings.Repeat("x", catalog.MaxCommentLength+1) + "'", modelservice.CodeInvalidParameter, "Invalid comment"},
	} {
		if e := w.refused(c.who, c.text); e.Code != c.code || !strings.HasPrefix(e.Message, c.message) {
			t.Errorf("%.100s\n got %s: %s\nwant %s: %s", c.text, e.Code, e.Message, c.code, c.message)
		}
	}
	w.execute("alice", "GRANT USE CATALOG ON CATALOG main TO ai_team")
	if e := w.refused("bob@example.com", "COMMENT ON CATALOG main IS ''"); e.Message !=
		"[INSUFFICIENT_PERMISSIONS] Insufficient privileges: User does not have MANAGE on Catalog 'main'. SQLSTATE: 42501" {
		t.Errorf("who may see a catalog and not manage it gets %v", e)
	}
}

func TestRename(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct{ text, name string }{
		{"ALTER TABLE main.logging.team_chat_payload RENAME TO `Old-Rows`", "main.logging.old-rows"},
		{"ALTER TABLE main.logging.`old-rows` RENAME TO MAIN.logging.older", "main.logging.older"},
		{"ALTER TABLE main.logging.older RENAME TO older", "main.logging.older"},
	} {
		w.execute("alice", c.text)
		w.object(catalog.TypeTable, c.name)
	}
	for _, c := range []struct {
		who, text string
		code      modelservice.Code
		message   string
	}{
		{"alice", "ALTER TABLE main.logging.older RENAME TO main.default.x", modelservice.CodeInvalidParameter,
			"A table stays in its schema: the new name is one part, or main.logging and one part, not main.default.x."},
		{"alice", "ALTER TABLE main.logging.older RENAME TO logging.x", modelservice.CodeInvalidParameter, "A table stays in its schema: "},
		{"alice", "ALTER TABLE main.logging.older RENAME TO `a b`", modelservice.CodeInvalidParameter, "Invalid name"},
		{"alice", "ALTER TABLE main.logging.team_chat_payload RENAME TO x", modelservice.CodeDoesNotExist, "Table 'main.logging.team_chat_payload' does not exist."},
		{"carol", "ALTER TABLE main.logging.older RENAME TO x", modelservice.CodeDoesNotExist, "Table 'main.logging.older' does not exist."},
	} {
		if e := w.refused(c.who, c.text); e.Code != c.code || !strings.HasPrefix(e.Message, c.message) {
			t.Errorf("%s\n got %s: %s\nwant %s: %s", c.text, e.Code, e.Message, c.code, c.message)
		}
	}
	// What has another name is the same table: its grants and its rows stay.
	w.execute("alice", "GRANT SELECT ON main.logging.older TO carol")
	w.execute("alice", "ALTER TABLE main.logging.older RENAME TO newest")
	if got := w.grants(catalog.TypeTable, "main.logging.newest"); !slices.Equal(got, []string{"carol SELECT"}) {
		t.Errorf("after another name the grants are %q", got)
	}
	if got := cells(w.execute("alice", "SHOW TABLES IN main.logging").Rows); !reflect.DeepEqual(got, [][]string{{"logging", "newest", "false"}}) {
		t.Errorf("the tables are %q", got)
	}
}
