// One run of the ladder: processes of this program, as a user would start them.
using System.Diagnostics;
using System.Globalization;
using XClassFlow.Data;
using XClassFlow.Stages.Reporting;

namespace XClassFlow.Cluster.Benchmarks;

internal static class LadderRun
{
    private const int LinesKept = 12;

    // The command's exit code for it.
    private const int UserError = 2;

    /// <summary>Runs <c>train</c> on one node and <c>node</c> on the others, to the end.</summary>
    /// <param name="options">Sizes.</param>
    /// <param name="nodes">Processes.</param>
    /// <param name="megabits">What each may send.</param>
    /// <param name="network">Where they run, with lines of that rate; null: on loopback, and each keeps to the rate by itself.</param>
    /// <param name="sets">The rung's settings.</param>
    /// <param name="self">Program and arguments that run a command.</param>
    /// <param name="cancel">Ends it and the processes.</param>
    /// <exception cref="UserErrorException">A process refused the settings, or does not fit into memory.</exception>
    /// <exception cref="RunFailureException">A process failed; the message has its last lines.</exception>
    public static async Task<RunReport> RunAsync(LadderOptions options, int nodes, int megabits, NamespaceNetwork? network, IReadOnlyList<string> sets, IReadOnlyList<string> self, CancellationToken cancel)
    {
        var folder = Directory.CreateTempSubdirectory("xclassflow-ladder-").FullName;
        var processes = new List<Process>();
        try
        {
            var (port, report) = (LocalPorts.Free(1)[0], Path.Combine(folder, "report.json"));
            var config = options.Configuration ?? Path.Combine(folder, "run.conf");
            string Host(int node) => network is null ? "127.0.0.1" : NamespaceNetwork.AddressOf(node);
            var seed = string.Create(CultureInfo.InvariantCulture, $"{Host(0)}:{port}");
            if (options.Configuration is null)
            {
                await File.WriteAllTextAsync(config, LadderConfiguration.Of(options), cancel);
            }

            var common = LadderConfiguration.Sets(options, nodes, network is null ? megabits : null, seed, Path.Combine(folder, "trace.json"));
            common = ["-c", config, .. common.Concat(sets).Concat(options.Sets).SelectMany(set => new[] { "--set", set })];
            string[] train = ["train", .. common, "--set", string.Create(CultureInfo.InvariantCulture, $"cluster.port={port}"), "--report", report, "--progress", "none"];
            var ends = new List<Task<string>>();
            for (var node = 0; node < nodes; node++)
            {
                IEnumerable<string> command = node == 0 ? train : ["node", .. common];
                processes.Add(Start([.. network?.On(node) ?? [], .. self, .. command, "--set", $"cluster.host={Host(node)}"]));
                ends.Add(LinesAsync(processes[^1]));
            }

            await using var registration = cancel.Register(() => processes.ForEach(Kill));
            await Task.WhenAny(Task.WhenAll(ends), FailedAsync(processes));
            cancel.ThrowIfCancellationRequested();
            for (var node = 0; node < nodes; node++)
            {
                if (processes[node] is { HasExited: true, ExitCode: not 0 } failed)
                {
                    if (failed.ExitCode == UserError)
                    {
                        throw new UserErrorException(await ends[node], "a node of the ladder", "change --set, --classes, --batch or --nodes");
                    }

                    throw new RunFailureException($"node {node} of {nodes} ended with exit code {failed.ExitCode}: {await ends[node]}");
                }
            }

            await Task.WhenAll(ends);
            return RunReportFile.Read(report);
        }
        finally
        {
            processes.ForEach(Kill);
            processes.ForEach(p => p.Dispose());
            Directory.Delete(folder, recursive: true);
        }
    }

    private static Process Start(IReadOnlyList<string> line)
    {
        var process = Process.Start(new ProcessStartInfo(line[0], line.Skip(1)) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true })!;
        process.StandardInput.Close();
        return process;
    }

    // Completes when a process has failed: the others would wait for a replacement for ever.
    private static async Task FailedAsync(IReadOnlyList<Process> processes)
    {
        var running = processes.Select(async p =>
        {
            await p.WaitForExitAsync(CancellationToken.None);
            return p.ExitCode;
        }).ToList();
        while (running.Count > 0)
        {
            var ended = await Task.WhenAny(running);
            if (await ended != 0)
            {
                return;
            }

            running.Remove(ended);
        }
    }

    // Everything is read, so that no process waits for a full pipe; the last lines are kept.
    private static async Task<string> LinesAsync(Process process)
    {
        var lines = await Task.WhenAll(LastAsync(process.StandardOutput), LastAsync(process.StandardError));
        await process.WaitForExitAsync(CancellationToken.None);
        return string.Join(" | ", lines.SelectMany(l => l));
    }

    private static async Task<Queue<string>> LastAsync(StreamReader reader)
    {
        var last = new Queue<string>();
        while (await reader.ReadLineAsync(CancellationToken.None) is { } line)
        {
            last.Enqueue(line);
            if (last.Count > LinesKept)
            {
                last.Dequeue();
            }
        }

        return last;
    }

    private static void Kill(Process process)
    {
        if (!process.HasExited)
        {
            process.Kill(entireProcessTree: true);
        }
    }
}
