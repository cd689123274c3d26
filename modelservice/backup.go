package modelservice

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/inferencelog"
	"go.uber.org/zap"
)

// alignTimeout bounds how long the log may take to bring its tables into line
// with a restored state. The catalog's other changes wait meanwhile.
const alignTimeout = time.Minute

// Backup writes the state as it is now: every securable, principal, membership
// and grant. Only a metastore admin may; the backup shows what its writer sees
// and is as confidential. It holds no rows of inference tables and no history.
// It does not hold up changes. A failure of w is INTERNAL_ERROR.
func (m *Metastore) Backup(caller catalog.PrincipalID, w io.Writer) error {
	s := m.catalog.Snapshot()
	if _, err := m.asAdmin(s, caller, "back up the metastore"); err != nil {
		return err
	}
	if err := s.Backup(w); err != nil {
		return AsError(err)
	}
	return nil
}

// Restore makes the state that of a backup, in one commit: what was made since
// is gone, what was dropped is back with its grants and its id, services answer
// at once and with the rights of that state. No id is ever given out twice, and
// the history stays and has the restore in it (see [catalog.Catalog.Restore]).
//
// Only a metastore admin may. That is looked at before r is read, and again in
// the state that is replaced, which nobody changes meanwhile; the backup's own
// rights play no part.
//
// Inference tables hold rows, which are in no backup:
//
//   - A table that is here and in the backup keeps its rows, those written since
//     the backup included, whatever it is called there.
//   - A table that the backup does not have goes with its rows, as if dropped.
//     Rows on their way to it are written first, for a second at most; those that
//     come later are counted lost.
//   - A table that was dropped since the backup is back and empty: its rows went
//     when it was dropped. Rows of calls that end before it is made again, right
//     after the commit, may be counted lost.
//   - The usage table is always there: one of another metastore's, or none in the
//     backup, leaves an empty one.
//
// What is removed and what is empty is written to the Logger of
// [MetastoreOptions], and lost rows are in [inferencelog.Stats]. What limits have
// counted stays counted. The models of system.ai are those of the backup until
// the host calls [SyncSystem] again.
//
// The backup may be another metastore's, unless a table there has the id of
// another table here, whose rows it would show (INVALID_STATE: drop it first). A
// metastore whose store is gone is better restored by the host, with
// [catalog.Catalog.Restore] before [NewMetastore], which removes from the log
// every table that the catalog does not have.
//
// Errors: PERMISSION_DENIED; INVALID_PARAMETER_VALUE with field backup, naming
// the line or the row that is wrong; BAD_REQUEST when r fails; INVALID_STATE when
// the backup has no user or service principal that is a metastore admin; those of
// the log's sink and of the store. After each of them nothing has changed, but
// for two that say so: the store cannot tell whether it has kept the commit
// ([catalog.ErrUnknownOutcome]), or the state is restored and the log could not
// follow (INTERNAL_ERROR). The next [NewMetastore] or Restore brings the log's
// tables into line.
func (m *Metastore) Restore(ctx context.Context, caller catalog.PrincipalID, r io.Reader) error {
	s := m.catalog.Snapshot()
	actor, err := m.asAdmin(s, caller, restoring)
	if err != nil {
		return err
	}
	if err := m.prepareLog(ctx); err != nil {
		return AsError(err)
	}
	in := &noted{Reader: r}
	version, err := m.replace(ctx, caller, actor.Name, in)
	if err != nil {
		return AsError(badBackup(err, in.err))
	}
	m.zap.Info("metastore is restored from a backup", zap.Uint64("version", version), zap.String("by", actor.Name))
	if err = m.alignLog(ctx); err == nil {
		err = m.makeUsage(ctx)
	}
	if err != nil {
		return &Error{Code: CodeInternal, Err: err,
			Message: "The backup is restored, but the inference tables could not be brought into line with it: that is finished at the next start."}
	}
	return nil
}

// replace makes the state that of a backup, and returns its version.
func (m *Metastore) replace(ctx context.Context, caller catalog.PrincipalID, actor string, r io.Reader) (version uint64, err error) {
	replacing := false
	defer func() { // also when the store panics
		if replacing { // else nothing has come of it
			m.stops.replaced(version)
		}
	}()
	return m.catalog.Restore(ctx, actor, r, &catalog.RestoreOptions{
		Allow: func(now, then *catalog.Snapshot) error {
			if _, err := m.asAdmin(now, caller, restoring); err != nil {
				return err
			}
			if err := checkStewarded(then); err != nil {
				return err
			}
			if err := m.checkTables(now, then); err != nil {
				return err
			}
			if !replacing {
				replacing = true
				m.stops.replace()
			}
			return nil
		},
	})
}

