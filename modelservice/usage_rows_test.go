package modelservice_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/modelward/modelward/authz"
	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/modelservice"
	"github.com/modelward/modelward/ratelimit"
)

const usage = "system.ai_gateway.usage"

// Every call that has a row has one in the usage table, the same one; and so
// have calls of services that keep no rows (spec §9, ruling R34).
func TestUsageRowOfEveryCall(t *testing.T) {
	for _, tt := range []struct {
		name    string
		prime   func(*world, *modelservice.Spec)
		body    string
		caller  string
		ends    func(*recorder, *context.Context)
		outcome inferencelog.Outcome
		status  int
		none    bool // no row of usage
		only    bool // no row but that of usage
	}{
		{name: "ok", outcome: inferencelog.OutcomeOK, status: 200},
		{name: "a stream", body: ask(streamed), outcome: inferencelog.OutcomeOK, status: 200},
		{name: "a broken stream", body: ask(streamed), outcome: inferencelog.OutcomeTruncated, status: 200, prime: func(w *world, _ *modelservice.Spec) {
			w.backend.plays("one", reply{body: strings.Join(events("one", 3, 4, "well")[:2], ""), cut: true})
		}},
		{name: "nobody listens", outcome: inferencelog.OutcomeCancelled, status: 200, ends: func(r *recorder, _ *context.Context) { r.cap = new(int) }},
		{name: "no destination answers", outcome: inferencelog.OutcomeFailed, status: 503, prime: func(w *world, _ *modelservice.Spec) {
			w.backend.plays("one", reply{status: 503})
		}},
		{name: "a limit of 0", outcome: inferencelog.OutcomeRefused, status: 403, prime: func(_ *world, s *modelservice.Spec) {
			s.RateLimits = []modelservice.RateLimit{{Key: ratelimit.KeyService, Period: ratelimit.Minute, Requests: new64(0)}}
		}},
		{name: "without an inference table", outcome: inferencelog.OutcomeOK, status: 200, only: true, prime: func(_ *world, s *modelservice.Spec) {
			s.InferenceTable = nil
		}},
		{name: "with a paused one", outcome: inferencelog.OutcomeOK, status: 200, only: true, prime: func(_ *world, s *modelservice.Spec) {
			s.InferenceTable.Disabled = true
		}},
		{name: "of a stranger", caller: "mallory", outcome: inferencelog.OutcomeRefused, status: 404, none: true},
		{name: "of no service", body: askOf("main.default.none"), outcome: inferencelog.OutcomeRefused, status: 404, none: true},
		{name: "that is none", body: "{", outcome: inferencelog.OutcomeRefused, status: 400, none: true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t, nil)
			spec := to("one")
			if tt.prime != nil {
				tt.prime(w, &spec)
			}
			w.service(spec)
			body, caller, out := ask(), "bob", &recorder{}
			if tt.body != "" {
				body = tt.body
			}
			if tt.caller != "" {
				caller = tt.caller
			}
			ctx := w.ctx()
			if tt.ends != nil {
				tt.ends(out, &ctx)
			}
			res := w.serve(ctx, caller, body, out)
			if res.Outcome != tt.outcome || res.Status != tt.status {
				t.Fatalf("%d %s", res.Status, res.Outcome)
			}
			rows := w.usageRows()
			if tt.none {
				if len(rows) != 0 {
					t.Errorf("there is a row: %+v", rows[0])
				}
				return
			}
			if len(rows) != 1 {
				t.Fatalf("%d rows of usage", len(rows))
			}
			row := rows[0]
			if row.Request != nil || row.Response != nil || row.RequestSHA256 != "" {
				t.Errorf("there are bodies in it: %+v", row)
			}
			if row.Outcome != tt.outcome || row.StatusCode != tt.status || row.RequestID != res.RequestID || row.LatencyMs < 0 {
				t.Errorf("the row says %+v", row)
			}
			if !tt.only {
				if whole := w.row(); whole.ID != row.ID || whole.RequestID != row.RequestID || whole.Request == nil {
					t.Errorf("the inference table has another row: %+v", whole)
				}
			} else if spec.InferenceTable != nil && len(w.rows()) != 0 {
				t.Errorf("the paused table has a row")
			}
		})
	}
}

