package catalogtest

import (
	"context"
	"errors"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/modelward/modelward/catalog"
)

var historyLaws = []law{
	{"history", "every event says what its commit did, and names things as they were called at that moment", checkHistory},
	{"history from anywhere", "read from a later version or after trimming, the events are the same; names may be today's, and only of what is gone may they be missing", checkHistoryFromAnywhere},
	{"history ends", "a history ends at the newest version without waiting, and says so when it cannot be read", checkHistoryEnds},
	{"trim history", "trimming changes no state, is for good, and does not go beyond what is visible", checkTrimHistory},
}

// events reads a history whole.
func events(t tb, c *catalog.Catalog, after uint64) []catalog.Event {
	t.Helper()
	var all []catalog.Event
	for e, err := range c.History(context.Background(), after) {
		if err != nil {
			t.Fatalf("History(%d): %v", after, err)
		}
		if want := after + uint64(len(all)) + 1; e.Version != want {
			t.Fatalf("History(%d) yields version %d, want %d", after, e.Version, want)
		}
		all = append(all, e)
	}
	if last := after + uint64(len(all)); last != c.Snapshot().Version() {
		t.Fatalf("History(%d) ends at version %d of %d", after, last, c.Snapshot().Version())
	}
	return all
}

func checkHistory(t *testing.T, open opener) {
	rapid.Check(t, func(rt *rapid.T) {
		s := open.story(t, rt)
		defer s.close(rt)
		s.play(rt, 6)
		for _, e := range events(rt, s.Catalog, 0) {
			if e.Actor != "tester" && e.Version > 1 || e.Restored != 0 {
				rt.Errorf("event %+v", e)
			}
			want := changesAt(s.snapshots[:e.Version+1])
			for _, change := range e.Changes {
				i := slices.Index(want, change)
				if i < 0 {
					rt.Fatalf("version %d says %+v, which is not so; not told yet:\n%+v", e.Version, change, want)
				}
				want = slices.Delete(want, i, i+1)
			}
			if len(want) > 0 {
				rt.Fatalf("version %d does not say %+v", e.Version, want)
			}
		}
	})
}

func checkHistoryFromAnywhere(t *testing.T, open opener) {
	rapid.Check(t, func(rt *rapid.T) {
		s := open.story(t, rt)
		defer s.close(rt)
		s.play(rt, 5)
		all := events(rt, s.Catalog, 0)
		newest := s.Snapshot()
		for after := range newest.Version() + 1 {
			for i, e := range events(rt, s.Catalog, after) {
				sameEvent(rt, e, all[int(after)+i], newest, true)
			}
		}
		trimmed := rapid.Uint64Range(0, newest.Version()).Draw(rt, "trimmed")
		if err := s.TrimHistory(rt.Context(), trimmed); err != nil {
			rt.Fatalf("TrimHistory(%d): %v", trimmed, err)
		}
		for after := trimmed; after <= newest.Version(); after++ {
			for i, e := range events(rt, s.Catalog, after) {
				sameEvent(rt, e, all[int(after)+i], newest, false)
			}
		}
	})
}

// sameEvent compares an event with what it is in the whole history.
func sameEvent(t *rapid.T, got, whole catalog.Event, newest *catalog.Snapshot, everything bool) {
	t.Helper()
	if got.Version != whole.Version || !got.At.Equal(whole.At) || got.Actor != whole.Actor || len(got.Changes) != len(whole.Changes) {
		t.Fatalf("an event is\n %+v, from the start\n %+v", got, whole)
	}
	for i, w := range whole.Changes {
		g := got.Changes[i]
		for _, p := range []struct{ got, want *catalog.EventPrincipal }{{&g.To, &w.To}, {&g.Group, &w.Group}, {&g.Owner, &w.Owner}} {
			if now, there := newest.Principal(p.got.ID); p.got.ID == p.want.ID &&
				(there && p.got.Name == now.Name && p.got.Type == now.Type || !there && !everything && *p.got == catalog.EventPrincipal{ID: p.want.ID}) {
				*p.got = *p.want
			}
		}
		_, there := newest.Node(w.On.ID)
		if there && g.On.Name == newest.FullName(w.On.ID) || g.On.Name == (catalog.FullName{}) && !there && !everything {
			g.On.Name = w.On.Name
		}
		if g.On.Type == "" && !there && !everything {
			g.On.Type = w.On.Type
		}
		// Parts of a name may be of then and of now.
		if g.On.ID == w.On.ID && g.On.Name.Parts() == w.On.Name.Parts() {
			g.On.Name = w.On.Name
		}
		if g != w {
			t.Fatalf("version %d says\n %+v, from the start\n %+v", got.Version, got.Changes[i], w)
		}
	}
}

