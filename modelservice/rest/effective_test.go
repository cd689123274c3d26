package rest_test

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/modelservice"
	"pgregory.net/rapid"
)

// newGranted is newService with grants to ai_team, carol and robot on every
// level.
func newGranted(t *testing.T) *world {
	w := newService(t)
	for _, text := range []string{
		"GRANT USE CATALOG, EXECUTE ON CATALOG main TO ai_team", "GRANT BROWSE, ALL PRIVILEGES ON CATALOG main TO robot",
		"GRANT USE SCHEMA, EXECUTE ON SCHEMA main.default TO ai_team", "GRANT MANAGE ON SCHEMA main.default TO robot",
		"GRANT EXECUTE, READ METADATA ON MODEL SERVICE main.default.`team-chat` TO ai_team",
		"GRANT USE CATALOG ON CATALOG main TO carol", "GRANT USE SCHEMA ON SCHEMA main.default TO carol",
		"GRANT EXECUTE ON MODEL SERVICE main.default.`team-chat` TO carol",
		"GRANT CREATE CATALOG ON METASTORE TO carol",
	} {
		w.statement(admin, text)
	}
	return w
}

func TestEffectivePermissions(t *testing.T) {
	w := newGranted(t)
	const (
		service = `{"principal":"ai_team","privileges":[{"privilege":"EXECUTE"},{"privilege":"READ_METADATA"},` +
			`{"inherited_from_name":"main.default","inherited_from_type":"SCHEMA","privilege":"EXECUTE"},` +
			`{"inherited_from_name":"main","inherited_from_type":"CATALOG","privilege":"EXECUTE"}]}`
		carol = `{"principal":"carol","privileges":[{"privilege":"EXECUTE"}]}`
		robot = `{"principal":"robot","privileges":[{"inherited_from_name":"main.default","inherited_from_type":"SCHEMA","privilege":"MANAGE"},` +
			`{"inherited_from_name":"main","inherited_from_type":"CATALOG","privilege":"ALL_PRIVILEGES"}]}`
	)
	for _, c := range []struct{ who, at, want string }{
		{admin, "model_service/main.default.team-chat", service + "," + carol + "," + robot},
		{admin, "MODEL_SERVICE/Main.Default.Team-Chat", service + "," + carol + "," + robot},
		{admin, "model_service/main.default.team-chat?principal=AI_team", service},
		{admin, "model_service/main.default.team-chat?principal=bob%40example.com", ""},
		{admin, "catalog/main?principal=robot", `{"principal":"robot","privileges":[{"privilege":"ALL_PRIVILEGES"},{"privilege":"BROWSE"}]}`},
		{admin, "metastore/any", `{"principal":"carol","privileges":[{"privilege":"CREATE_CATALOG"}]}`},
		{admin, "model/system.ai.m", `{"principal":"account users","privileges":[{"inherited_from_name":"system.ai","inherited_from_type":"SCHEMA","privilege":"EXECUTE"}]}`},
		{admin, "function/system.ai.m?principal=account%20users", `{"principal":"account users","privileges":[{"inherited_from_name":"system.ai","inherited_from_type":"SCHEMA","privilege":"EXECUTE"}]}`},
		// Who may not manage an object sees what is his and his groups'.
		{"bob@example.com", "model_service/main.default.team-chat", service},
		{"carol", "model_service/main.default.team-chat", carol},
		{"carol", "model_service/main.default.team-chat?principal=carol", carol},
		{"carol", "model_service/main.default.team-chat?principal=ai_team", ""},
		{"carol", "model_service/main.default.team-chat?principal=nobody", ""},
	} {
		want := `{"privilege_assignments":[` + c.want + `]}`
		if a := w.ok(c.who, "GET", effectivePath+"/"+c.at, ""); compact(a) != want {
			t.Errorf("%s sees on %s\n%s\nwant\n%s", c.who, c.at, compact(a), want)
		}
		paged := strings.Replace(want, "privilege_", "effective_privilege_", 1)
		if a := w.ok(c.who, "GET", effectivePagesPath+"/"+c.at, ""); compact(a) != paged {
			t.Errorf("%s sees on %s by pages\n%s\nwant\n%s", c.who, c.at, compact(a), paged)
		}
	}
	e := w.refused(admin, "GET", effectivePath+"/catalog/main?principal=nobody", "", http.StatusNotFound)
	if e.ErrorCode != "PRINCIPAL_DOES_NOT_EXIST" {
		t.Errorf("nobody answers %+v", e)
	}
	for _, list := range grantLists {
		for _, at := range []string{"volume/a.b.c", "catalogs/main", "principal/carol"} {
			if e := w.refused(admin, "GET", list.path+"/"+at, "", http.StatusBadRequest); e.field() != "securable_type" {
				t.Errorf("%s/%s blames %q", list.path, at, e.field())
			}
		}
		if e := w.refused(admin, "GET", list.path+"/schema/main", "", http.StatusBadRequest); e.field() != "name" {
			t.Errorf("%s/schema/main blames %q", list.path, e.field())
		}
		if e := w.refused(admin, "GET", list.path+"/catalog/main?principal=carol&principal=robot", "", http.StatusBadRequest); e.field() != "principal" {
			t.Errorf("%s with two principals blames %q", list.path, e.field())
		}
	}
}

