package modelservice_test

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/modelservice"
)

// twoCallers makes the service chat and lets bob call it twice and app once.
func (w *world) twoCallers() {
	w.Helper()
	w.service(to("one"))
	w.letIn("app", chat)
	for _, who := range []string{"bob", "app", "bob"} {
		call := &modelservice.Call{Caller: w.who[who], Body: []byte(ask()), Headers: map[string]string{"x-team": who}}
		if res := w.call(w.ctx(), call, &recorder{}); res.Status != 200 {
			w.Fatalf("%s got %d", who, res.Status)
		}
	}
}

// seen is what somebody reads of a table, oldest row first: whose the row is, in
// capitals when all that can be masked is there, in small letters when none is.
func (w *world) seen(who string, table string, q inferencelog.Query) (string, error) {
	w.Helper()
	rows, err := w.ms.Rows(w.ctx(), w.who[who], w.name(table), q)
	if err != nil {
		return string(codeOf(err)), err
	}
	var list []string
	for r, err := range rows {
		w.must(err)
		shown := 0
		for _, there := range []bool{r.Request != nil, r.Response != nil, r.RequestSHA256 != "", r.ResponseSHA256 != "", r.RequestHeaders != nil} {
			if there {
				shown++
			}
		}
		switch shown {
		case 0:
			list = append(list, r.Requester)
		case 5:
			list = append(list, strings.ToUpper(r.Requester))
		default:
			list = append(list, fmt.Sprintf("%s shows %d of 5", r.Requester, shown))
		}
		if r.RequestSize == 0 || r.ResponseSize == 0 {
			list = append(list, "without lengths")
		}
	}
	slices.Reverse(list)
	return strings.Join(list, " "), nil
}

// What is held on a table, wherever it is granted, shows what each of it shows
// (spec §12.2 for where it counts).
func TestRowsByRights(t *testing.T) {
	const (
		gone = string(modelservice.CodeDoesNotExist)
		all  = "BOB APP BOB"
	)
	for _, tt := range []struct {
		held []catalog.Privilege
		want string
	}{
		{nil, gone},
		{[]catalog.Privilege{catalog.Modify, catalog.ApplyTag}, gone},
		{[]catalog.Privilege{catalog.Select}, all},
		{[]catalog.Privilege{catalog.SelectMasked}, "bob app bob"},
		{[]catalog.Privilege{catalog.SelectOwnRows}, "BOB BOB"},
		{[]catalog.Privilege{catalog.SelectOwnRows, catalog.SelectMasked}, "BOB app BOB"},
		{[]catalog.Privilege{catalog.Select, catalog.SelectOwnRows}, all},
		{[]catalog.Privilege{catalog.Select, catalog.SelectMasked}, all},
		{[]catalog.Privilege{catalog.AllPrivileges}, all},
		{[]catalog.Privilege{catalog.Manage}, string(modelservice.CodePermissionDenied)},
		{[]catalog.Privilege{catalog.Manage, catalog.SelectMasked}, "bob app bob"},
	} {
		for _, on := range []struct {
			kind catalog.SecurableType
			name string
			to   string
		}{
			{catalog.TypeTable, chatTable, "bob"}, {catalog.TypeSchema, "main.logging", "bob"}, {catalog.TypeCatalog, "main", "bob"},
			{catalog.TypeTable, chatTable, "outer"}, {catalog.TypeCatalog, "main", "account users"},
		} {
			w := newWorld(t, nil)
			w.twoCallers()
			w.grant("bob", catalog.TypeSchema, "main.logging", catalog.UseSchema)
			w.grant(on.to, on.kind, on.name, tt.held...)
			if got, _ := w.seen("bob", chatTable, inferencelog.Query{}); got != tt.want {
				t.Errorf("%v on %s to %s: bob reads %q, want %q", tt.held, on.name, on.to, got, tt.want)
			}
			columns, err := w.ms.TableColumns(w.who["bob"], w.name(chatTable))
			if visible := tt.want != gone; visible != (err == nil) || visible && !reflect.DeepEqual(columns, inferencelog.Columns()) {
				t.Errorf("%v on %s: bob is told of %d columns, %v", tt.held, on.name, len(columns), err)
			}
			w.revoke("bob", catalog.TypeSchema, "main.logging", catalog.UseSchema)
			if on.kind == catalog.TypeTable {
				if got, _ := w.seen("bob", chatTable, inferencelog.Query{}); got != gone {
					t.Errorf("%v on %s, without a way in: bob reads %q", tt.held, on.name, got)
				}
			}
		}
	}
}

