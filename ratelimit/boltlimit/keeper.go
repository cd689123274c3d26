package boltlimit

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"go.uber.org/zap"

	"github.com/modelward/modelward/ratelimit"
)

// Keeper saves what a [ratelimit.Memory] counts. Its methods may be called from
// any number of goroutines.
type Keeper struct {
	now   func() time.Time
	every time.Duration
	zap   *zap.Logger

	// Who has the turn saves. Close keeps it, and closes it.
	turn chan *saver
	stop context.CancelFunc // of the goroutine that saves now and then
	done chan struct{}      // it has ended

	mu     sync.Mutex
	health Health
}

// Health is how a [Keeper] gets on with its file.
type Health struct {
	Err   error     // why saving failed the last time, nil when it did not
	Since time.Time // since when it fails, zero when it does not
	Saved time.Time // what was taken before is in the file; zero before the first save
}

// Keep opens the file at path, and makes it when it is not there; its folder
// must be. It adds what the file says to what m counts, and saves from then on
// what changes there, until [Keeper.Close]. It is called once for a memory, and
// before calls are admitted: what they were refused for comes from the file.
//
// Errors: [ErrInUse], [ErrDamaged], and those of the file system, all of which
// name the file. Nothing is added to m then.
func Keep(path string, m *ratelimit.Memory, opts *Options) (*Keeper, error) {
	f, err := openFile(path, opts)
	if err != nil {
		return nil, inFile(path, err)
	}
	s := &saver{file: f, memory: m, now: opts.now()}
	rows, err := s.load()
	if err != nil {
		return nil, inFile(path, errors.Join(err, f.close()))
	}
	m.Import(s.counted(rows))
	ctx, stop := context.WithCancel(context.Background())
	k := &Keeper{
		now: opts.now(), every: opts.every(), zap: opts.zap(),
		turn: make(chan *saver, 1), stop: stop, done: make(chan struct{}),
	}
	k.turn <- s
	go k.run(ctx)
	return k, nil
}

// Health returns how k gets on.
func (k *Keeper) Health() Health {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.health
}

// Close saves everything and closes the file. It is called when no more calls
// come, for what is taken later is lost. It tries once, whatever ctx says, and
// then again until ctx is done. When all fail, the file is closed as it is, and
// the error says why.
// Closing again returns [ErrClosed].
func (k *Keeper) Close(ctx context.Context) error {
	k.stop()
	<-k.done
	s, ok := <-k.turn
	if !ok {
		return ErrClosed
	}
	defer close(k.turn)
	s.whole = true
	err := k.save(s)
	if err != nil && k.retry(ctx, s) == nil {
		err = nil
	}
	if err == nil {
		err = s.confirm()
	}
	if err = errors.Join(err, s.file.close()); err != nil {
		return inFile(s.file.path, err)
	}
	return nil
}

// inFile says which file an error is about.
func inFile(path string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%w: %s", err, path)
}
