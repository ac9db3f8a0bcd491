// What choosing the active classes of a step costs on one shard that owns all of a million classes.
using BenchmarkDotNet.Attributes;
using XClassFlow.Stages.Flow;
using XClassFlow.Stages.Selection;
using XClassFlow.Stages.Selection.Graph;
using XClassFlow.Stages.Torch;

namespace XClassFlow.Bench.Selection;

/// <summary>Mode mix, K = 16, half of the budget for neighbours; labels and neighbours at random, so that none are in the caches.</summary>
[SimpleJob(launchCount: 1, warmupCount: 2, iterationCount: 10, invocationCount: 10)]
public class SelectionBenchmarks
{
    private const long Classes = 1_000_000;
    private const int K = 16;

    private ClassSelector _selector = null!;
    private NeighbourIndex _graph = null!;
    private ulong _step;

    [Params(10_000, 100_000)]
    public long Budget { get; set; }

    [Params(256, 1024)]
    public int Batch { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        LibTorch.EnsureLoaded();
        _graph = RandomGraph();
        _selector = new ClassSelector(0, Classes, corrects: true);
    }

    [GlobalCleanup]
    public void Cleanup() => _graph.Dispose();

    [Benchmark]
    public int Select()
    {
        _step++;
        var labels = new long[Batch];
        for (var i = 0; i < labels.Length; i++)
        {
            labels[i] = Draw(_step, (ulong)i);
        }

        return _selector.Select(labels, Budget, 0.5, _graph, null, _step).Rows.Length;
    }

    private static NeighbourIndex RandomGraph()
    {
        var table = new NeighbourTable(0, Classes, K);
        for (var c = 0L; c < Classes; c++)
        {
            var list = table.Of(c);
            list[0] = (int)c;
            for (var rank = 1; rank < K; rank++)
            {
                list[rank] = (int)Draw((ulong)c, (ulong)rank);
            }
        }

        using var shared = new SharedTable(table);
        return new NeighbourIndex([new NeighbourPart(0, K, shared.Share(), null)]);
    }

    private static long Draw(ulong a, ulong b) => (long)Math.BigMul(Seeds.Mix(a, b), (ulong)Classes, out _);
}
