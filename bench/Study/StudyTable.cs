// The results of a study as a Markdown table.
using System.Globalization;

namespace XClassFlow.Bench.Study;

internal static class StudyTable
{
    /// <summary>One line a rule and budget: mean and range over the seeds, and what is lost against the rules that use all classes.</summary>
    public static IEnumerable<string> Of(IReadOnlyList<StudyResult> results)
    {
        var full = results.Where(r => r.Run.Rule.Full).Select(r => r.Top1).DefaultIfEmpty(double.NaN).Average();
        yield return "| rule | M | M / N | top-1, mean | lowest - highest | seeds | lost against all | CPU s |";
        yield return "|---|---|---|---|---|---|---|---|";
        foreach (var point in results.GroupBy(r => (r.Run.Rule.Name, r.Run.Budget)))
        {
            var run = point.First().Run;
            var top1 = point.Select(r => r.Top1).ToArray();
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"| {run.Rule.Name} | {(run.Rule.Full ? "N" : run.Budget)} | {run.Share:P1} | {100 * top1.Average():F2} | {100 * top1.Min():F2} - {100 * top1.Max():F2} | {top1.Length} | {100 * (full - top1.Average()):F2} | {point.Average(r => r.CpuSeconds):F0} |");
        }
    }
}
