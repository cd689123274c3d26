package catalog

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"
)

// ErrTrimmed: the history asked for was trimmed. What carries it is a
// [*TrimmedError].
var ErrTrimmed = errors.New("catalog: history is trimmed")

// TrimmedError is the [ErrTrimmed] that says where the history begins. A
// receiver that has missed commits takes a snapshot and goes on from its
// version.
type TrimmedError struct {
	Through uint64 // the newest version that is forgotten
}

func (e *TrimmedError) Error() string {
	return fmt.Sprintf("%v through version %d", ErrTrimmed, e.Through)
}

// Unwrap returns [ErrTrimmed].
func (e *TrimmedError) Unwrap() error { return ErrTrimmed }

// Event is a commit as a reader of the history wants it: who changed what and
// when.
type Event struct {
	Version  uint64
	At       time.Time
	Actor    string // the actor's name at the time
	Restored uint64 // version of the backup that was restored; 0 for any other update
	Changes  []EventChange
}

// EventKind says what happened.
type EventKind string

// What can happen. Inside a restore, what is put back is restored: a commit
// cannot tell whether it had been changed or dropped meanwhile.
const (
	SecurableCreated  EventKind = "securable_created"
	SecurableChanged  EventKind = "securable_changed"
	SecurableDropped  EventKind = "securable_dropped"
	SecurableRestored EventKind = "securable_restored"
	PrincipalCreated  EventKind = "principal_created"
	PrincipalRenamed  EventKind = "principal_renamed"
	PrincipalDropped  EventKind = "principal_dropped"
	PrincipalRestored EventKind = "principal_restored"
	MemberAdded       EventKind = "member_added"
	MemberRemoved     EventKind = "member_removed"
	GrantAdded        EventKind = "grant_added"
	GrantRemoved      EventKind = "grant_removed"
)

// EventChange is one change of an [Event]. Kind says which fields mean
// something.
type EventChange struct {
	Kind      EventKind
	On        EventSecurable // the securable; of a grant, the one it is on
	Owner     EventPrincipal // of a securable created, changed or restored: as it was left
	To        EventPrincipal // the principal; of a grant, its holder; of a membership, the member
	Group     EventPrincipal // of a membership
	Privilege Privilege      // of a grant
}

// EventSecurable is a securable in the history. Its id is certain. See
// [Catalog.History] for its name; when nothing names it, only the id is there.
type EventSecurable struct {
	ID   ID
	Type SecurableType
	Name FullName
}

// EventPrincipal is a principal in the history, likewise.
type EventPrincipal struct {
	ID   PrincipalID
	Type PrincipalType
	Name string
}

// History yields what the commits after the given version did, in order and
// without gaps, and ends at the version that was the newest when it was
// called. Unlike [Catalog.Watch] it waits for nothing. It ends early with
// [ErrTrimmed] when the history no longer reaches back to after, with
// [ErrClosed], with ctx's error, or with the store's.
//
// A commit holds the rows that it left and the keys of those that it removed,
// and both say ids where a reader wants names. History names an object as it
// was called at that moment if the commits read so far show it; read from 0, an
// untrimmed history names everything so. Otherwise the name is today's, and
// that of an object dropped since is looked up in the earlier history, which
// costs one reading of it. What neither knows has an id and no name. Contents
// of specs are not in the history's events.
func (c *Catalog) History(ctx context.Context, after uint64) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		h := historian{
			ctx: ctx, store: c.store, now: c.Snapshot(), after: after,
			securables: map[ID]storedSecurable{}, principals: map[PrincipalID]storedPrincipal{},
		}
		if c.closed.Load() {
			yield(Event{}, ErrClosed)
			return
		}
		if after >= h.now.version {
			if err := ctx.Err(); err != nil {
				yield(Event{}, err)
			}
			return
		}
		for commit, err := range h.commits(after, h.now.version) {
			var event Event
			if err == nil {
				event, err = h.event(commit)
			}
			if err != nil {
				yield(Event{}, err)
				return
			}
			if !yield(event, nil) {
				return
			}
		}
	}
}

// TrimHistory forgets the commits up to and including a version, for good; the
// state stays as it is. Watches and histories that would need them end with
// [ErrTrimmed] from then on. Trimming what is trimmed does nothing. A version
// that is not visible yet is refused with an [*InvalidError]. Other errors are
// [ErrClosed], ctx's and the store's; then the oldest of the commits may be
// forgotten and the others not.
//
// Where several processes share a store, one that lags behind the trimmed
// version cannot catch up and must be opened again: leave the others time.
func (c *Catalog) TrimHistory(ctx context.Context, through uint64) error {
	if c.closed.Load() {
		return ErrClosed
	}
	if version := c.Snapshot().version; through > version {
		return invalid("version", fmt.Sprintf("%d is not there yet: the newest is %d", through, version))
	}
	if err := c.store.Trim(ctx, through); err != nil {
		return fmt.Errorf("catalog: trim through version %d: %w", through, err)
	}
	return nil
}
