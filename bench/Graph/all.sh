#!/bin/sh
# All measurements of class graphs, for a quiet machine: sh bench/Graph/all.sh > graph.log. Needs python3-hnswlib for the comparison.
set -e
run() { echo "== $*"; dotnet run -c Release --project "$(dirname "$0")/.." -- graph "$@"; }
run n=50000 exact=1 torch=1
run n=100000 target=0.95 refresh=0.1 hnsw=16,32,64 m=12 ef-construction=64
run n=100000 data=random target=0.95 hnsw=200,400,600 m=16 ef-construction=200
run n=1000000 target=0.95 refresh=0.1 hnsw=16,32 m=12 ef-construction=64
run n=1000000 target=0.95 refresh=0.1 hnsw=16 m=16 ef-construction=200
run n=1000000 data=random target=0.95
run n=10000000 target=0.95 refresh=0.1
