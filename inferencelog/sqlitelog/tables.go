package sqlitelog

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/modelward/modelward/inferencelog"
)

// Create makes an empty table and its view, in one transaction.
func (s *Sink) Create(ctx context.Context, t inferencelog.Table) error {
	if err := t.Validate(); err != nil {
		return err
	}
	if reserved(t.Name) {
		return fmt.Errorf("%w: name %q is reserved", inferencelog.ErrInvalidTable, t.Name)
	}
	layout := cmp.Or(t.Layout, inferencelog.Payload)
	return s.transact(ctx, func(ctx context.Context, tx *sql.Tx) error {
		id := strconv.FormatUint(t.ID, 10)
		var there string
		err := tx.QueryRowContext(ctx, "SELECT name FROM inference_tables WHERE id = ? OR name = ?", id, t.Name).Scan(&there)
		if err == nil {
			return fmt.Errorf("%w: %q", inferencelog.ErrTableExists, there)
		}
		if !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		indexed, err := createIndexes(ctx, tx, t.ID, indexes[:])
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, createTable(t)+indexed); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, "INSERT INTO inference_tables (id, name, created_at, schema_version, layout) VALUES (?, ?, ?, ?, ?)",
			id, t.Name, string(inferencelog.AppendTime(nil, t.CreatedAt)), inferencelog.SchemaVersion, string(layout))
		return err
	})
}

// Drop removes a table, its rows and its view, in one transaction.
func (s *Sink) Drop(ctx context.Context, id uint64) error {
	return s.transact(ctx, func(ctx context.Context, tx *sql.Tx) error {
		name, _, err := lookUp(ctx, tx, id)
		if err != nil {
			return err
		}
		s.forget(id)
		_, err = tx.ExecContext(ctx, "DROP VIEW IF EXISTS "+quote(name)+"; DROP TABLE IF EXISTS "+quote(tableName(id)))
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, "DELETE FROM inference_tables WHERE id = ?", strconv.FormatUint(id, 10))
		return err
	})
}

// Tables returns the live tables in the order of their ids. It waits for no reader of rows.
func (s *Sink) Tables(ctx context.Context) ([]inferencelog.Table, error) {
	if s.closed.Load() {
		return nil, inferencelog.ErrClosed
	}
	list, err := listTables(ctx, s.lister)
	return list, s.explain(ctx, err)
}

// querier is a database, or a moment of it.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

func listTables(ctx context.Context, q querier) ([]inferencelog.Table, error) {
	rows, err := q.QueryContext(ctx, "SELECT id, name, created_at, layout FROM inference_tables")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	list := []inferencelog.Table{}
	for rows.Next() {
		var t inferencelog.Table
		var id, created string
		if err := rows.Scan(&id, &t.Name, &created, &t.Layout); err != nil {
			return nil, err
		}
		if t.ID, err = strconv.ParseUint(id, 10, 64); err != nil {
			return nil, err
		}
		if t.CreatedAt, err = time.Parse(inferencelog.TimeLayout, created); err != nil {
			return nil, err
		}
		if !t.Layout.Valid() {
			return nil, fmt.Errorf("table %q has unknown layout %q", t.Name, t.Layout)
		}
		list = append(list, t)
	}
	slices.SortFunc(list, func(a, b inferencelog.Table) int { return cmp.Compare(a.ID, b.ID) })
	return list, rows.Err()
}

// lookUp returns a live table's name and layout.
func lookUp(ctx context.Context, q querier, id uint64) (name string, layout inferencelog.Layout, err error) {
	err = q.QueryRowContext(ctx, "SELECT name, layout FROM inference_tables WHERE id = ?", strconv.FormatUint(id, 10)).Scan(&name, &layout)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return "", "", fmt.Errorf("%w: %d", inferencelog.ErrNoTable, id)
	case err == nil && !layout.Valid():
		err = fmt.Errorf("table %q has unknown layout %q", name, layout)
	}
	return name, layout, err
}