// Owning the table is reading it, owning what it is in is not.
func TestRowsOfOwners(t *testing.T) {
	w := newWorld(t, nil)
	w.twoCallers()
	if got, _ := w.seen("alice", chatTable, inferencelog.Query{}); got != "BOB APP BOB" {
		t.Errorf("the table's owner reads %q", got)
	}
	_, err := w.seen("admin", chatTable, inferencelog.Query{})
	w.refused(err, modelservice.CodePermissionDenied, "User does not have SELECT on Table 'main.logging.chat_payload'.")
	w.grant("admin", catalog.TypeTable, chatTable, catalog.SelectMasked)
	if got, err := w.seen("admin", chatTable, inferencelog.Query{}); got != "bob app bob" {
		t.Errorf("with SELECT MASKED it reads %q, %v", got, err)
	}
}

// Rows go by who called, not by the name: who has it later sees none of them,
// and who was renamed sees all of the own (ruling R21).
func TestOwnRowsOfNamesakes(t *testing.T) {
	w := newWorld(t, nil)
	w.twoCallers()
	w.letIn("mallory", chat)
	w.grant("account users", catalog.TypeSchema, "main.logging", catalog.UseSchema)
	w.grant("account users", catalog.TypeTable, chatTable, catalog.SelectOwnRows)
	w.must(w.dropPrincipal("admin", "bob"))
	w.must(w.createPrincipal("admin", catalog.User, "bob"))
	bob, _ := w.catalog.Snapshot().PrincipalNamed("bob")
	w.who["second bob"] = bob.ID
	w.letIn("second bob", chat)
	for name, q := range map[string]inferencelog.Query{"": {}, "by name": {Requesters: []string{"bob"}}, "by id": {RequesterIDs: []string{fmt.Sprint(uint64(w.who["bob"]))}}} {
		if got, err := w.seen("second bob", chatTable, q); got != "" || err != nil {
			t.Errorf("%s: the later bob reads %q, %v", name, got, err)
		}
	}
	w.serve(w.ctx(), "second bob", ask(), &recorder{})
	w.grant("second bob", catalog.TypeTable, chatTable, catalog.SelectMasked)
	if got, _ := w.seen("second bob", chatTable, inferencelog.Query{Limit: 1}); !strings.HasPrefix(got, "bob shows 4") {
		t.Errorf("of its own call: %q", got) // it sent no headers that are kept
	}
	if got, _ := w.seen("second bob", chatTable, inferencelog.Query{Oldest: true, Limit: 3}); got != "bob app bob" {
		t.Errorf("of the earlier calls: %q", got)
	}
	_, err := w.ms.RenamePrincipal(w.ctx(), w.who["admin"], "app", "application")
	w.must(err)
	if got, err := w.seen("app", chatTable, inferencelog.Query{}); got != "APP" {
		t.Errorf("renamed: %q, %v", got, err)
	}
}

