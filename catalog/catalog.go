package catalog

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"sync/atomic"
	"time"

	"github.com/hashicorp/go-memdb"
)

// Options are the optional parts of [Open]. A nil *Options is valid.
type Options struct {
	// Kinds are the kinds of securables beyond the built-in ones, parents
	// before children. Default: none.
	Kinds []Kind
	// Now is the clock that commits carry. Default: time.Now.
	Now func() time.Time
}

func (o *Options) kinds() []Kind {
	if o == nil {
		return nil
	}
	return o.Kinds
}

func (o *Options) now() func() time.Time {
	if o == nil || o.Now == nil {
		return time.Now
	}
	return o.Now
}

// Catalog is validated, versioned state. It may be used from any number of
// goroutines.
type Catalog struct {
	store Store
	kinds *Kinds
	now   func() time.Time

	current atomic.Pointer[published] // changed by who has keeper
	closed  atomic.Bool               // set by who has both

	// Each holds one token, and who waits for both takes writer first. Who has
	// that of writer may run a change; who has that of keeper may append to the
	// store and make visible what it has.
	writer, keeper chan struct{}

	line line
}

// published is a visible moment, and a channel that is closed when a newer one
// has taken its place.
type published struct {
	snapshot *Snapshot
	replaced chan struct{}
}

// Open loads a store into memory. A nil store keeps everything in memory only.
// An empty store receives the metastore and the built-in principals as its
// first commit. Open refuses a store whose rows do not fit together. The
// catalog owns the store from here on and closes it, also when Open fails.
func Open(ctx context.Context, store Store, opts *Options) (*Catalog, error) {
	if store == nil {
		store = NewMemoryStore()
	}
	c, err := open(ctx, store, opts)
	if err != nil {
		return nil, errors.Join(err, store.Close())
	}
	return c, nil
}

func open(ctx context.Context, store Store, opts *Options) (*Catalog, error) {
	kinds, err := newKinds(opts.kinds())
	if err != nil {
		return nil, err
	}
	db, err := memdb.NewMemDB(schema())
	if err != nil {
		return nil, fmt.Errorf("catalog: %w", err)
	}
	c := &Catalog{store: store, kinds: kinds, now: opts.now(), writer: make(chan struct{}, 1), keeper: make(chan struct{}, 1)}
	txn := db.Txn(true)
	defer txn.Abort()
	index := newIndex(kinds)
	rows := rowReader{kinds: kinds, words: map[string]string{}}
	head, err := store.Load(ctx, func(key RowKey, value []byte) error {
		row, err := rows.read(key, value)
		if err != nil {
			return err
		}
		_, err = insert(txn, index, row)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("catalog: load: %w", err)
	}
	index.loaded()
	if err := checkLoaded(&Snapshot{txn: txn, index: index, kinds: kinds}, head); err != nil {
		return nil, err
	}
	txn.Commit()
	c.publish(c.seal(db, index, head.Version, max(head.NextID, firstFreeID)))
	c.line.restart(c.Snapshot())
	_, batches := store.(Batcher)
	c.line.oneByOne = !batches
	c.writer <- struct{}{}
	c.keeper <- struct{}{}
	if head.Version == 0 {
		if _, err := c.Update(ctx, SystemUserName, found); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// Snapshot returns the newest moment. It never waits.
func (c *Catalog) Snapshot() *Snapshot { return c.current.Load().snapshot }

// Update runs change and commits what it did, all or nothing, and returns the
// version at which it is visible; a change that did nothing commits nothing.
// Changes run one after the other. The commit carries actor, the name of
// whoever is behind it. When another process has committed meanwhile, change
// runs again on the newer state, so it must have no other effects. It must not
// call Update, Watch or Close of the same catalog: they would wait for it.
//
// While the store keeps a commit, the changes of other callers go on, on what
// that commit leaves, and the store keeps what they did together where it is a
// [Batcher]. Nobody else sees any of it before the store has it: Update returns
// what change has found, its error too, only when that is what is kept, and
// runs it again when it is not. A change that acts on something outside the
// catalog calls [Tx.Alone] first.
//
// Update returns change's own error as it is. Other errors are [ErrClosed],
// ctx's, and the store's; after each of them nothing has changed here. A commit
// that the store has been given with those of others waits for it until the
// contexts of all of them are done, and what the store then says, such as that it
// has no room, may be about another of them. A store may fail without knowing whether commits are kept (it says so);
// if they are, the next update or watcher finds them there and applies them.
func (c *Catalog) Update(ctx context.Context, actor string, change func(*Tx) error) (uint64, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	// A store keeps JSON, which has no room for invalid UTF-8.
	actor = strings.ToValidUTF8(actor, "\uFFFD")
	for {
		version, again, err := c.attempt(ctx, actor, change)
		if errors.Is(err, errNotAlone) {
			return c.turn(ctx, func() (uint64, bool, error) { return c.try(ctx, actor, change) })
		}
		if !again {
			return version, err
		}
	}
}

// Watch yields the commits after the given version in order and without gaps,
// each once it is visible in [Catalog.Snapshot], and waits for more until ctx
// is done. It ends with ctx's error, with the store's, or with [ErrClosed].
//
// Where several processes share a store, a catalog learns what the others have
// committed when it updates and while somebody watches: keep a watch going in
// a process that only reads.
func (c *Catalog) Watch(ctx context.Context, after uint64) iter.Seq2[Commit, error] {
	return func(yield func(Commit, error) bool) {
		for commit, err := range c.store.Watch(ctx, after) {
			if err == nil {
				err = c.visible(ctx, commit.Version)
			}
			if err != nil {
				yield(Commit{}, err)
				return
			}
			if !yield(commit, nil) {
				return
			}
		}
	}
}

// Close waits for updates under way and closes the store. Snapshots taken
// before stay readable.
func (c *Catalog) Close(ctx context.Context) error {
	if err := c.alone(ctx); err != nil {
		return err
	}
	defer c.together()
	if c.closed.Swap(true) {
		return nil
	}
	return c.store.Close()
}
