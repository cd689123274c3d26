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
	return s.transact(ctx, func(tx *sql.Tx) error {
		id := strconv.FormatUint(t.ID, 10)
		var there string
		err := tx.QueryRowContext(ctx, "SELECT name FROM inference_tables WHERE id = ? OR name = ?", id, t.Name).Scan(&there)
		if err == nil {
			return fmt.Errorf("%w: %q", inferencelog.ErrTableExists, there)
		}
		if !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		if _, err := tx.ExecContext(ctx, createTable(t)); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, "INSERT INTO inference_tables (id, name, created_at, schema_version) VALUES (?, ?, ?, ?)",
			id, t.Name, string(inferencelog.AppendTime(nil, t.CreatedAt)), inferencelog.SchemaVersion)
		return err
	})
}

// Drop removes a table, its rows and its view, in one transaction.
func (s *Sink) Drop(ctx context.Context, id uint64) error {
	return s.transact(ctx, func(tx *sql.Tx) error {
		name, err := lookUp(ctx, tx, id)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, "DROP VIEW IF EXISTS "+quote(name)+"; DROP TABLE IF EXISTS "+quote(tableName(id)))
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, "DELETE FROM inference_tables WHERE id = ?", strconv.FormatUint(id, 10))
		return err
	})
}

// Tables returns the live tables in the order of their ids.
func (s *Sink) Tables(ctx context.Context) ([]inferencelog.Table, error) {
	if s.closed.Load() {
		return nil, inferencelog.ErrClosed
	}
	rows, err := s.reader.QueryContext(ctx, "SELECT id, name, created_at FROM inference_tables")
	if err != nil {
		return nil, s.explain(ctx, err)
	}
	defer rows.Close()
	list := []inferencelog.Table{}
	for rows.Next() {
		var id, name, created string
		if err := rows.Scan(&id, &name, &created); err != nil {
			return nil, s.explain(ctx, err)
		}
		t := inferencelog.Table{Name: name}
		if t.ID, err = strconv.ParseUint(id, 10, 64); err != nil {
			return nil, s.explain(ctx, err)
		}
		if t.CreatedAt, err = time.Parse(inferencelog.TimeLayout, created); err != nil {
			return nil, s.explain(ctx, err)
		}
		list = append(list, t)
	}
	slices.SortFunc(list, func(a, b inferencelog.Table) int { return cmp.Compare(a.ID, b.ID) })
	return list, s.explain(ctx, rows.Err())
}

// lookUp returns a live table's name.
func lookUp(ctx context.Context, tx *sql.Tx, id uint64) (name string, err error) {
	err = tx.QueryRowContext(ctx, "SELECT name FROM inference_tables WHERE id = ?", strconv.FormatUint(id, 10)).Scan(&name)
	if errors.Is(err, sql.ErrNoRows) {
		return "", fmt.Errorf("%w: %d", inferencelog.ErrNoTable, id)
	}
	return name, err
}
