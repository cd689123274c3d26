module github.com/modelward/modelward/inferencelog/parquetlog

go 1.26

require (
	github.com/modelward/modelward v0.0.0
	github.com/parquet-go/parquet-go v0.32.0
)

replace github.com/modelward/modelward => ../..
