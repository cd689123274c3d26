package main

import (
	"context"
	database "database/sql"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/parquet-go/parquet-go"
	_ "modernc.org/sqlite" // the driver "sqlite"
)

// seen is a row of the tour's last table, as a file has it.
type seen struct {
	Requester *string    `parquet:"requester,optional"`
	Outcome   *string    `parquet:"outcome,optional"`
	EventTime *time.Time `parquet:"event_time,optional,timestamp(microsecond)"`
	Response  *string    `parquet:"response,optional"`
	Codes     []string   `parquet:"logging_error_codes,optional,list"`
}

// readFiles reads the table that the tour has left with two readers that know nothing of the gateway, once it has ended:
// SQLite, and one for Parquet.
func readFiles(ctx context.Context, stdout io.Writer, dataDir, parquetDir string) error {
	fmt.Fprintf(stdout, "\nThe server has stopped. What is in its files, for other tools:\n")
	inFile, err := readSQLite(ctx, stdout, filepath.Join(dataDir, "tables.db"))
	if err != nil {
		return fmt.Errorf("tour: the file of tables: %w", err)
	}
	inParquet, err := readParquet(stdout, parquetDir)
	if err != nil {
		return fmt.Errorf("tour: the Parquet files: %w", err)
	}
	want := []string{"alice ok", "bob ok", "bob ok"}
	if slices.Sort(inFile); !slices.Equal(inFile, want) {
		return fmt.Errorf("tour: the file of tables has %q, not %q", inFile, want)
	}
	if slices.Sort(inParquet); !slices.Equal(inParquet, want) {
		return fmt.Errorf("tour: the Parquet files have %q, not %q", inParquet, want)
	}
	fmt.Fprintln(stdout, "Both have the three calls.")
	return nil
}

func readSQLite(ctx context.Context, stdout io.Writer, path string) (list []string, err error) {
	const query = `SELECT event_time, requester, outcome FROM "main.logging.audited_payload" ORDER BY event_time`
	fmt.Fprintf(stdout, "   sqlite3 tables.db '%s'\n", query)
	db, err := database.Open("sqlite", "file:"+path+"?mode=ro")
	if err != nil {
		return nil, err
	}
	defer db.Close()
	rows, err := db.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var at, requester, outcome string
		if err := rows.Scan(&at, &requester, &outcome); err != nil {
			return nil, err
		}
		fmt.Fprintf(stdout, "   %s | %s | %s\n", at, requester, outcome)
		list = append(list, requester+" "+outcome)
	}
	return list, rows.Err()
}

func readParquet(stdout io.Writer, dir string) (list []string, err error) {
	folder, err := folderOf(filepath.Join(dir, "tables.json"), "main.logging.audited_payload")
	if err != nil {
		return nil, err
	}
	files, err := filepath.Glob(filepath.Join(dir, folder, "*.parquet"))
	if err != nil {
		return nil, err
	}
	for _, path := range files {
		rows, err := parquet.ReadFile[seen](path)
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(stdout, "   parquet/%s/%s:\n", folder, filepath.Base(path))
		for _, r := range rows {
			fmt.Fprintf(stdout, "   %s | %s | %s | %v\n", r.EventTime.UTC().Format(time.RFC3339Nano), *r.Requester, *r.Outcome, r.Codes)
			list = append(list, *r.Requester+" "+*r.Outcome)
		}
	}
	return list, nil
}

// folderOf looks up the folder of a table among those of Parquet files.
func folderOf(registry, table string) (string, error) {
	text, err := os.ReadFile(registry)
	if err != nil {
		return "", err
	}
	var list struct {
		Tables []struct{ Name, Folder string }
	}
	if err := json.Unmarshal(text, &list); err != nil {
		return "", err
	}
	for _, t := range list.Tables {
		if t.Name == table {
			return t.Folder, nil
		}
	}
	return "", fmt.Errorf("no table %s in %s", table, filepath.Base(registry))
}