// Whatever is asked for, rows are those of an obvious reading: mask and filter
// each row for the reader, then ask the query.
func TestRowsAgreeWithMaskingFirst(t *testing.T) {
	w := newWorld(t, nil)
	w.twoCallers()
	w.backend.plays("one", reply{status: 503})
	w.serve(w.ctx(), "app", ask(), &recorder{})
	w.serve(w.ctx(), "bob", ask(), &recorder{})
	whole := w.rows()
	slices.Reverse(whole)
	w.grant("account users", catalog.TypeSchema, "main.logging", catalog.UseSchema)
	w.grant("account users", catalog.TypeCatalog, "main", catalog.UseCatalog)
	w.grant("mallory", catalog.TypeTable, chatTable, catalog.SelectMasked)
	w.grant("app", catalog.TypeTable, chatTable, catalog.SelectOwnRows)
	w.grant("bob", catalog.TypeTable, chatTable, catalog.SelectMasked, catalog.SelectOwnRows)
	var names []string
	for _, c := range inferencelog.Columns() {
		names = append(names, c.Name)
	}
	masked := []string{"request", "response", "request_sha256", "response_sha256", "request_headers"}
	id := func(who string) string { return fmt.Sprint(uint64(w.who[who])) }
	rapid.Check(t, func(t *rapid.T) {
		who := rapid.SampledFrom([]string{"alice", "mallory", "app", "bob"}).Draw(t, "who")
		q := inferencelog.Query{
			Columns:      rapid.SliceOfNDistinct(rapid.SampledFrom(names), 0, 4, rapid.ID).Draw(t, "columns"),
			Limit:        rapid.Int64Range(0, 6).Draw(t, "limit"),
			Oldest:       rapid.Bool().Draw(t, "oldest"),
			Requesters:   rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"bob", "app"}), 0, 2, rapid.ID).Draw(t, "requesters"),
			RequesterIDs: rapid.SliceOfNDistinct(rapid.SampledFrom([]string{id("bob"), id("app"), "7"}), 0, 2, rapid.ID).Draw(t, "ids"),
			Statuses:     rapid.SliceOfNDistinct(rapid.SampledFrom([]int{200, 503}), 0, 2, rapid.ID).Draw(t, "statuses"),
		}
		if rapid.Bool().Draw(t, "page") {
			at := rapid.SampledFrom(whole).Draw(t, "after").Position()
			q.After = &at
		}
		asked := q
		columns := q.Columns
		if len(columns) == 0 {
			columns = names
		}
		line := func(r *inferencelog.Record, hidden bool) map[string]any {
			m := map[string]any{}
			for _, c := range columns {
				if m[c] = r.Value(c); hidden && slices.Contains(masked, c) {
					m[c] = nil
				}
			}
			return m
		}
		order := slices.Clone(whole)
		if q.Oldest {
			slices.Reverse(order)
		}
		if q.After != nil {
			order = order[1+slices.IndexFunc(order, func(r *inferencelog.Record) bool { return r.ID == q.After.ID }):]
		}
		var want []map[string]any
		for _, r := range order {
			own := r.RequesterID == id(who)
			if who == "app" && !own || !q.Matches(r) || q.Limit > 0 && int64(len(want)) == q.Limit {
				continue
			}
			want = append(want, line(r, who == "mallory" || who == "bob" && !own))
		}
		rows, err := w.ms.Rows(w.ctx(), w.who[who], w.name(chatTable), q)
		w.must(err)
		var got []map[string]any
		for r, err := range rows {
			w.must(err)
			got = append(got, line(r, false))
			for _, c := range names {
				never := []string{"latency_ms", "sampling_fraction", "schema_version", "request_bytes", "response_bytes"} // null
				if v := r.Value(c); v != nil && !slices.Contains(columns, c) && !slices.Contains(never, c) {
					t.Fatalf("column %s was not asked for and is %v", c, v)
				}
			}
		}
		if !slices.EqualFunc(got, want, func(a, b map[string]any) bool {
			return maps.EqualFunc(a, b, func(x, y any) bool { return reflect.DeepEqual(x, y) })
		}) {
			t.Fatalf("%s asks %+v:\n got %v\nwant %v", who, q, got, want)
		}
		if !reflect.DeepEqual(q, asked) {
			t.Fatalf("the query was changed to %+v", q)
		}
	})
}
