package statement_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/modelservice"
	"github.com/modelward/modelward/ratelimit"
)

// described are the rows of a description as lines; times, which differ from
// run to run, are checked and shown as a word.
func (w *world) described(who, text string) (lines []string) {
	w.Helper()
	for _, r := range cells(w.execute(who, text).Rows) {
		if strings.HasSuffix(r[0], " At") || r[0] == "Created Time" {
			if _, err := time.Parse(time.RFC3339Nano, r[1]); err != nil {
				w.Errorf("%s\n%s is %s: %v", text, r[0], r[1], err)
			}
			r[1] = "now"
		}
		lines = append(lines, strings.Join(r, ": "))
	}
	return lines
}

func TestDescribe(t *testing.T) {
	w := newWorld(t)
	w.execute("alice", "COMMENT ON CATALOG main IS 'it''s ours'")
	properties := map[string]string{"cost center": "7"}
	_, err := w.ms.Update(w.ctx, w.id("alice"), catalog.TypeSchema, w.name("main.default"), modelservice.Change{Properties: &properties})
	w.check(err)
	for _, c := range []struct {
		text string
		want []string
	}{
		{"DESCRIBE CATALOG main", []string{"Catalog Name: main", "Comment: it's ours", "Owner: alice", "Catalog Type: Regular"}},
		{"DESC CATALOG EXTENDED system", []string{"Catalog Name: system", "Comment: NULL", "Owner: System user", "Catalog Type: System",
			"Created By: System user", "Created At: now", "Updated By: System user", "Updated At: now"}},
		{"DESCRIBE SCHEMA main.default", []string{"Catalog Name: main", "Namespace Name: default", "Comment: NULL", "Owner: alice"}},
		{"DESCRIBE DATABASE EXTENDED main.default", []string{"Catalog Name: main", "Namespace Name: default", "Comment: NULL", "Owner: alice",
			"Created By: alice", "Created At: now", "Updated By: alice", "Updated At: now", `Properties: {"cost center":"7"}`}},
		{"DESCRIBE MODEL system.ai.opus", []string{"Catalog Name: system", "Namespace Name: ai", "Model Name: opus", "Comment: NULL", "Owner: System user"}},
		{"DESCRIBE METASTORE", []string{"Metastore Id: " + w.ms.MetastoreID(), "Comment: NULL", "Owner: metastore admins"}},
		{"DESCRIBE USER `BOB@example.com`", []string{"Name: bob@example.com", "Type: USER", "Created By: test", "Created At: now", "Member Of: ai_team"}},
		{"DESCRIBE GROUP ai_team", []string{"Name: ai_team", "Type: GROUP", "Created By: test", "Created At: now", "Member: bob@example.com"}},
	} {
		if got := w.described("alice", c.text); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s\n got %q\nwant %q", c.text, got, c.want)
		}
		if got := columnNames(w.execute("alice", c.text)); !reflect.DeepEqual(got, []string{"info_name STRING", "info_value STRING"}) {
			t.Errorf("%s\ncolumns are %q", c.text, got)
		}
	}
}

func TestDescribeTable(t *testing.T) {
	w := newWorld(t)
	result := w.execute("alice", "DESCRIBE main.logging.team_chat_payload")
	if got := columnNames(result); !reflect.DeepEqual(got, []string{"col_name STRING", "data_type STRING", "comment STRING"}) {
		t.Errorf("columns are %q", got)
	}
	columns := inferencelog.Columns()
	if len(result.Rows) != len(columns) {
		t.Fatalf("%d columns are described, the table has %d", len(result.Rows), len(columns))
	}
	for i, c := range columns {
		if got, want := cells(result.Rows)[i], []string{c.Name, strings.ToLower(c.Type), "NULL"}; !reflect.DeepEqual(got, want) {
			t.Errorf("column %d is %q, want %q", i, got, want)
		}
	}
	w.execute("alice", "COMMENT ON TABLE main.logging.team_chat_payload IS 'keep'")
	more := w.described("alice", "DESCRIBE TABLE EXTENDED main.logging.team_chat_payload")
	want := []string{": : ", "# Detailed Table Information: : ", "Catalog: main: ", "Database: logging: ", "Table: team_chat_payload: ",
		"Created Time: now: ", "Created By: alice: ", "Type: MANAGED: ", "Comment: keep: ", "Owner: alice: "}
	if got := more[len(columns):]; !reflect.DeepEqual(got, want) {
		t.Errorf("behind the columns\n got %q\nwant %q", got, want)
	}
}

