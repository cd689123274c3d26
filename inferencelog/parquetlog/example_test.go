package parquetlog_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/inferencelog/parquetlog"
)

func Example() {
	dir, err := os.MkdirTemp("", "parquetlog")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	sink, err := parquetlog.Open(dir, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer sink.Close()

	ctx := context.Background()
	log := inferencelog.New(sink, nil)
	if err := log.Create(ctx, inferencelog.Table{ID: 7, Name: "main.logging.chat_payload"}); err != nil {
		fmt.Println(err)
		return
	}
	log.Log(7, &inferencelog.Record{
		RequestID: "request-1", StatusCode: 200, EventTime: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC),
	})
	fmt.Println(log.Close(ctx))

	// Other programs see the rows once they are in a finished file.
	if err := sink.Flush(ctx); err != nil {
		fmt.Println(err)
		return
	}
	files, err := filepath.Glob(filepath.Join(dir, "t_7", "*.parquet"))
	if err != nil || len(files) != 1 {
		fmt.Println(files, err)
		return
	}
	fmt.Println(filepath.Base(files[0]))
	for row, err := range sink.Rows(ctx, 7, inferencelog.Query{}) {
		fmt.Println(row.RequestID, row.StatusCode, err)
	}
	// Output:
	// 0 <nil>
	// rows-20260301T120000.000000Z-0000000001.parquet
	// request-1 200 <nil>
}
