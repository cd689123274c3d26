package authztest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/modelward/modelward/authz"
	"github.com/modelward/modelward/catalog"
	"pgregory.net/rapid"
)

// story is a random history of a catalog. It keeps the same history in plain
// rows, so that what a snapshot shows and what is decided on it can be compared
// with something that has never passed through the catalog: inside each
// update, after it, on the old snapshots, and on the same state opened again.
//
// A story is a function of its number alone.
type story struct {
	t      rapid.TB
	number uint64
	rng    *rand.Rand
	shape  shape
	a      *authz.Authorizer

	store    *storyStore
	catalogs [2]*catalog.Catalog // over one store, as in two processes
	now      *exam               // the newest state, as rows
	version  uint64
	spent    map[uint64]bool // ids given out by what was committed
	was      *ghosts
	old      []moment
	log      []string
	tally    StoryTally
}

// shape is how large a story's worlds are.
type shape struct {
	catalogs, schemas, leaves int // in each
	people, groups            int
	grants                    int
	names                     int // how many names there are for each kind
	commits                   int
	callers                   int // how many are examined after a commit
	objects                   int // about how many of all they are asked
}

// dense worlds are small: everything has to do with everything. Wide ones have
// hundreds of objects, and groups in groups.
var (
	dense = shape{catalogs: 2, schemas: 2, leaves: 2, people: 4, groups: 4, grants: 15, names: 6, commits: 25, callers: 4, objects: 100}
	wide  = shape{catalogs: 5, schemas: 6, leaves: 10, people: 40, groups: 40, grants: 300, names: 40, commits: 15, callers: 2, objects: 50}
)

// StoryTally counts the decisions compared in stories, by when they were made.
type StoryTally struct {
	Inside Tally // in a transaction
	Now    Tally // on the newest snapshot
	Old    Tally // on one that newer commits have followed
	Again  Tally // on a state opened again from its store
}

func (t *StoryTally) add(more StoryTally) {
	t.Inside.add(more.Inside)
	t.Now.add(more.Now)
	t.Old.add(more.Old)
	t.Again.add(more.Again)
}

// All is how many decisions there are in all.
func (t StoryTally) All() Tally {
	var all Tally
	for _, part := range []Tally{t.Inside, t.Now, t.Old, t.Again} {
		all.add(part)
	}
	return all
}

// moment is an old snapshot and what is true of it.
type moment struct {
	*catalog.Snapshot
	truth *exam
}

// tellStory plays the story with a number, to its end or until it is enough.
func tellStory(t rapid.TB, a *authz.Authorizer, number uint64, enough func(StoryTally) bool) StoryTally {
	t.Helper()
	s := &story{
		t: t, number: number, a: a, shape: dense,
		rng:   rand.New(rand.NewPCG(number, 1)),
		store: &storyStore{MemoryStore: catalog.NewMemoryStore()},
		spent: map[uint64]bool{},
		was:   newGhosts(),
	}
	if number%4 == 3 {
		s.shape = wide
	}
	defer func() {
		if t.Failed() {
			t.Logf("story %d, its last steps:\n%s", number, strings.Join(s.log[max(0, len(s.log)-100):], "\n"))
		}
	}()
	for i := range s.catalogs {
		s.catalogs[i] = s.open()
	}
	s.now = s.exam(NewOracle(WorldOf(s.catalogs[0].Snapshot()).plain()))
	s.version = 1
	s.update(func(a *act) { a.settle() })
	for i := 0; i < s.shape.commits && !enough(s.tally); i++ {
		switch s.rng.IntN(10) {
		case 0:
			s.reopen()
		case 1:
			s.leap()
		case 2:
			s.restore()
		}
		s.commit()
		s.lookBack(1)
	}
	s.lookBack(len(s.old))
	s.anew()
	return s.tally
}

func (s *story) open() *catalog.Catalog {
	s.t.Helper()
	c, err := catalog.Open(context.Background(), s.store, &catalog.Options{Kinds: Kinds()})
	if err != nil {
		s.t.Fatalf("Open: %v", err)
	}
	return c
}

// exam returns the exam of a world, about some of its objects.
func (s *story) exam(o *Oracle) *exam {
	e := newExam(o)
	e.asked.Objects = slices.DeleteFunc(slices.Clone(e.asked.Objects), func(catalog.Node) bool {
		return s.rng.IntN(len(o.world.Objects)) >= s.shape.objects
	})
	return e
}

func (s *story) note(format string, args ...any) {
	s.log = append(s.log, fmt.Sprintf(format, args...))
}

// commit makes an update of several steps that ends well, by an error, by a
// panic, or by an error of the store.
func (s *story) commit() {
	s.t.Helper()
	end := s.rng.IntN(12)
	steps := 1 + s.rng.IntN(6)
	play := func(a *act) {
		for range steps {
			a.step()
			if s.rng.IntN(3) == 0 {
				a.look()
			}
		}
		a.look()
	}
	switch end {
	case 0, 1:
		s.abort(errRollback, func(a *act) { play(a); a.end = errRollback })
	case 2:
		s.store.fail = errStory
		s.abort(errStory, play)
		s.store.fail = nil
	case 3:
		s.abort(nil, func(a *act) { play(a); panic(ownPanic) })
	default:
		s.update(play)
	}
}

