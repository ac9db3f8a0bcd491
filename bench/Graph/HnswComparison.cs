// Runs hnswlib on the same rows, in the same run.
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using XClassFlow.Stages.Selection.Graph;

namespace XClassFlow.Bench.Graph;

/// <summary>Needs Debian's python3-hnswlib; the environment variable PYTHON names another interpreter.</summary>
internal static unsafe class HnswComparison
{
    public static void Run(MemoryRows rows, int k, int threads, int m, int efConstruction, string[] ef, WorkerTeam team)
    {
        var folder = Directory.CreateTempSubdirectory("xcf-graph-").FullName;
        try
        {
            var truth = new GraphRecall(rows, k, 500, 1, team);
            File.WriteAllBytes(Path.Combine(folder, "sample"), MemoryMarshal.AsBytes(truth.Queries).ToArray());
            File.WriteAllBytes(Path.Combine(folder, "truth"), MemoryMarshal.AsBytes<int>(Enumerable.Range(0, truth.Queries.Length).SelectMany(q => truth.TrueOf(q).ToArray()).ToArray()).ToArray());
            using (var file = File.Create(Path.Combine(folder, "rows")))
            {
                var block = new float[1024 * rows.Width];
                for (var start = 0L; start < rows.Count; start += 1024)
                {
                    var count = (int)Math.Min(1024, rows.Count - start);
                    fixed (float* first = block)
                    {
                        rows.Gather(Numbers.Range(start, count), first);
                    }

                    file.Write(MemoryMarshal.AsBytes(block.AsSpan(0, count * rows.Width)));
                }
            }

            string[] arguments =
            [
                Path.Combine(AppContext.BaseDirectory, "Graph", "hnsw.py"), Path.Combine(folder, "rows"),
                .. new[] { rows.Count, rows.Width, k, m, efConstruction, threads }.Select(n => n.ToString(CultureInfo.InvariantCulture)),
                Path.Combine(folder, "truth"), Path.Combine(folder, "sample"), .. ef,
            ];
            using var python = Process.Start(new ProcessStartInfo(Environment.GetEnvironmentVariable("PYTHON") ?? "/usr/bin/python3", arguments))!;
            python.WaitForExit();
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
