package statement_test

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"testing"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/modelservice"
	"github.com/modelward/modelward/modelservice/statement"
)

func columnNames(r *statement.Result) (names []string) {
	for _, c := range r.Columns {
		names = append(names, c.Name+" "+c.Type)
	}
	return names
}

func TestShow(t *testing.T) {
	w := newWorld(t)
	w.service("main.default", "second", nil)
	w.update(func(tx *catalog.Tx) error {
		robot, _ := tx.CreatePrincipal(catalog.ServicePrincipal, "Robot-7")
		everybody, _ := tx.CreatePrincipal(catalog.Group, "Company")
		all, _ := tx.CreatePrincipal(catalog.Group, "World")
		return errors.Join(tx.AddMember(everybody, w.id("ai_team")), tx.AddMember(everybody, robot), tx.AddMember(all, everybody), tx.AddMember(all, robot))
	})
	for _, text := range []string{
		"GRANT USE CATALOG ON CATALOG main TO ai_team", "GRANT USE SCHEMA ON SCHEMA main.default TO ai_team",
		"GRANT EXECUTE ON MODEL SERVICE main.default.second TO ai_team",
	} {
		w.execute("alice", text)
	}
	null := "NULL"
	for _, c := range []struct {
		says, who, text string
		columns         []string
		want            [][]string
	}{
		{"catalogs", "alice", "SHOW CATALOGS", []string{"catalog STRING"}, [][]string{{"main"}, {"system"}}},
		{"catalogs by pattern", "alice", "SHOW CATALOGS LIKE 'M*|nothing'", []string{"catalog STRING"}, [][]string{{"main"}}},
		{"schemas", "alice", "SHOW SCHEMAS IN MAIN", []string{"databaseName STRING"}, [][]string{{"default"}, {"logging"}}},
		{"only what is seen", "bob@example.com", "SHOW DATABASES FROM main", []string{"databaseName STRING"}, [][]string{{"default"}}},
		{"tables", "alice", "SHOW TABLES IN main.logging", []string{"database STRING", "tableName STRING", "isTemporary BOOLEAN"},
			[][]string{{"logging", "team_chat_payload", "false"}}},
		{"models", "alice", "SHOW MODELS IN system.ai '*u*'", []string{"database STRING", "model_name STRING"}, [][]string{{"ai", "opus"}}},
		{"services", "alice", "SHOW MODEL SERVICES IN main.default", []string{"database STRING", "model_service_name STRING"},
			[][]string{{"default", "second"}, {"default", "team-chat"}}},
		{"only the services that are seen", "bob@example.com", "SHOW MODEL SERVICES IN main.default", []string{"database STRING", "model_service_name STRING"},
			[][]string{{"default", "second"}}},
		{"users", "alice", "SHOW USERS", []string{"name STRING"}, [][]string{{"alice"}, {"bob@example.com"}, {"carol"}}},
		{"who is no admin sees himself", "carol", "SHOW USERS", []string{"name STRING"}, [][]string{{"carol"}}},
		{"service principals", "alice", "SHOW SERVICE PRINCIPALS LIKE 'robot*'", []string{"name STRING"}, [][]string{{"Robot-7"}}},
		{"groups", "alice", "SHOW GROUPS LIKE '*team*|company'", []string{"name STRING", "directGroup BOOLEAN"}, [][]string{{"Company", null}, {"ai_team", null}}},
		{"groups of a user", "alice", "SHOW GROUPS WITH USER `bob@example.com`", []string{"name STRING", "directGroup BOOLEAN"},
			[][]string{{"Company", "false"}, {"World", "false"}, {"ai_team", "true"}}},
		{"groups of a group", "alice", "SHOW GROUPS WITH GROUP ai_team", []string{"name STRING", "directGroup BOOLEAN"}, [][]string{{"Company", "true"}, {"World", "false"}}},
		{"directly and through another one is directly", "alice", "SHOW GROUPS WITH SERVICE PRINCIPAL `robot-7` LIKE '*o*'",
			[]string{"name STRING", "directGroup BOOLEAN"}, [][]string{{"Company", "true"}, {"World", "true"}}},
		{"one's own groups", "bob@example.com", "SHOW GROUPS WITH USER 'BOB@example.com' 'ai*'", []string{"name STRING", "directGroup BOOLEAN"},
			[][]string{{"ai_team", "true"}}},
		{"nothing fits", "alice", "SHOW USERS 'x'", []string{"name STRING"}, nil},
	} {
		result := w.execute(c.who, c.text)
		if got := cells(result.Rows); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s\n%s\n got %q\nwant %q", c.says, c.text, got, c.want)
		}
		if got := columnNames(result); !slices.Equal(got, c.columns) {
			t.Errorf("%s\n%s\ncolumns are %q, want %q", c.says, c.text, got, c.columns)
		}
	}
}

