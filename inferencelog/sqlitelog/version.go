package sqlitelog

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"

	"github.com/modelward/modelward/inferencelog"
)

// fileVersion is kept in the file's user_version, so that a file of a later shape is refused rather than misread.
//
//	1  the first
//	2  tables have layouts; more columns; indexes by requester and by his id
const fileVersion = 2

// prepare makes the registry, or checks that the one there is ours and of today.
func prepare(ctx context.Context, tx *sql.Tx) error {
	var version int
	if err := tx.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
		return err
	}
	switch version {
	case fileVersion:
		return nil
	case 0:
		_, err := tx.ExecContext(ctx, registry+"; PRAGMA user_version = "+strconv.Itoa(fileVersion))
		return err
	case 1:
		return upgrade(ctx, tx)
	}
	return fmt.Errorf("file has version %d, this package knows %d", version, fileVersion)
}

// upgrade makes version 2 of version 1. The rows that are there have null in the new columns.
func upgrade(ctx context.Context, tx *sql.Tx) error {
	_, err := tx.ExecContext(ctx, "ALTER TABLE inference_tables ADD COLUMN layout TEXT NOT NULL DEFAULT 'payload'")
	if err != nil {
		return err
	}
	tables, err := listTables(ctx, tx)
	if err != nil {
		return err
	}
	for _, t := range tables {
		if err := upgradeTable(ctx, tx, t); err != nil {
			return fmt.Errorf("table %q: %w", t.Name, err)
		}
	}
	_, err = tx.ExecContext(ctx, "PRAGMA user_version = 2")
	return err
}

func upgradeTable(ctx context.Context, tx *sql.Tx, t inferencelog.Table) error {
	there, err := columnNames(ctx, tx, t.ID)
	if err != nil {
		return err
	}
	table := quote(tableName(t.ID))
	text := "DROP VIEW IF EXISTS " + quote(t.Name) + ";\n"
	for _, c := range t.Layout.Columns() {
		if !there[c.Name] {
			text += "ALTER TABLE " + table + " ADD COLUMN " + quote(c.Name) + " " + sqlType(c) + ";\n"
		}
	}
	text += "UPDATE " + table + " SET event_time = '" + noTime + "' WHERE event_time IS NULL;\n"
	indexed, err := createIndexes(ctx, tx, t.ID, laterIndexes())
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, text+indexed+createView(t))
	return err
}

// columnNames returns the names of the columns that a table has.
func columnNames(ctx context.Context, tx *sql.Tx, id uint64) (map[string]bool, error) {
	rows, err := tx.QueryContext(ctx, "SELECT name FROM pragma_table_info(?)", tableName(id))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	there := make(map[string]bool)
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		there[name] = true
	}
	return there, rows.Err()
}
