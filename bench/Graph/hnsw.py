# hnswlib building and querying the same graph: python3 hnsw.py ROWS.f32 N D K M EF_CONSTRUCTION THREADS TRUTH.i32 SAMPLE EF...
import resource, sys, time
import hnswlib, numpy

path, n, d, k, m, ef_construction, threads, truth, sample = sys.argv[1], *map(int, sys.argv[2:8]), sys.argv[8], sys.argv[9]
rows = numpy.fromfile(path, "<f4").reshape(n, d)
queries = numpy.fromfile(sample, "<i4")
true = numpy.fromfile(truth, "<i4").reshape(len(queries), k - 1)


def cpu():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


start, used = time.time(), cpu()
index = hnswlib.Index(space="ip", dim=d)
index.init_index(max_elements=n, ef_construction=ef_construction, M=m, random_seed=1)
index.set_num_threads(threads)
index.add_items(rows, numpy.arange(n))
built, built_cpu = time.time() - start, cpu() - used
print(f"hnswlib M={m} ef_construction={ef_construction}: built in {built:.2f} s, CPU {built_cpu:.2f} s", flush=True)
for ef in map(int, sys.argv[10:]):
    index.set_ef(ef)
    start, used = time.time(), cpu()
    found, _ = index.knn_query(rows, k=k)
    seconds, seconds_cpu = time.time() - start, cpu() - used
    hits = sum(len(numpy.intersect1d(found[q][found[q] != q][: k - 1], t)) for q, t in zip(queries, true))
    print(
        f"hnswlib ef={ef}: build + queries {built + seconds:.2f} s, CPU {built_cpu + seconds_cpu:.2f} s, recall {hits / true.size:.4f}, "
        f"peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB",
        flush=True,
    )
