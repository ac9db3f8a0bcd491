// Whether sparsifier.auto chooses well: whole, sparse and automatic gradients over a sweep of line speeds.
using System.Globalization;
using XClassFlow.Data;
using XClassFlow.Stages.Reporting;
using XClassFlow.Stages.Sparsification;

namespace XClassFlow.Cluster.Benchmarks;

/// <summary>
/// The ladder's lines, a network of 2.7 M parameters and few classes, so that backbone and gradients are what a step consists of. The kinds are measured in turn, all of them after many steps: those of
/// auto come after its trial, and early steps of a run take longer than later ones.
/// </summary>
public static class GradientSweep
{
    /// <summary>Steps of a trial, and what is on its way when it is over.</summary>
    private const int TrialSteps = SparsificationTrial.Before + (2 * SparsificationTrial.Steps * SparsificationTrial.Rounds) + (3 * Lookahead);

    private const int Lookahead = 2;

    private static readonly string[] Whole =
        ["backbone.mlp.hidden=[1280, 1024, 1024]", "active-classes.mode=all", "schedule.micro-batches=1", "schedule.in-flight=2", "schedule.overlap=on", $"schedule.lookahead={Lookahead}"];

    private static readonly string[] Sparse = [.. Whole, "sparsifier.type=top-k", "sparsifier.ratio=0.001", "sparsifier.warm-up=[]"];

    private static readonly string[] Auto = [.. Sparse, "sparsifier.auto=on"];

    /// <summary>What is measured where nothing else is said.</summary>
    public static LadderOptions Defaults { get; } = new() { Nodes = [2], Megabits = [100, 300, 1_000, 3_000, 10_000], Classes = 10_000, WarmUp = 100 };

    /// <param name="options">What to measure.</param>
    /// <param name="self">Program and arguments that run a command.</param>
    /// <param name="output">Takes a line per rate.</param>
    /// <param name="cancel">Ends it and the processes.</param>
    /// <exception cref="UserErrorException">The settings are wrong, or no namespaces can be made.</exception>
    /// <exception cref="RunFailureException">A run failed.</exception>
    public static async Task<GradientSweepResult> RunAsync(LadderOptions options, IReadOnlyList<string> self, TextWriter output, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(output);
        var links = await LadderBenchmark.LinksAsync(options, output);
        await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{options.Classes:N0} classes, batch {options.Batch}, lines by {links.ToString().ToLowerInvariant()}"));
        await output.WriteLineAsync("nodes     Mb/s     whole    sparse      auto   chosen (trial: whole, sparse)   auto slower   choice slower");
        var rows = new List<GradientSweepRow>();
        foreach (var (nodes, megabits) in options.Nodes.SelectMany(n => options.Megabits.Select(m => (n, m))))
        {
            using var network = links == LadderLinks.Namespaces ? new NamespaceNetwork(nodes, megabits) : null;
            var (whole, sparse, auto) = (new List<RunReport>(), new List<RunReport>(), new List<RunReport>());
            for (var repeat = 0; repeat < options.Repeats; repeat++)
            {
                whole.Add(await LadderRun.RunAsync(options, nodes, megabits, network, Whole, self, cancel));
                sparse.Add(await LadderRun.RunAsync(options, nodes, megabits, network, Sparse, self, cancel));
                auto.Add(await LadderRun.RunAsync(options with { WarmUp = options.WarmUp + TrialSteps }, nodes, megabits, network, Auto, self, cancel));
            }

            rows.Add(RowOf(nodes, megabits, links, Middle(whole), Middle(sparse), Middle(auto)));
            await output.WriteLineAsync(Describe(rows[^1]));
        }

        return new GradientSweepResult(Environment.ProcessorCount, options, rows);
    }

    private static RunReport Middle(List<RunReport> reports) => reports.OrderBy(StepSeconds).ElementAt(reports.Count / 2);

    private static double StepSeconds(RunReport report) => report.Timeline?.StepSeconds ?? throw new RunFailureException("a run ended without a timeline");

    private static GradientSweepRow RowOf(int nodes, int megabits, LadderLinks links, RunReport whole, RunReport sparse, RunReport auto)
    {
        var trial = auto.Gradients?.Trials is [.., var last] ? last : throw new RunFailureException("a run with sparsifier.auto ended without a trial");
        var (w, s, a) = (StepSeconds(whole), StepSeconds(sparse), StepSeconds(auto));
        var best = Math.Min(w, s);
        return new GradientSweepRow(nodes, megabits, links, w, s, a, trial.Sparse, trial.WholeMs, trial.SparseMs, (a / best) - 1, ((trial.Sparse ? s : w) / best) - 1);
    }

    private static string Describe(GradientSweepRow row) => string.Create(
        CultureInfo.InvariantCulture,
        $"{row.Nodes,5}{row.Megabits,9:N0}{row.WholeSeconds * 1e3,7:0.0} ms{row.SparseSeconds * 1e3,7:0.0} ms{row.AutoSeconds * 1e3,7:0.0} ms   {(row.Sparse ? "sparse" : "whole"),-6} {$"({row.TrialWholeMs:0.0} ms, {row.TrialSparseMs:0.0} ms)",-24}{row.Slower,13:+0.0 %;-0.0 %}{row.ChoiceSlower,16:+0.0 %;-0.0 %;0 %}");
}
