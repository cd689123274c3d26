// Package parquetlog does not know what a request is, who may read a table, or why a row was written.
// It keeps inference tables as folders of Parquet files.
package parquetlog