const restoring = "restore the metastore"

// noted remembers how reading failed.
type noted struct {
	io.Reader
	err error
}

// Read implements [io.Reader].
func (n *noted) Read(p []byte) (int, error) {
	read, err := n.Reader.Read(p)
	if err != nil && err != io.EOF {
		n.err = err
	}
	return read, err
}

// badBackup says what is wrong with a backup in words for callers, who know no
// packages, and tells it from a reader that failed.
func badBackup(err, read error) error {
	switch {
	case errors.Is(err, catalog.ErrBackup):
		reason := strings.TrimPrefix(err.Error(), catalog.ErrBackup.Error()+": ")
		reason = strings.TrimPrefix(strings.TrimPrefix(reason, "catalog: "), "load: ")
		return &Error{Code: CodeInvalidParameter, Field: "backup", Message: "Invalid backup: " + reason + ".", Err: err}
	case read != nil:
		return &Error{Code: CodeBadRequest, Field: "backup", Message: "The backup could not be read.", Err: err}
	}
	return err
}

// prepareLog asks the log whether it answers at all, and has it write what it
// still holds for tables that may go.
func (m *Metastore) prepareLog(ctx context.Context) error {
	if m.log == nil {
		return nil
	}
	ask, cancel := context.WithTimeout(ctx, sinkTimeout)
	defer cancel()
	if _, err := m.log.Tables(ask); err != nil {
		return err
	}
	flush, done := context.WithTimeout(ctx, time.Second)
	defer done()
	m.log.Flush(flush)
	return nil
}

// checkTables refuses a backup with a table whose id is that of another table
// here: ids of two metastores have nothing to do with each other, and neither
// have the rows.
func (m *Metastore) checkTables(now, then *catalog.Snapshot) error {
	if m.log == nil {
		return nil
	}
	kind, _ := now.Kinds().Kind(catalog.TypeTable)
	for node := range then.All(catalog.TypeTable) {
		if isUsage(now, node.ID) {
			continue // every metastore has one, which cannot be dropped
		}
		was, _ := then.Securable(node.ID)
		is, ok := now.Securable(node.ID)
		if ok && is.Type == catalog.TypeTable && !is.CreatedAt.Equal(was.CreatedAt) {
			return &Error{Code: CodeInvalidState, Message: fmt.Sprintf("%s has the id of another table of the backup, which is not of this metastore: drop it first.",
				describe(kind, now.FullName(node.ID)))}
		}
	}
	return nil
}

// alignLog brings the log's tables into line with what was restored. No table is
// made by anybody meanwhile, and it goes on when the caller is gone.
func (m *Metastore) alignLog(ctx context.Context) error {
	if m.log == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), alignTimeout)
	defer cancel()
	_, err := m.catalog.Update(ctx, catalog.SystemUserName, func(tx *catalog.Tx) error {
		if err := tx.Alone(); err != nil {
			return err
		}
		if err := m.dropNamesakes(ctx, &tx.Snapshot); err != nil {
			return err
		}
		return m.reconcileTables(ctx)
	})
	return err
}

// dropNamesakes drops the log's tables that have the id of a table here and are
// another one: what was left over of dropped tables, when the backup is another
// metastore's.
func (m *Metastore) dropNamesakes(ctx context.Context, s *catalog.Snapshot) error {
	tables, err := m.log.Tables(ctx)
	if err != nil {
		return err
	}
	for _, t := range tables {
		sec, ok := s.Securable(catalog.ID(t.ID))
		if !ok || sec.Type != catalog.TypeTable || sameTime(sec.CreatedAt, t.CreatedAt) {
			continue
		}
		if err := m.log.Drop(ctx, t.ID); err != nil && !errors.Is(err, inferencelog.ErrNoTable) {
			return err
		}
		m.zap.Warn("removed an inference table of another metastore", zap.String("table", t.Name))
	}
	return nil
}

// sameTime compares times as the log keeps them.
func sameTime(a, b time.Time) bool {
	return bytes.Equal(inferencelog.AppendTime(nil, a), inferencelog.AppendTime(nil, b))
}
