package modelservice

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/inferencelog"
	"go.uber.org/zap"
)

// sinkTimeout bounds how long the log may take to make or to drop a table. While
// one is made the catalog's other changes wait, and while one is dropped the
// rows of all tables do.
const sinkTimeout = 10 * time.Second

func noLog() *Error {
	return &Error{Code: CodeInvalidState, Field: "inference_table", Message: "Inference tables are not enabled on this server."}
}

// newTable makes the table of a service: in the catalog, and, as the last thing
// that can fail before the commit, in the log. It returns the id under which the
// log holds a table that exists only if the commit succeeds. The table is the
// caller's; the service's owner gets the right to write to it.
func (b *binder) newTable(ctx context.Context, tx *catalog.Tx, name catalog.FullName) (catalog.ID, error) {
	m, s := b.m, &tx.Snapshot
	if m.log == nil {
		return 0, noLog()
	}
	at, err := m.enterToCreate(s, b.caller, catalog.TypeTable, name.Parent())
	if err != nil {
		return 0, err
	}
	if err := b.ownerEnters(at); err != nil {
		return 0, err
	}
	kind, _ := s.Kinds().Kind(catalog.TypeTable)
	if _, taken := s.Lookup(catalog.TypeTable, name); taken {
		return 0, alreadyExists(kind, name)
	}
	id, err := tx.Create(catalog.Draft{Type: catalog.TypeTable, Parent: at.id, Name: name.Object, Owner: b.caller})
	if err != nil {
		return 0, err
	}
	if owner, _ := s.Principal(b.owner); owner.ID != b.caller && owner.Type != catalog.System {
		if err := tx.Grant(id, owner.ID, catalog.Modify); err != nil {
			return 0, err
		}
	}
	if err := tx.Alone(); err != nil {
		return 0, err
	}
	ctx, cancel := context.WithTimeout(ctx, sinkTimeout)
	defer cancel()
	table := inferencelog.Table{ID: uint64(id), Name: s.FullName(id).String(), CreatedAt: tx.At()}
	err = m.log.Create(ctx, table)
	if errors.Is(err, inferencelog.ErrTableExists) {
		// The catalog says that this id is new, so a table of this id is left
		// over from a create that did not commit or a drop that the log did
		// not finish.
		if err = m.reconcile(ctx, s, id); err == nil {
			err = m.createInLog(ctx, table)
		}
	}
	return id, err
}

// ownerEnters checks that the service's owner, whose rights will decide when rows
// are written, may use the schema that a table is to be in. A service that is
// being made may have any owner (ruling R20): whether he comes that far is found
// out when there is a row to write.
func (b *binder) ownerEnters(schema place) error {
	owner, alive := b.s.Principal(b.owner)
	if !alive {
		return &Error{Code: CodePermissionDenied, Message: noOwner}
	}
	decision := b.m.authz.Check(b.s, b.owner, catalog.UseSchema, schema.id)
	if owner.Type == catalog.System || decision.Allowed || b.creating {
		return nil
	}
	privilege, at := wanting(b.s, decision.Missing(), schema, catalog.UseSchema)
	return &Error{Code: CodePermissionDenied, Field: "owner", Message: ownerWords(owner.Name, privilege, at)}
}

// createInLog makes a table in the log. A table that was renamed with its
// schema still has its first name there, where names are for people only; it
// does not stand in the way of a later one.
func (m *Metastore) createInLog(ctx context.Context, t inferencelog.Table) error {
	err := m.log.Create(ctx, t)
	if errors.Is(err, inferencelog.ErrTableExists) {
		t.Name = fmt.Sprintf("%s#%d", t.Name, t.ID)
		err = m.log.Create(ctx, t)
	}
	return err
}

// dropTables removes tables from the log after the catalog has dropped them.
// What fails here is finished by the next reconciliation: the catalog has the
// say, and nothing reads or writes a table that it does not have. A log that
// does not answer is not asked for the next table.
func (m *Metastore) dropTables(ctx context.Context, ids []catalog.ID) {
	if m.log == nil {
		return
	}
	var err error
	for _, id := range ids {
		if !errors.Is(err, context.DeadlineExceeded) {
			err = m.dropTable(ctx, id)
		}
		if err != nil && !errors.Is(err, inferencelog.ErrNoTable) {
			m.zap.Warn("inference table is dropped, its rows are not removed yet", zap.Uint64("table", uint64(id)), zap.Error(err))
		}
	}
}

