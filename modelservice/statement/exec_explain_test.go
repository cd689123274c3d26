package statement_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/modelservice"
	"github.com/modelward/modelward/modelservice/statement"
	"pgregory.net/rapid"
)

func TestExplain(t *testing.T) {
	w := newWorld(t)
	w.execute("alice", "GRANT USE CATALOG ON CATALOG main TO ai_team")
	w.execute("alice", "GRANT ALL PRIVILEGES ON SCHEMA main.default TO `bob@example.com`")
	service := "main.default.team-chat"
	allowed := [][]string{
		{"ALLOWED", "GRANTED", "USE CATALOG", "ai_team", "CATALOG", "main", "GRANT USE CATALOG ON CATALOG main TO ai_team"},
		{"ALLOWED", "GRANTED", "USE SCHEMA", "bob@example.com", "SCHEMA", "main.default", "GRANT ALL PRIVILEGES ON SCHEMA main.default TO `bob@example.com`"},
		{"ALLOWED", "GRANTED", "EXECUTE", "bob@example.com", "SCHEMA", "main.default", "GRANT ALL PRIVILEGES ON SCHEMA main.default TO `bob@example.com`"},
	}
	for _, c := range []struct {
		says, who, text string
		want            [][]string
	}{
		{"one's own grants, through a group and as part of ALL PRIVILEGES", "bob@example.com", "EXPLAIN PRIVILEGE EXECUTE ON MODEL SERVICE main.default.`team-chat`", allowed},
		{"somebody else's", "alice", "EXPLAIN PRIVILEGE execute ON MODEL SERVICE main.default.`team-chat` FOR 'BOB@example.com'", allowed},
		{"owning has no statement", "alice", "EXPLAIN PRIVILEGE USE CATALOG ON CATALOG main", [][]string{
			{"ALLOWED", "OWNED", "USE CATALOG", "alice", "CATALOG", "main", "NULL"}}},
		{"what is missing can be run", "alice", "EXPLAIN PRIVILEGE EXECUTE ON MODEL SERVICE main.default.`team-chat` FOR carol", [][]string{
			{"DENIED", "MISSING", "USE CATALOG", "carol", "CATALOG", "main", "GRANT USE CATALOG ON CATALOG main TO carol"},
			{"DENIED", "MISSING", "USE SCHEMA", "carol", "SCHEMA", "main.default", "GRANT USE SCHEMA ON SCHEMA main.default TO carol"},
			{"DENIED", "MISSING", "EXECUTE", "carol", "MODEL SERVICE", service, "GRANT EXECUTE ON MODEL SERVICE main.default.`team-chat` TO carol"}}},
		{"what is not wanting is not named", "alice", "EXPLAIN PRIVILEGES EXECUTE ON MODEL SERVICE main.default.`team-chat` FOR ai_team", [][]string{
			{"DENIED", "MISSING", "USE SCHEMA", "ai_team", "SCHEMA", "main.default", "GRANT USE SCHEMA ON SCHEMA main.default TO ai_team"},
			{"DENIED", "MISSING", "EXECUTE", "ai_team", "MODEL SERVICE", service, "GRANT EXECUTE ON MODEL SERVICE main.default.`team-chat` TO ai_team"}}},
		{"the metastore", "alice", "EXPLAIN PRIVILEGE CREATE CATALOG ON METASTORE FOR carol", [][]string{
			{"DENIED", "MISSING", "CREATE CATALOG", "carol", "METASTORE", w.ms.MetastoreID(), "GRANT CREATE CATALOG ON METASTORE TO carol"}}},
	} {
		if got := cells(w.execute(c.who, c.text).Rows); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s\n%s\n got %q\nwant %q", c.says, c.text, got, c.want)
		}
	}
	want := []string{"Answer STRING", "Reason STRING", "Privilege STRING", "Principal STRING", "ObjectType STRING", "ObjectKey STRING", "Statement STRING"}
	if got := columnNames(w.execute("alice", "EXPLAIN PRIVILEGE SELECT ON main.logging.team_chat_payload")); !slices.Equal(got, want) {
		t.Errorf("columns are %q", got)
	}
	for _, c := range []struct {
		who, text string
		code      modelservice.Code
		message   string
	}{
		{"carol", "EXPLAIN PRIVILEGE EXECUTE ON MODEL SERVICE main.default.`team-chat`", modelservice.CodeDoesNotExist, "Model Service 'main.default.team-chat' does not exist."},
		{"bob@example.com", "EXPLAIN PRIVILEGE EXECUTE ON MODEL SERVICE main.default.`team-chat` FOR carol", modelservice.CodePermissionDenied,
			"[INSUFFICIENT_PERMISSIONS] Insufficient privileges: User does not have MANAGE on Model Service 'main.default.team-chat'. SQLSTATE: 42501"},
		{"alice", "EXPLAIN PRIVILEGE SELECT ON MODEL SERVICE main.default.`team-chat`", modelservice.CodeInvalidParameter, "Privilege SELECT is not applicable to"},
		{"alice", "EXPLAIN PRIVILEGE EXECTUE ON MODEL SERVICE main.default.`team-chat`", modelservice.CodeInvalidParameter,
			"Privilege EXECTUE is not applicable to Model Service 'main.default.team-chat'. Did you mean EXECUTE?"},
		{"alice", "EXPLAIN PRIVILEGE EXECUTE ON MODEL SERVICE main.default.team_chat", modelservice.CodeDoesNotExist,
			"Model Service 'main.default.team_chat' does not exist. Did you mean main.default.`team-chat`?"},
		{"alice", "EXPLAIN PRIVILEGE EXECUTE ON MODEL SERVICE main.default.`team-chat` FOR nobody", modelservice.CodePrincipalNotExist, "Could not find principal"},
	} {
		if e := w.refused(c.who, c.text); e.Code != c.code || !strings.HasPrefix(e.Message, c.message) {
			t.Errorf("%s\n got %v\nwant %s: %s", c.text, e, c.code, c.message)
		}
	}
}

