package segments

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"sync"
)

// A fault is what happens to one operation of a medium.
type fault int

const (
	works   fault = iota
	fails         // an error, and nothing was done
	after         // it was done, and an error all the same
	shortly       // a write gets half of its bytes out; else as fails
	torn          // a write gets every other sector out; else as fails
	noSpace       // this and every later write, create and sync finds the disk full
	dies          // this and every later operation fails: the process is gone
)

var faults = []fault{fails, after, shortly, torn, noSpace, dies}

func (f fault) String() string {
	return [...]string{"works", "fails", "after", "shortly", "torn", "no space", "dies"}[f]
}

const sector = 512

var (
	errMedium = errors.New("medium: input/output error")
	errSpace  = errors.New("medium: no space left")
)

// medium is a file system that fails on order, and forgets in a crash what was not synced: names one by one, and bytes by
// the sector.
type medium struct {
	mu     sync.Mutex
	names  map[string]*inode // as a process sees them
	synced map[string]*inode // as the medium has them
	locked map[*inode]bool

	ops    int // so far
	at     int // the operation that has the fault, counted from 1
	fault  fault
	struck bool // it had it
	ever   bool // some operation had one
}

type inode struct {
	data   []byte // as a process sees it
	synced []byte // as the medium has it
	writes []change
	fooled bool // a sync failed: the next ones do nothing, and say that they did
}

// A change is not yet on the medium.
type change struct {
	off  int64
	data []byte
	cut  bool // the size became off
}

func newMedium() *medium {
	return &medium{names: map[string]*inode{}, synced: map[string]*inode{}, locked: map[*inode]bool{}}
}

// order makes an operation fail, counted from now.
func (m *medium) order(at int, f fault) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.ops, m.at, m.fault, m.struck = 0, at, f, false
}

// step counts an operation; its caller holds mu until the operation is over. It returns what is to happen, and the error.
func (m *medium) step(grows bool) (fault, error) {
	m.ops++
	hit := m.ops == m.at
	late := m.at > 0 && m.ops >= m.at
	m.struck = m.struck || hit
	m.ever = m.ever || hit
	switch {
	case m.fault == noSpace && late:
		if grows {
			return fails, errSpace
		}
	case m.fault == dies && late:
		return fails, errMedium
	case hit:
		return m.fault, fmt.Errorf("%w (%v)", errMedium, m.fault)
	}
	return works, nil
}

func (m *medium) Mkdir(string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	_, err := m.step(false)
	return err
}

func (m *medium) Names(dir string) ([]string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, err := m.step(false); err != nil {
		return nil, err
	}
	var all []string
	for name := range m.names {
		all = append(all, filepath.Base(name))
	}
	return all, nil
}

func (m *medium) Create(name string) (File, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	f, err := m.step(true)
	if f != works && f != after {
		return nil, err
	}
	if m.names[name] != nil {
		return nil, fs.ErrExist
	}
	m.names[name] = &inode{}
	if err != nil {
		return nil, err
	}
	return &handle{m: m, i: m.names[name], name: name}, nil
}

func (m *medium) Open(name string) (File, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, err := m.step(false); err != nil {
		return nil, err
	}
	i := m.names[name]
	if i == nil {
		return nil, fs.ErrNotExist
	}
	return &handle{m: m, i: i, name: name}, nil
}

func (m *medium) Lock(name string) (File, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, err := m.step(true); err != nil {
		return nil, err
	}
	i := m.names[name]
	if i == nil {
		i = &inode{}
		m.names[name] = i
	}
	if m.locked[i] {
		return nil, ErrLocked
	}
	m.locked[i] = true
	return &handle{m: m, i: i, name: name, lock: true}, nil
}

func (m *medium) Remove(name string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	f, err := m.step(false)
	if f != works && f != after {
		return err
	}
	if m.names[name] == nil {
		return fs.ErrNotExist
	}
	delete(m.names, name)
	return err
}

func (m *medium) SyncDir(string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	f, err := m.step(true)
	if f == works || f == after {
		m.synced = maps.Clone(m.names)
	}
	return err
}

