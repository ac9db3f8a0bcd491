// One process of the all-reduce benchmark.
using System.Globalization;
using System.Text.Json;
using XClassFlow.Cluster.Hosting;
using XClassFlow.Cluster.Lane;
using XClassFlow.Cluster.Security;
using XClassFlow.Stages.Flow;
using XClassFlow.Stages.Torch;
using XClassFlow.Stages.Training;

namespace XClassFlow.Cluster.Benchmarks;

/// <summary>Measures the product's own all-reduce (the stage <see cref="GradientExchange"/> under the actor host, over the lane) as one of R processes.</summary>
public static class AllReduceRank
{
    /// <summary>Sizes of the largest pieces that are reduced one after the other: a backbone's gradient comes in segments too, and they overlap.</summary>
    private const long SegmentBytes = 4 << 20;

    /// <summary>Runs as one of the benchmark's processes: prints its medians, and ends when stdin does, since other ranks may still be at work.</summary>
    public static async Task RunAsync(int rank, IReadOnlyList<string> addresses, AllReduceWay way, IReadOnlyList<long> bytes, int rounds, TextReader input, TextWriter output)
    {
        LibTorch.EnsureLoaded();
        TorchSharp.torch.set_num_threads(1);
        var port = int.Parse(addresses[rank].Split(':')[1], CultureInfo.InvariantCulture);
        await using var endpoint = TcpLaneEndpoint.Start(new LaneSettings { Port = port }, new SecuritySettings(), _ => { });
        var times = bytes.Select(_ => new List<TimeSpan>()).ToArray();
        var graph = Graph(addresses.Count, way, bytes, rounds, (size, time) => times[size].Add(time));
        using var parts = new LaneParts(rank, address => address.Index, null);
        await using var lane = await endpoint.OpenAsync(new LanePlan("bench-allreduce", 1, rank, addresses), parts, CancellationToken.None);
        parts.Use(lane);
        await new ActorHost(parts).RunAsync(graph, new FlowOptions(), CancellationToken.None);
        var medians = times.Select((t, size) => Median(t.Skip(AllReduceOptions.WarmUp(bytes[size])))).ToArray();
        await output.WriteLineAsync(AllReduceBenchmark.ResultPrefix + JsonSerializer.Serialize(medians));
        await output.FlushAsync();
        await input.ReadToEndAsync();
    }

    private static double Median(IEnumerable<TimeSpan> times) => times.Select(t => t.TotalMilliseconds).Order().ToArray() is var sorted ? sorted[sorted.Length / 2] : 0;

    private static FlowGraph Graph(int ranks, AllReduceWay way, IReadOnlyList<long> bytes, int rounds, Action<int, TimeSpan> measured)
    {
        var sizes = bytes.Select(size => Segments(size / sizeof(float))).ToArray();
        return new FlowGraph()
            .Add("driver", ranks, _ => new AllReduceDriver(sizes, [.. bytes.Select(size => AllReduceOptions.WarmUp(size) + rounds)], ranks, measured))
            .Add("exchange", ranks, _ => new GradientExchange(way: way))
            .Connect("driver.gradients", "exchange.gradients", capacity: sizes.Max(s => s.Count))
            .Connect("exchange.parts", "exchange.parts", LinkKind.Scatter)
            .Connect("exchange.sums", "exchange.sums", LinkKind.Scatter)
            .Connect("exchange.reduced", "driver.reduced");
    }

    private static IReadOnlyList<long> Segments(long values)
    {
        var segments = (int)Math.Max(1, values * sizeof(float) / SegmentBytes);
        return [.. Enumerable.Range(0, segments).Select(s => (values * (s + 1) / segments) - (values * s / segments))];
    }
}
