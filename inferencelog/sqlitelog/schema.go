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
	schema_version INTEGER NOT NULL
) STRICT`

// tableName is the name of the SQL table that holds an inference table.
func tableName(id uint64) string { return "t_" + strconv.FormatUint(id, 10) }

// reserved tells whether a name cannot be a view's because the file needs it itself.
func reserved(name string) bool {
	name = strings.ToLower(name)
	if name == "inference_tables" || strings.HasPrefix(name, "sqlite_") {
		return true
	}
	digits, ours := strings.CutPrefix(name, "t_")
	digits = strings.TrimSuffix(digits, "_event_time")
	return ours && digits != "" && strings.Trim(digits, "0123456789") == ""
}

// quote makes an identifier of any text.
func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// createTable is the SQL for a table, its index and its view.
func createTable(t inferencelog.Table) string {
	var b strings.Builder
	table := quote(tableName(t.ID))
	b.WriteString("CREATE TABLE " + table + " (\n")
	for i, c := range inferencelog.Columns() {
		if i > 0 {
			b.WriteString(",\n")
		}
		b.WriteString("\t" + quote(c.Name) + " " + sqlType(c))
		if c.Name == rowID {
			b.WriteString(" NOT NULL UNIQUE")
		}
	}
	b.WriteString("\n) STRICT;\n")
	b.WriteString("CREATE INDEX " + quote(tableName(t.ID)+"_event_time") + " ON " + table + " (event_time);\n")
	b.WriteString("CREATE VIEW " + quote(t.Name) + " AS SELECT " + qualified(t.ID, columnNames()) + " FROM " + table)
	return b.String()
}

// rowID is the column that tells rows apart.
const rowID = "invocation_id"

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

func columnNames() []string {
	var names []string
	for _, c := range inferencelog.Columns() {
		names = append(names, c.Name)
	}
	return names
}

func columnList(names []string) string {
	quoted := make([]string, len(names))
	for i, name := range names {
		quoted[i] = quote(name)
	}
	return strings.Join(quoted, ", ")
}

// qualified lists columns with their table, because SQLite takes a bare quoted name that it does not find for a text.
func qualified(id uint64, names []string) string {
	list := make([]string, len(names))
	for i, name := range names {
		list[i] = quote(tableName(id)) + "." + quote(name)
	}
	return strings.Join(list, ", ")
}
