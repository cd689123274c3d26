package authztest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/modelward/modelward/authz"
	"github.com/modelward/modelward/catalog"
)

// expectation runs an allow or a deny.
func (r *scenario) expectation(allowed bool, ws words) error {
	s := r.catalog.Snapshot()
	asked := ws.until("because", "hidden", "visible", "missing")
	q, err := readQuestion(s, &asked)
	if err != nil {
		return err
	}
	if len(asked) > 0 {
		return fmt.Errorf("%q is too much", asked)
	}
	w := WorldOf(s)
	d, second := q.Ask(r.authorizer, s), NewOracle(w).Answer(q)
	if d.Allowed != allowed || second.Allowed != allowed {
		return fmt.Errorf("the authoriser says allowed %t, the oracle %t", d.Allowed, second.Allowed)
	}
	for _, visible := range []bool{true, false} {
		word := map[bool]string{true: "visible", false: "hidden"}[visible]
		if ws.take(word) && (d.Visible != visible || second.Visible != visible) {
			return fmt.Errorf("the authoriser says visible %t, the oracle %t", d.Visible, second.Visible)
		}
	}
	switch {
	case len(ws) == 0:
		return nil
	case allowed && ws.take("because"):
		return same(w.formatReasons(d.Because()), readList(ws))
	case !allowed && ws.take("missing"):
		return same(w.formatMissing(q.Caller, d.Missing()), readList(ws))
	}
	return fmt.Errorf("%q is not understood", ws)
}

// readQuestion reads who wants what.
func readQuestion(s *catalog.Snapshot, ws *words) (Question, error) {
	who, err := ws.name()
	if err != nil {
		return Question{}, err
	}
	q := Question{Verb: Check, Caller: principal(s, who)}
	if ws.take("to") {
		err := readVerb(s, ws, &q)
		return q, err
	}
	if len(*ws) < 2 {
		return q, fmt.Errorf("want a privilege and an object at %q", ws)
	}
	q.Privilege = catalog.NormalizePrivilege((*ws)[:len(*ws)-1].String())
	*ws = (*ws)[len(*ws)-1:]
	err = readObject(s, ws, &q)
	return q, err
}

func readVerb(s *catalog.Snapshot, ws *words, q *Question) error {
	verb, err := ws.name()
	if err != nil {
		return err
	}
	q.Verb = Verb(verb)
	switch q.Verb {
	case Manage, See, List:
	case Create:
		t, err := ws.name()
		if err != nil {
			return err
		}
		q.Type = catalog.SecurableType(t)
		if err := ws.expect("in"); err != nil {
			return err
		}
	default:
		return fmt.Errorf("nobody can be asked to %q", verb)
	}
	return readObject(s, ws, q)
}

func readObject(s *catalog.Snapshot, ws *words, q *Question) error {
	name, err := ws.name()
	q.On = object(s, name)
	return err
}

// readList reads a list of facts or grants into the form that formatReasons
// and formatMissing write. "nothing" is the empty list.
func readList(ws words) []string {
	if ws.take("nothing") && len(ws) == 0 {
		return nil
	}
	var all []string
	for _, item := range ws.lists() {
		privilege := item.until("on", "owns")
		text := privilege.String()
		if len(item) > 0 && item[0].text == "on" {
			text = catalog.NormalizePrivilege(text).SQL()
		}
		all = append(all, strings.TrimSpace(text+" "+item.String()))
	}
	return all
}

func (w World) formatReasons(reasons []authz.Reason) []string {
	var all []string
	for _, r := range reasons {
		who := w.bareName(r.Through)
		if r.Owner {
			all = append(all, who+" owns "+w.objectName(r.On))
		} else {
			all = append(all, r.Granted.SQL()+" on "+w.objectName(r.On)+" to "+who)
		}
	}
	return all
}

func (w World) formatMissing(caller catalog.PrincipalID, grants []catalog.Grant) []string {
	var all []string
	for _, g := range grants {
		text := g.Privilege.SQL() + " on " + w.objectName(g.On)
		if g.To != caller {
			text += " to " + w.bareName(g.To)
		}
		all = append(all, text)
	}
	return all
}

// same compares two lists as sets.
func same(got, want []string) error {
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(slices.Compact(got), slices.Compact(want)) {
		return fmt.Errorf("the authoriser says %q", got)
	}
	return nil
}