// What a row of usage says.
func TestUsageRow(t *testing.T) {
	w := newWorld(t, nil)
	w.service(to("one", "two"))
	w.letIn("app", chat)
	w.backend.plays("one", reply{status: 503})
	w.backend.plays("two", reply{body: `{"choices":[{"message":{"content":"hi"},"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":4,"total_tokens":13,` +
		`"prompt_tokens_details":{"cached_tokens":8},"completion_tokens_details":{"reasoning_tokens":0}}}`})
	w.call(t.Context(), &modelservice.Call{Caller: w.who["app"], Body: []byte(ask()), URL: "/path", APIType: "openai/v1/chat/completions",
		Tags: map[string]string{"a": "b"}, Headers: map[string]string{"h": "v"}, IPAddress: "192.0.2.7", UserAgent: "sdk/1"}, &recorder{})
	row := w.usageRows()[0]
	id := func(t catalog.SecurableType, name string) string { return fmt.Sprint(uint64(w.id(t, name))) }
	got := map[string]any{}
	for _, c := range inferencelog.Usage.Columns() {
		got[c.Name] = row.Value(c.Name)
	}
	for column, want := range map[string]any{
		"endpoint_id": id(modelservice.TypeModelService, chat), "endpoint_name": chat, "service_id": id(modelservice.TypeModelService, chat), "service_name": chat,
		"service_type": "MODEL_SERVICE", "destination_id": id(catalog.TypeModel, "system.ai.two"), "destination_name": "d1", "destination_model": "system.ai.two",
		"requester": "app", "requester_id": fmt.Sprint(uint64(w.who["app"])), "requester_type": "SERVICE_PRINCIPAL", "ip_address": "192.0.2.7", "user_agent": "sdk/1",
		"url": "/path", "api_type": "openai/v1/chat/completions", "response_content_type": "application/json", "status_code": int64(200),
		"input_tokens": int64(9), "output_tokens": int64(4), "total_tokens": int64(13), "usage_source": "provider", "outcome": "ok",
	} {
		if got[column] != want {
			t.Errorf("%s is %v, want %v", column, got[column], want)
		}
	}
	if row.CacheReadTokens != inferencelog.Known(8) || row.ReasoningTokens != inferencelog.Known(0) || row.CacheCreationTokens.Valid {
		t.Errorf("details of tokens: %s", got["token_details"])
	}
	if whole := w.row(); whole.RequestHeaders["h"] != "v" || whole.RequesterID != row.RequesterID {
		t.Errorf("the inference table has %+v", whole)
	}
	// A name in another spelling is the same service, and an answer that never
	// came has no destination.
	w.backend.plays("two", reply{status: 503})
	w.serve(t.Context(), "bob", strings.Replace(ask(), chat, "MAIN.default.Chat", 1), &recorder{})
	row = w.usageRows()[1]
	if row.ServiceName != chat || row.DestinationID != "" || row.RequesterType != "USER" || row.TotalTokens.Valid || row.ReasoningTokens.Valid {
		t.Errorf("the row of a failure: %+v", row)
	}
}

// Metastore admins read the usage table, others as it is granted to them.
func TestUsageRights(t *testing.T) {
	w := newWorld(t, nil)
	w.service(to("one"))
	w.letIn("app", chat)
	for _, who := range []string{"bob", "app", "bob"} {
		w.serve(t.Context(), who, ask(), &recorder{})
	}
	const gone = string(modelservice.CodeDoesNotExist)
	read := func(who, want string) {
		t.Helper()
		rows, err := w.ms.Rows(w.ctx(), w.who[who], w.name(usage), inferencelog.Query{})
		got := string(codeOf(err))
		if err == nil {
			var list []string
			for r, err := range rows {
				w.must(err)
				list = append(list, r.Requester)
			}
			slices.Reverse(list)
			got = strings.Join(list, " ")
		}
		if got != want {
			t.Errorf("%s reads %q, want %q", who, got, want)
		}
		totals, err := w.ms.Usage(w.ctx(), w.who[who], modelservice.UsageQuery{By: []inferencelog.Dimension{inferencelog.ByRequester}})
		sum := map[string]int64{}
		for _, total := range totals {
			sum[total.Requester] = total.Requests
		}
		if want == gone {
			if string(codeOf(err)) != gone {
				t.Errorf("%s adds up %v, %v", who, sum, err)
			}
			return
		}
		for _, name := range []string{"bob", "app"} {
			if n := int64(strings.Count(want, name)); sum[name] != n || err != nil {
				t.Errorf("%s finds %d calls of %s, want %d: %v", who, sum[name], name, n, err)
			}
		}
	}
	read("admin", "bob app bob")
	for _, who := range []string{"alice", "bob", "mallory", "nobody"} {
		read(who, gone)
	}
	w.grant("bob", catalog.TypeTable, usage, catalog.Select)
	read("bob", gone)
	w.grant("bob", catalog.TypeSchema, "system.ai_gateway", catalog.UseSchema)
	read("bob", "bob app bob")
	w.revoke("bob", catalog.TypeTable, usage, catalog.Select)
	w.grant("account users", catalog.TypeTable, usage, catalog.SelectOwnRows)
	read("bob", "bob bob")
	w.grant("app", catalog.TypeSchema, "system.ai_gateway", catalog.UseSchema)
	read("app", "app")
	w.grant("carol", catalog.TypeSchema, "system.ai_gateway", catalog.UseSchema, catalog.SelectMasked)
	read("carol", "bob app bob")
	columns, err := w.ms.TableColumns(w.who["carol"], w.name(usage))
	if w.must(err); !slices.Equal(columns, inferencelog.Usage.Columns()) {
		t.Errorf("its columns are %v", columns)
	}
	if _, err := w.ms.Rows(w.ctx(), w.who["carol"], w.name(usage), inferencelog.Query{Columns: []string{"request"}}); codeOf(err) != modelservice.CodeInvalidParameter {
		t.Errorf("a column of the other layout: %v", err)
	}
	w.refused(w.drop("admin", catalog.TypeTable, usage, nil), modelservice.CodePermissionDenied, "")
}

