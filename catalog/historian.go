package catalog

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"time"
)

// historian remembers, while it reads commits, what ids were called.
type historian struct {
	ctx   context.Context
	store Store
	now   *Snapshot
	after uint64

	securables map[ID]storedSecurable // newest state seen, of dropped ones too
	principals map[PrincipalID]storedPrincipal
	nextID     uint64 // before the commit at hand; 0 when it is not known
	lookedBack bool
}

// commits yields the commits after one version up to another, which is there.
func (h *historian) commits(after, last uint64) iter.Seq2[Commit, error] {
	return func(yield func(Commit, error) bool) {
		for commit, err := range h.store.Watch(h.ctx, after) {
			if err != nil {
				err = fmt.Errorf("catalog: history: %w", err)
			}
			if !yield(commit, err) || err != nil || commit.Version >= last {
				return
			}
		}
	}
}

// event reads a commit. What it removed is named as it was before, and
// everything else as it is afterwards.
func (h *historian) event(commit Commit) (Event, error) {
	if err := h.begin(commit.Version); err != nil {
		return Event{}, err
	}
	e := Event{
		Version: commit.Version, At: commit.At, Actor: commit.Actor, Restored: commit.Restored,
		Changes: make([]EventChange, len(commit.Changes)),
	}
	read := func(removed bool) error {
		for i, change := range commit.Changes {
			if (change.Value == nil) != removed {
				continue
			}
			var err error
			if e.Changes[i], err = h.change(commit, change); err != nil {
				return fmt.Errorf("catalog: history: version %d: %s %s: %w", commit.Version, change.Kind, change.Key, err)
			}
		}
		return nil
	}
	if err := read(true); err != nil {
		return Event{}, err
	}
	if err := h.remember(commit); err != nil {
		return Event{}, err
	}
	err := read(false)
	h.nextID = commit.NextID
	return e, err
}

// begin finds out which ids were given out before the first commit that is
// read: a row with a later one is new.
func (h *historian) begin(first uint64) error {
	if h.nextID != 0 || first < 2 || first != h.after+1 {
		return nil
	}
	for commit, err := range h.commits(h.after-1, h.after) {
		if errors.Is(err, ErrTrimmed) {
			return nil // it stays unknown
		}
		if err != nil {
			return err
		}
		h.nextID = commit.NextID
	}
	return nil
}

// change reads one change.
func (h *historian) change(commit Commit, c Change) (EventChange, error) {
	n := 1
	if c.Kind == RowMember || c.Kind == RowGrant {
		n = 2
	}
	ids, rest, err := splitKey(c.Key, n)
	if err != nil {
		return EventChange{}, err
	}
	left := c.Value != nil
	switch c.Kind {
	case RowSecurable:
		e := EventChange{Kind: SecurableDropped}
		if e.On, err = h.securable(ID(ids[0])); err != nil || !left {
			return e, err
		}
		s := h.securables[e.On.ID]
		switch {
		case commit.Restored != 0:
			e.Kind = SecurableRestored
		case h.isNew(ids[0], s.CreatedAt, commit):
			e.Kind = SecurableCreated
		default:
			e.Kind = SecurableChanged
		}
		e.Owner, err = h.principal(s.Owner)
		return e, err
	case RowPrincipal:
		e := EventChange{Kind: PrincipalDropped}
		if e.To, err = h.principal(PrincipalID(ids[0])); err != nil || !left {
			return e, err
		}
		switch {
		case commit.Restored != 0:
			e.Kind = PrincipalRestored
		case h.isNew(ids[0], h.principals[e.To.ID].CreatedAt, commit):
			e.Kind = PrincipalCreated
		default:
			e.Kind = PrincipalRenamed
		}
		return e, nil
	case RowMember:
		e := EventChange{Kind: MemberRemoved}
		if left {
			e.Kind = MemberAdded
		}
		if e.Group, err = h.principal(PrincipalID(ids[0])); err == nil {
			e.To, err = h.principal(PrincipalID(ids[1]))
		}
		return e, err
	case RowGrant:
		e := EventChange{Kind: GrantRemoved, Privilege: Privilege(rest)}
		if left {
			e.Kind = GrantAdded
		}
		if e.On, err = h.securable(ID(ids[0])); err == nil {
			e.To, err = h.principal(PrincipalID(ids[1]))
		}
		return e, err
	}
	return EventChange{}, errors.New("unknown kind of row")
}

