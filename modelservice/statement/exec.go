package statement

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/modelservice"
)

const (
	// DefaultRows is how many rows a SELECT without LIMIT gives at most.
	DefaultRows = 1000

	// MaxResult bounds the values of one answer, in bytes: 25 MiB. Each value
	// counts with the length of its text and 16 bytes more.
	MaxResult = 25 << 20
)

// Result is the answer to a statement. Statements that answer nothing but
// success have neither columns nor rows.
type Result struct {
	Columns []Column
	// Rows hold every value as text, in the order of the columns, as the
	// statement API sends them; nil is NULL.
	Rows [][]*string
	// Truncated says that there are more rows than given here: those beyond
	// [DefaultRows] of a SELECT without LIMIT, or beyond [MaxResult].
	Truncated bool
}

// Column is one column of a [Result].
type Column struct {
	Name string
	Type string // in upper case: STRING, BIGINT, MAP<STRING,STRING>
}

// Options are the optional parts of [Execute]. A nil *Options is valid.
type Options struct {
	// Catalog and Schema complete names with fewer parts than their kind has
	// (spec §13). Default: none, names must be whole.
	Catalog, Schema string

	// Now tells the time of CURRENT_TIMESTAMP. Default: [time.Now].
	Now func() time.Time
}

// Execute parses one statement and carries it out on a metastore, in the name
// of a caller and under that caller's rights.
//
// Every error is a [*modelservice.Error] in the words of SQL: BAD_REQUEST for a
// text that is no statement, with the [*SyntaxError] inside;
// UC_COMMAND_NOT_SUPPORTED for an [Unsupported] statement; otherwise the codes
// that the method of the metastore answers with.
// What the caller may not know to exist is answered like what does not exist
// (spec §12.5). Execute may be called from many goroutines.
func Execute(ctx context.Context, ms *modelservice.Metastore, caller catalog.PrincipalID, text string, opts *Options) (*Result, error) {
	parsed, err := Parse(text)
	if err != nil {
		return nil, syntax(err)
	}
	x := executor{ms: ms, caller: caller, now: time.Now}
	if opts != nil {
		x.current = [2]string{opts.Catalog, opts.Schema}
		if opts.Now != nil {
			x.now = opts.Now
		}
	}
	var result *Result
	switch s := parsed.(type) {
	case Grant:
		err = x.grant(ctx, s)
	case Revoke:
		err = x.revoke(ctx, s)
	case ShowGrants:
		result, err = x.showGrants(s)
	case ShowPrincipals:
		result, err = x.showPrincipals(s)
	case Explain:
		result, err = x.explain(s)
	case Create:
		err = x.create(ctx, s)
	case Drop:
		err = x.drop(ctx, s)
	case ChangeOwner:
		err = x.changeOwner(ctx, s)
	case Rename:
		err = x.rename(ctx, s)
	case Comment:
		err = x.comment(ctx, s)
	case Describe:
		result, err = x.describe(s)
	case Show:
		result, err = x.show(ctx, s)
	case Select:
		result, err = x.selection(ctx, s)
	case CreatePrincipal:
		err = x.createPrincipal(ctx, s)
	case DropPrincipal:
		err = x.dropPrincipal(ctx, s)
	case RenamePrincipal:
		err = x.renamePrincipal(ctx, s)
	case ChangeMembers:
		err = x.changeMembers(ctx, s)
	case DescribePrincipal:
		result, err = x.describePrincipal(s)
	case Unsupported:
		err = &modelservice.Error{Code: modelservice.CodeNotSupported, Message: fmt.Sprintf(
			"[UC_COMMAND_NOT_SUPPORTED] The command(s): %s are not supported in Unity Catalog. SQLSTATE: 0AKUC", s.Words)}
	}
	if err != nil {
		return nil, inSQL(err)
	}
	if result == nil {
		result = &Result{}
	}
	return result, nil
}

// executor carries out the statements of one caller.
type executor struct {
	ms      *modelservice.Metastore
	caller  catalog.PrincipalID
	current [2]string // catalog and schema of names that leave them out
	now     func() time.Time
}

// syntax is the answer to a text that Parse refuses.
func syntax(err error) error {
	message := err.Error()
	var bad *SyntaxError
	if errors.As(err, &bad) {
		message = strings.TrimPrefix(message, "statement: ")
	}
	return &modelservice.Error{Code: modelservice.CodeBadRequest, Message: message, Err: err}
}

// inSQL gives a refusal the words that SQL has for it (spec §12.5). Fields are
// those of a REST body, which a statement has not.
func inSQL(err error) error {
	e := *modelservice.AsError(err)
	e.Field = ""
	if e.Code == modelservice.CodePermissionDenied {
		e.Message = "[INSUFFICIENT_PERMISSIONS] Insufficient privileges: " + e.Message + " SQLSTATE: 42501"
	}
	return &e
}
