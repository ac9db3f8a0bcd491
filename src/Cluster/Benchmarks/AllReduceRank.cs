// One process of the all-reduce benchmark.
using XClassFlow.Cluster.Hosting;
using XClassFlow.Cluster.Lane;
using XClassFlow.Stages.Flow;
using XClassFlow.Stages.Training;

namespace XClassFlow.Cluster.Benchmarks;

/// <summary>Measures the product's own all-reduce (the stage <see cref="GradientExchange"/> under the actor host, over the lane) as one of R processes.</summary>
internal static class AllReduceRank
{
    /// <summary>Sizes of the largest pieces that are reduced one after the other: a backbone's gradient comes in segments too, and they overlap.</summary>
    private const long SegmentBytes = 4 << 20;

    /// <summary>Median milliseconds of a round, for each size.</summary>
    /// <param name="rank">This process.</param>
    /// <param name="addresses">All processes' lane addresses.</param>
    /// <param name="endpoint">This process's lane.</param>
    /// <param name="bytes">Sizes of the whole gradient.</param>
    /// <param name="rounds">Measured rounds per size, after a fifth as many for warming up.</param>
    public static async Task<IReadOnlyList<double>> RunAsync(int rank, IReadOnlyList<string> addresses, ILaneEndpoint endpoint, IReadOnlyList<long> bytes, int rounds)
    {
        var medians = new List<double>();
        for (var i = 0; i < bytes.Count; i++)
        {
            var times = new List<TimeSpan>();
            var warmUp = Math.Max(2, rounds / 5);
            var graph = Graph(addresses.Count, bytes[i] / sizeof(float), warmUp + rounds, times.Add);
            using var parts = new LaneParts(rank, address => address.Index, null);
            await using (var lane = await endpoint.OpenAsync(new LanePlan("bench-allreduce", 1 + i, rank, addresses), parts, CancellationToken.None))
            {
                parts.Use(lane);
                await new ActorHost(parts).RunAsync(graph, new FlowOptions(), CancellationToken.None);
                await DrainAsync(lane);
            }

            medians.Add(Median(times.Skip(warmUp)));
        }

        return medians;
    }

    // The last sums must reach the others before this end closes.
    private static async Task DrainAsync(ILane lane)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (lane.Traffic.PendingBytes > 0)
        {
            await Task.Delay(1, limit.Token);
        }
    }

    private static double Median(IEnumerable<TimeSpan> times) => times.Select(t => t.TotalMilliseconds).Order().ToArray() is var sorted ? sorted[sorted.Length / 2] : 0;

    private static FlowGraph Graph(int ranks, long values, int rounds, Action<TimeSpan> measured)
    {
        var segments = (int)Math.Max(1, values * sizeof(float) / SegmentBytes);
        long[] lengths = [.. Enumerable.Range(0, segments).Select(s => (values * (s + 1) / segments) - (values * s / segments))];
        return new FlowGraph()
            .Add("driver", ranks, _ => new AllReduceDriver(lengths, rounds, ranks, measured))
            .Add("exchange", ranks, _ => new GradientExchange())
            .Connect("driver.gradients", "exchange.gradients", capacity: segments)
            .Connect("exchange.parts", "exchange.parts", LinkKind.Scatter)
            .Connect("exchange.sums", "exchange.sums", LinkKind.Broadcast)
            .Connect("exchange.reduced", "driver.reduced");
    }
}