// errStory is the store's error in a story.
var errStory = errors.New("authztest: the store fails")

// update commits a change and compares what has become of it.
func (s *story) update(change func(*act)) {
	s.t.Helper()
	c := s.catalogs[s.rng.IntN(2)]
	before := moment{c.Snapshot(), s.now}
	fresh := before.Version() == s.version
	done, version, err := s.run(c, change)
	if err != nil {
		s.t.Fatalf("Update: %v", err)
	}
	if version < s.version || version > s.version+1 {
		s.t.Fatalf("Update: version %d after %d", version, s.version)
	}
	s.note("-- version %d", version)
	if fresh {
		s.old = append(s.old, before)
	}
	if s.version = version; len(s.old) > 8 {
		i := s.rng.IntN(len(s.old))
		s.old = slices.Delete(s.old, i, i+1)
	}
	s.now = s.exam(s.now.of(done.w))
	for _, id := range done.given {
		s.spent[id] = true
	}
	s.examine(c.Snapshot(), s.now, s.shape.callers, &s.tally.Now)
	if n := len(done.touched); n > 0 {
		s.tally.Now.add(s.now.sit(s.t, s.a, c.Snapshot(), done.touched[s.rng.IntN(n)]))
	}
}

// abort runs a change that must fail with an error, or panic when there is
// none, and leave everything as it was.
func (s *story) abort(want error, change func(*act)) {
	s.t.Helper()
	c := s.catalogs[s.rng.IntN(2)]
	_, version, err := s.run(c, change)
	if unchanged := version == s.version && err == nil; !errors.Is(err, want) && !unchanged {
		s.t.Fatalf("Update: version %d, %v; want %v", version, err, want)
	}
	s.note("-- undone: %v", want)
	// A catalog that was behind may have learned of the commits in between.
	if c.Snapshot().Version() == s.version {
		s.examine(c.Snapshot(), s.now, 1, &s.tally.Now)
	}
}

// ownPanic is what a change of a story panics with.
const ownPanic = "authztest: a panic of the function's own"

// run runs a change on a catalog, which may be behind: then it is given a
// change that makes it find out, and runs the real one on the newest state.
func (s *story) run(c *catalog.Catalog, change func(*act)) (done *act, version uint64, err error) {
	s.t.Helper()
	defer func() {
		if r := recover(); r != nil && r != ownPanic {
			panic(r)
		}
	}()
	version, err = c.Update(context.Background(), "story", func(tx *catalog.Tx) (err error) {
		if tx.Version() != s.version {
			_, err := tx.CreatePrincipal(catalog.Group, "made on an old state")
			return err
		}
		done = &act{story: s, tx: tx, w: s.now.world}
		change(done)
		return done.end
	})
	return done, version, err
}

// examine compares the rows of a moment and what some callers may do.
func (s *story) examine(at *catalog.Snapshot, truth *exam, callers int, tally *Tally) {
	s.t.Helper()
	truth.compareRows(s.t, at, s.was)
	tally.add(truth.sit(s.t, s.a, at, s.some(truth.world.Callers(), callers)...))
	for range 3 {
		truth.compareListing(s.t, s.a, at, pick(s.rng, truth.world.Callers()), pick(s.rng, truth.world.Objects).ID)
	}
	on := pick(s.rng, truth.world.Objects)
	priv := pick(s.rng, truth.world.privileges())
	truth.compareWho(s.t, fmt.Sprint("can ", priv), s.a.WhoCan(at, priv, on.ID), Question{Verb: Check, Privilege: priv, On: on.ID})
}

func (s *story) some(all []catalog.PrincipalID, n int) []catalog.PrincipalID {
	s.rng.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all[:min(n, len(all))]
}

// lookBack examines old snapshots with the answers of then, so far as they are
// worked out already.
func (s *story) lookBack(n int) {
	s.t.Helper()
	for range min(n, len(s.old)) {
		m := pick(s.rng, s.old)
		m.truth.compareRows(s.t, m.Snapshot, s.was)
		again := s.some(m.truth.examined(), s.shape.callers)
		if len(again) == 0 {
			again = s.some(m.truth.world.Callers(), 1)
		}
		s.tally.Old.add(m.truth.sit(s.t, s.a, m.Snapshot, again...))
	}
}

func pick[E any](rng *rand.Rand, all []E) E { return all[rng.IntN(len(all))] }

// storyStore is shared by a story's catalogs. It fails on demand.
type storyStore struct {
	*catalog.MemoryStore
	fail error // what the next appends return
}

func (s *storyStore) Append(ctx context.Context, prev uint64, c catalog.Commit) error {
	if s.fail != nil {
		return s.fail
	}
	return s.MemoryStore.Append(ctx, prev, c)
}

func (s *storyStore) AppendAll(ctx context.Context, prev uint64, cs []catalog.Commit) error {
	if s.fail != nil {
		return s.fail
	}
	return s.MemoryStore.AppendAll(ctx, prev, cs)
}

func (*storyStore) Close() error { return nil }