func TestUsageTotals(t *testing.T) {
	w := newWorld(t, nil)
	w.service(to("one"))
	for range 3 {
		w.serve(t.Context(), "bob", ask(), &recorder{})
	}
	by := func(d ...inferencelog.Dimension) ([]inferencelog.UsageTotal, error) {
		return w.ms.Usage(w.ctx(), w.who["admin"], modelservice.UsageQuery{By: d})
	}
	sum, err := by(inferencelog.ByService, inferencelog.ByDestination, inferencelog.ByDay)
	w.must(err)
	if len(sum) != 1 || sum[0].Service != chat || sum[0].Destination != "system.ai.one" || sum[0].Requests != 3 || sum[0].OK != 3 ||
		sum[0].TotalTokens != 21 || sum[0].InputTokens != 9 || sum[0].Day.IsZero() || sum[0].Requester != "" {
		t.Errorf("got %+v", sum)
	}
	_, err = by("moon")
	w.refused(err, modelservice.CodeInvalidParameter, "service, destination, requester and day")
	later, err := w.ms.Usage(w.ctx(), w.who["admin"], modelservice.UsageQuery{From: sum[0].Day.AddDate(0, 0, 2)})
	if w.must(err); len(later) != 0 {
		t.Errorf("the day after tomorrow: %+v", later)
	}
}

// The usage table is there once, whoever opens the metastore again.
func TestUsageTableStays(t *testing.T) {
	w := newWorld(t, nil)
	id, version := w.usageTable(), w.catalog.Snapshot().Version()
	w.service(to("one"))
	w.serve(t.Context(), "bob", ask(), &recorder{})
	made := w.catalog.Snapshot().Version()
	_, err := modelservice.NewMetastore(t.Context(), w.catalog, authz.New(nil), &modelservice.MetastoreOptions{Log: w.log})
	w.must(err)
	if w.usageTable() != id || w.catalog.Snapshot().Version() != made || made == version || len(w.usageRows()) != 1 {
		t.Errorf("opened again: table %d, then %d", id, w.usageTable())
	}
	// A log that forgets gets it back, in its layout.
	log := inferencelog.New(inferencelog.NewMemory(), nil)
	defer log.Close(t.Context())
	_, err = modelservice.NewMetastore(t.Context(), w.catalog, authz.New(nil), &modelservice.MetastoreOptions{Log: log})
	w.must(err)
	tables, err := log.Tables(t.Context())
	w.must(err)
	layout := map[string]inferencelog.Layout{}
	for _, table := range tables {
		layout[table.Name] = table.Layout
	}
	if layout[usage] != inferencelog.Usage || layout[chatTable] == inferencelog.Usage || len(tables) != 2 {
		t.Errorf("the log has %+v", tables)
	}
}

