package modelservice_test

import (
	"slices"
	"testing"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/modelservice"
	"github.com/modelward/modelward/ratelimit"
)

// What was dropped can be read and given back among other things, and stays what
// it is; it cannot be made or turned into something else.
func TestUpdateKeepsDropped(t *testing.T) {
	w := richWorld(t)
	before := w.stored()
	spec := w.read().Spec
	fallbacks := append([]modelservice.Destination{destination("new", "system.ai.two")}, spec.Fallbacks...)
	limits := []modelservice.RateLimit{spec.RateLimits[1], {Key: ratelimit.KeyService, Period: ratelimit.Minute, Requests: new64(7)}}
	got, err := w.change("alice", modelservice.ServiceChange{Fallbacks: &fallbacks, RateLimits: &limits})
	w.must(err)
	if g := got.Spec.Fallbacks[1]; len(got.Spec.Fallbacks) != 3 || g.Name != "g" || g.Model != "main.default.gone" || !g.Deleted {
		t.Errorf("fallbacks are %+v", got.Spec.Fallbacks)
	}
	if l := got.Spec.RateLimits; len(l) != 2 || l[0].Principal != "" || l[0].Key != ratelimit.KeyUser || *l[1].Requests != 7 {
		t.Errorf("limits are %+v", l)
	}
	// The other way round it is to the byte what it was.
	_, err = w.change("alice", modelservice.ServiceChange{Fallbacks: &spec.Fallbacks, RateLimits: &spec.RateLimits})
	w.must(err)
	if is := diff(before, w.stored()); len(is) != 0 {
		t.Errorf("changed are %v", is)
	}
	weighed := slices.Clone(spec.Fallbacks)
	weighed[0].Percentage = ptr(3)
	got, err = w.change("alice", modelservice.ServiceChange{Fallbacks: &weighed})
	w.must(err)
	if g := got.Spec.Fallbacks[0]; !g.Deleted || g.Percentage == nil || *g.Percentage != 3 {
		t.Errorf("with a percentage it is %+v", g)
	}
	all := w.dump()
	orphan := spec.RateLimits[1]
	other := orphan
	other.Requests = new64(1)
	for _, c := range []struct {
		says string
		c    modelservice.ServiceChange
		code modelservice.Code
	}{
		{"another name for the dropped one", modelservice.ServiceChange{Fallbacks: &[]modelservice.Destination{destination("h", "main.default.gone")}}, modelservice.CodeDoesNotExist},
		{"its name for another missing one", modelservice.ServiceChange{Fallbacks: &[]modelservice.Destination{destination("g", "main.default.none")}}, modelservice.CodeDoesNotExist},
		{"the limit of nobody, another number", modelservice.ServiceChange{RateLimits: &[]modelservice.RateLimit{other}}, modelservice.CodeInvalidParameter},
		{"the limit of nobody twice", modelservice.ServiceChange{RateLimits: &[]modelservice.RateLimit{orphan, orphan}}, modelservice.CodeInvalidParameter},
		{"too many limits with it", modelservice.ServiceChange{RateLimits: ptr(append(slices.Repeat(wide(), 20), orphan))}, modelservice.CodeInvalidParameter},
	} {
		_, err := w.change("alice", c.c)
		if codeOf(err) != c.code {
			t.Errorf("%s: %v, want %s", c.says, err, c.code)
		}
	}
	w.unchanged(all)
}

// A name that comes back is another one: nothing follows it by itself, and to
// give it again binds what has it now (I35). Of one that the updater may not see
// nothing is learnt.
func TestUpdateNamesComeBack(t *testing.T) {
	w := richWorld(t)
	before := w.stored()
	spec := w.read().Spec
	hidden := func() {
		t.Helper()
		got, err := w.change("alice", modelservice.ServiceChange{Comment: ptr(w.read().Comment), Fallbacks: &spec.Fallbacks, RateLimits: &spec.RateLimits})
		w.must(err)
		if is := diff(before, w.stored()); len(is) != 0 || !got.Spec.Fallbacks[0].Deleted {
			t.Errorf("changed are %v", is)
		}
	}
	hidden()
	w.model("main.default.gone")
	w.host(func(tx *catalog.Tx) error {
		id, err := tx.CreatePrincipal(catalog.User, "ghost")
		w.who["ghost"] = id
		return err
	})
	hidden()
	w.grant("alice", catalog.TypeModel, "main.default.gone", catalog.ReadMetadata)
	_, err := w.change("alice", modelservice.ServiceChange{Fallbacks: &spec.Fallbacks})
	w.refused(err, modelservice.CodePermissionDenied, "User does not have EXECUTE on Model 'main.default.gone'.")
	_, err = w.change("alice", modelservice.ServiceChange{Destinations: &spec.Destinations})
	w.must(err)
	if !w.read().Spec.Fallbacks[0].Deleted {
		t.Error("a list that was not given follows the name")
	}
	w.grant("alice", catalog.TypeModel, "main.default.gone", catalog.Execute)
	spec.RateLimits[1].Principal = "ghost"
	got, err := w.change("alice", modelservice.ServiceChange{Fallbacks: &spec.Fallbacks, RateLimits: &spec.RateLimits})
	w.must(err)
	if got.Spec.Fallbacks[0].Deleted || got.Spec.RateLimits[1].Principal != "ghost" {
		t.Errorf("%+v, %+v", got.Spec.Fallbacks, got.Spec.RateLimits)
	}
}

// A destination without a route makes way for one of its name with a route, and
// else stays.
func TestUpdateUnroutedMakesWay(t *testing.T) {
	w := richWorld(t)
	got, err := w.change("alice", modelservice.ServiceChange{Fallbacks: &[]modelservice.Destination{destination("c", "system.ai.two")}})
	w.must(err)
	if len(got.Spec.Unrouted) != 1 || got.Spec.Unrouted[0].Name != "u" {
		t.Errorf("unrouted are %+v", got.Spec.Unrouted)
	}
	got, err = w.change("alice", modelservice.ServiceChange{Fallbacks: &[]modelservice.Destination{destination("u", "system.ai.two")}})
	w.must(err)
	if len(got.Spec.Unrouted) != 0 || got.Spec.Fallbacks[0].Model != "system.ai.two" {
		t.Errorf("%+v", got.Spec)
	}
}

// A model keeps its place under another name, and to give it by that name is no
// change.
func TestUpdateRenamedModel(t *testing.T) {
	w := newWorld(t, nil)
	w.model("main.default.mine")
	w.grant("alice", catalog.TypeModel, "main.default.mine", catalog.Execute)
	svc := w.service(to("main.default.mine"))
	_, err := w.ms.Update(w.ctx(), w.who["admin"], catalog.TypeModel, w.name("main.default.mine"), modelservice.Change{Name: ptr("yours")})
	w.must(err)
	got, err := w.change("alice", modelservice.ServiceChange{Destinations: ptr(w.read().Spec.Destinations)})
	w.must(err)
	if got.Etag != svc.Etag || got.Spec.Destinations[0].Model != "main.default.yours" {
		t.Errorf("%+v", got)
	}
}
