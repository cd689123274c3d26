package bench

import (
	"fmt"
	"testing"

	"github.com/modelward/modelward/authz"
	"github.com/modelward/modelward/catalog"
)

// checkRow: may this user EXECUTE that model? 100,000 securables with an owner
// each, 20,000 grants, 1,000 users in 200 groups nested three deep; half of the
// answers are yes. Beside it: the walk, asked the same of the same ids.
func checkRow() row {
	return row{name: "check", budget: 2.5, allocs: 0, open: openCheck}
}

func BenchmarkCheck(b *testing.B) { checkRow().sideBySide(b) }

type question struct {
	user  catalog.PrincipalID
	model catalog.ID
	may   bool
}

func openCheck(tb testing.TB, scale scale) pair {
	c := openCatalog(tb)
	securables := scale.of(100_000)
	t := build(tb, c, func(t *town) error {
		if err := t.settle(scale.of(1_000), scale.of(200)); err != nil {
			return err
		}
		if err := t.erect(securables); err != nil {
			return err
		}
		return t.grant(securables / 5)
	})
	s := c.Snapshot()
	walk, authorizer := newWalk(s), authz.New(nil)
	questions := ask(tb, t, walk)

	wrong := func(who string, q question) error {
		return fmt.Errorf("may user %d EXECUTE model %d? %s says %v", q.user, q.model, who, !q.may)
	}
	return pair{
		reference: side{name: "hand-written walk", run: func(n int) error {
			for i := range n {
				q := &questions[i%len(questions)]
				if walk.may(q.user, q.model) != q.may {
					return wrong("the walk", *q)
				}
			}
			return nil
		}},
		ours: side{name: "ours", run: func(n int) error {
			for i := range n {
				q := &questions[i%len(questions)]
				if authorizer.Check(s, q.user, catalog.Execute, q.model).Allowed != q.may {
					return wrong("Check", *q)
				}
			}
			return nil
		}},
	}
}

// grant places n grants: the usage privileges mostly on containers and to
// large groups, EXECUTE on a few schemas and on many models, to users and to
// groups of the innermost kind.
func (t *town) grant(n int) error {
	for _, id := range t.catalogs {
		for range 4 {
			if err := t.tx.Grant(id, pick(t.random, t.groups[0]), catalog.UseCatalog); err != nil {
				return err
			}
			n--
		}
	}
	for _, id := range t.schemas {
		for range 3 {
			if err := t.tx.Grant(id, pick(t.random, t.groups[1]), catalog.UseSchema); err != nil {
				return err
			}
			n--
		}
		if err := t.tx.Grant(id, pick(t.random, t.groups[2]), catalog.Execute); err != nil {
			return err
		}
		n--
	}
	for i := range n {
		to := pick(t.random, t.groups[2])
		if i%2 == 0 {
			to = pick(t.random, t.users)
		}
		if err := t.tx.Grant(pick(t.random, t.models), to, catalog.Execute); err != nil {
			return err
		}
	}
	return nil
}

// ask makes as many questions as a burst has, half of which the walk answers
// with yes, in random order.
func ask(tb testing.TB, t *town, w *walk) []question {
	tb.Helper()
	var questions []question
	left := map[bool]int{true: burst / 2, false: burst / 2}
	for tries := 0; len(questions) < burst; tries++ {
		if tries == 1_000_000 {
			tb.Fatalf("of a million random questions only %d have an answer that is wanted", len(questions))
		}
		q := question{user: pick(t.random, t.users), model: pick(t.random, t.models)}
		q.may = w.may(q.user, q.model)
		if left[q.may] > 0 {
			left[q.may]--
			questions = append(questions, q)
		}
	}
	t.random.Shuffle(len(questions), func(i, j int) { questions[i], questions[j] = questions[j], questions[i] })
	return questions
}
