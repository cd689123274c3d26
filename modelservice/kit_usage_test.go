package modelservice_test

import (
	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/modelservice"
)

// usageTable is the id of system.ai_gateway.usage.
func (w *world) usageTable() catalog.ID {
	w.Helper()
	return w.id(catalog.TypeTable, modelservice.UsageName().String())
}

// usageRows are the rows of the usage table, oldest first.
func (w *world) usageRows() []*inferencelog.Record {
	w.Helper()
	w.must(w.log.Flush(w.ctx()))
	return w.rowsOf(w.usageTable())
}

// books are those of the log without the usage table's.
func (w *world) books() inferencelog.Stats {
	w.Helper()
	all := w.log.Stats()
	usage, _ := w.log.TableStats(uint64(w.usageTable()))
	all.Accepted -= usage.Accepted
	all.Stored -= usage.Stored
	all.Pending -= usage.Pending
	all.Lost -= usage.Lost
	return all
}