// What is effective on an object is what is granted on it and, as far as it
// could be granted on it too, on its containers: the grants that the caller may
// read there one by one.
func TestEffectiveIsTheSumOfTheLevels(t *testing.T) {
	w := newService(t)
	levels := []struct {
		t    catalog.SecurableType
		name string
	}{
		{modelservice.TypeModelService, "main.default.team-chat"}, {catalog.TypeSchema, "main.default"}, {catalog.TypeCatalog, "main"},
	}
	kinds := w.ms.Catalog().Snapshot().Kinds()
	who := []string{admin, "bob@example.com", "carol", "robot"}
	rapid.Check(t, func(t *rapid.T) {
		at := rapid.SampledFrom(levels).Draw(t, "at")
		p := rapid.SampledFrom(kinds.GrantablePrivileges(at.t)).Draw(t, "privilege")
		to := rapid.SampledFrom([]string{"bob@example.com", "carol", "robot", "ai_team", catalog.AccountUsersName}).Draw(t, "to")
		verb := rapid.SampledFrom([]string{"add", "add", "remove"}).Draw(t, "verb")
		w.ok(admin, "PATCH", grantsPath+"/"+string(at.t)+"/"+at.name, fmt.Sprintf(`{"changes":[{"principal":%q,%q:[%q]}]}`, to, verb, p))

		of := levels[rapid.IntRange(0, 2).Draw(t, "of"):]
		for _, who := range who {
			want := map[string][]string{}
			for i, level := range of {
				a := w.send(who, "GET", grantsPath+"/"+string(level.t)+"/"+level.name, "")
				if a.Code != http.StatusOK && i == 0 {
					want = nil // the object itself is not his to see
					break
				}
				assignments, _ := dig(a.object(), "privilege_assignments").([]any)
				for _, one := range assignments {
					name, _ := dig(one, "principal").(string)
					granted, _ := dig(one, "privileges").([]any)
					for _, p := range granted {
						p, _ := p.(string)
						if !kinds.Grantable(catalog.Privilege(p), of[0].t) {
							continue
						}
						from := map[string]string{"privilege": p}
						if i > 0 {
							from["inherited_from_type"], from["inherited_from_name"] = strings.ToUpper(string(level.t)), level.name
						}
						want[name] = append(want[name], compact(from))
					}
				}
			}
			a := w.send(who, "GET", effectivePath+"/"+string(of[0].t)+"/"+of[0].name, "")
			if (a.Code == http.StatusOK) != (want != nil) {
				t.Fatalf("%s: %s answers %d, its grants could be read: %v", who, of[0].name, a.Code, want != nil)
			}
			if want == nil {
				continue
			}
			var text []string
			for _, name := range slices.Sorted(maps.Keys(want)) {
				text = append(text, fmt.Sprintf(`{"principal":%q,"privileges":[%s]}`, name, strings.Join(want[name], ",")))
			}
			if got, want := compact(a.object()), `{"privilege_assignments":[`+strings.Join(text, ",")+`]}`; got != want {
				t.Fatalf("%s: %s has\n%s\nwant\n%s", who, of[0].name, got, want)
			}
		}
	})
}

// grantLists are all lists of grants, with the names of their parameter for the
// size and of their member; some answer everything when no size is given.
var grantLists = []struct {
	path, size, member string
	whole              bool
}{
	{grantsPath, "max_results", "privilege_assignments", true},
	{effectivePath, "max_results", "privilege_assignments", true},
	{assignmentsPath, "page_size", "privilege_assignments", false},
	{effectivePagesPath, "page_size", "effective_privilege_assignments", false},
}

