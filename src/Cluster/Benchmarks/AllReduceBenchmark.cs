// Measures the all-reduce of gradients between local processes, beside OpenMPI's.
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using XClassFlow.Stages.Configuration;
using XClassFlow.Stages.Training;

namespace XClassFlow.Cluster.Benchmarks;

/// <summary>
/// Starts this program again as R ranks that reduce gradients of several sizes (<see cref="AllReduceRank"/>), and under mpirun as R ranks that call MPI_Allreduce
/// (<see cref="MpiRank"/>), in turn, so that what else the machine does meets both.
/// </summary>
public static class AllReduceBenchmark
{
    /// <summary>Starts the line of a rank's output that holds its medians.</summary>
    internal const string ResultPrefix = "medians ";

    /// <param name="options">What to measure.</param>
    /// <param name="self">Program and arguments that run a rank: to these are added "bench allreduce-rank ..." or "bench mpi-rank ...".</param>
    /// <param name="output">Takes a line per cell.</param>
    /// <param name="cancel">Ends it and the processes.</param>
    public static async Task<AllReduceResult> RunAsync(AllReduceOptions options, IReadOnlyList<string> self, TextWriter output, CancellationToken cancel)
    {
        var hasMpi = Environment.GetEnvironmentVariable("PATH")!.Split(':').Any(folder => File.Exists(Path.Combine(folder, "mpirun")));
        if (!hasMpi)
        {
            await output.WriteLineAsync("OpenMPI is not installed (Debian: openmpi-bin): nothing to compare with");
        }

        var cells = new List<AllReduceCell>();
        foreach (var ranks in options.Ranks)
        {
            var ours = options.Ways.Select(_ => new List<double[]>()).ToArray();
            var (tcp, shared) = (new List<double[]>(), new List<double[]>());
            for (var repeat = 0; repeat < options.Repeats; repeat++)
            {
                for (var way = 0; way < ours.Length; way++)
                {
                    ours[way].Add(await OursAsync(options, ranks, options.Ways[way], self, cancel));
                }

                if (hasMpi)
                {
                    tcp.Add(await MpiAsync(options, ranks, self, ["--mca", "btl", "tcp,self"], cancel));
                    shared.Add(await MpiAsync(options, ranks, self, [], cancel));
                }
            }

            foreach (var (size, way) in options.Sizes.SelectMany((_, size) => options.Ways.Select((_, way) => (size, way))))
            {
                cells.Add(new AllReduceCell(ranks, options.Ways[way], options.Sizes[size], Median(ours[way], size)!.Value, Median(tcp, size), Median(shared, size)));
                await output.WriteLineAsync(Describe(cells[^1]));
            }
        }

        return new AllReduceResult(Environment.ProcessorCount, hasMpi ? "OpenMPI, MPI_Allreduce (float, sum)" : null, cells);
    }

    private static async Task<double[]> OursAsync(AllReduceOptions options, int ranks, AllReduceWay way, IReadOnlyList<string> self, CancellationToken cancel)
    {
        var addresses = string.Join(',', LocalPorts.Free(ranks).Select(port => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}")));
        var processes = Enumerable.Range(0, ranks).Select(rank => Start(
            [.. self, "bench", "allreduce-rank", "--rank", rank.ToString(CultureInfo.InvariantCulture), "--addresses", addresses, "--way", KebabCase.Of(way.ToString()), .. Common(options)])).ToArray();
        try
        {
            await using var registration = cancel.Register(() => Array.ForEach(processes, p => p.Kill(entireProcessTree: true)));
            var medians = await Task.WhenAll(processes.Select(MediansAsync));

            // All ranks have what they need: now they may close.
            Array.ForEach(processes, p => p.StandardInput.Close());
            await Task.WhenAll(processes.Select(p => p.WaitForExitAsync(CancellationToken.None)));
            cancel.ThrowIfCancellationRequested();
            return medians[0] ?? throw new InvalidOperationException($"rank 0 of {ranks} gave no result");
        }
        finally
        {
            Array.ForEach(processes, p => p.Dispose());
        }
    }

    private static async Task<double[]> MpiAsync(AllReduceOptions options, int ranks, IReadOnlyList<string> self, IReadOnlyList<string> transport, CancellationToken cancel)
        => await RunAsync(
            [
                "mpirun", "--allow-run-as-root", "--oversubscribe", "-n", ranks.ToString(CultureInfo.InvariantCulture), .. transport,
                .. self, "bench", "mpi-rank", .. Common(options),
            ],
            cancel) ?? throw new InvalidOperationException("OpenMPI's rank 0 gave no result");

    private static IEnumerable<string> Common(AllReduceOptions options)
        => ["--sizes", string.Join(',', options.Sizes), "--rounds", options.Rounds.ToString(CultureInfo.InvariantCulture)];

    private static Process Start(IReadOnlyList<string> line)
        => Process.Start(new ProcessStartInfo(line[0], line.Skip(1)) { RedirectStandardOutput = true, RedirectStandardInput = true })!;

    private static async Task<double[]?> RunAsync(IReadOnlyList<string> line, CancellationToken cancel)
    {
        using var process = Start(line);
        process.StandardInput.Close();
        await using var registration = cancel.Register(() => process.Kill(entireProcessTree: true));
        var medians = await MediansAsync(process);
        await process.WaitForExitAsync(CancellationToken.None);
        cancel.ThrowIfCancellationRequested();
        return process.ExitCode == 0 ? medians : throw new InvalidOperationException($"{string.Join(' ', line)} ended with exit code {process.ExitCode}");
    }

    // The medians that a process prints; null where it ends without.
    private static async Task<double[]?> MediansAsync(Process process)
    {
        while (await process.StandardOutput.ReadLineAsync(CancellationToken.None) is { } text)
        {
            if (text.IndexOf(ResultPrefix, StringComparison.Ordinal) is >= 0 and var at)
            {
                return JsonSerializer.Deserialize<double[]>(text[(at + ResultPrefix.Length)..]);
            }
        }

        return null;
    }

    private static double? Median(List<double[]> repeats, int size)
        => repeats.Count == 0 ? null : repeats.Select(r => r[size]).Order().ElementAt(repeats.Count / 2);

    private static string Describe(AllReduceCell cell) => string.Create(
        CultureInfo.InvariantCulture,
        $"{cell.Ranks} processes  {KebabCase.Of(cell.Way.ToString()),-8}  {cell.Bytes / 1e6,5:0} MB  {cell.Milliseconds,8:0.00} ms")
        + (cell is { MpiTcp: { } tcp, MpiShared: { } shared }
            ? string.Create(CultureInfo.InvariantCulture, $"  OpenMPI over TCP {tcp,8:0.00} ms ({cell.Milliseconds / tcp:0.00}), over shared memory {shared,8:0.00} ms ({cell.Milliseconds / shared:0.00})")
            : string.Empty);
}