// changesAt is what makes the last of some snapshots of the one before it, in
// no order.
func changesAt(snapshots []*catalog.Snapshot) []catalog.EventChange {
	now, before := snapshots[len(snapshots)-1], snapshots[len(snapshots)-2]
	var all []catalog.EventChange
	for _, p := range principalsOf(now) {
		to := eventPrincipal(now, p.ID)
		if was, ok := principalIn(before, p.ID); !ok {
			all = append(all, catalog.EventChange{Kind: catalog.PrincipalCreated, To: to})
		} else if was != p {
			all = append(all, catalog.EventChange{Kind: catalog.PrincipalRenamed, To: to})
		}
		for m := range now.Members(p.ID) {
			if !isMember(before, p.ID, m) {
				all = append(all, catalog.EventChange{Kind: catalog.MemberAdded, Group: to, To: eventPrincipal(now, m)})
			}
		}
	}
	for _, n := range nodesOf(now) {
		on := eventSecurable(now, n.ID)
		owner := lastKnown(snapshots, n.Owner)
		if was, ok := nodeIn(before, n.ID); !ok {
			all = append(all, catalog.EventChange{Kind: catalog.SecurableCreated, On: on, Owner: owner})
		} else if was.Revision != n.Revision {
			all = append(all, catalog.EventChange{Kind: catalog.SecurableChanged, On: on, Owner: owner})
		}
		for g := range now.GrantsOn(n.ID) {
			if before == nil || !before.Granted(g) {
				all = append(all, catalog.EventChange{
					Kind: catalog.GrantAdded, On: on, To: eventPrincipal(now, g.To), Privilege: g.Privilege,
				})
			}
		}
	}
	if before == nil {
		return all
	}
	for _, p := range principalsOf(before) {
		to := eventPrincipal(before, p.ID)
		if _, ok := now.Principal(p.ID); !ok {
			all = append(all, catalog.EventChange{Kind: catalog.PrincipalDropped, To: to})
		}
		for m := range before.Members(p.ID) {
			if !isMember(now, p.ID, m) {
				all = append(all, catalog.EventChange{Kind: catalog.MemberRemoved, Group: to, To: eventPrincipal(before, m)})
			}
		}
	}
	for _, n := range nodesOf(before) {
		on := eventSecurable(before, n.ID)
		if _, ok := now.Node(n.ID); !ok {
			all = append(all, catalog.EventChange{Kind: catalog.SecurableDropped, On: on})
		}
		for g := range before.GrantsOn(n.ID) {
			if !now.Granted(g) {
				all = append(all, catalog.EventChange{
					Kind: catalog.GrantRemoved, On: on, To: eventPrincipal(before, g.To), Privilege: g.Privilege,
				})
			}
		}
	}
	return all
}

func principalsOf(s *catalog.Snapshot) []catalog.Principal {
	var all []catalog.Principal
	for _, t := range principalTypes {
		all = slices.AppendSeq(all, s.Principals(t))
	}
	return all
}

func nodesOf(s *catalog.Snapshot) []catalog.Node {
	var all []catalog.Node
	for _, t := range s.Kinds().Types() {
		all = slices.AppendSeq(all, s.All(t))
	}
	return all
}

func principalIn(s *catalog.Snapshot, id catalog.PrincipalID) (catalog.Principal, bool) {
	if s == nil {
		return catalog.Principal{}, false
	}
	return s.Principal(id)
}

func nodeIn(s *catalog.Snapshot, id catalog.ID) (catalog.Node, bool) {
	if s == nil {
		return catalog.Node{}, false
	}
	return s.Node(id)
}

func isMember(s *catalog.Snapshot, group, p catalog.PrincipalID) bool {
	if s == nil {
		return false
	}
	for m := range s.Members(group) {
		if m == p {
			return true
		}
	}
	return false
}

func eventPrincipal(s *catalog.Snapshot, id catalog.PrincipalID) catalog.EventPrincipal {
	p, _ := s.Principal(id)
	return catalog.EventPrincipal{ID: id, Type: p.Type, Name: p.Name}
}

