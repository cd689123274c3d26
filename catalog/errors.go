package catalog

import "errors"

// The errors of this package, for errors.Is.
var (
	// ErrNotFound: no such securable, principal or grant target.
	ErrNotFound = errors.New("catalog: not found")
	// ErrAlreadyExists: the name is taken in its name space.
	ErrAlreadyExists = errors.New("catalog: already exists")
	// ErrNotEmpty: a container with children is dropped only by force.
	ErrNotEmpty = errors.New("catalog: not empty")
	// ErrCycle: the membership would make a group a member of itself.
	ErrCycle = errors.New("catalog: group would contain itself")
	// ErrBuiltIn: the metastore and the built-in principals stay as they are.
	ErrBuiltIn = errors.New("catalog: built-in, cannot be changed")
	// ErrClosed: the catalog was closed.
	ErrClosed = errors.New("catalog: closed")
	// ErrUnknownOutcome is wrapped by a [Store] that could not find out whether
	// it has kept a commit. If it has, the next update finds it there.
	ErrUnknownOutcome = errors.New("catalog: the commit may or may not be kept")
	// ErrConflict is what a [Store] returns from Append when somebody else
	// has committed since. [Catalog.Update] handles it and never returns it.
	ErrConflict = errors.New("catalog: store has moved on")
)

// InvalidError says which field of the input is wrong and why.
type InvalidError struct {
	Field  string // as the caller wrote it: "name", "comment", "privileges"
	Reason string
}

func (e *InvalidError) Error() string {
	return "catalog: invalid " + e.Field + ": " + e.Reason
}

func invalid(field, reason string) error { return &InvalidError{Field: field, Reason: reason} }