// The statements of what is missing, all run as they stand, allow what was
// denied; fewer do not.
func TestExplainedStatementsSuffice(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(t)
		who := rapid.SampledFrom([]string{"carol", "ai_team", "o'neil `x`-- group"}).Draw(rt, "who")
		w.update(func(tx *catalog.Tx) error {
			_, err := tx.CreatePrincipal(catalog.Group, "o'neil `x`-- group")
			return err
		})
		for _, text := range []string{"GRANT USE CATALOG ON CATALOG main TO carol", "GRANT USE SCHEMA ON CATALOG main TO ai_team",
			"GRANT EXECUTE ON SCHEMA main.default TO carol", "GRANT MANAGE ON CATALOG main TO ai_team"} {
			if rapid.Bool().Draw(rt, text) {
				w.execute("alice", text)
			}
		}
		on := rapid.SampledFrom([]string{
			"EXECUTE ON MODEL SERVICE main.default.`team-chat`", "MANAGE ON MODEL SERVICE main.default.`team-chat`", "USE SCHEMA ON SCHEMA main.logging",
			"SELECT ON TABLE main.logging.team_chat_payload", "CREATE SCHEMA ON CATALOG main", "CREATE CATALOG ON METASTORE", "EXECUTE ON MODEL system.ai.opus",
		}).Draw(rt, "what")
		ask := "EXPLAIN PRIVILEGE " + on + " FOR " + statement.QuotePrincipal(who)
		rows := cells(w.execute("alice", ask).Rows)
		if len(rows) == 0 {
			rt.Fatalf("%s\nanswers nothing", ask)
		}
		for i, r := range rows {
			if r[0] == "ALLOWED" {
				return
			}
			if r[1] != "MISSING" {
				rt.Fatalf("%s\nanswers %q", ask, rows)
			}
			if i > 0 {
				if again := cells(w.execute("alice", ask).Rows); again[0][0] != "DENIED" || len(again) != len(rows)-i {
					rt.Fatalf("%s\nwith %d of %d statements run it answers %q", ask, i, len(rows), again)
				}
			}
			parsed, err := statement.Parse(r[6])
			if err != nil || parsed.String() != r[6] {
				rt.Fatalf("%s\nis no statement in its normal form: %v", r[6], err)
			}
			w.execute("alice", r[6])
		}
		if after := cells(w.execute("alice", ask).Rows); after[0][0] != "ALLOWED" {
			rt.Fatalf("%s\nafter %q it still answers %q", ask, rows, after)
		}
	})
}