// forget drops those of some tables that the catalog has not: what runs of a
// create have made and no commit has, and what was dropped. A run that did not
// commit gives its ids back, so the table of the one that did, or somebody
// else's, may have the same; what was dropped may be restored. Nothing is made or
// restored meanwhile.
func (m *Metastore) forget(ctx context.Context, ids []catalog.ID) {
	if len(ids) == 0 {
		return
	}
	// Without the caller, but not for ever where the store keeps others waiting.
	turn, cancel := context.WithTimeout(context.WithoutCancel(ctx), sinkTimeout)
	defer cancel()
	_, err := m.catalog.Update(turn, catalog.SystemUserName, func(tx *catalog.Tx) error {
		if err := tx.Alone(); err != nil {
			return err
		}
		m.dropTables(ctx, slices.DeleteFunc(slices.Clone(ids), func(id catalog.ID) bool {
			_, taken := tx.Node(id)
			return taken
		}))
		return nil
	})
	if err != nil {
		m.zap.Warn("tables that the catalog has not are not removed yet", zap.Error(err))
	}
}

// dropTable goes on when the caller is gone.
func (m *Metastore) dropTable(ctx context.Context, id catalog.ID) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), sinkTimeout)
	defer cancel()
	// Rows on their way are written first, and go with the table: they are not
	// lost, as rows are that the sink did not take.
	flush, done := context.WithTimeout(ctx, time.Second)
	m.log.Flush(flush)
	done()
	return m.log.Drop(ctx, uint64(id))
}

// ErrForeignLog: the log has rows, and the catalog has never had a table. They
// are of another catalog, of one that was lost perhaps, and bringing the log into
// line would remove them.
var ErrForeignLog = errors.New("modelservice: the log has rows of another catalog")

// checkLog returns ErrForeignLog if the log is not this catalog's. A catalog that
// has had a log has the usage table at the least, which cannot be dropped; a
// first start that was interrupted leaves empty tables.
func (m *Metastore) checkLog(ctx context.Context) error {
	if m.log == nil {
		return nil
	}
	for range m.catalog.Snapshot().All(catalog.TypeTable) {
		return nil
	}
	tables, err := m.log.Tables(ctx)
	if err != nil {
		return err
	}
	for _, t := range tables {
		for _, err := range m.log.Rows(ctx, t.ID, inferencelog.Query{Limit: 1}) {
			switch {
			case err == nil:
				return fmt.Errorf("%w: table %s, and this catalog is new: bring back the one that it belongs to, or move the log away", ErrForeignLog, t.Name)
			case !errors.Is(err, inferencelog.ErrNotReadable) && !errors.Is(err, inferencelog.ErrNoTable):
				return err
			}
		}
	}
	return nil
}

// reconcileTables brings the log's tables into line with the catalog's: a
// crash between the two leaves one too many in the log, and a log that forgets
// (one in memory) has too few.
func (m *Metastore) reconcileTables(ctx context.Context) error {
	if m.log == nil {
		return nil
	}
	s := m.catalog.Snapshot()
	if err := m.reconcile(ctx, s, 0); err != nil {
		return err
	}
	have := map[uint64]bool{}
	tables, err := m.log.Tables(ctx)
	if err != nil {
		return err
	}
	for _, t := range tables {
		have[t.ID] = true
	}
	for node := range s.All(catalog.TypeTable) {
		if have[uint64(node.ID)] {
			continue
		}
		sec, _ := s.Securable(node.ID)
		t := inferencelog.Table{ID: uint64(node.ID), Name: s.FullName(node.ID).String(), CreatedAt: sec.CreatedAt, Layout: layoutOf(s, node.ID)}
		if err := m.createInLog(ctx, t); err != nil {
			return err
		}
		m.zap.Warn("inference table was missing in the log and is empty now", zap.String("table", t.Name))
	}
	return nil
}

// reconcile drops what the log has and the catalog has not, and what stands
// in the way of the table that is coming.
func (m *Metastore) reconcile(ctx context.Context, s *catalog.Snapshot, coming catalog.ID) error {
	tables, err := m.log.Tables(ctx)
	if err != nil {
		return err
	}
	for _, t := range tables {
		node, ok := s.Node(catalog.ID(t.ID))
		if ok && node.Type == catalog.TypeTable && node.ID != coming {
			continue
		}
		if err := m.log.Drop(ctx, t.ID); err != nil && !errors.Is(err, inferencelog.ErrNoTable) {
			return err
		}
		m.zap.Info("removed an inference table that the catalog does not have", zap.String("table", t.Name))
	}
	return nil
}