func TestDescribeService(t *testing.T) {
	w := newWorld(t)
	ten, many, share, rest := int64(10), int64(5000), 70, 30
	_, err := w.ms.CreateService(w.ctx, w.id("alice"), modelservice.NewService{Parent: w.name("main.default"), Name: "whole", Comment: "all of it", Spec: modelservice.Spec{
		Destinations: []modelservice.Destination{
			{Name: "a", Model: "system.ai.opus", Percentage: &share}, {Name: "b, c: `d`", Model: "system.ai.gpt", Percentage: &rest}},
		Fallbacks:         []modelservice.Destination{{Name: "f", Model: "system.ai.gpt"}},
		FirstTokenTimeout: 1500 * time.Millisecond,
		RateLimits: []modelservice.RateLimit{
			{Key: ratelimit.KeyService, Period: ratelimit.Minute, Requests: &ten, Tokens: &many},
			{Key: ratelimit.KeyUser, Principal: "bob@example.com", Period: ratelimit.Hour, Tokens: &many},
			{Key: ratelimit.KeyService, Concurrent: &ten},
			{Key: ratelimit.KeyRequestTag, TagKey: "team", Period: ratelimit.Minute, Requests: &ten, Concurrent: &ten},
			{Key: ratelimit.KeyRequestTag, TagKey: "team", TagValue: "a: b", Period: ratelimit.Minute, Requests: &ten, Shadow: true}},
		InferenceTable: &modelservice.InferenceTable{Parent: "main.logging", Prefix: "whole-one"},
		InvokerRights:  true,
	}})
	w.check(err)
	want := []string{
		"Catalog Name: main", "Namespace Name: default", "Model Service Name: whole", "Comment: all of it", "Owner: alice",
		"Routing: TRAFFIC SPLIT, FALLBACK",
		"Destination: a: system.ai.opus, 70%", "Destination: `b, c: ``d```: system.ai.gpt, 30%", "Fallback: f: system.ai.gpt",
		"First Token Timeout: 1.5s", "Rights: INVOKER",
		"Rate Limit: SERVICE: 10 requests, 5000 tokens per MINUTE", "Rate Limit: USER `bob@example.com`: 5000 tokens per HOUR",
		"Rate Limit: SERVICE: 10 concurrent requests", "Rate Limit: REQUEST_TAG team: 10 requests per MINUTE, 10 concurrent requests",
		"Rate Limit: REQUEST_TAG team=`a: b`: 10 requests per MINUTE, shadow",
		"Inference Table: main.logging.`whole-one_payload`", "Logging: ACTIVE",
	}
	if got := w.described("alice", "DESCRIBE MODEL SERVICE main.default.whole"); !reflect.DeepEqual(got, want) {
		t.Errorf("\n got %q\nwant %q", got, want)
	}
	w.execute("alice", "DROP TABLE main.logging.`whole-one_payload`")
	w.check(w.ms.SyncSystem(w.ctx, []string{"gpt"}))
	extended := strings.Join(w.described("alice", "DESC MODEL SERVICE EXTENDED main.default.whole"), "\n")
	for _, line := range []string{
		"Destination: a: system.ai.opus, 70%, " + string(modelservice.PayPerToken) + ", model dropped\n",
		"Inference Table: main.logging.`whole-one_payload`, table dropped\n", "Logging: DELETED: The table was dropped.\n",
		"Created By: alice\nCreated At: now\nUpdated By: ",
	} {
		if !strings.Contains(extended, line) {
			t.Errorf("%q is not in\n%s", line, extended)
		}
	}
	w.check(w.ms.SyncSystem(w.ctx, []string{"gpt", "opus"}))
	_, err = w.ms.CreateService(w.ctx, w.id("alice"), modelservice.NewService{Parent: w.name("main.default"), Name: "quiet", Spec: modelservice.Spec{
		Destinations: []modelservice.Destination{{Name: "a", Model: "system.ai.opus"}},
		InferenceTable: &modelservice.InferenceTable{Parent: "main.logging", Disabled: true,
			Payloads: modelservice.PayloadsOptional, OmitRefused: true}}})
	w.check(err)
	quiet := strings.Join(w.described("alice", "DESCRIBE MODEL SERVICE main.default.quiet"), "\n")
	if want := "Inference Table: main.logging.quiet_payload, paused, payloads optional, without refused calls\nLogging: PAUSED: Logging is disabled."; !strings.HasSuffix(quiet, want) {
		t.Errorf("%q is not at the end of\n%s", want, quiet)
	}
	w.check(w.ms.SyncSystem(w.ctx, []string{"gpt"}))
	plain := w.described("alice", "DESCRIBE MODEL SERVICE main.default.`team-chat`")
	for _, line := range []string{"Routing: SINGLE", "Rights: DEFINER", "Destination: a: system.ai.opus, model dropped"} {
		if !strings.Contains(strings.Join(plain, "\n"), line) {
			t.Errorf("%q is not in %q", line, plain)
		}
	}
}

