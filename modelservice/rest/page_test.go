package rest_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/modelward/modelward/catalog"
	"pgregory.net/rapid"
)

// walk reads a list page by page and returns the names and the answers.
func (w *world) walk(who, target, size, list string) (names, pages []string) {
	w.Helper()
	token := ""
	for {
		at := target
		if token != "" {
			at += "&page_token=" + url.QueryEscape(token)
		}
		page := w.ok(who, "GET", at+size, "")
		pages = append(pages, compact(page))
		items, ok := page[list].([]any)
		if !ok {
			w.Fatalf("%s has no list %s: %s", at, list, compact(page))
		}
		for _, item := range items {
			name, _ := dig(item, "full_name").(string)
			if name == "" {
				name, _ = dig(item, "name").(string)
			}
			names = append(names, strings.TrimPrefix(name, "model-services/"))
		}
		token, _ = page["next_page_token"].(string)
		if token == "" {
			return names, pages
		}
		if len(pages) > 1000 {
			w.Fatal("the list has no end")
		}
	}
}

// lists are all lists of objects, with the names of their parameter for the
// size and of their member.
var lists = []struct{ target, size, member string }{
	{catalogsPath + "?", "max_results", "catalogs"},
	{schemasPath + "?catalog_name=main", "max_results", "schemas"},
	{tablesPath + "?catalog_name=main&schema_name=logging", "max_results", "tables"},
	{gaPath + "?", "page_size", "model_services"},
	{gaPath + "?parent=schemas/main.default", "page_size", "model_services"},
	{gaPath + "?view=FULL", "page_size", "model_services"},
	{seedPath + "?", "max_results", "model_services"},
	{seedPath + "?catalog_name=main", "max_results", "model_services"},
	{seedPath + "?catalog_name=main&schema_name=default", "max_results", "model_services"},
}

// populate makes n more of everything, with names that spread over the order,
// and lets carol see those of which show is true.
func (w *world) populate(prefix string, n int, show func(i int) bool) {
	w.Helper()
	for i := range n {
		name := fmt.Sprintf("%s%d", prefix, i)
		seed := func(in string) string {
			return fmt.Sprintf(`{"catalog_name":"main","schema_name":%q,"name":%q,"inference_table":"main.logging.%s%s",
				"destinations":[{"name":"a","model":"system.ai.m"}]}`, in, name, name, in)
		}
		w.ok(admin, "POST", catalogsPath, fmt.Sprintf(`{"name":%q}`, name))
		w.ok(admin, "POST", schemasPath, fmt.Sprintf(`{"catalog_name":"main","name":%q}`, name))
		w.ok(admin, "POST", seedPath, seed("default"))
		w.ok(admin, "POST", seedPath, seed("logging"))
		if !show(i) {
			continue
		}
		for _, text := range []string{
			"GRANT USE CATALOG ON CATALOG " + name, "GRANT USE SCHEMA ON SCHEMA main." + name,
			"GRANT EXECUTE ON MODEL SERVICE main.default." + name, "GRANT EXECUTE ON MODEL SERVICE main.logging." + name,
			"GRANT SELECT ON TABLE main.logging." + name + "default",
		} {
			w.statement(admin, text+" TO carol")
		}
	}
}

func (w *world) openMain() {
	w.Helper()
	w.statement(admin, "GRANT USE CATALOG ON CATALOG main TO carol")
	w.statement(admin, "GRANT USE SCHEMA ON SCHEMA main.default TO carol")
	w.statement(admin, "GRANT USE SCHEMA ON SCHEMA main.logging TO carol")
}

