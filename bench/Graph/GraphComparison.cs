// The class graph builders against hnswlib: seconds, CPU seconds, recall and memory on the same rows and threads.
using System.Diagnostics;
using System.Globalization;
using XClassFlow.Stages.Selection;
using XClassFlow.Stages.Selection.Graph;
using XClassFlow.Stages.Torch;
using static TorchSharp.torch;

namespace XClassFlow.Bench.Graph;

/// <summary>dotnet run -c Release --project bench -- graph [key=value...]; keys: n, d, k, data (groups or random), threads, parts-size, t, breadth, rounds, target, refresh, exact, hnsw.</summary>
internal static unsafe class GraphComparison
{
    public static int Run(string[] args)
    {
        var options = args.Select(a => a.Split('=', 2)).ToDictionary(a => a[0], a => a[1]);
        string Text(string key, string otherwise) => options.GetValueOrDefault(key, otherwise);
        int Number(string key, int otherwise) => int.Parse(Text(key, otherwise.ToString(CultureInfo.InvariantCulture)), CultureInfo.InvariantCulture);
        var (n, d, threads) = (Number("n", 100_000), Number("d", 64), Number("threads", Environment.ProcessorCount));
        var team = new WorkerTeam(threads, CancellationToken.None);
        var settings = new ApproximateGraphSettings { K = Number("k", 16) };
        settings = settings with
        {
            PartSize = Number("part-size", settings.PartSize),
            PartsPerClass = Number("t", settings.PartsPerClass),
            Breadth = Number("breadth", settings.Breadth),
            MaxRounds = Number("rounds", settings.MaxRounds),
            TargetRecall = double.Parse(Text("target", settings.TargetRecall.ToString(CultureInfo.InvariantCulture)), CultureInfo.InvariantCulture),
            RefreshReach = Number("reach", settings.RefreshReach),
            Memory = 16L << 30,
        };
        Console.WriteLine($"n={n} d={d} k={settings.K} data={Text("data", "groups")} threads={threads} avx512={System.Runtime.Intrinsics.Vector512.IsHardwareAccelerated}");
        using var data = BenchRows.Make(Text("data", "groups"), n, d, team);
        using var rows = BenchRows.Unit(data, n, d, team);
        if (Text("exact", "0") == "1")
        {
            Timed("exact", () =>
            {
                using var graph = ExactGraph.Build(rows, 0, n, settings.K, settings.Memory, team, new BuildClock(null));
                return GraphRecall.Measure(rows, graph, settings.Sample, 1, team);
            });
        }

        if (Text("torch", "0") == "1")
        {
            LibTorch.EnsureLoaded();
            Timed("exact by libtorch", () =>
            {
                using var scope = NewDisposeScope();
                var matrix = empty(n, d);
                rows.Gather(Enumerable.Range(0, n).ToArray(), (float*)TensorMemory.AddressOf(matrix));
                ExactNeighbours.Of(matrix, 0, [(0, matrix)], settings.K);
                return 1;
            });
        }

        ApproximateGraph(rows, data, settings, team, Text);
        if (Text("hnsw", "0") != "0")
        {
            HnswComparison.Run(rows, settings.K, threads, Number("m", 16), Number("ef-construction", 200), Text("hnsw", "").Split(','), team);
        }

        return 0;
    }

    private static void ApproximateGraph(
        MemoryRows rows, NativeBuffer<float> data, ApproximateGraphSettings settings, WorkerTeam team, Func<string, string, string> text)
    {
        GraphBuild? graph = null;
        Timed("approximate", () =>
        {
            graph = Stages.Selection.Graph.ApproximateGraph.Build(rows, settings, team, text("phases", "0") == "1" ? new PhasePrinter() : null);
            foreach (var (step, seconds, recall) in graph.Steps)
            {
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"    {step}: {seconds:F2} s, recall {recall:F4}"));
            }

            return graph.Recall;
        });
        using (graph)
        {
            if (text("refresh", "0") != "0")
            {
                BenchRows.Move(data, rows.Width, float.Parse(text("refresh", "0"), CultureInfo.InvariantCulture), team);
                using var moved = BenchRows.Unit(data, (int)rows.Count, rows.Width, team);
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"    after the rows moved: recall {GraphRecall.Measure(moved, graph!.Table, settings.Sample, 1, team):F4}"));
                Timed("refresh", () =>
                {
                    using var refreshed = Stages.Selection.Graph.ApproximateGraph.Refresh(moved, graph.Table, 1, settings, team, text("phases", "0") == "1" ? new PhasePrinter() : null);
                    return refreshed.Recall;
                });
                Timed("build again", () =>
                {
                    using var again = Stages.Selection.Graph.ApproximateGraph.Build(moved, settings, team, null);
                    return again.Recall;
                });
            }
        }
    }

    internal static void Timed(string name, Func<double> work)
    {
        var cpu = Process.GetCurrentProcess().TotalProcessorTime;
        var clock = Stopwatch.StartNew();
        var recall = work();
        var process = Process.GetCurrentProcess();
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{name}: {clock.Elapsed.TotalSeconds:F2} s, CPU {(process.TotalProcessorTime - cpu).TotalSeconds:F2} s, recall {recall:F4}, peak {process.PeakWorkingSet64 / 1048576.0:F0} MiB"));
    }
}
