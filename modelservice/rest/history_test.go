package rest_test

import (
	"bytes"
	"fmt"
	"net/http"
	"testing"

	"github.com/modelward/modelward/catalog"
)

// after is the history after a version, as the target of a request.
func after(version any, more string) string {
	return fmt.Sprintf("%s?after=%v%s", historyPath, version, more)
}

// Who changed what and when, in the shape of the package comment.
func TestHistory(t *testing.T) {
	w := newService(t)
	start := w.version()
	w.statement(admin, "GRANT EXECUTE ON MODEL SERVICE main.default.`team-chat` TO ai_team")
	w.ok(admin, "PATCH", principalsPath+"/ai_team", `{"new_name":"crew","type":"group"}`)
	w.ok(admin, "PATCH", principalsPath+"/crew", `{"add_members":["robot"]}`)
	w.ok(admin, "DELETE", schemasPath+"/main.logging?force=true", "")
	w.ok(admin, "POST", schemasPath, `{"catalog_name":"main","name":"logging"}`)

	events, _ := w.ok(admin, "GET", after(start, ""), "")["events"].([]any)
	if len(events) != 5 {
		t.Fatalf("%d events for 5 changes: %s", len(events), compact(events))
	}
	for i, e := range events {
		at, _ := dig(e, "at").(float64)
		if dig(e, "version") != float64(start+1)+float64(i) || dig(e, "actor") != admin || at < 1e12 || dig(e, "restored") != nil {
			t.Errorf("event %d is %s", i, compact(e))
		}
	}
	id := func(name string) any { return w.id(name) }
	s := w.ms.Catalog().Snapshot()
	service, _ := s.Lookup("model_service", catalog.FullName{Catalog: "main", Schema: "default", Object: "team-chat"})
	schema, _ := s.Lookup(catalog.TypeSchema, catalog.FullName{Catalog: "main", Schema: "logging"})
	for _, tt := range []struct {
		path []any
		want string
	}{
		{[]any{0, "changes"}, fmt.Sprintf(`[{"kind":"grant_added","principal":{"id":%d,"name":"crew","type":"group"},"privilege":"EXECUTE","securable":{"full_name":"main.default.team-chat","id":%d,"type":"MODEL_SERVICE"}}]`, id("crew"), service)},
		{[]any{1, "changes"}, fmt.Sprintf(`[{"kind":"principal_renamed","principal":{"id":%d,"name":"crew","type":"group"}}]`, id("crew"))},
		{[]any{2, "changes"}, fmt.Sprintf(`[{"group":{"id":%d,"name":"crew","type":"group"},"kind":"member_added","principal":{"id":%d,"name":"robot","type":"service_principal"}}]`, id("crew"), id("robot"))},
		{[]any{3, "changes", 0, "kind"}, `"securable_dropped"`},
		{[]any{3, "changes", 0, "owner"}, `null`},
		{[]any{4, "changes"}, fmt.Sprintf(`[{"kind":"securable_created","owner":{"id":%d,"name":"alice","type":"user"},"securable":{"full_name":"main.logging","id":%d,"type":"SCHEMA"}}]`, id(admin), schema)},
	} {
		if got := compact(dig(events, tt.path...)); got != tt.want {
			t.Errorf("%v says\n%s\nwant\n%s", tt.path, got, tt.want)
		}
	}
	// From the start its name is that of the time.
	whole := w.ok(admin, "GET", historyPath, "")["events"].([]any)
	if got := dig(whole, int(start), "changes", 0, "principal", "name"); got != "ai_team" {
		t.Errorf("the grant was to %v", got)
	}
	if got := compact(w.ok(admin, "GET", after(w.version(), ""), "")); got != `{"events":[]}` {
		t.Errorf("after the end comes %s", got)
	}
	if a := w.send(admin, "HEAD", after(0, ""), ""); a.Code != http.StatusOK {
		t.Errorf("HEAD answers %d", a.Code)
	}
}

