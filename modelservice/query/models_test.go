package query_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/modelservice"
	"pgregory.net/rapid"
)

// get asks for a path with a token.
func (w *world) get(t testing.TB, token, path string) reply {
	t.Helper()
	r := w.request(t, http.MethodGet, path, "")
	r.Header.Set("Authorization", "Bearer "+token)
	return w.do(t, r)
}

// entry is a model in either form.
type entry struct {
	ID, Object, Type string
	Created          int64
	OwnedBy          string `json:"owned_by"`
	DisplayName      string `json:"display_name"`
	CreatedAt        string `json:"created_at"`
}

// check looks at what each form has, and the other has not.
func (e entry) check(t testing.TB, path string) {
	t.Helper()
	if strings.Contains(path, "/anthropic/") {
		if at, err := time.Parse(time.RFC3339, e.CreatedAt); err != nil || at.Unix() < 1e9 || e.Type != "model" || e.DisplayName != e.ID || e.Object+e.OwnedBy != "" {
			t.Errorf("%s: got %+v", path, e)
		}
	} else if e.Object != "model" || e.Created < 1e9 || e.OwnedBy != "admin" || e.Type+e.DisplayName+e.CreatedAt != "" {
		t.Errorf("%s: got %+v", path, e)
	}
}

// modelPage is a list in either form.
type modelPage struct {
	Object  string
	Data    []entry
	HasMore bool    `json:"has_more"`
	FirstID *string `json:"first_id"`
	LastID  *string `json:"last_id"`
}

func (p modelPage) ids() []string {
	ids := []string{}
	for _, e := range p.Data {
		ids = append(ids, e.ID)
	}
	return ids
}

func (w *world) models(t testing.TB, token, path string) modelPage {
	t.Helper()
	got := w.get(t, token, path)
	var page modelPage
	if err := json.Unmarshal([]byte(got.body), &page); err != nil || got.status != 200 || page.Data == nil {
		t.Fatalf("%s: %d %s, %v", path, got.status, got.body, err)
	}
	if got.header.Get("X-Databricks-Request-Id") == "" || got.length != int64(len(got.body)) {
		t.Errorf("%s: headers %v", path, got.header)
	}
	for _, e := range page.Data {
		e.check(t, path)
	}
	anthropic := strings.Contains(path, "/anthropic/")
	if page.Object != map[bool]string{false: "list", true: ""}[anthropic] || strings.Contains(got.body, "first_id") != anthropic {
		t.Errorf("%s: got %s", path, got.body)
	}
	if n := len(page.Data); anthropic && n > 0 && (page.FirstID == nil || *page.FirstID != page.Data[0].ID || *page.LastID != page.Data[n-1].ID) {
		t.Errorf("%s: got %s", path, got.body)
	}
	return page
}

// The list holds what the caller may call, and nothing else; and one of them is
// found by its name exactly if it is in the list.
func TestModels(t *testing.T) {
	w := newWorld(t)
	all := []string{"main.default.bare", "main.default.blocked", "main.default.chat", "main.default.limited"}
	sees := func(token string, want []string) {
		t.Helper()
		for _, path := range listPaths {
			if got := w.models(t, token, path).ids(); !slices.Equal(got, want) {
				t.Errorf("%s: %s sees %v; want %v", path, token, got, want)
			}
			for _, name := range append([]string{"main.default.none", "a", "a.b.c.d", "a%2Fb", "%20", "databricks-none"}, all...) {
				got, at := w.get(t, token, path+"/"+name), path+"/"+name
				if !slices.Contains(want, name) {
					e := form(path)(t, at, got, 404, "NOT_FOUND")
					if text, _ := url.PathUnescape(name); e.Message != "'"+text+"' does not exist" || e.Error.Param == nil || *e.Error.Param != "model" {
						t.Errorf("%s: %s", at, got.body)
					}
					continue
				}
				var one entry
				if err := json.Unmarshal([]byte(got.body), &one); err != nil || got.status != 200 || one.ID != name {
					t.Errorf("%s: %d %s, %v", at, got.status, got.body, err)
				}
				one.check(t, path)
			}
		}
	}
	sees("alice-token", all)
	sees("stranger-token", []string{})
	for _, spelling := range []string{"MAIN.Default.chat", "%6Dain.default.chat", "main%2Edefault%2Echat"} {
		if got := w.get(t, "alice-token", listPaths[0]+"/"+spelling); got.status != 200 || !strings.Contains(got.body, `"id":"main.default.chat"`) {
			t.Errorf("%s: %d %s", spelling, got.status, got.body)
		}
	}
	in := catalog.FullName{Catalog: "main", Schema: "default"}
	err := w.metastore.ChangeGrants(t.Context(), w.admin, catalog.TypeSchema, in,
		[]modelservice.GrantChange{
			{Principal: "callers", Remove: []catalog.Privilege{catalog.Execute}},
			{Principal: "alice", Add: []catalog.Privilege{catalog.ReadMetadata}}, // to see is not to call
		})
	if err != nil {
		t.Fatal(err)
	}
	sees("alice-token", []string{})
}