// crash ends all processes and takes away the power. What was not synced is on the medium by chance: kept of a hundred.
func (m *medium) crash(r *rand.Rand, kept int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	luck := func() bool { return r.IntN(100) < kept }
	found := map[string]*inode{}
	all := slices.Sorted(maps.Keys(m.names))
	for name := range m.synced {
		if m.names[name] == nil {
			all = append(all, name)
		}
	}
	slices.Sort(all)
	for _, name := range all {
		i := m.synced[name]
		if i != m.names[name] && luck() {
			i = m.names[name]
		}
		if i != nil {
			found[name] = i
		}
	}
	for _, name := range slices.Sorted(maps.Keys(found)) {
		i := found[name]
		b := slices.Clone(i.synced)
		for _, w := range i.writes {
			b = w.apply(b, luck)
		}
		found[name] = &inode{data: b, synced: slices.Clone(b)}
	}
	m.names, m.synced, m.locked = found, maps.Clone(found), map[*inode]bool{}
	m.at, m.fault = 0, works
}

// apply does a change as far as luck has it.
func (w change) apply(b []byte, luck func() bool) []byte {
	if w.cut {
		if luck() {
			b = resize(b, w.off)
		}
		return b
	}
	for at := int64(0); at < int64(len(w.data)); {
		n := min(sector-(w.off+at)%sector, int64(len(w.data))-at)
		if luck() {
			b = resize(b, max(int64(len(b)), w.off+at+n))
			copy(b[w.off+at:], w.data[at:at+n])
		}
		at += n
	}
	return b
}

func resize(b []byte, size int64) []byte {
	if size <= int64(len(b)) {
		return b[:size]
	}
	return append(b, make([]byte, size-int64(len(b)))...)
}

// size returns what the segments take.
func (m *medium) size() (n int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for name, i := range m.names {
		if filepath.Ext(name) == suffix {
			n += int64(len(i.data))
		}
	}
	return n
}

// A handle is an open file.
type handle struct {
	m      *medium
	i      *inode
	name   string
	lock   bool
	closed bool
}

func (h *handle) ReadAt(b []byte, off int64) (int, error) {
	h.m.mu.Lock()
	defer h.m.mu.Unlock()
	if h.closed {
		return 0, fs.ErrClosed
	}
	if _, err := h.m.step(false); err != nil {
		return 0, err
	}
	if off >= int64(len(h.i.data)) {
		return 0, io.EOF
	}
	n := copy(b, h.i.data[off:])
	if n < len(b) {
		return n, io.EOF
	}
	return n, nil
}

func (h *handle) WriteAt(b []byte, off int64) (int, error) {
	h.m.mu.Lock()
	defer h.m.mu.Unlock()
	if h.closed {
		return 0, fs.ErrClosed
	}
	f, err := h.m.step(true)
	w := change{off: off, data: slices.Clone(b)}
	odd := false
	switch f {
	case works, after:
		h.i.data = w.apply(h.i.data, func() bool { return true })
	case shortly:
		w.data = w.data[:len(b)/2]
		h.i.data = w.apply(h.i.data, func() bool { return true })
	case torn:
		h.i.data = w.apply(h.i.data, func() bool { odd = !odd; return odd })
	default:
		return 0, err
	}
	h.i.writes = append(h.i.writes, w)
	if err != nil {
		return len(w.data) / 2, err
	}
	return len(b), nil
}

func (h *handle) Size() (int64, error) {
	h.m.mu.Lock()
	defer h.m.mu.Unlock()
	_, err := h.m.step(false)
	return int64(len(h.i.data)), err
}

func (h *handle) Truncate(size int64) error {
	h.m.mu.Lock()
	defer h.m.mu.Unlock()
	if h.closed {
		return fs.ErrClosed
	}
	f, err := h.m.step(false)
	if f == works || f == after {
		w := change{off: size, cut: true}
		h.i.data = w.apply(h.i.data, func() bool { return true })
		h.i.writes = append(h.i.writes, w)
	}
	return err
}

func (h *handle) Sync() error {
	h.m.mu.Lock()
	defer h.m.mu.Unlock()
	if h.closed {
		return fs.ErrClosed
	}
	_, err := h.m.step(true)
	switch {
	case err != nil:
		h.i.fooled = true
	case h.m.names[h.name] != h.i:
		return fs.ErrNotExist
	case !h.i.fooled:
		h.i.synced, h.i.writes = slices.Clone(h.i.data), nil
	}
	return err
}

func (h *handle) Close() error {
	h.m.mu.Lock()
	defer h.m.mu.Unlock()
	if h.closed {
		return fs.ErrClosed
	}
	h.closed = true
	if h.lock {
		delete(h.m.locked, h.i)
	}
	_, err := h.m.step(false)
	return err
}