func TestShowRefusals(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct {
		who, text string
		code      modelservice.Code
		message   string
	}{
		{"alice", "SHOW SCHEMAS", modelservice.CodeInvalidParameter, "There is no current catalog: write SHOW SCHEMAS IN catalog."},
		{"alice", "SHOW TABLES", modelservice.CodeInvalidParameter, "There is no current schema: write SHOW TABLES IN catalog.schema."},
		{"alice", "SHOW TABLES IN main", modelservice.CodeInvalidParameter, "The name of a SCHEMA is catalog.schema: main has 1 of 2 parts."},
		{"alice", "SHOW SCHEMAS IN main.default", modelservice.CodeInvalidParameter, "The name of a CATALOG is catalog: main.default has 2 of 1 parts."},
		{"alice", "SHOW MODELS IN main.nothing", modelservice.CodeDoesNotExist, "Schema 'main.nothing' does not exist."},
		{"carol", "SHOW MODELS IN main.default", modelservice.CodeDoesNotExist, "Catalog 'main' does not exist."},
		{"alice", "SHOW GROUPS WITH USER nobody", modelservice.CodePrincipalNotExist, "Could not find principal with name nobody"},
		{"alice", "SHOW GROUPS WITH USER ai_team", modelservice.CodePrincipalNotExist, "Could not find principal with name ai_team"},
		{"carol", "SHOW GROUPS WITH GROUP ai_team", modelservice.CodePrincipalNotExist, "Could not find principal with name ai_team"},
	} {
		if e := w.refused(c.who, c.text); e.Code != c.code || e.Message != c.message {
			t.Errorf("%s\n got %s: %s\nwant %s: %s", c.text, e.Code, e.Message, c.code, c.message)
		}
	}
	if e := w.refused("alice", "SHOW SCHEMAS IN `m-ain`"); e.Code != modelservice.CodeDoesNotExist {
		t.Errorf("a catalog that is missing answers %v", e)
	}
	ctx, cancel := context.WithCancel(w.ctx)
	cancel()
	if _, err := statement.Execute(ctx, w.ms, w.id("alice"), "SHOW CATALOGS", nil); modelservice.AsError(err) == nil || modelservice.AsError(err).Code != modelservice.CodeCancelled {
		t.Errorf("a caller who is gone gets %v", err)
	}
}

func TestShowCurrent(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct {
		text string
		opts statement.Options
		want [][]string
	}{
		{"SHOW SCHEMAS", statement.Options{Catalog: "main"}, [][]string{{"default"}, {"logging"}}},
		{"SHOW SCHEMAS IN system", statement.Options{Catalog: "main"}, [][]string{{"ai"}, {"ai_gateway"}}},
		{"SHOW TABLES", statement.Options{Catalog: "main", Schema: "logging"}, [][]string{{"logging", "team_chat_payload", "false"}}},
		{"SHOW TABLES IN logging", statement.Options{Catalog: "main", Schema: "default"}, [][]string{{"logging", "team_chat_payload", "false"}}},
		{"SHOW MODEL SERVICES 'team*'", statement.Options{Catalog: "Main", Schema: "Default"}, [][]string{{"default", "team-chat"}}},
	} {
		result, err := statement.Execute(w.ctx, w.ms, w.id("alice"), c.text, &c.opts)
		if err != nil {
			t.Errorf("%s: %v", c.text, err)
			continue
		}
		if got := cells(result.Rows); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s with %v\n got %q\nwant %q", c.text, c.opts, got, c.want)
		}
	}
}
