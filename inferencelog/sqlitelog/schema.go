package sqlitelog

import (
	"context"
	"database/sql"
	"slices"
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

// indexes: the first is the order of the rows; the second that of one caller's; the third likewise by his id, by which those
// ask who may see no others.
var indexes = [...]index{
	{"_event_time", "event_time"},
	{"_requester", "requester, event_time"},
	{"_requester_id", "requester_id, event_time"},
}

// laterIndexes are those that tables of version 1 do not have.
func laterIndexes() []index { return indexes[1:] }

// createIndexes is the SQL for indexes of a table. Where the name of one is taken, by a view that an earlier version made
// for a table of that name, it gets another: SQLite finds an index by what it is on.
func createIndexes(ctx context.Context, tx *sql.Tx, id uint64, list []index) (string, error) {
	var b strings.Builder
	for _, i := range list {
		name := tableName(id) + i.suffix
		for n := 2; ; n++ {
			var taken bool
			err := tx.QueryRowContext(ctx, "SELECT EXISTS (SELECT * FROM sqlite_schema WHERE name = ? COLLATE NOCASE)", name).Scan(&taken)
			if err != nil {
				return "", err
			}
			if !taken {
				break
			}
			name = tableName(id) + i.suffix + "_" + strconv.Itoa(n)
		}
		b.WriteString("CREATE INDEX " + quote(name) + " ON " + quote(tableName(id)) + " (" + i.columns + ");\n")
	}
	return b.String(), nil
}

// reserved tells whether a name cannot be a view's because the file needs it itself.
func reserved(name string) bool {
	name = strings.ToLower(name)
	if name == "inference_tables" || strings.HasPrefix(name, "sqlite_") {
		return true
	}
	rest, ours := strings.CutPrefix(name, "t_")
	suffix := strings.TrimLeft(rest, digits)
	return ours && suffix != rest && (suffix == "" || slices.ContainsFunc(indexes[:], func(i index) bool { return i.bears(suffix) }))
}

const digits = "0123456789"

// bears reports whether the index may have this suffix.
func (i index) bears(suffix string) bool {
	more, ours := strings.CutPrefix(suffix, i.suffix)
	n, again := strings.CutPrefix(more, "_")
	return ours && (more == "" || again && n != "" && strings.Trim(n, digits) == "")
}

// createTable is the SQL for a table and its view.
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
	b.WriteString("\n) STRICT;\n" + createView(t) + ";\n")
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
