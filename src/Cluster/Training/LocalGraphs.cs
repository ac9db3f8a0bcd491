// The graph commands of one process.
using System.Globalization;
using XClassFlow.Data;
using XClassFlow.Data.Graphs;
using XClassFlow.Stages.Selection.Graph;

namespace XClassFlow.Cluster.Training;

/// <summary>Class graphs of stored rows. Needs no libtorch.</summary>
public sealed unsafe class LocalGraphs : IGraphCommands
{
    public Task<GraphBuildOutcome> BuildAsync(GraphBuildOptions options, Action<string> note, CancellationToken stop) => Task.Run(() => Build(options, note, stop), stop);

    public Task<GraphRecallOutcome> RecallAsync(GraphRecallOptions options, CancellationToken stop) => Task.Run(() => Recall(options, stop), stop);

    public Task<IReadOnlyList<string>> InspectAsync(GraphInspectOptions options, CancellationToken stop) => Task.Run(() => Inspect(options, stop), stop);

    private static GraphBuildOutcome Build(GraphBuildOptions options, Action<string> note, CancellationToken stop)
    {
        var team = new WorkerTeam(options.Threads, stop);
        using var stored = Open(options.Rows, team);
        var settings = new ApproximateGraphSettings { K = options.K, Memory = options.Memory, Seed = options.Seed };
        var progress = new GraphNotes(note);
        var method = ClassGraphs.Resolve(options.Method, stored.Rows.Count).ToString().ToLowerInvariant();
        GraphBuild graph;
        if (options.From is null)
        {
            graph = ClassGraphs.Build(options.Method, stored.Rows, settings, team, progress);
        }
        else
        {
            using var old = ReadTable(options.From, stored);
            method = "refreshed";
            graph = ApproximateGraph.Refresh(stored.Rows, old, 1, settings, team, progress);
        }

        using (graph)
        {
            ClassGraphWriter.Write(
                options.Out, new ClassGraphInfo(stored.Rows.Count, graph.Table.K, method, options.Seed, graph.Recall, stored.Step), graph.Table.Ids);
            return new GraphBuildOutcome(stored.Rows.Count, graph.Table.K, method, graph.Recall, graph.Seconds);
        }
    }

    private static GraphRecallOutcome Recall(GraphRecallOptions options, CancellationToken stop)
    {
        var team = new WorkerTeam(options.Threads, stop);
        using var graph = ClassGraphFile.Open(options.Graph);
        using var stored = Open(options.Rows, team);
        graph.RequireClasses(stored.Rows.Count, stored.Name);
        var truth = new GraphRecall(stored.Rows, graph.Info.K, options.Sample, options.Seed, team);
        return new GraphRecallOutcome(truth.Of(c => graph.Of(c)[1..].ToArray()), graph.Info.K, truth.Queries.Length, graph.Info.Recall);
    }

    private static IReadOnlyList<string> Inspect(GraphInspectOptions options, CancellationToken stop)
    {
        using var graph = ClassGraphFile.Open(options.Graph);
        if (options.Class < 0 || options.Class >= graph.Info.Classes)
        {
            throw new UserErrorException($"there is no class {options.Class}", options.Graph, $"use 0 to {graph.Info.Classes - 1}");
        }

        var names = options.Names is null ? null : ClassNames.Read(options.Names);
        var list = graph.Of(options.Class).ToArray();
        var cosines = options.Rows == new GraphRowsOptions(null, null) ? null : Cosines(options, graph, list, new WorkerTeam(Environment.ProcessorCount, stop));
        return [.. list.Select((id, rank) => string.Create(
            CultureInfo.InvariantCulture, $"{rank}\t{id}{(cosines is null ? "" : $"\t{cosines[rank]:F4}")}{(names is null ? "" : $"\t{names.GetValueOrDefault(id, "")}")}"))];
    }

    private static float[] Cosines(GraphInspectOptions options, ClassGraphFile graph, int[] list, WorkerTeam team)
    {
        using var stored = Open(options.Rows, team);
        graph.RequireClasses(stored.Rows.Count, stored.Name);
        var query = new float[stored.Rows.Width];
        var cosines = new float[list.Length];
        fixed (float* q = query, c = cosines)
        {
            stored.Rows.Gather([list[0]], q);
            stored.Rows.Dots(q, list, c);
        }

        return cosines;
    }

    private static StoredRows Open(GraphRowsOptions rows, WorkerTeam team) =>
        rows.Checkpoint is { } checkpoint ? StoredRows.OfCheckpoint(checkpoint, team) : StoredRows.OfFeatures(rows.Features!, team);

    private static NeighbourTable ReadTable(string path, StoredRows stored)
    {
        using var file = ClassGraphFile.Open(path);
        file.RequireClasses(stored.Rows.Count, stored.Name);
        var table = new NeighbourTable(0, file.Info.Classes, file.Info.K);
        for (var c = 0L; c < file.Info.Classes; c++)
        {
            file.Of(c).CopyTo(table.Of(c));
        }

        return table;
    }
}
