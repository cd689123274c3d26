package modelservice

import (
	"context"
	"sync/atomic"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/inferencelog"
	"go.uber.org/zap"
)

// Where the usage table is: one row for every call that saw a service, whether
// or not the service has an inference table (spec §9).
const (
	UsageSchema = "ai_gateway"
	UsageTable  = "usage"
)

// UsageName is the full name of the usage table, system.ai_gateway.usage.
func UsageName() catalog.FullName {
	return catalog.FullName{Catalog: SystemCatalog, Schema: UsageSchema, Object: UsageTable}
}

// usageTable knows where the usage table is. It is the platform's own, and
// nobody else can have an object of the platform's, so an id that is such a table
// is that table, also after the catalog was restored.
type usageTable struct{ last atomic.Uint64 }

// id returns the id of the usage table in a snapshot, 0 if there is none.
func (u *usageTable) id(s *catalog.Snapshot) catalog.ID {
	id := catalog.ID(u.last.Load())
	if id != 0 && isUsage(s, id) {
		return id
	}
	id, ok := s.Lookup(catalog.TypeTable, UsageName())
	if !ok || !isUsage(s, id) {
		return 0
	}
	u.last.Store(uint64(id))
	return id
}

// isUsage reports whether an id is the usage table's.
func isUsage(s *catalog.Snapshot, id catalog.ID) bool {
	node, ok := s.Node(id)
	return ok && node.System && node.Type == catalog.TypeTable && node.Name == UsageTable
}

// layoutOf returns the layout of a table.
func layoutOf(s *catalog.Snapshot, id catalog.ID) inferencelog.Layout {
	if isUsage(s, id) {
		return inferencelog.Usage
	}
	return inferencelog.Payload
}

// makeUsage makes the usage table where there is a log and none yet. Nobody but
// metastore admins can read it until it is granted: account users have nothing on
// its schema.
func (m *Metastore) makeUsage(ctx context.Context) error {
	if m.log == nil || m.usage.id(m.catalog.Snapshot()) != 0 {
		return nil
	}
	_, err := m.catalog.Update(ctx, catalog.SystemUserName, func(tx *catalog.Tx) error {
		if m.usage.id(&tx.Snapshot) != 0 {
			return nil
		}
		root, err := ensure(tx, catalog.TypeCatalog, catalog.MetastoreID, catalog.FullName{Catalog: SystemCatalog}, catalog.UseCatalog)
		if err != nil {
			return err
		}
		name := UsageName()
		schema, err := ensure(tx, catalog.TypeSchema, root, name.Parent())
		if err != nil {
			return err
		}
		id, err := ensure(tx, catalog.TypeTable, schema, name)
		if err != nil {
			return err
		}
		if err := tx.Alone(); err != nil {
			return err
		}
		ctx, cancel := context.WithTimeout(ctx, sinkTimeout)
		defer cancel()
		// What a start that did not come this far has left is in the way.
		if err := m.reconcile(ctx, &tx.Snapshot, id); err != nil {
			return err
		}
		return m.createInLog(ctx, inferencelog.Table{ID: uint64(id), Name: name.String(), CreatedAt: tx.At(), Layout: inferencelog.Usage})
	})
	if err == nil {
		m.zap.Debug("made the usage table", zap.Stringer("table", UsageName()))
	}
	return err
}
