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
//
// Reported too: casbin and Cedar, which hold the same facts.
func checkRow() row {
	return row{name: "check", budget: 2.5, allocs: 0, open: openCheck}
}

func BenchmarkCheck(b *testing.B) { checkRow().sideBySide(b) }

func openCheck(tb testing.TB, scale scale) pair {
	c, t := openWorld(tb, scale.of(100_000))
	contenders := newContenders(tb, c.Snapshot(), t)
	rivals := contenders.rivals(tb)
	p := pair{reference: contenders.walk("hand-written walk"), ours: contenders.ours("ours")}
	for _, rival := range rivals {
		p.also = append(p.also, pair{apart: true, reference: p.reference, ours: rival})
	}
	return p
}

type question struct {
	user  catalog.PrincipalID
	model catalog.ID
	may   bool
}

// contenders are all who are asked the questions of one world.
type contenders struct {
	snapshot  *catalog.Snapshot
	floor     *walk
	questions []question
}

func newContenders(tb testing.TB, s *catalog.Snapshot, t *town) *contenders {
	tb.Helper()
	walk := newWalk(s)
	return &contenders{s, walk, ask(tb, t, walk)}
}

func (c *contenders) walk(name string) side {
	return asking(name, c.questions, func(i int) (bool, error) {
		q := &c.questions[i]
		return c.floor.may(q.user, q.model), nil
	})
}

func (c *contenders) ours(name string) side {
	authorizer := authz.New(nil)
	return asking(name, c.questions, func(i int) (bool, error) {
		q := &c.questions[i]
		return authorizer.Check(c.snapshot, q.user, catalog.Execute, q.model).Allowed, nil
	})
}

// rivals returns the other engines. They take texts for ids, short ones, and
// their requests are put together before the clock runs.
func (c *contenders) rivals(tb testing.TB) []side {
	tb.Helper()
	return append(newCasbin(tb, c.snapshot).sides(tb, c.floor, c.questions), newCedar(tb, c.snapshot).side(c.questions))
}

// some returns n of the questions, half of which have the answer yes.
func some(questions []question, n int) []question {
	left := map[bool]int{true: n / 2, false: n / 2}
	var some []question
	for _, q := range questions {
		if left[q.may] > 0 {
			left[q.may]--
			some = append(some, q)
		}
	}
	return some
}

// asking is the side of one who answers questions by their index: all of them
// in turn, from where the last run ended.
func asking(name string, questions []question, may func(i int) (bool, error)) side {
	next := 0
	return side{name: name, run: func(n int) error {
		for range n {
			i := next
			if next++; next == len(questions) {
				next = 0
			}
			got, err := may(i)
			if err != nil {
				return err
			}
			if q := &questions[i]; got != q.may {
				return fmt.Errorf("may user %d EXECUTE model %d? %s says %v", q.user, q.model, name, got)
			}
		}
		return nil
	}}
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
