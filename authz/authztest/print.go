package authztest

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/modelward/modelward/catalog"
)

// String writes the world as a scenario that builds it, with other ids.
func (w World) String() string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	for _, p := range w.Principals {
		if p.ID > catalog.MetastoreAdmins {
			line("%s %s", p.Type, quote(p.Name))
		}
	}
	gone := w.goneOwners()
	for _, owner := range gone {
		line("user %s", goneName(owner))
	}
	for _, m := range w.Members {
		line("member %s of %s", w.principalName(m.Member), w.principalName(m.Group))
	}
	for _, o := range w.Objects {
		switch {
		case o.ID != catalog.MetastoreID:
			line("%s %s owner %s", o.Type, quote(w.objectName(o.ID)), w.principalName(o.Owner))
		case o.Owner != catalog.MetastoreAdmins:
			line("give %s to %s", metastoreWord, w.principalName(o.Owner))
		}
	}
	for _, g := range w.Grants {
		line("grant %s to %s", w.formatGrant(g.Privilege, g.On), w.principalName(g.To))
	}
	for _, owner := range gone {
		line("delete %s", goneName(owner))
	}
	return b.String()
}

// metastoreWord is how scenarios call the metastore.
const metastoreWord = "metastore"

func (w World) formatGrant(p catalog.Privilege, on catalog.ID) string {
	return p.SQL() + " on " + quote(w.objectName(on))
}

// goneOwners returns the owners that do not exist any more.
func (w World) goneOwners() []catalog.PrincipalID {
	var gone []catalog.PrincipalID
	seen := map[catalog.PrincipalID]bool{}
	for _, o := range w.Objects {
		if _, found := w.principal(o.Owner); !found && !seen[o.Owner] {
			seen[o.Owner] = true
			gone = append(gone, o.Owner)
		}
	}
	return gone
}

// goneName names what has no name any more.
func goneName[I catalog.ID | catalog.PrincipalID](id I) string { return fmt.Sprintf("gone%d", id) }

// quote writes a name so that a scenario reads it back as one word that is no
// keyword.
func quote(name string) string {
	plain := name != "" && !isKeyword(name) && !strings.ContainsFunc(name, func(r rune) bool {
		return !strings.ContainsRune(plainRunes, r)
	})
	if plain {
		return name
	}
	return strconv.Quote(name)
}

const plainRunes = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-@."

// bareName is a principal's name without quotes.
func (w World) bareName(id catalog.PrincipalID) string {
	if p, found := w.principal(id); found {
		return p.Name
	}
	return goneName(id)
}