// Without a log there is no usage table, and what somebody else has made in its
// place is not taken over.
func TestUsageTableIsThePlatforms(t *testing.T) {
	open := func(prime func(*catalog.Tx) error, log *inferencelog.Logger) (*catalog.Catalog, error) {
		c, err := catalog.Open(t.Context(), nil, &catalog.Options{Kinds: modelservice.Kinds()})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close(context.Background()) })
		if prime != nil {
			if _, err := c.Update(t.Context(), "host", prime); err != nil {
				t.Fatal(err)
			}
		}
		_, err = modelservice.NewMetastore(t.Context(), c, authz.New(nil), &modelservice.MetastoreOptions{Log: log})
		return c, err
	}
	c, err := open(nil, nil)
	if _, there := c.Snapshot().Lookup(catalog.TypeTable, modelservice.UsageName()); there || err != nil {
		t.Errorf("without a log: %t, %v", there, err)
	}
	log := inferencelog.New(inferencelog.NewMemory(), nil)
	defer log.Close(context.Background())
	_, err = open(func(tx *catalog.Tx) error {
		_, err := tx.Create(catalog.Draft{Type: catalog.TypeCatalog, Parent: catalog.MetastoreID, Name: modelservice.SystemCatalog, Owner: catalog.MetastoreAdmins})
		return err
	}, log)
	var e *modelservice.Error
	if !errors.As(err, &e) || e.Code != modelservice.CodeInvalidState {
		t.Errorf("with a catalog of that name: %v", err)
	}
	if tables, _ := log.Tables(context.Background()); len(tables) != 0 {
		t.Errorf("the log has %v", tables)
	}
}

// A backup of a time without a usage table, and one of another metastore whose
// table has the id of this one's, leave a usage table that calls are written to.
func TestUsageAfterRestore(t *testing.T) {
	other := newWorld(t, nil)
	without, err := catalog.Open(t.Context(), nil, &catalog.Options{Kinds: modelservice.Kinds()})
	other.must(err)
	t.Cleanup(func() { without.Close(context.Background()) })
	_, err = without.Update(t.Context(), "host", func(tx *catalog.Tx) error {
		admin, err := tx.CreatePrincipal(catalog.User, "admin")
		if err != nil {
			return err
		}
		return tx.AddMember(catalog.MetastoreAdmins, admin)
	})
	other.must(err)
	for name, from := range map[string]*catalog.Catalog{"without": without, "another's": other.catalog} {
		var kept strings.Builder
		other.must(from.Snapshot().Backup(&kept))
		w := newWorld(t, nil)
		w.service(to("one"))
		w.serve(w.ctx(), "bob", ask(), &recorder{})
		w.must(w.drop("alice", catalog.TypeTable, chatTable, nil))
		w.must(w.ms.Restore(w.ctx(), w.who["admin"], strings.NewReader(kept.String())))
		if rows := w.usageRows(); len(rows) != 0 {
			t.Errorf("%s: the usage table has %d rows of before", name, len(rows))
		}
		for name := range w.who {
			if p, ok := w.catalog.Snapshot().PrincipalNamed(name); ok {
				w.who[name] = p.ID
			}
		}
		if name == "without" {
			continue // of services and people, too
		}
		w.service(to("one"))
		w.serve(w.ctx(), "bob", ask(), &recorder{})
		if rows := w.usageRows(); len(rows) != 1 {
			t.Errorf("%s: %d rows of the call after", name, len(rows))
		}
	}
}

// Of a body that is too long for a row, the row has the length and the hash.
func TestHashOfLongAnswers(t *testing.T) {
	long := strings.Repeat("x", 1<<20)
	var texts []string
	for range 11 {
		texts = append(texts, long)
	}
	for name, tt := range map[string]struct {
		body  string
		reply reply
	}{
		"a stream":       {ask(streamed), reply{body: strings.Join(events("one", 3, 4, texts...), "")}},
		"a cut stream":   {ask(streamed), reply{body: strings.Join(events("one", 3, 4, texts...)[:12], ""), cut: true}},
		"a whole answer": {ask(), reply{body: answer("one", strings.Join(texts, ""), 3, 4)}},
	} {
		w := newWorld(t, nil)
		w.service(to("one"))
		w.backend.plays("one", tt.reply)
		out := &recorder{}
		w.serve(w.ctx(), "bob", tt.body, out)
		sum := sha256.Sum256([]byte(out.body.String()))
		row := w.row()
		if row.Response != nil || row.ResponseSize != int64(out.body.Len()) || row.ResponseSHA256 != hex.EncodeToString(sum[:]) ||
			!slices.Contains(row.LoggingErrorCodes, inferencelog.MaxResponseSizeExceeded) {
			t.Errorf("%s of %d bytes: the row has %d, length %d, hash %q, %v", name, out.body.Len(), len(row.Response), row.ResponseSize, row.ResponseSHA256, row.LoggingErrorCodes)
		}
	}
}
