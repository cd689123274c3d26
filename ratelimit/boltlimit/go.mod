module github.com/modelward/modelward/ratelimit/boltlimit

go 1.25.0

require (
	github.com/cenkalti/backoff/v4 v4.3.0
	github.com/modelward/modelward v0.0.0
	go.etcd.io/bbolt v1.5.0
	go.uber.org/zap v1.28.0
	pgregory.net/rapid v1.3.0
)

require (
	go.uber.org/multierr v1.10.0 // indirect
	golang.org/x/sys v0.45.0 // indirect
)

replace github.com/modelward/modelward => ../..