// A description is for whom the object is there.
func TestDescribeHidden(t *testing.T) {
	w := newWorld(t)
	for text, code := range map[string]modelservice.Code{
		"DESCRIBE CATALOG main":                                          modelservice.CodeDoesNotExist,
		"DESCRIBE SCHEMA EXTENDED main.default":                          modelservice.CodeDoesNotExist,
		"DESCRIBE MODEL SERVICE main.default.`team-chat`":                modelservice.CodeDoesNotExist,
		"DESCRIBE MODEL SERVICE EXTENDED main.default.team_chat":         modelservice.CodeDoesNotExist,
		"DESCRIBE TABLE EXTENDED main.logging.team_chat_payload":         modelservice.CodeDoesNotExist,
		"DESCRIBE VIEW main.logging.team_chat_payload":                   modelservice.CodeDoesNotExist,
		"DESCRIBE GROUP ai_team":                                         modelservice.CodePrincipalNotExist,
		"DESCRIBE USER alice":                                            modelservice.CodePrincipalNotExist,
		"DESCRIBE GROUP carol":                                           modelservice.CodePrincipalNotExist,
		"DESCRIBE SERVICE PRINCIPAL `System user`":                       modelservice.CodePrincipalNotExist,
		"DESCRIBE TABLE main.logging":                                    modelservice.CodeInvalidParameter,
		"DESCRIBE MODEL SERVICE `a b`.c.d":                               modelservice.CodeInvalidParameter,
		"DESCRIBE `carol`":                                               modelservice.CodeInvalidParameter,
		"DESCRIBE EXTENDED main.logging.`team-chat-payload-of-somebody`": modelservice.CodeDoesNotExist,
	} {
		if e := w.refused("carol", text); e.Code != code || strings.Contains(e.Message, "mean") {
			t.Errorf("%s\nanswers %v, want %s", text, e, code)
		}
	}
	if e := w.refused("alice", "DESCRIBE MODEL SERVICE main.default.team_chat"); !strings.HasSuffix(e.Message, "Did you mean main.default.`team-chat`?") {
		t.Errorf("a name that is nearly right answers %v", e)
	}
	if got := w.described("carol", "DESCRIBE USER carol"); len(got) != 4 {
		t.Errorf("carol reads about herself %q", got)
	}
	w.update(func(tx *catalog.Tx) error {
		return errors.Join(tx.AddMember(w.id("ai_team"), w.id("carol")))
	})
	if got := w.described("carol", "DESCRIBE GROUP ai_team"); len(got) != 6 {
		t.Errorf("carol reads about her group %q", got)
	}
}