// lastKnown names an owner, who may be gone.
func lastKnown(snapshots []*catalog.Snapshot, id catalog.PrincipalID) catalog.EventPrincipal {
	for _, s := range slices.Backward(snapshots[1:]) {
		if _, ok := s.Principal(id); ok {
			return eventPrincipal(s, id)
		}
	}
	return catalog.EventPrincipal{ID: id}
}

func eventSecurable(s *catalog.Snapshot, id catalog.ID) catalog.EventSecurable {
	n, _ := s.Node(id)
	return catalog.EventSecurable{ID: id, Type: n.Type, Name: s.FullName(id)}
}

func checkHistoryEnds(t *testing.T, open opener) {
	w := open.town(t)
	for after := range w.Snapshot().Version() + 3 {
		n := uint64(0)
		for _, err := range w.History(withPatience(t), after) {
			if n++; err != nil {
				t.Errorf("History(%d): %v", after, err)
			}
		}
		if want := max(w.Snapshot().Version(), after) - after; n != want {
			t.Errorf("History(%d) yields %d events, want %d", after, n, want)
		}
	}
	for range w.History(withPatience(t), 0) {
		w.update(t, func(tx *catalog.Tx) error { return tx.Change(w.main, comment("from a history")) })
		break
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	expectEnd := func(ctx context.Context, after uint64, want error) {
		t.Helper()
		n := 0
		for e, err := range w.History(ctx, after) {
			if n++; !errors.Is(err, want) {
				t.Errorf("History(%d) yields %+v, %v; want %v", after, e, err, want)
			}
		}
		if n != 1 {
			t.Errorf("History(%d) yields %d times", after, n)
		}
	}
	expectEnd(ctx, 0, context.Canceled)
	expectEnd(ctx, 100, context.Canceled)
	if err := w.TrimHistory(withPatience(t), 2); err != nil {
		t.Fatal(err)
	}
	expectEnd(withPatience(t), 1, catalog.ErrTrimmed)
	if err := w.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	expectEnd(withPatience(t), 2, catalog.ErrClosed)
	expectEnd(withPatience(t), 100, catalog.ErrClosed)
}

func checkTrimHistory(t *testing.T, open opener) {
	w := open.town(t)
	late := openCatalog(t, lend(w.store))
	for i := range 5 {
		w.update(t, func(tx *catalog.Tx) error { return tx.Change(w.main, comment(string(rune('a'+i)))) })
	}
	before, version := Dump(w.Snapshot()), w.Snapshot().Version()
	var invalid *catalog.InvalidError
	if err := w.TrimHistory(withPatience(t), version+1); !errors.As(err, &invalid) {
		t.Errorf("trimming beyond what is there: %v", err)
	}
	if err := late.TrimHistory(withPatience(t), version); !errors.As(err, &invalid) {
		t.Errorf("trimming beyond what is visible: %v", err)
	}
	if all := events(t, w.Catalog, 0); len(all) != int(version) {
		t.Errorf("%d events are left of %d", len(all), version)
	}
	for range 2 {
		if err := w.TrimHistory(withPatience(t), version-1); err != nil {
			t.Fatal(err)
		}
	}
	if d := difference(Dump(w.Snapshot()), before); d != "" || w.Snapshot().Version() != version {
		t.Errorf("trimming has changed the state: %s", d)
	}
	for _, err := range w.Watch(withPatience(t), version-2) {
		expectTrimmedError(t, err, version-1, "a watch yields")
	}
	if all := events(t, w.Catalog, version-1); len(all) != 1 {
		t.Errorf("%d events are left", len(all))
	}
	if _, err := late.Update(withPatience(t), "tester", func(tx *catalog.Tx) error {
		return tx.Change(w.main, comment("too late"))
	}); !errors.Is(err, catalog.ErrTrimmed) {
		t.Errorf("a catalog that was left behind updates: %v", err)
	}
	again := openCatalog(t, lend(w.store))
	if d := difference(Dump(again.Snapshot()), before); d != "" {
		t.Errorf("opened again after trimming: %s", d)
	}
	if _, err := again.Update(withPatience(t), "tester", func(tx *catalog.Tx) error {
		return tx.Change(w.main, comment("in time"))
	}); err != nil {
		t.Errorf("update after trimming: %v", err)
	}
}
