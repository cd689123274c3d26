package authztest

import (
	"github.com/modelward/modelward/authz"
	"pgregory.net/rapid"
)

// leavesListNothing asks everybody to list in everything that nothing lives
// in.
func leavesListNothing(t *rapid.T, a *authz.Authorizer) {
	s := DrawCatalog(t).Snapshot()
	w := WorldOf(s)
	o := NewOracle(w)
	for _, caller := range w.Callers() {
		for _, n := range w.Objects {
			if w.isContainer(n) {
				continue
			}
			q := Question{Verb: List, Caller: caller, On: n.ID}
			d := q.Ask(a, s)
			if d.Allowed || d.Visible != o.Answer(q).Visible || len(d.Because())+len(d.Missing()) > 0 {
				t.Fatalf("%s: allowed %t, visible %t, because %q, missing %q, in the world\n%s", w.Format(q),
					d.Allowed, d.Visible, w.formatReasons(d.Because()), w.formatMissing(caller, d.Missing()), w)
			}
		}
	}
}
