package sqlitelog

import (
	"strconv"
	"strings"

	"github.com/modelward/modelward/inferencelog"
)

// registry lists the live tables. Ids are text: an INTEGER has a sign, an id has not.
const registry = `CREATE TABLE inference_tables (
	id             TEXT NOT NULL PRIMARY KEY,
	name           TEXT NOT NULL UNIQUE COLLATE NOCASE,
	created_at     TEXT NOT NULL,
	schema_version INTEGER NOT NULL,
	layout         TEXT NOT NULL DEFAULT 'payload'
) STRICT`

// rowID is the column that tells rows apart.
const rowID = "invocation_id"

// tableName is the name of the SQL table that holds an inference table.
func tableName(id uint64) string { return "t_" + strconv.FormatUint(id, 10) }

// index is one that every table has.
type index struct{ suffix, columns string }

const requesterIndex = 1

// indexes: the first is the order of the rows; the second is that of one caller's, who may see no others.
var indexes = [...]index{
	{"_event_time", "event_time"},
	requesterIndex: {"_requester", "requester, event_time"},
}

func (i index) create(id uint64) string {
	return "CREATE INDEX " + quote(tableName(id)+i.suffix) + " ON " + quote(tableName(id)) + " (" + i.columns + ")"
}

// reserved tells whether a name cannot be a view's because the file needs it itself.
func reserved(name string) bool {
	name = strings.ToLower(name)
	if name == "inference_tables" || strings.HasPrefix(name, "sqlite_") {
		return true
	}
	digits, ours := strings.CutPrefix(name, "t_")
	for _, i := range indexes {
		digits = strings.TrimSuffix(digits, i.suffix)
	}
	return ours && digits != "" && strings.Trim(digits, "0123456789") == ""
}

// createTable is the SQL for a table, its indexes and its view.
func createTable(t inferencelog.Table) string {
	var b strings.Builder
	b.WriteString("CREATE TABLE " + quote(tableName(t.ID)) + " (\n")
	for i, c := range t.Layout.Columns() {
		if i > 0 {
			b.WriteString(",\n")
		}
		b.WriteString("\t" + quote(c.Name) + " " + sqlType(c))
		if c.Name == rowID {
			b.WriteString(" NOT NULL UNIQUE")
		}
	}
	b.WriteString("\n) STRICT;\n")
	for _, i := range indexes {
		b.WriteString(i.create(t.ID) + ";\n")
	}
	b.WriteString(createView(t))
	return b.String()
}

// createView is the SQL for a table's view.
func createView(t inferencelog.Table) string {
	return "CREATE VIEW " + quote(t.Name) + " AS SELECT " + qualified(t.ID, t.Layout.Columns()) + " FROM " + quote(tableName(t.ID))
}

// sqlType is how SQLite keeps a column. Never the column's own type name: SQLite reads STRING as a number's.
func sqlType(c inferencelog.Column) string {
	switch c.Type {
	case "INT", "BIGINT":
		return "INTEGER"
	case "DOUBLE":
		return "REAL"
	}
	return "TEXT"
}

// quote makes an identifier of any text.
func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// qualified lists columns with their table, because SQLite takes a bare quoted name that it does not find for a text.
func qualified(id uint64, columns []inferencelog.Column) string {
	list := make([]string, len(columns))
	for i, c := range columns {
		list[i] = quote(tableName(id)) + "." + quote(c.Name)
	}
	return strings.Join(list, ", ")
}
