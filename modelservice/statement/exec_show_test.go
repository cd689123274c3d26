package statement_test

import (
	"reflect"
	"testing"

	"github.com/modelward/modelward/modelservice"
	"github.com/modelward/modelward/modelservice/statement"
)

func TestShowGrants(t *testing.T) {
	w := newWorld(t)
	for _, text := range []string{
		"GRANT CREATE CATALOG ON METASTORE TO carol",
		"GRANT USE CATALOG, EXECUTE ON CATALOG main TO ai_team",
		"GRANT MANAGE ON CATALOG main TO carol",
		"GRANT USE SCHEMA, READ METADATA ON SCHEMA main.default TO ai_team",
		"GRANT USE SCHEMA ON SCHEMA main.default TO carol",
		"GRANT EXECUTE ON MODEL SERVICE main.default.`team-chat` TO `bob@example.com`",
		"GRANT APPLY TAG ON MODEL SERVICE main.default.`team-chat` TO carol",
	} {
		w.execute("alice", text)
	}
	service := "main.default.team-chat"
	for _, c := range []struct {
		says, who, text string
		want            [][]string
	}{
		{"direct grants first, then what is inherited with the ancestor as object; usage is not inherited by a service", "alice",
			"SHOW GRANTS ON MODEL SERVICE main.default.`team-chat`", [][]string{
				{"bob@example.com", "EXECUTE", "MODEL SERVICE", service},
				{"carol", "APPLY TAG", "MODEL SERVICE", service},
				{"ai_team", "READ METADATA", "SCHEMA", "main.default"},
				{"ai_team", "EXECUTE", "CATALOG", "main"},
				{"carol", "MANAGE", "CATALOG", "main"},
			}},
		{"who may not manage sees his own grants and his groups', on every level", "bob@example.com",
			"SHOW GRANTS ON MODEL SERVICE main.default.`team-chat`", [][]string{
				{"bob@example.com", "EXECUTE", "MODEL SERVICE", service},
				{"ai_team", "READ METADATA", "SCHEMA", "main.default"},
				{"ai_team", "EXECUTE", "CATALOG", "main"},
			}},
		{"a principal selects his own, inherited ones too", "alice",
			"SHOW GRANTS CAROL ON MODEL SERVICE main.default.`team-chat`", [][]string{
				{"carol", "APPLY TAG", "MODEL SERVICE", service},
				{"carol", "MANAGE", "CATALOG", "main"},
			}},
		{"a schema inherits what its catalog grants for it and for what is in it", "alice",
			"SHOW GRANTS ai_team ON SCHEMA main.default", [][]string{
				{"ai_team", "READ METADATA", "SCHEMA", "main.default"},
				{"ai_team", "USE SCHEMA", "SCHEMA", "main.default"},
				{"ai_team", "EXECUTE", "CATALOG", "main"},
			}},
		{"the metastore's grants are its own", "alice", "SHOW GRANTS ON METASTORE", [][]string{
			{"carol", "CREATE CATALOG", "METASTORE", w.ms.MetastoreID()},
		}},
		{"and are not inherited", "alice", "SHOW GRANTS carol ON CATALOG main", [][]string{
			{"carol", "MANAGE", "CATALOG", "main"},
		}},
		{"there may be none", "alice", "SHOW GRANTS alice ON TABLE main.logging.team_chat_payload", nil},
	} {
		result := w.execute(c.who, c.text)
		if got := cells(result.Rows); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s\n%s\n got %q\nwant %q", c.says, c.text, got, c.want)
		}
		want := []statement.Column{{Name: "Principal", Type: "STRING"}, {Name: "ActionType", Type: "STRING"}, {Name: "ObjectType", Type: "STRING"}, {Name: "ObjectKey", Type: "STRING"}}
		if !reflect.DeepEqual(result.Columns, want) {
			t.Errorf("columns are %v", result.Columns)
		}
	}
}

// An ancestor that the caller may not know of gives no rows: who manages a
// service alone and has no grant on its catalog.
func TestShowGrantsHiddenAncestor(t *testing.T) {
	w := newWorld(t)
	w.execute("alice", "GRANT USE CATALOG, USE SCHEMA ON CATALOG main TO ai_team")
	w.execute("alice", "GRANT EXECUTE ON SCHEMA main.default TO carol")
	w.execute("alice", "GRANT MANAGE ON MODEL SERVICE main.default.`team-chat` TO `bob@example.com`")
	got := cells(w.execute("bob@example.com", "SHOW GRANTS ON MODEL SERVICE main.default.`team-chat`").Rows)
	want := [][]string{{"bob@example.com", "MANAGE", "MODEL SERVICE", "main.default.team-chat"}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("bob sees %q, want %q", got, want)
	}
	if e := w.refused("carol", "SHOW GRANTS ON MODEL SERVICE main.default.`team-chat`"); e.Code != modelservice.CodeDoesNotExist {
		t.Errorf("carol, without USE, gets %v", e)
	}
}