// A restore is told as one.
func TestHistoryOfRestore(t *testing.T) {
	w := newService(t)
	var kept bytes.Buffer
	w.check(w.ms.Backup(w.id(admin), &kept))
	then := w.version()
	w.ok(admin, "DELETE", tablesPath+"/main.logging.team_chat_payload", "")
	w.check(w.ms.Restore(w.ctx, w.id(admin), &kept))
	event := dig(w.ok(admin, "GET", after(then+1, ""), ""), "events", 0)
	if dig(event, "restored") != float64(then) || dig(event, "actor") != admin ||
		dig(event, "changes", 0, "kind") != "securable_restored" || dig(event, "changes", 0, "securable", "full_name") != "main.logging.team_chat_payload" {
		t.Errorf("the restore is told as %s", compact(event))
	}
	w.ok(admin, "GET", tablesPath+"/main.logging.team_chat_payload", "")
}

// Page by page it is the whole, and the last page says that it is.
func TestHistoryPages(t *testing.T) {
	w := newMain(t)
	for i := range 250 {
		w.update(func(tx *catalog.Tx) error { _, err := tx.CreatePrincipal(catalog.User, fmt.Sprint("u", i)); return err })
	}
	for _, tt := range []struct {
		size string
		most int
	}{{"", 100}, {"&max_results=0", 100}, {"&max_results=100", 100}, {"&max_results=1000000", 100}, {"&max_results=7", 7}, {"&max_results=1", 1}} {
		from, version := any(0), 0
		for from != nil {
			page := w.ok(admin, "GET", after(from, tt.size), "")
			events := page["events"].([]any)
			for _, e := range events {
				if version++; dig(e, "version") != float64(version) {
					t.Fatalf("%s: version %v follows %d", tt.size, dig(e, "version"), version-1)
				}
			}
			from = page["next_after"]
			if from != nil && (from != float64(version) || len(events) != tt.most) || len(events) > tt.most || len(events) == 0 {
				t.Fatalf("%s: a page of %d, next after %v, at version %d", tt.size, len(events), from, version)
			}
		}
		if uint64(version) != w.version() {
			t.Errorf("%s: the history ends at %d of %d", tt.size, version, w.version())
		}
	}
}

// It is for admins alone; everybody else gets the same answer whatever there is.
func TestHistoryHidden(t *testing.T) {
	w := newService(t)
	w.statement(admin, "GRANT ALL PRIVILEGES, MANAGE ON CATALOG main TO carol")
	var answers []string
	for _, who := range []string{"carol", "bob@example.com", "robot"} {
		for _, target := range []string{historyPath, after(0, ""), after(w.version(), ""), after(1<<40, "&max_results=3")} {
			if e := w.refused(who, "GET", target, "", http.StatusForbidden); e.ErrorCode != "PERMISSION_DENIED" {
				t.Errorf("%s answers %+v", target, e)
			}
			answers = append(answers, w.send(who, "GET", target, "").plain())
		}
	}
	for _, a := range answers {
		if a != answers[0] {
			t.Errorf("one answer is\n%s\nanother\n%s", answers[0], a)
		}
	}
	w.refused("", "GET", historyPath, "", http.StatusUnauthorized)
	w.refused("ai_team", "GET", historyPath, "", http.StatusUnauthorized)
}

func TestHistoryRefused(t *testing.T) {
	w := newService(t)
	w.check(w.ms.Catalog().TrimHistory(w.ctx, 2))
	for query, field := range map[string]string{
		"after=-1": "after", "after=x": "after", "after=1.5": "after", "after=99999999999999999999": "after", "after=5&after=6": "after",
		"after=0": "after", "after=1": "after", "": "after", // forgotten
		"after=5&max_results=-1": "max_results", "after=5&max_results=x": "max_results",
		"after=5&page_token=x": "page_token", "after=5&page_size=3": "page_size",
	} {
		e := w.refused(admin, "GET", historyPath+"?"+query, "", http.StatusBadRequest)
		if e.ErrorCode != "INVALID_PARAMETER_VALUE" || e.field() != field {
			t.Errorf("%s answers %s, blames %q: %s", query, e.ErrorCode, e.field(), e.Message)
		}
	}
	if got := dig(w.ok(admin, "GET", after(2, "&max_results=1"), ""), "events", 0, "version"); got != 3.0 {
		t.Errorf("after version 2 comes %v", got)
	}
	w.refused(admin, "POST", historyPath, `{}`, http.StatusMethodNotAllowed)
	w.refused(admin, "GET", historyPath+"/3", "", http.StatusNotFound)
}