// What the caller may not read of the grants shows neither in the name nor in
// the statement of a fact.
func TestExplainKeepsWhatIsHidden(t *testing.T) {
	w := newWorld(t)
	w.update(func(tx *catalog.Tx) error {
		inner, err := tx.CreatePrincipal(catalog.Group, "inner")
		if err != nil {
			return err
		}
		return tx.AddMember(inner, w.id("ai_team"))
	})
	for _, text := range []string{
		"GRANT USE CATALOG, USE SCHEMA ON CATALOG main TO inner", "GRANT EXECUTE ON MODEL SERVICE main.default.`team-chat` TO inner",
		"GRANT USE CATALOG, USE SCHEMA ON CATALOG main TO carol", "GRANT MANAGE ON MODEL SERVICE main.default.`team-chat` TO carol",
	} {
		w.execute("alice", text)
	}
	rows := cells(w.execute("carol", "EXPLAIN PRIVILEGE EXECUTE ON MODEL SERVICE main.default.`team-chat` FOR ai_team").Rows)
	shown := 0
	for _, r := range rows {
		hidden := r[4] != "MODEL SERVICE" // carol manages the service alone
		if hidden != (r[3] == "NULL") || hidden != (r[6] == "NULL") {
			t.Errorf("carol reads %q", r)
		}
		if !hidden {
			shown++
		}
	}
	if len(rows) != 3 || shown != 1 {
		t.Errorf("carol reads %q", rows)
	}
}

func TestShowPrincipals(t *testing.T) {
	w := newWorld(t)
	w.execute("alice", "CREATE SERVICE PRINCIPAL robot")
	for _, text := range []string{
		"GRANT USE CATALOG, USE SCHEMA ON CATALOG main TO `account users`", "GRANT EXECUTE ON SCHEMA main.default TO ai_team",
		"GRANT EXECUTE ON MODEL SERVICE main.default.`team-chat` TO robot",
	} {
		w.execute("alice", text)
	}
	text := "SHOW PRINCIPALS WITH execute ON MODEL SERVICE main.default.`team-chat`"
	result := w.execute("alice", text)
	want := [][]string{{"alice", "USER"}, {"bob@example.com", "USER"}, {"robot", "SERVICE PRINCIPAL"}}
	got := slices.DeleteFunc(cells(result.Rows), func(r []string) bool { return r[1] == "GROUP" })
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s\n got %q\nwant %q", text, got, want)
	}
	if got := columnNames(result); !slices.Equal(got, []string{"Principal STRING", "Type STRING"}) {
		t.Errorf("columns are %q", got)
	}
	// It is those of whom EXPLAIN says that they may.
	may := fmt.Sprint(cells(result.Rows))
	for _, who := range []string{"alice", "bob@example.com", "carol", "robot", "ai_team", "account users", "metastore admins"} {
		allowed := cells(w.execute("alice", "EXPLAIN PRIVILEGE EXECUTE ON MODEL SERVICE main.default.`team-chat` FOR "+statement.Quote(who)).Rows)[0][0] == "ALLOWED"
		if allowed != strings.Contains(may, "["+who+" ") {
			t.Errorf("%s: EXPLAIN says %v, SHOW PRINCIPALS %s", who, allowed, may)
		}
	}
	if e := w.refused("bob@example.com", text); e.Code != modelservice.CodePermissionDenied {
		t.Errorf("who may not manage gets %v", e)
	}
	if e := w.refused("alice", "SHOW PRINCIPALS WITH FLY ON CATALOG main"); e.Code != modelservice.CodeInvalidParameter {
		t.Errorf("a privilege that is none answers %v", e)
	}
}