// Whatever their size, the pages of a list make up the list: in order, nothing
// twice, nothing left out, and no page short of the size but the last.
func TestPagesMakeUpTheList(t *testing.T) {
	w := newMain(t)
	w.openMain()
	w.populate("o", 7, func(i int) bool { return i%2 == 0 })
	for _, l := range lists {
		for _, who := range []string{admin, "carol"} {
			whole, pages := w.walk(who, l.target, "&"+l.size+"=0", l.member)
			if len(pages) != 1 || len(whole) == 0 || !slices.IsSorted(whole) {
				t.Fatalf("%s of %s: %d pages, %q", l.target, who, len(pages), whole)
			}
			for size := 1; size <= len(whole)+1; size++ {
				got, pages := w.walk(who, l.target, fmt.Sprintf("&%s=%d", l.size, size), l.member)
				if !slices.Equal(got, whole) || len(pages) != (len(whole)+size-1)/size {
					t.Errorf("%s of %s by %d: %d pages, %q, want %q", l.target, who, size, len(pages), got, whole)
				}
			}
		}
	}
}

// What a caller may not see changes nothing in any list: not the contents, not
// the cut of the pages, not the tokens (I33).
func TestHiddenObjectsLeaveNoTrace(t *testing.T) {
	w := newMain(t)
	w.openMain()
	w.populate("o", 6, func(i int) bool { return i%3 != 1 })
	read := func() (all []string) {
		for _, l := range lists {
			for _, size := range []int{1, 2, 3} {
				_, pages := w.walk("carol", l.target, fmt.Sprintf("&%s=%d", l.size, size), l.member)
				all = append(all, pages...)
			}
		}
		return all
	}
	before := read()
	w.populate("a", 3, func(int) bool { return false })
	w.populate("o2x", 3, func(int) bool { return false })
	w.populate("z", 3, func(int) bool { return false })
	if after := read(); !slices.Equal(before, after) {
		t.Errorf("the lists differ:\n%s\n%s", strings.Join(before, "\n"), strings.Join(after, "\n"))
	}
	w.statement(admin, "GRANT EXECUTE ON MODEL SERVICE main.default.o2x1 TO carol")
	if slices.Equal(before, read()) {
		t.Error("the test cannot tell lists apart")
	}
}

func TestPageSizes(t *testing.T) {
	w := newMain(t)
	w.update(func(tx *catalog.Tx) error {
		for i := range 130 {
			_, err := tx.Create(catalog.Draft{Type: catalog.TypeCatalog, Parent: catalog.MetastoreID, Name: fmt.Sprintf("c%03d", i), Owner: w.id(admin)})
			if err != nil {
				return err
			}
		}
		return nil
	})
	for size, want := range map[string]int{"": 100, "?max_results=0": 100, "?max_results=100": 100, "?max_results=101": 100,
		"?max_results=9999999": 100, "?max_results=1": 1, "?max_results=": 100} {
		page := w.ok(admin, "GET", catalogsPath+size, "")
		if got, _ := page["catalogs"].([]any); len(got) != want || page["next_page_token"] == nil {
			t.Errorf("%q: %d on a page, want %d", size, len(got), want)
		}
	}
	for _, l := range lists {
		for _, size := range []string{"-1", "x", "1.5", "0x10", "99999999999999999999", "1&" + l.size + "=2", " 1"} {
			e := w.refused(admin, "GET", l.target+"&"+l.size+"="+strings.ReplaceAll(size, " ", "%20"), "", 400)
			if e.field() != l.size {
				t.Errorf("%s=%s blames %q", l.size, size, e.field())
			}
		}
	}
}

