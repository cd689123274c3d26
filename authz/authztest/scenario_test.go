package authztest

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/modelward/modelward/authz"
	"github.com/modelward/modelward/catalog"
	"pgregory.net/rapid"
)

// A printed world, read back, prints the same.
func TestWorldsRoundTrip(t *testing.T) {
	gone := regexp.MustCompile(`gone\d+`) // ids differ
	rapid.Check(t, func(t *rapid.T) {
		text := WorldOf(DrawCatalog(t).Snapshot()).String()
		c, err := BuildCatalog(text)
		if err != nil {
			t.Fatalf("%v in\n%s", err, text)
		}
		again := WorldOf(c.Snapshot()).String()
		if sortedLines(gone.ReplaceAllString(text, "gone")) != sortedLines(gone.ReplaceAllString(again, "gone")) {
			t.Fatalf("written\n%s\nread back\n%s", text, again)
		}
	})
}

// Any name survives quoting, and none becomes a keyword.
func TestNamesRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"on", "missing", "#", ",", "a b", `"`})).Draw(t, "name")
		ws, err := splitLine(quote(name) + " # comment")
		if err != nil || len(ws) != 1 || ws[0].text != name || isKeyword(name) && !ws[0].quoted {
			t.Fatalf("%q is read as %v, %v", name, ws, err)
		}
	})
}

const small = `
user alice bob
catalog main owner alice
schema main.default owner alice
model_service main.default.chat owner alice
grant USE CATALOG, USE SCHEMA on main to bob
`

// A scenario that says something untrue, or nothing that can be read, fails.
func TestScenariosFail(t *testing.T) {
	for _, line := range []string{
		"allow bob EXECUTE main.default.chat",
		"deny alice EXECUTE main.default.chat",
		"deny bob EXECUTE main.default.chat visible",
		"deny bob EXECUTE main visible missing EXECUTE on main",
		"deny bob EXECUTE main.default.chat missing nothing",
		"deny bob EXECUTE main.default.chat missing EXECUTE on main",
		"deny bob EXECUTE main.default.chat missing",
		"deny bob EXECUTE main.default.chat missing EXECUTE on main.default.chat, MANAGE on main",
		"allow alice EXECUTE main.default.chat because alice owns main",
		"allow alice EXECUTE main.default.chat hidden",
		"allow alice EXECUTE main.default.chat missing nothing",
		"deny bob EXECUTE main.default.chat because nothing",
		"allow alice to dance main.default.chat",
		"allow alice to create model_service main.default",
		"allow alice to see main.default.chat twice",
		"allow alice",
		"allow",
		"user",
		"user alice",
		"member bob of alice",
		"member bob",
		"catalog other owner nobody",
		"catalog other",
		"volume main.default.v owner alice",
		"grant EXECUTE on nowhere to bob",
		"grant USE_CATALOG on main.default to bob",
		"grant on main to bob",
		"revoke EXECUTE on main to bob",
		"drop nothing",
		"drop main.other",
		"delete nobody",
		"give main to nobody",
		`user "open`,
		"drop main.default.chat now",
	} {
		err := RunScenario(authz.New(nil), small+line)
		if err == nil || !strings.HasPrefix(err.Error(), "authztest: line 7: ") {
			t.Errorf("%s: %v", line, err)
		}
	}
	if _, err := BuildCatalog("deny alice CREATE CATALOG metastore"); err == nil {
		t.Error("a catalog was built from an expectation")
	}
}

// The rows say the same about privileges as the catalog's own table.
func TestPapers(t *testing.T) {
	c, err := BuildCatalog("")
	if err != nil {
		t.Fatal(err)
	}
	kinds, w := c.Snapshot().Kinds(), WorldOf(c.Snapshot())
	for _, k := range w.Kinds {
		for _, p := range append(w.privileges(), "", "NO_SUCH_PRIVILEGE") {
			if w.applies(p, k.Type) != kinds.Applies(p, k.Type) {
				t.Errorf("%s applies to a %s: %t", p, k.Type, w.applies(p, k.Type))
			}
			if w.grantable(p, k.Type) != kinds.Grantable(p, k.Type) {
				t.Errorf("%s grantable on a %s: %t", p, k.Type, w.grantable(p, k.Type))
			}
		}
	}
}

// Generated worlds have in them what the laws are about.
func TestDrawnWorlds(t *testing.T) {
	seen := map[string]bool{}
	rapid.Check(t, func(t *rapid.T) {
		w := WorldOf(DrawCatalog(t).Snapshot())
		o := NewOracle(w)
		for _, n := range w.Objects {
			owner, found := w.principal(n.Owner)
			seen["owner "+string(owner.Type)] = true
			seen["owner gone"] = seen["owner gone"] || !found
			seen["kind "+string(n.Type)] = true
		}
		for _, p := range w.Principals {
			seen["nested"] = seen["nested"] || p.Type == catalog.User && len(o.identities(p.ID)) > 3
		}
		for _, g := range w.Grants {
			on, _ := w.object(g.On)
			seen["grant on "+string(on.Type)] = true
			seen["grant to everybody"] = seen["grant to everybody"] || g.To == catalog.AccountUsers
			seen["grant of all"] = seen["grant of all"] || g.Privilege == catalog.AllPrivileges
		}
	})
	for _, want := range []string{"owner user", "owner group", "owner service_principal", "owner system", "owner gone",
		"kind model", "kind table", "kind model_service", "nested", "grant to everybody", "grant of all",
		"grant on metastore", "grant on catalog", "grant on schema", "grant on model_service", "grant on model", "grant on table"} {
		if !seen[want] {
			t.Errorf("no world has: %s", want)
		}
	}
}

// sortedLines sorts a text's lines: rows change places with their ids.
func sortedLines(text string) string {
	lines := strings.Split(text, "\n")
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}
