package rest_test

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/modelservice"
	"github.com/modelward/modelward/modelservice/rest"
)

// queryParameters are all that any path takes.
var queryParameters = []string{"after", "catalog_name", "etag", "force", "max_results", "model_service_id", "omit_columns", "omit_properties", "omit_username",
	"page_size", "page_token", "parent", "principal", "request_tags", "schema_name", "schema_name_pattern", "table_name_pattern", "type", "update_mask", "view"}

// noLimits is a gateway where nothing is limited.
func noLimits(_ context.Context, _ catalog.PrincipalID, name catalog.FullName, _ string, _ map[string]string) (modelservice.LimitReport, error) {
	return modelservice.LimitReport{Service: name, Principal: admin}, nil
}

// A parameter that is empty is as good as absent, on every path, and one that no
// path knows is not looked at, however often it is given.
func TestEmptyParameters(t *testing.T) {
	w := newService(t, func(c *rest.Config) { c.Limits = noLimits })
	routes := slices.Clone(everyRoute)
	for _, target := range []string{
		"/api/2.1/unity-catalog/table-summaries?catalog_name=main", "/api/2.1/unity-catalog/models", "/api/2.1/unity-catalog/metastores",
		tablesPath + "/main.logging.team_chat_payload/exists", seedPath + "?catalog_name=main", gaPath + "?parent=schemas/main.default",
		effectivePath + "/catalog/main", usagePath + "/main.default.team-chat", "/api/2.0/preview/scim/v2/Me",
	} {
		routes = append(routes, struct{ method, target, body string }{"GET", target, ""})
	}
	for _, r := range routes {
		if r.method != "GET" {
			continue
		}
		path, query, _ := strings.Cut(r.target, "?")
		given, err := url.ParseQuery(query)
		w.check(err)
		want := w.send(admin, "GET", r.target, "")
		if want.Code != 200 {
			t.Fatalf("%s answers %d %s", r.target, want.Code, want.Body)
		}
		for _, more := range append(queryParameters, "unknown=1&unknown") {
			if given.Has(more) {
				continue
			}
			if a := w.send(admin, "GET", path+"?"+query+"&"+more+"=", ""); a.plain() != want.plain() {
				t.Errorf("%s with %s= answers\n%s\nwant\n%s", r.target, more, a.plain(), want.plain())
			}
		}
	}
	table := w.ok(admin, "PATCH", catalogsPath+"/main?etag=&x=1&x=2", `{"comment":"c"}`)
	if table["comment"] != "c" {
		t.Errorf("changed is %s", compact(table))
	}
}

// What a path takes may be there once, and numbers are digits.
func TestParametersThatSayTwoThings(t *testing.T) {
	w := newService(t)
	for _, query := range []string{
		"max_results=%2B5", "max_results=-0", "max_results=+5", "max_results=5+", "max_results=0x5", "max_results=5.0", "max_results=1e1", "max_results=1_0",
		"max_results=%D9%A5", "max_results=99999999999999999999", "max_results=5&max_results=5", "max_results=&max_results=5", "max_results=&max_results=",
	} {
		for _, target := range []string{catalogsPath + "?", principalsPath + "?", historyPath + "?", effectivePath + "/catalog/main?"} {
			if e := w.refused(admin, "GET", target+query, "", 400); e.field() != "max_results" {
				t.Errorf("%s%s blames %q: %s", target, query, e.field(), e.Message)
			}
		}
	}
	// Those of the other shape would list something else.
	for _, target := range []string{gaPath + "?max_results=5", gaPath + "?max_results=&max_results=5", gaPath + "?catalog_name=main", seedPath + "?parent=x", seedPath + "?page_size=0", historyPath + "?page_token=x"} {
		w.refused(admin, "GET", target, "", 400)
	}
	for _, target := range []string{catalogsPath + "?max_results=05", catalogsPath + "?max_results=0"} {
		w.ok(admin, "GET", target, "")
	}
}