// A service that is not there answers a look-up as it does a call.
func TestNoModelIsNoService(t *testing.T) {
	w := newWorld(t)
	for path, api := range callPaths {
		call := w.request(t, http.MethodPost, path, bodyOf(api, "none", false))
		called := w.do(t, call)
		list := path[:strings.Index(path, "/v1/")] + "/v1/models"
		asked := w.get(t, "alice-token", list+"/main.default.none")
		plain := func(r reply) string {
			return fmt.Sprint(r.status, strings.ReplaceAll(r.body, r.header.Get("X-Databricks-Request-Id"), "ID"))
		}
		if plain(called) != plain(asked) {
			t.Errorf("%s: called: %s\nasked: %s", path, plain(called), plain(asked))
		}
	}
}

// databricks-X stands for system.ai.X, in a look-up as in a call (spec §7.1).
func TestModelByShortName(t *testing.T) {
	w := newWorld(t)
	in := catalog.FullName{Catalog: modelservice.SystemCatalog, Schema: modelservice.SystemSchema}
	err := w.metastore.ChangeGrants(t.Context(), w.admin, catalog.TypeSchema, in,
		[]modelservice.GrantChange{{Principal: "admin", Add: []catalog.Privilege{modelservice.CreateServicePrivilege}}})
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.metastore.CreateService(t.Context(), w.admin, modelservice.NewService{
		Parent: in, Name: "claude",
		Spec: modelservice.Spec{Destinations: []modelservice.Destination{{Name: "first", Type: modelservice.PayPerToken, Model: "system.ai.primary"}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	got := w.get(t, "alice-token", listPaths[0]+"/databricks-claude")
	called := w.chat(t, strings.Replace(chatBody("chat", false), "main.default.chat", "databricks-claude", 1))
	if got.status != 200 || !strings.Contains(got.body, `"id":"system.ai.claude"`) || called.status != 200 {
		t.Errorf("asked: %d %s; called: %d", got.status, got.body, called.status)
	}
}

// crowd makes services whose names sort in ways that tell orders apart, and
// returns all there are as alice sees them.
func (w *world) crowd(t testing.TB) []string {
	t.Helper()
	for _, schema := range []string{"default-", "default.x", "defaulu"} {
		schema = strings.ReplaceAll(schema, ".", "_")
		in := catalog.FullName{Catalog: "main", Schema: schema}
		if _, err := w.metastore.CreateSchema(t.Context(), w.admin, in.Parent(), modelservice.NewObject{Name: schema}); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"a", "a-", "a_b", "é", "zz"} {
			if _, err := w.metastore.CreateService(t.Context(), w.admin, modelservice.NewService{Parent: in, Name: name,
				Spec: modelservice.Spec{Destinations: []modelservice.Destination{{Name: "first", Type: modelservice.PayPerToken, Model: "system.ai.primary"}}},
			}); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.metastore.ChangeGrants(t.Context(), w.admin, catalog.TypeSchema, in,
			[]modelservice.GrantChange{{Principal: "callers", Add: []catalog.Privilege{catalog.UseSchema, catalog.Execute}}}); err != nil {
			t.Fatal(err)
		}
	}
	return w.models(t, "alice-token", "/ai-gateway/openai/v1/models").ids()
}

// Anthropic's pages are windows on the list, in both directions and from names
// that are not in it too.
func TestAnthropicPages(t *testing.T) {
	w := newWorld(t)
	all := w.crowd(t)
	parts := func(id string) []string { return strings.Split(id, ".") }
	if len(all) != 19 || !slices.IsSortedFunc(all, func(a, b string) int { return slices.Compare(parts(a), parts(b)) }) {
		t.Fatalf("the list is %q", all)
	}
	const path = "/ai-gateway/anthropic/v1/models"
	names := append([]string{"a.a.a", "zz.zz.zz", "a.zz.zz", "zz.a.a", "main.default.d", "main.default-.a", "MAIN.default.CHAT", "main.defaulu.zzz"}, all...)
	rapid.Check(t, func(rt *rapid.T) {
		limit := rapid.SampledFrom([]int{0, 1, 2, 5, 18, 19, 20, 1000}).Draw(rt, "limit")
		side := rapid.SampledFrom([]string{"", "after_id", "before_id"}).Draw(rt, "side")
		name := rapid.SampledFrom(names).Draw(rt, "name")
		query := url.Values{"beta": {"true"}}
		if limit > 0 {
			query.Set("limit", fmt.Sprint(limit))
		} else {
			limit = 20
		}
		// The obvious way.
		want, more := slices.Clone(all), false
		if side != "" {
			query.Set(side, name)
			want = slices.DeleteFunc(want, func(id string) bool {
				c := slices.Compare(parts(id), parts(strings.ToLower(name)))
				return side == "after_id" && c <= 0 || side == "before_id" && c >= 0
			})
		}
		if len(want) > limit {
			more = true
			if side == "before_id" {
				want = want[len(want)-limit:]
			} else {
				want = want[:limit]
			}
		}
		got := w.models(t, "alice-token", path+"?"+query.Encode())
		if !slices.Equal(got.ids(), want) || got.HasMore != more {
			rt.Fatalf("%s: got %q, more %t; want %q, %t", query.Encode(), got.ids(), got.HasMore, want, more)
		}
	})
	// An empty page has no ends.
	if got := w.get(t, "alice-token", path+"?after_id=zz.zz.zz"); got.body != `{"data":[],"has_more":false,"first_id":null,"last_id":null}` {
		t.Errorf("got %s", got.body)
	}
}

// What is no position is refused and named.
func TestAnthropicPagesRefused(t *testing.T) {
	w := newWorld(t)
	for query, param := range map[string]string{
		"limit=0": "limit", "limit=-1": "limit", "limit=1001": "limit", "limit=x": "limit", "limit=%2B5": "limit", "limit=99999999999999999999": "limit",
		"after_id=x": "after_id", "after_id=a.b": "after_id", "before_id=a.b.c.d": "before_id", "before_id=a..c": "before_id",
		"after_id=a.b.c&before_id=a.b.d": "before_id",
	} {
		e := wantAnthropicError(t, query, w.get(t, "alice-token", "/ai-gateway/anthropic/v1/models?"+query), 400, "INVALID_PARAMETER_VALUE")
		if e.Error.Type != "invalid_request_error" || !strings.Contains(e.Message, param) {
			t.Errorf("%s: %+v", query, e)
		}
	}
	for _, query := range []string{"limit=", "after_id=", "beta=true", "limit=1000", "%zz", "limit=1&limit=2"} {
		if got := w.get(t, "alice-token", "/ai-gateway/anthropic/v1/models?"+query); got.status != 200 {
			t.Errorf("%s: %d %s", query, got.status, got.body)
		}
	}
	if got := w.get(t, "alice-token", "/ai-gateway/openai/v1/models?limit=x&after_id=y"); got.status != 200 {
		t.Errorf("OpenAI's list has no pages: %d %s", got.status, got.body)
	}
}
