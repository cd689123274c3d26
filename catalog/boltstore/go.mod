module github.com/modelward/modelward/catalog/boltstore

go 1.25.0

require (
	github.com/modelward/modelward v0.0.0
	go.etcd.io/bbolt v1.5.0
	pgregory.net/rapid v1.3.0
)

require (
	github.com/hashicorp/go-immutable-radix v1.3.1 // indirect
	github.com/hashicorp/go-memdb v1.3.5 // indirect
	github.com/hashicorp/golang-lru v0.5.4 // indirect
	golang.org/x/sys v0.45.0 // indirect
)

replace github.com/modelward/modelward => ../..
