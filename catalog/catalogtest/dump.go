package catalogtest

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/modelward/modelward/catalog"
)

// Dump writes all that a snapshot shows, its version apart, one fact a line in
// a fixed order. Two snapshots with equal dumps cannot be told apart.
func Dump(s *catalog.Snapshot) string {
	var b strings.Builder
	for _, t := range s.Kinds().Types() {
		for n := range s.All(t) {
			b.WriteString(dumpSecurable(s, n.ID))
			for g := range s.GrantsOn(n.ID) {
				fmt.Fprintf(&b, "  grant %s to %d\n", g.Privilege, g.To)
			}
		}
	}
	for _, t := range principalTypes {
		for p := range s.Principals(t) {
			fmt.Fprintf(&b, "%s %d %q created %s by %q\n", p.Type, p.ID, p.Name, p.CreatedAt, p.CreatedBy)
			for m := range s.Members(p.ID) {
				fmt.Fprintf(&b, "  member %d\n", m)
			}
		}
	}
	return b.String()
}

var principalTypes = []catalog.PrincipalType{catalog.User, catalog.ServicePrincipal, catalog.Group, catalog.System}

func dumpSecurable(s *catalog.Snapshot, id catalog.ID) string {
	sec, ok := s.Securable(id)
	if !ok {
		return fmt.Sprintf("no securable %d\n", id)
	}
	return fmt.Sprintf("%s %d in %d %q owner %d system %t etag %s comment %q properties %s spec %s compiled %v created %s by %q updated %s by %q revision %d\n",
		sec.Type, sec.ID, sec.Parent, s.FullName(id), sec.Owner, sec.System, sec.Etag(), sec.Comment,
		propertyText(sec.Properties), specText(sec.Spec), s.Compiled(id),
		sec.CreatedAt, sec.CreatedBy, sec.UpdatedAt, sec.UpdatedBy, sec.Revision)
}

func propertyText(properties map[string]string) string {
	if properties == nil {
		return "none"
	}
	var parts []string
	for k, v := range properties {
		parts = append(parts, fmt.Sprintf("%q=%q", k, v))
	}
	slices.Sort(parts)
	return strings.Join(parts, ",")
}

func specText(spec catalog.Spec) string {
	if spec == nil {
		return "none"
	}
	text, err := json.Marshal(spec)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// difference returns the first line in which two dumps differ, or "".
func difference(got, want string) string {
	if got == want {
		return ""
	}
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range min(len(g), len(w)) {
		if g[i] != w[i] {
			return fmt.Sprintf("line %d\n got %s\nwant %s", i+1, g[i], w[i])
		}
	}
	return fmt.Sprintf("got %d lines, want %d", len(g), len(w))
}