// isNew reports whether a commit has made the row that it left. Where the
// commit before it is trimmed, the times have to tell.
func (h *historian) isNew(id uint64, createdAt time.Time, commit Commit) bool {
	if h.nextID != 0 {
		return id >= h.nextID
	}
	return commit.Version == 1 || createdAt.Equal(commit.At)
}

// remember takes in what a commit has left.
func (h *historian) remember(commit Commit) error {
	for _, change := range commit.Changes {
		if change.Value == nil || change.Kind != RowSecurable && change.Kind != RowPrincipal {
			continue
		}
		ids, _, err := splitKey(change.Key, 1)
		if err == nil && change.Kind == RowSecurable {
			var s storedSecurable
			err = json.Unmarshal(change.Value, &s)
			h.securables[ID(ids[0])] = s
		} else if err == nil {
			var p storedPrincipal
			err = json.Unmarshal(change.Value, &p)
			h.principals[PrincipalID(ids[0])] = p
		}
		if err != nil {
			return fmt.Errorf("catalog: history: version %d: %s %s: %w", commit.Version, change.Kind, change.Key, err)
		}
	}
	return nil
}

// securable names a securable, by its own row and those above it.
func (h *historian) securable(id ID) (EventSecurable, error) {
	e := EventSecurable{ID: id}
	var parts []string
	for at, depth := id, 0; at != 0 && depth <= maxDepth; depth++ {
		s, ok, err := h.storedSecurable(at)
		if err != nil || !ok {
			return EventSecurable{ID: id, Type: e.Type}, err // half a name is none
		}
		if at == id {
			e.Type = s.Type
		}
		if s.Type != TypeMetastore {
			parts = append(parts, s.Name)
		}
		at = s.Parent
	}
	for i := len(parts); i > 0; i-- {
		e.Name = e.Name.Child(parts[i-1])
	}
	return e, nil
}

func (h *historian) storedSecurable(id ID) (storedSecurable, bool, error) {
	if s, ok := h.securables[id]; ok {
		return s, true, nil
	}
	if n, ok := h.now.Node(id); ok {
		return storedSecurable{Type: n.Type, Parent: n.Parent, Name: n.Name}, true, nil
	}
	err := h.lookBack()
	s, ok := h.securables[id]
	return s, ok, err
}

func (h *historian) principal(id PrincipalID) (EventPrincipal, error) {
	p, ok := h.principals[id]
	if !ok {
		if now, ok := h.now.Principal(id); ok {
			return EventPrincipal{id, now.Type, now.Name}, nil
		}
		if err := h.lookBack(); err != nil {
			return EventPrincipal{}, err
		}
		p = h.principals[id]
	}
	return EventPrincipal{id, p.Type, p.Name}, nil
}

// lookBack reads, once, the history before the first commit that is read. What
// is known already is newer and stays.
func (h *historian) lookBack() error {
	if h.lookedBack || h.after == 0 {
		return nil
	}
	h.lookedBack = true
	earlier := historian{
		ctx: h.ctx, store: h.store,
		securables: map[ID]storedSecurable{}, principals: map[PrincipalID]storedPrincipal{},
	}
	from := uint64(0)
	for again := true; again; {
		again = false
		for commit, err := range earlier.commits(from, h.after) {
			var trimmed *TrimmedError
			if errors.As(err, &trimmed) && from < trimmed.Through {
				from = trimmed.Through // begin where the history does
				again = from < h.after
				break
			}
			if err == nil {
				err = earlier.remember(commit)
			}
			if err != nil {
				return err
			}
		}
	}
	for id, s := range earlier.securables {
		if _, known := h.securables[id]; !known {
			h.securables[id] = s
		}
	}
	for id, p := range earlier.principals {
		if _, known := h.principals[id]; !known {
			h.principals[id] = p
		}
	}
	return nil
}
