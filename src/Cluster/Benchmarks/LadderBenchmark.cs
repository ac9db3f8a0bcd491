// The throughput ladder: what each of the means against slow training gains, one on top of the other, on the same nodes and line.
using System.Globalization;
using XClassFlow.Data;
using XClassFlow.Stages.Reporting;

namespace XClassFlow.Cluster.Benchmarks;

/// <summary>
/// Starts this program as the nodes of a cluster on this machine, once per rung, with lines of a rate between them. Throughput is that of the steps after the warm-up, from the run's own
/// timeline; starting, compiling and the first class graph do not count.
/// </summary>
public static class LadderBenchmark
{
    /// <param name="options">What to measure.</param>
    /// <param name="self">Program and arguments that run a command: to these are added "train ..." or "node ...".</param>
    /// <param name="output">Takes a line per rung.</param>
    /// <param name="cancel">Ends it and the processes.</param>
    /// <exception cref="RunFailureException">A run failed.</exception>
    public static async Task<LadderResult> RunAsync(LadderOptions options, IReadOnlyList<string> self, TextWriter output, CancellationToken cancel)
    {
        var ladders = new List<LadderTable>();
        var links = await LinksAsync(options, output);
        foreach (var (nodes, megabits) in options.Nodes.SelectMany(n => options.Megabits.Select(m => (n, m))))
        {
            using var network = links == LadderLinks.Namespaces ? new NamespaceNetwork(nodes, megabits) : null;
            await output.WriteLineAsync(string.Create(
                CultureInfo.InvariantCulture, $"{nodes} nodes, {megabits:N0} Mb/s each ({links.ToString().ToLowerInvariant()}), {options.Configuration ?? $"{options.Classes:N0} classes, batch {options.Batch}"}"));
            await output.WriteLineAsync("                                   samples/s   gain  total      step   compute  communication  exposed   MB received    top-1");
            var all = LadderRung.All(options);
            var reports = all.Select(_ => new List<RunReport>()).ToArray();
            var rungs = new List<LadderStep>();
            for (var repeat = 1; repeat <= options.Repeats; repeat++)
            {
                var sets = new List<string>();
                for (var rung = 0; rung < all.Count; rung++)
                {
                    sets.AddRange(all[rung].Sets);
                    reports[rung].Add(await LadderRun.RunAsync(options, nodes, megabits, network, [.. sets, $"seed={repeat}"], self, cancel));
                    if (repeat == options.Repeats)
                    {
                        rungs.Add(StepOf(all[rung].Name, reports[rung], rungs));
                        await output.WriteLineAsync(Describe(rungs[^1]));
                    }
                }
            }

            ladders.Add(new LadderTable(nodes, megabits, links, rungs));
        }

        return new LadderResult(Environment.ProcessorCount, options, ladders);
    }

    // Namespaces are preferred: the kernel shapes what is sent and what is received, and TCP is at work.
    internal static async Task<LadderLinks> LinksAsync(LadderOptions options, TextWriter output)
    {
        if (options.Links == LadderLinks.Throttle || NamespaceNetwork.WhyNot(options.Megabits[0]) is not { } reason)
        {
            return options.Links == LadderLinks.Throttle ? LadderLinks.Throttle : LadderLinks.Namespaces;
        }

        if (options.Links == LadderLinks.Namespaces)
        {
            throw new UserErrorException($"no network namespaces can be made here: {reason}", "--links", "run as root with iproute2 installed, or write --links throttle");
        }

        await output.WriteLineAsync($"no network namespaces can be made here ({reason}): cluster.lane.rate bounds what a node sends");
        return LadderLinks.Throttle;
    }

    private static LadderStep StepOf(string name, List<RunReport> reports, List<LadderStep> before)
    {
        var report = reports.OrderBy(r => r.Timeline?.StepSeconds).ElementAt(reports.Count / 2);
        var timeline = report.Timeline ?? throw new RunFailureException($"'{name}' ended without a timeline");
        var speed = (double)report.Samples / report.Updates / timeline.StepSeconds;
        return new LadderStep(
            name,
            speed,
            before.Count == 0 ? 1 : speed / before[^1].SamplesPerSecond,
            before.Count == 0 ? 1 : speed / before[0].SamplesPerSecond,
            timeline.StepSeconds,
            timeline.ComputeSeconds,
            timeline.CommunicationSeconds,
            timeline.ExposedSeconds,
            timeline.ReceivedBytes,
            reports.Average(r => r.Eval?.Top1),
            report.TrainLoss);
    }

    private static string Describe(LadderStep step) => string.Create(
        CultureInfo.InvariantCulture,
        $"  {step.Rung,-33}{step.SamplesPerSecond,9:0.0}{step.Gain,7:0.00}{step.Total,7:0.00}{Milliseconds(step.StepSeconds),10}{Milliseconds(step.ComputeSeconds),10}{Milliseconds(step.CommunicationSeconds),15}{Milliseconds(step.ExposedSeconds),9}{step.ReceivedBytes / 1e6,14:0.00}{step.Top1,9:0.00%}");

    private static string Milliseconds(double seconds) => string.Create(CultureInfo.InvariantCulture, $"{seconds * 1e3:0} ms");
}