// Pages of grants are of whole principals, of at least 150, and make up the
// list; a token is taken by the list it came from, and by no other (spec
// §12.7).
func TestPagesOfGrants(t *testing.T) {
	w := newMain(t)
	s := w.ms.Catalog().Snapshot()
	main, _ := s.Lookup(catalog.TypeCatalog, catalog.FullName{Catalog: "main"})
	inner, _ := s.Lookup(catalog.TypeSchema, catalog.FullName{Catalog: "main", Schema: "default"})
	w.update(func(tx *catalog.Tx) error {
		for i := range 1200 {
			p, err := tx.CreatePrincipal(catalog.User, fmt.Sprintf("U%04d", i))
			if err != nil {
				return err
			}
			if err := tx.Grant(inner, p, catalog.UseSchema, catalog.Execute); err != nil {
				return err
			}
			if err := tx.Grant(main, p, catalog.UseSchema); err != nil {
				return err
			}
		}
		return nil
	})
	tokens := map[string]string{}
	for _, list := range grantLists {
		at := list.path + "/schema/main.default"
		read := func(query, token string) ([]any, string) {
			page := w.ok(admin, "GET", at+"?"+query+"&page_token="+url.QueryEscape(token), "")
			assignments, _ := page[list.member].([]any)
			token, _ = page["next_page_token"].(string)
			return assignments, token
		}
		walk := func(query string) (all []any, sizes []int) {
			for token, more := "", true; more; more = token != "" {
				var page []any
				page, token = read(query, token)
				all, sizes = append(all, page...), append(sizes, len(page))
			}
			return all, sizes
		}
		byDefault := []int{150, 150, 150, 150, 150, 150, 150, 150}
		unset := byDefault
		if list.whole {
			unset = []int{1200}
		}
		whole, sizes := walk("")
		if !slices.Equal(sizes, unset) || compact(dig(whole, 1199, "principal")) != `"U1199"` {
			t.Errorf("%s without a size: pages of %v", list.path, sizes)
		}
		for size, want := range map[string][]int{"": unset, "0": byDefault, "150": byDefault, "500": {500, 500, 200}, "1000": {1000, 200}, "5000": {1000, 200}} {
			all, sizes := walk(list.size + "=" + size)
			if !slices.Equal(sizes, want) || compact(all) != compact(whole) {
				t.Errorf("%s?%s=%s: pages of %v, want %v", list.path, list.size, size, sizes, want)
			}
		}
		for _, size := range []string{"-1", "1", "149", "x", "1e3", "150&" + list.size + "=150"} {
			if e := w.refused(admin, "GET", at+"?"+list.size+"="+size, "", http.StatusBadRequest); e.field() != list.size {
				t.Errorf("%s?%s=%s blames %q", list.path, list.size, size, e.field())
			}
		}
		_, tokens[list.path] = read(list.size+"=150", "")
	}
	for _, list := range grantLists {
		own := tokens[list.path]
		refused := []string{"/schema/main.logging?page_token=" + own, "/catalog/main?page_token=" + own,
			"/schema/main.default?principal=U0000&page_token=" + own, "/schema/main.default?page_token=" + own + "A"}
		for _, other := range grantLists {
			if other.path != list.path {
				refused = append(refused, "/schema/main.default?page_token="+tokens[other.path])
			}
		}
		for _, target := range refused {
			if e := w.refused(admin, "GET", list.path+target, "", http.StatusBadRequest); e.field() != "page_token" {
				t.Errorf("%s%s blames %q", list.path, target, e.field())
			}
		}
	}
}

// A page continues where the one before has ended, though its last principal
// be gone since; and objects of two kinds that share a name share no tokens.
func TestPagesOfGrantsWhileTheyChange(t *testing.T) {
	w := newService(t)
	service, _ := w.ms.Catalog().Snapshot().Lookup(modelservice.TypeModelService, catalog.FullName{Catalog: "main", Schema: "default", Object: "team-chat"})
	w.update(func(tx *catalog.Tx) error {
		for i := range 160 {
			p, err := tx.CreatePrincipal(catalog.User, fmt.Sprintf("u%03d", i))
			if err != nil {
				return err
			}
			if err := tx.Grant(service, p, catalog.Execute); err != nil {
				return err
			}
		}
		return nil
	})
	token, _ := w.ok(admin, "GET", effectivePagesPath+"/model_service/main.default.team-chat", "")["next_page_token"].(string)
	w.update(func(tx *catalog.Tx) error { return tx.DropPrincipal(w.id("u149")) })
	page := w.ok(admin, "GET", effectivePagesPath+"/model_service/main.default.team-chat?page_token="+token, "")
	if first := dig(page, "effective_privilege_assignments", 0, "principal"); first != "u150" {
		t.Errorf("the second page begins with %v", first)
	}
	for _, other := range []string{"/model/main.default.team-chat", "/table/main.default.team-chat"} {
		if e := w.refused(admin, "GET", effectivePagesPath+other+"?page_token="+token, "", http.StatusBadRequest); e.field() != "page_token" {
			t.Errorf("a token of the service at %s blames %q", other, e.field())
		}
	}
}

// What is no text in a query is refused as such, and not looked up.
func TestQueryIsText(t *testing.T) {
	w := newWorld(t)
	for _, value := range []string{"%ff", "bob%00", "%e2%80", "a%0ab", "%c2%85"} {
		for _, path := range []string{effectivePath, "/api/2.1/unity-catalog/permissions"} {
			w.refused(admin, "GET", path+"/catalog/main?principal="+value, "", 400)
		}
	}
}