// A token continues the list it came from, with pages of any size, and no other
// (spec §3.1).
func TestPageTokens(t *testing.T) {
	w := newMain(t)
	w.populate("o", 3, func(int) bool { return false })
	tokens := map[string]string{}
	for _, l := range lists {
		token, _ := w.ok(admin, "GET", l.target+"&"+l.size+"=1", "")["next_page_token"].(string)
		if token == "" {
			t.Fatalf("%s has one page", l.target)
		}
		tokens[l.target] = token
		w.ok(admin, "GET", l.target+"&"+l.size+"=2&page_token="+token, "")
	}
	for _, l := range lists {
		for from, token := range tokens {
			if from == l.target {
				continue
			}
			if e := w.refused(admin, "GET", l.target+"&page_token="+token, "", 400); e.field() != "page_token" {
				t.Errorf("a token of %s at %s blames %q", from, l.target, e.field())
			}
		}
		good := tokens[l.target]
		raw, _ := base64.RawURLEncoding.DecodeString(good)
		for _, token := range []string{"x", "main", good[:8], good[:len(good)-1], good[:len(good)-2], good + "A", good + "=", good + "\n", "AAAA" + good[4:],
			base64.RawURLEncoding.EncodeToString(raw[:12]), base64.RawURLEncoding.EncodeToString(append(slices.Clone(raw[:12]), "a b"...)),
			base64.RawURLEncoding.EncodeToString(append(slices.Clone(raw[:12]), "a.b.c.d"...))} {
			if e := w.refused(admin, "GET", l.target+"&page_token="+url.QueryEscape(token), "", 400); e.field() != "page_token" {
				t.Errorf("%s: token %q blames %q", l.target, token, e.field())
			}
		}
	}
}

func TestListParameters(t *testing.T) {
	w := newMain(t)
	for _, c := range []struct {
		target, field string
	}{
		{schemasPath, "catalog_name"},
		{schemasPath + "?catalog_name=", "catalog_name"},
		{schemasPath + "?catalog_name=a.b", "catalog_name"},
		{schemasPath + "?catalog_name=main&catalog_name=main", "catalog_name"},
		{tablesPath + "?catalog_name=main", "schema_name"},
		{tablesPath + "?schema_name=default", "catalog_name"},
		{seedPath + "?schema_name=default", "catalog_name"},
		{gaPath + "?parent=main.default", "parent"},
		{gaPath + "?parent=schemas/main", "parent"},
		{gaPath + "?parent=schemas/main.default.x", "parent"},
		{gaPath + "?parent=catalogs/main", "parent"},
		{gaPath + "?parent=schemas/", "parent"},
		{gaPath + "?view=full", "view"},
		{gaPath + "?view=1", "view"},
		{catalogsPath + "?max_results=%zz", ""},
		{catalogsPath + "?a;b", ""},
	} {
		if e := w.refused(admin, "GET", c.target, "", http.StatusBadRequest); e.field() != c.field {
			t.Errorf("%s blames %q, want %q", c.target, e.field(), c.field)
		}
	}
	for _, target := range []string{schemasPath + "?catalog_name=niam", tablesPath + "?catalog_name=main&schema_name=niam", gaPath + "?parent=schemas/niam.x"} {
		w.refused(admin, "GET", target, "", http.StatusNotFound)
	}
}

// No token makes a list fail otherwise than with 400.
func TestAnyPageToken(t *testing.T) {
	w := newMain(t)
	w.populate("o", 2, func(int) bool { return false })
	good, _ := w.ok(admin, "GET", gaPath+"?page_size=1", "")["next_page_token"].(string)
	raw, _ := base64.RawURLEncoding.DecodeString(good)
	rapid.Check(t, func(t *rapid.T) {
		position := rapid.String().Draw(t, "position")
		token := base64.RawURLEncoding.EncodeToString(append(slices.Clone(raw[:12]), position...))
		a := w.send(admin, "GET", gaPath+"?page_token="+token, "")
		if a.Code != 200 && a.Code != 400 {
			t.Fatalf("position %q answers %d %s", position, a.Code, a.Body)
		}
	})
}

// A filter of the other shape is refused: left alone it would list too much.
func TestForeignFilters(t *testing.T) {
	w := newMain(t)
	for path, names := range map[string][]string{
		gaPath:   {"catalog_name", "schema_name", "max_results"},
		seedPath: {"parent", "page_size"},
	} {
		for _, name := range names {
			if e := w.refused(admin, "GET", path+"?"+name+"=1", "", 400); e.field() != name {
				t.Errorf("%s?%s blames %q", path, name, e.field())
			}
		}
	}
}
